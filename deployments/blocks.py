"""The blocks of a team: how to sign in, and the workspace. Saved by name, over what was there."""

from __future__ import annotations

from uuid import UUID

from prefect.blocks.core import Block
from prefect.client.orchestration import PrefectClient
from prefect.exceptions import ObjectNotFound

from deployments.settings import Settings, SettingsError
from tasks.azure_workspace import AzureIdentity, AzureWorkspace


async def save_blocks(settings: Settings) -> list[str]:
    """Register the block types, and save a document of each; returns what was saved."""
    identity = settings.identity_block()
    await _save(identity, settings.block)
    await _save(settings.workspace_block(identity), settings.block)
    return [f"{one.get_block_type_slug()}/{settings.block}" for one in (AzureIdentity, AzureWorkspace)]


async def _save(block: Block, name: str) -> None:
    await block.asave(name, overwrite=True)


async def notification_block(client: PrefectClient, settings: Settings) -> UUID | None:
    """The id of the block that notifications go to; None when nobody is to be told.

    Raises:
        SettingsError: When there is no such block.
    """
    if not settings.notifies:
        return None
    kind, _, name = settings.notify.partition("/")
    try:
        found = await client.read_block_document_by_name(name, kind)
    except ObjectNotFound:
        raise SettingsError(
            f"ENDPOINT_OPS_NOTIFY names the block {settings.notify}, which is not there. Save it in the Prefect UI "
            "under Blocks, or say none."
        ) from None
    return found.id
