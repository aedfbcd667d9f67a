"""The blocks of a team: how to sign in, and the workspace. Saved by name, over what was there."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from prefect.blocks.core import Block
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import BlockTypeUpdate
from prefect.exceptions import ObjectNotFound
from prefect.settings import get_current_settings
from pydantic import HttpUrl

from deployments.apply.settings import Settings
from deployments.validation import SettingsError
from tasks.azure_workspace import AzureIdentity, AzureWorkspace
from tasks.model_routes import ModelRoutes

TYPES: Final = (AzureIdentity, AzureWorkspace, ModelRoutes)
_ICON: Final = "/ico/android-chrome-192x192.png"


async def save_blocks(client: PrefectClient, settings: Settings) -> list[str]:
    """Register the block types, and save a document of each; returns what was saved."""
    await _save(settings.identity_block(), settings.block)
    await _save(settings.workspace_block(), settings.block)
    await _make_routes(client, settings.block)
    await _show_logo(client)
    return [f"{one.get_block_type_slug()}/{settings.block}" for one in TYPES]


async def _save(block: Block, name: str) -> None:
    await block.asave(name, overwrite=True)


async def _make_routes(client: PrefectClient, name: str) -> None:
    """Make the block that says which model belongs to which endpoint, for the team to fill in; leave it where it is."""
    try:
        await client.read_block_document_by_name(name, ModelRoutes.get_block_type_slug())
    except ObjectNotFound:
        await _save(ModelRoutes(), name)


async def _show_logo(client: PrefectClient) -> None:
    """Show the UI's own icon with the block types: it shows a broken picture where there is none."""
    address = get_current_settings().ui_url
    if not address:
        return
    for one in TYPES:
        found = await client.read_block_type_by_slug(one.get_block_type_slug())
        update = BlockTypeUpdate(logo_url=HttpUrl(f"{address}{_ICON}"), description=found.description)
        await client.update_block_type(found.id, update)


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
