"""What azure-ai-ml gets wrong in uploads, put right in this process."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any


class TellingPool(ThreadPoolExecutor):
    """A pool that raises the first failure of its work when its block ends."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._submitted: list[Future[Any]] = []

    def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:
        """As the pool's own, and remembered."""
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
    """Let a failed upload of a folder end as a failure, and uploads in silence. Safe to call again.

    azure-ai-ml 1.35 looks at what became of a folder's files only while it shows a progress bar; without one it waits
    for ever for a file that failed (``BlobStorageClient.upload``). It also prints an escape sequence for each upload.
    """
    from azure.ai.ml._artifacts import _blob_storage_helper  # noqa: PLC0415  # takes seconds, see Sdk
    from azure.ai.ml._utils import _asset_utils  # noqa: PLC0415  # as above

    vars(_asset_utils)["ThreadPoolExecutor"] = TellingPool
    vars(_blob_storage_helper)["print"] = _say_nothing


def _say_nothing(*_args: Any, **_kwargs: Any) -> None:
    """In the place of print."""
