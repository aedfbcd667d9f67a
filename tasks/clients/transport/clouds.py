"""The addresses of the Azure clouds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tasks.domain.common.target import Cloud


@dataclass(frozen=True)
class CloudAddresses:
    """Where one cloud's services answer.

    Attributes:
        resource_manager: Base address of the control plane.
        authority: Base address that hands out tokens.
        log_analytics: Base address of log queries.
        scoring_scope: Scope of the Entra tokens that endpoints with aad_token accept.
        sdk_name: What azure-ai-ml calls the cloud.
        storage: What the host names of storage accounts end with.
    """

    resource_manager: str
    authority: str
    log_analytics: str
    scoring_scope: str
    sdk_name: str
    storage: str


CLOUDS: Final[Mapping[Cloud, CloudAddresses]] = {
    "public": CloudAddresses(
        "https://management.azure.com",
        "https://login.microsoftonline.com",
        "https://api.loganalytics.io/v1",
        "https://ml.azure.com/.default",
        "AzureCloud",
        "core.windows.net",
    ),
    "usgovernment": CloudAddresses(
        "https://management.usgovcloudapi.net",
        "https://login.microsoftonline.us",
        "https://api.loganalytics.us/v1",
        "https://ml.azure.us/.default",
        "AzureUSGovernment",
        "core.usgovcloudapi.net",
    ),
    "china": CloudAddresses(
        "https://management.chinacloudapi.cn",
        "https://login.chinacloudapi.cn",
        "https://api.loganalytics.azure.cn/v1",
        "https://ml.azure.cn/.default",
        "AzureChinaCloud",
        "core.chinacloudapi.cn",
    ),
}
