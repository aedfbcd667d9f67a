"""The door to Prefect's artifacts: whatever is published there can be stored in every database."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from prefect.artifacts import (
    Artifact,
    MarkdownArtifact,
    TableArtifact,
    create_markdown_artifact,
    create_progress_artifact,
    update_progress_artifact,
)
from prefect.client.orchestration import PrefectClient

from tasks.domain.common.redaction import storable, visible


def publish_markdown(key: str, markdown: str, description: str) -> None:
    """Publish a page."""
    create_markdown_artifact(key=key, markdown=visible(markdown), description=visible(description))


async def publish_data(
    kind: str, key: str, description: str, data: Any, client: PrefectClient | None = None
) -> UUID | None:
    """Publish a page, table or JSON value, and return the artifact's id.

    Args:
        kind: Prefect's type of the artifact: markdown, table or json.
    """
    about = visible(description)
    artifact: Artifact
    match kind:
        case "markdown":
            artifact = MarkdownArtifact(key=key, description=about, markdown=visible(data))
        case "table":
            artifact = TableArtifact(key=key, description=about, table=storable(data))
        case _:
            artifact = Artifact(type=kind, key=key, description=about, data=storable(data))
    return (await artifact.acreate(client)).id


def show_progress(made: UUID | None, key: str, percent: float, text: str) -> UUID | None:
    """Create or update a progress artifact, and return its id."""
    if made:
        update_progress_artifact(made, progress=percent, description=visible(text))
        return made
    new = create_progress_artifact(progress=percent, key=key, description=visible(text))
    return new if isinstance(new, UUID) else None
