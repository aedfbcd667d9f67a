"""Names that stay taken after a deletion, and the commands that free them.

Sources: learn.microsoft.com/azure/machine-learning/concept-soft-delete,
learn.microsoft.com/azure/key-vault/general/soft-delete-overview
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Literal

from pydantic import BaseModel

from tasks.domain.azure.networking.private_access import name_of

Kind = Literal["workspace", "key vault"]

WORKSPACE_DAYS: Final = 14
_PURGE_API: Final = "2024-10-01"


class TakenName(BaseModel, frozen=True):
    """A workspace or key vault whose name stays taken after its deletion.

    Attributes:
        id: The ARM id that it has or had.
        days: How long Azure keeps it after the deletion.
        until: The day on which the name is free, such as 2026-12-11; empty while it is not deleted.
        is_protected: Purge protection is on: it can only be recovered.
    """

    kind: Kind
    id: str
    location: str
    days: int = WORKSPACE_DAYS
    until: str = ""
    is_protected: bool = False

    @property
    def name(self) -> str:
        """Its name."""
        return name_of(self.id)

    @property
    def resource_group(self) -> str:
        """The resource group that it is or was in."""
        return self.id.split("/")[4]

    def deleted_at(self, now: datetime) -> TakenName:
        """The same, deleted at a time."""
        return self if self.until else self.model_copy(update={"until": f"{now + timedelta(days=self.days):%Y-%m-%d}"})

    def purge(self) -> str:
        """The command that frees the name for good; empty where Azure allows none."""
        if self.is_protected:
            return ""
        if self.kind == "key vault":
            return f"az keyvault purge --name {self.name} --location {self.location}"
        # az ml workspace delete reads the workspace first, and so finds no deleted one.
        return f'az rest --method delete --url "{self._address}&forceToPurge=true"'

    def recover(self) -> str:
        """The command that brings it back."""
        if self.kind == "key vault":
            return f"az keyvault recover --name {self.name} --location {self.location}"
        wanted = f'{{"location":"{self.location}","properties":{{"allowRecoverSoftDeletedWorkspace":"True"}}}}'
        return f"az rest --method put --url \"{self._address}\" --body '{wanted}'"

    @property
    def _address(self) -> str:
        return f"{self.id}?api-version={_PURGE_API}"


def taken_advice(one: TakenName, *, is_group_there: bool) -> str:
    """What to do about the name of a deleted workspace that is to be created anew, and who may do it."""
    group = "" if is_group_there else f"az group create --name {one.resource_group} --location {one.location}; then "
    return (
        f"Purge it, if its data may go for good: {group}{one.purge()}. Or recover it, with its storage account and key "
        f"vault, which have to be there: {group}{one.recover()}. Both take Contributor on the resource group. Or "
        "choose another workspace name."
    )
