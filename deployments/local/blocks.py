"""The block that notifications of the local stack go to: `python -m deployments.local.blocks PAGER_ADDRESS`."""

from __future__ import annotations

import sys

from prefect.blocks.notifications import CustomWebhookNotificationBlock


def main(address: str) -> None:
    """Save it, over what was there."""
    told = {"subject": "{{subject}}", "body": "{{body}}"}
    document = {"name": "local pager", "url": address, "json_data": told, "headers": None, "cookies": None}
    block = CustomWebhookNotificationBlock.model_validate(document)
    block.save("local-pager", overwrite=True)


if __name__ == "__main__":
    main(sys.argv[1])
