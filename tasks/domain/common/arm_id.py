"""Parse and build the ARM id of a workspace; Azure compares ARM ids case-insensitively."""

from __future__ import annotations

import re
from typing import Final, Self

from pydantic import BaseModel

from tasks.domain.common.target import AzureTarget

_PATTERN: Final = re.compile(
    r"/subscriptions/(?P<subscription_id>[\w-]{1,64})/resourceGroups/(?P<resource_group>[-\w.()]{1,90})"
    r"/providers/Microsoft\.MachineLearningServices/workspaces/(?P<workspace>[\w-]{1,64})/?",
    re.IGNORECASE | re.ASCII,
)


class WorkspaceId(BaseModel, frozen=True):
    """A workspace with its subscription and resource group."""

    subscription_id: str
    resource_group: str
    workspace: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the workspace that an ARM id names, or None when it names something else."""
        found = _PATTERN.fullmatch(text)
        return cls(**found.groupdict()) if found else None

    @classmethod
    def of(cls, target: AzureTarget) -> Self:
        """Return the workspace of a target."""
        return cls(
            subscription_id=target.subscription_id, resource_group=target.resource_group, workspace=target.workspace
        )

    @property
    def path(self) -> str:
        """The ARM id."""
        group = f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}"
        return f"{group}/providers/Microsoft.MachineLearningServices/workspaces/{self.workspace}"

    @property
    def key(self) -> str:
        """The ARM id in lower case, for comparison."""
        return self.path.lower()
