"""The tables of online endpoints, with the columns and types of Azure Monitor's reference."""

from __future__ import annotations

# learn.microsoft.com/azure/azure-monitor/reference/tables/amlonlineendpointtrafficlog (…consolelog, …eventlog)
COMMON = {
    "TenantId": "string",
    "SourceSystem": "string",
    "Type": "string",
    "_ResourceId": "string",
    "_SubscriptionId": "string",
    "_BilledSize": "real",
    "_IsBillable": "string",
}
TRAFFIC = "AmlOnlineEndpointTrafficLog"
CONSOLE = "AmlOnlineEndpointConsoleLog"
EVENT = "AmlOnlineEndpointEventLog"
TABLES: dict[str, dict[str, str]] = {
    CONSOLE: {
        "TimeGenerated": "datetime",
        "OperationName": "string",
        "InstanceId": "string",
        "DeploymentName": "string",
        "ContainerName": "string",
        "ContainerImageName": "string",
        "Message": "string",
        **COMMON,
    },
    EVENT: {
        "TimeGenerated": "datetime",
        "OperationName": "string",
        "InstanceId": "string",
        "DeploymentName": "string",
        "Name": "string",
        "Message": "string",
        **COMMON,
    },
    TRAFFIC: {
        "TimeGenerated": "datetime",
        "OperationName": "string",
        "Method": "string",
        "Path": "string",
        "Protocol": "string",
        "ResponseCode": "int",
        "ResponseCodeReason": "string",
        "ModelStatusCode": "int",
        "ModelStatusReason": "string",
        "RequestPayloadSize": "int",
        "ResponsePayloadSize": "int",
        "UserAgent": "string",
        "XRequestId": "string",
        "XMSClientRequestId": "string",
        "TotalDurationMs": "int",
        "RequestDurationMs": "int",
        "ResponseDurationMs": "int",
        "RequestThrottlingDelayMs": "int",
        "ResponseThrottlingDelayMs": "int",
        "AuthType": "string",
        "IdentityData": "string",
        "EndpointName": "string",
        "DeploymentName": "string",
        "AzureMLWorkspaceId": "string",
        "AzureMLWorkspaceName": "string",
        "Location": "string",
        **COMMON,
    },
}
# When queries begin to find a record whose ingestion was delayed; no column of Azure's.
FOUND_FROM = "_FoundFrom"
# Of the category groups of a diagnostic setting: `audit` is assumed to hold the traffic only.
CATEGORY_GROUPS = {"alllogs": frozenset(TABLES), "audit": frozenset({TRAFFIC})}
