"""The workspace's storage account: who reaches it, and by what right."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel

# What uploads with the caller's own token need; Contributor and Owner have neither.
# learn.microsoft.com/azure/machine-learning/how-to-disable-local-auth-storage
UPLOAD_ACTIONS: Final = (
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
)
UPLOAD_ROLE: Final = "Storage Blob Data Contributor"


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
