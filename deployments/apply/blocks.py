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
from tasks.runtime.azure_workspace import AzureIdentity, AzureWorkspace
from tasks.runtime.model_routes import ModelRoutes

TYPES: Final = (AzureIdentity, AzureWorkspace, ModelRoutes)
_ICON: Final = "/ico/android-chrome-192x192.png"


async def save_blocks(client: PrefectClient, settings: Settings) -> list[str]:
    """Register the block types, and save a document of each; return their names."""
    await _save(settings.identity_block(), settings.block)
    await _save(settings.workspace_block(), settings.block)
    await _create_routes(client, settings.block)
    await _show_logo(client)
    return [f"{one.get_block_type_slug()}/{settings.block}" for one in TYPES]


async def _save(block: Block, name: str) -> None:
    await block.asave(name, overwrite=True)


async def _create_routes(client: PrefectClient, name: str) -> None:
    """Create the block that maps models to endpoints, for the team to fill in; keep an existing one."""
    try:
        await client.read_block_document_by_name(name, ModelRoutes.get_block_type_slug())
    except ObjectNotFound:
        await _save(ModelRoutes(), name)


async def _show_logo(client: PrefectClient) -> None:
    """Set the UI's own icon as the logo of the block types: without one, the UI shows a broken picture."""
    address = get_current_settings().ui_url
    if not address:
        return
    for one in TYPES:
        found = await client.read_block_type_by_slug(one.get_block_type_slug())
        update = BlockTypeUpdate(logo_url=HttpUrl(f"{address}{_ICON}"), description=found.description)
        await client.update_block_type(found.id, update)


async def notification_block(client: PrefectClient, settings: Settings) -> UUID | None:
    """Return the id of the block that notifications go to; None without notifications.

    Raises:
        SettingsError: There is no such block.
    """
    if not settings.notifies:
        return None
    kind, _, name = settings.notify.partition("/")
    try:
        found = await client.read_block_document_by_name(name, kind)
    except ObjectNotFound:
        raise SettingsError(
            f"ENDPOINT_OPS_NOTIFY names the block {settings.notify}, which does not exist. Save it in the Prefect UI "
            "under Blocks, or set none."
        ) from None
    return found.id
