"""The workspace's storage account: who reaches it, and by what right."""

from __future__ import annotations

from pydantic import BaseModel


class StorageAccount(BaseModel, frozen=True):
    """A storage account as Azure returns it.

    Attributes:
        is_public: Callers reach it from everywhere; otherwise by a private endpoint, or as its network rules say.
        takes_keys: Shared keys, and signatures made with one, are accepted.
    """

    id: str
    is_public: bool
    takes_keys: bool

    @property
    def name(self) -> str:
        """Its short name."""
        return self.id.rsplit("/", 1)[-1]
