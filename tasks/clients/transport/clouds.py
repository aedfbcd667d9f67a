"""The addresses of the Azure clouds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tasks.domain.common.target import Cloud


@dataclass(frozen=True)
class CloudAddresses:
    """The addresses of one cloud's services.

    Attributes:
        resource_manager: Base address of the control plane.
        authority: Base address of the token service.
        log_analytics: Base address of log queries.
        scoring_scope: Scope of the Entra tokens that endpoints with aad_token accept.
        sdk_name: The cloud's name in azure-ai-ml.
        storage: Host name suffix of storage accounts.
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
