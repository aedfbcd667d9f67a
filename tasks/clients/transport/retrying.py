"""The retry policy of the pipelines that azure-core builds: repeats what the one classification calls temporary."""

from __future__ import annotations

from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.core.pipeline import PipelineResponse
from azure.core.pipeline.policies import RetryPolicy

from tasks.clients.transport.errors import translate
from tasks.domain.common.errors import TemporaryError


class TemporaryRetryPolicy(RetryPolicy[Any, Any]):
    """azure-core's retries without those that can't help, such as of a private link's denial with a status of 502."""

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> bool:
        """Return whether to send the request again, as the base class does, if the answer is a temporary error."""
        if not super().is_retry(settings, response):
            return False
        return isinstance(translate("", HttpResponseError(response=response.http_response)), TemporaryError)
