"""Fixes for azure-ai-ml's uploads, applied in this process."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any


class RaisingThreadPool(ThreadPoolExecutor):
    """A thread pool that raises its first failed task's exception when its block ends."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._submitted: list[Future[Any]] = []

    def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:
        """Submit as the base class does, and remember the future."""
        future = super().submit(*args, **kwargs)
        self._submitted.append(future)
        return future

    def __exit__(self, *details: Any) -> bool | None:
        handled = super().__exit__(*details)
        if details[0] is None:
            for future in self._submitted:
                future.result()
        return handled


def repair_uploads() -> None:
    """Make a failed folder upload raise, and uploads print nothing. Safe to call again.

    azure-ai-ml 1.35 checks the results of a folder's files only while it shows a progress bar; without one it waits
    forever for a failed file (``BlobStorageClient.upload``). It also prints an escape sequence for each upload.
    """
    from azure.ai.ml._artifacts import _blob_storage_helper  # noqa: PLC0415  # takes seconds, see Sdk
    from azure.ai.ml._utils import _asset_utils  # noqa: PLC0415  # as above

    vars(_asset_utils)["ThreadPoolExecutor"] = RaisingThreadPool
    vars(_blob_storage_helper)["print"] = _discard_output


def _discard_output(*_args: Any, **_kwargs: Any) -> None:
    """Replacement for print."""
