"""The notification block of the local stack: `python -m deployments.local.blocks PAGER_ADDRESS`."""

from __future__ import annotations

import sys

from prefect.blocks.notifications import CustomWebhookNotificationBlock


def main(address: str) -> None:
    """Save the block, replacing an existing one."""
    fields = {"subject": "{{subject}}", "body": "{{body}}"}
    document = {"name": "local pager", "url": address, "json_data": fields, "headers": None, "cookies": None}
    block = CustomWebhookNotificationBlock.model_validate(document)
    block.save("local-pager", overwrite=True)


if __name__ == "__main__":
    main(sys.argv[1])
