"""The api-versions that the resource providers take: any other is refused, as by the resource manager.

They are those of the specifications, the SDKs, az and common templates; a namespace's list is for all its types.
"""

from __future__ import annotations

from deployments.emulator.errors import ArmError, bad_request
from deployments.emulator.http.call import Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services.resources.subscriptions import REGIONS
from deployments.emulator.state import type_of

VERSIONS: dict[str, str] = {
    "microsoft.authorization": (
        "2014-04-01-preview 2015-07-01 2016-09-01 2017-04-01 2018-01-01-preview 2018-05-01-preview 2018-07-01 "
        "2019-09-01 2020-04-01-preview 2020-05-01 2020-09-01 2020-10-01 2021-06-01 2022-04-01 2022-06-01 "
        "2023-04-01 2024-04-01 2024-05-01 2025-01-01 2025-03-01"
    ),
    "microsoft.compute": "2019-04-01 2021-07-01",
    "microsoft.containerregistry": (
        "2017-10-01 2019-05-01 2019-12-01-preview 2020-11-01-preview 2021-09-01 2022-12-01 2023-01-01-preview "
        "2023-07-01 2023-11-01-preview 2024-11-01-preview 2025-04-01 2025-11-01"
    ),
    "microsoft.eventgrid": "2020-06-01 2021-12-01 2022-06-15 2023-12-15-preview 2025-02-15",
    "microsoft.insights": (
        "2015-05-01 2016-03-01 2017-05-01-preview 2018-01-01 2018-03-01 2019-03-01 2020-02-02-preview 2020-02-02 "
        "2020-10-01 2021-05-01-preview 2021-08-01 2022-06-15 2022-10-01 2023-01-01 2023-03-11 2024-02-01"
    ),
    "microsoft.keyvault": (
        "2015-06-01 2016-10-01 2018-02-14 2019-09-01 2020-04-01-preview 2021-04-01-preview 2021-10-01 "
        "2021-11-01-preview 2022-07-01 2022-11-01 2023-02-01 2023-07-01 2024-04-01-preview 2024-11-01 2025-05-01 "
        "2026-02-01 2026-05-15"
    ),
    "microsoft.kubernetesconfiguration": "2021-09-01 2022-03-01 2022-11-01 2023-05-01 2024-11-01",
    "microsoft.machinelearningservices": (
        "2018-11-19 2019-11-01 2020-08-01 2021-01-01 2021-03-01-preview 2021-04-01 2021-07-01 2021-10-01 "
        "2022-01-01-preview 2022-02-01-preview 2022-05-01 2022-06-01-preview 2022-10-01 2022-10-01-preview "
        "2022-12-01-preview 2023-02-01-preview 2023-04-01 2023-04-01-preview 2023-06-01-preview 2023-08-01-preview "
        "2023-10-01 2024-01-01-preview 2024-04-01 2024-04-01-preview 2024-07-01-preview 2024-10-01 "
        "2024-10-01-preview 2025-01-01-preview 2025-04-01 2025-04-01-preview 2025-06-01 2025-09-01 2025-12-01 "
        "2026-05-01-preview"
    ),
    "microsoft.managedidentity": "2018-11-30 2021-09-30-preview 2022-01-31-preview 2023-01-31 2024-11-30",
    "microsoft.network": (
        "2018-09-01 2018-10-01 2019-04-01 2019-09-01 2020-01-01 2020-05-01 2020-06-01 2020-07-01 2020-08-01 "
        "2020-11-01 2021-02-01 2021-05-01 2021-08-01 2022-01-01 2022-05-01 2022-07-01 2022-11-01 2023-02-01 "
        "2023-04-01 2023-05-01 2023-06-01 2023-09-01 2023-11-01 2024-01-01 2024-03-01 2024-05-01 2024-06-01 "
        "2024-07-01 2024-10-01 2025-01-01 2025-05-01 2025-07-01 2025-09-01 2026-01-01 2026-03-01"
    ),
    "microsoft.operationalinsights": (
        "2015-03-20 2015-11-01-preview 2017-01-01-preview 2020-03-01-preview 2020-08-01 2020-10-01 2021-06-01 "
        "2021-12-01-preview 2022-10-01 2023-09-01 2025-02-01 2025-07-01"
    ),
    "microsoft.policyinsights": "2018-07-01-preview 2019-07-01 2019-10-01 2021-10-01 2024-10-01",
    "microsoft.storage": (
        "2018-07-01 2019-04-01 2019-06-01 2020-08-01-preview 2021-01-01 2021-02-01 2021-04-01 2021-06-01 "
        "2021-08-01 2021-09-01 2022-05-01 2022-09-01 2023-01-01 2023-04-01 2023-05-01 2024-01-01 2025-01-01 "
        "2025-06-01 2025-08-01 2026-04-01 2026-06-01 2026-09-01"
    ),
    "microsoft.resources": (
        "2015-01-01 2016-06-01 2016-09-01 2018-05-01 2019-05-01 2019-06-01 2019-07-01 2019-10-01 2020-01-01 "
        "2020-06-01 2020-10-01 2021-01-01 2021-04-01 2022-09-01 2022-12-01 2023-07-01 2024-03-01 2024-07-01 "
        "2024-11-01 2025-03-01 2025-04-01"
    ),
}
# Types that belong to no region, in which a version is sought by the type alone.
WITHOUT_REGION = ("microsoft.authorization", "microsoft.policyinsights", "microsoft.resources")


def require(call: Call, route: Route) -> None:
    """Require an api-version that the provider behind a path takes.

    Raises:
        ArmError: 400 InvalidApiVersionParameter for subscriptions, groups and providers themselves; 404
            InvalidResourceType for types without a region; 400 NoRegisteredProviderFound for the others.
    """
    kind = type_of(route.path.replace("{rest*}", "rest"))
    namespace, _, name = kind.partition("/")
    known = VERSIONS.get(namespace.lower() if name else "microsoft.resources", "").split()
    if not known or call.api_version.lower() in known:
        return
    if not name:
        raise bad_request(
            "InvalidApiVersionParameter",
            f"The api-version '{call.api_version}' is invalid. "
            f"The supported versions are '{','.join(reversed(known))}'.",
        )
    if namespace.lower() in WITHOUT_REGION:
        raise ArmError(
            404,
            "InvalidResourceType",
            f"The resource type '{name}' could not be found in the namespace '{namespace}' for api version "
            f"'{call.api_version}'. The supported api-versions are '{','.join(known)}'.",
        )
    raise bad_request(
        "NoRegisteredProviderFound",
        f"No registered resource provider found for location '{_location(call)}' and API version "
        f"'{call.api_version}' for type '{name}'. The supported api-versions are '{', '.join(known)}'. "
        f"The supported locations are '{', '.join(REGIONS)}'.",
    )


def _location(call: Call) -> str:
    resource = call.emulator.resources.get(call.path)
    given = call.params.get("location") or (resource.body if resource else call.json()).get("location")
    return str(given or "global")
