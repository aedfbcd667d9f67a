"""Online endpoints: created from YAML, with the live traffic carried over on every update."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from tasks.clients.control_plane.definitions import endpoint_body, load_endpoint, read_yaml
from tasks.clients.transport.arm import Arm
from tasks.clients.transport.matching import same_where_asked, stamped
from tasks.clients.transport.wire import Call, Json, state_of
from tasks.domain.azure.endpoint import AuthMode, Endpoint, EndpointSpec
from tasks.domain.azure.ownership import is_owned
from tasks.domain.azure.provisioning import has_failed
from tasks.domain.azure.traffic import check_mirror, check_named, check_traffic, positive
from tasks.domain.common import errors
from tasks.domain.common.naming import same_location
from tasks.domain.common.target import AzureTarget
from tasks.domain.rollout.state import rollout_tags

ENDPOINT_API: Final = "2022-02-01-preview"
_AUTH_MODES: Final[Mapping[str, AuthMode]] = {"key": "key", "amltoken": "aml_token", "aadtoken": "aad_token"}


class Endpoints:
    """The online endpoints of the target's workspace."""

    def __init__(self, target: AzureTarget, arm: Arm) -> None:
        self._target = target
        self._arm = arm

    def check(self, spec: EndpointSpec) -> None:
        """Read the spec's file, without asking Azure anything.

        Raises:
            InvalidSpec: See ``load_endpoint``.
        """
        load_endpoint(spec)

    def unused_fields(self, spec: EndpointSpec) -> tuple[str, ...]:
        """What the spec's file asks for in vain, a sentence for each field.

        Raises:
            InvalidSpec: See ``read_yaml``.
        """
        document = read_yaml(spec.file)
        told = [
            f"{spec.file} sets {field}, which is not used: the parameter `traffic` is, or what the endpoint has"
            for field in ("traffic", "mirror_traffic")
            if document.get(field)
        ]
        region = str(document.get("location") or self._target.location)
        if not same_location(region, self._target.location):
            told.append(
                f"{spec.file} says location {region}: an endpoint is in its workspace's region, here "
                f"{self._target.location}"
            )
        return tuple(told)

    def get(self, name: str) -> Endpoint | None:
        """The endpoint, or None."""
        body = self._arm.find(f"read endpoint {name}", self._target.endpoint_id(name), ENDPOINT_API)
        return as_endpoint(body) if body else None

    def list(self) -> tuple[Endpoint, ...]:
        """All endpoints of the workspace."""
        path = f"{self._target.workspace_id}/onlineEndpoints"
        return tuple(as_endpoint(one) for one in self._arm.read_all("list endpoints", path, ENDPOINT_API))

    def create_or_update(self, spec: EndpointSpec, *, limit_seconds: float = 1800) -> Endpoint:
        """Make the endpoint what file and spec say, and wait until it settles.

        Safe to run again: waits for an operation in flight, and leaves an equal endpoint untouched. Traffic is no
        part of it: what the endpoint has is kept, and a ``traffic`` in the file is not used.

        Raises:
            InvalidSpec: When the file is wrong.
            Conflict: When the name is taken in the region.
            NotOwned: When an endpoint that is not ours would have to change.
            ProvisioningFailed: With Azure's reason.
        """
        defined = endpoint_body(load_endpoint(spec), self._target.location)
        del defined["properties"]["traffic"], defined["properties"]["mirrorTraffic"]
        present = self._settled(spec.name, limit_seconds)
        ours = present is None or is_owned(present.get("tags"))
        wanted = stamped(defined) if ours else defined
        if present and same_where_asked(wanted, present) and not has_failed(state_of(present)):
            return as_endpoint(present)
        if not ours:
            raise _not_ours(spec.name, "differs from the spec, so it is not changed")
        wanted["properties"] |= _traffic_of(present)
        wanted["tags"] |= rollout_tags((present or {}).get("tags") or {})
        return self._put(f"create endpoint {spec.name}", spec.name, wanted, limit_seconds)

    def set_traffic(
        self,
        name: str,
        traffic: Mapping[str, int],
        mirror: Mapping[str, int] | None = None,
        *,
        limit_seconds: float = 1800,
    ) -> Endpoint:
        """Give the endpoint a live traffic map, changing nothing else on it, and read it back.

        Args:
            name: The endpoint.
            traffic: Percent per online deployment, 0 or 100 in sum.
            mirror: Percent of traffic to copy to one deployment; None keeps what there is.
            limit_seconds: The longest time to wait.

        Raises:
            InvalidSpec: When the map breaks a rule or names no online deployment of the endpoint.
            NotFound: Without the endpoint.
            Conflict: When the endpoint shows another map afterwards: somebody else changed it meanwhile.
        """

        def routed(shown: Endpoint) -> Endpoint:
            copies = shown.mirror_traffic if mirror is None else dict(mirror)
            return shown.model_copy(update={"traffic": dict(traffic), "mirror_traffic": copies})

        check_traffic(traffic)
        return self.revise(name, routed, doing=f"set traffic of endpoint {name}", limit_seconds=limit_seconds)

    def revise(
        self, name: str, change: Callable[[Endpoint], Endpoint], *, doing: str, limit_seconds: float = 1800
    ) -> Endpoint:
        """Change the endpoint's traffic, mirror traffic and tags in one request, nothing else, and read it back.

        Args:
            name: The endpoint.
            change: Gets the endpoint as it is once nothing runs on it, and gives it as it shall be. May refuse.
            doing: What it is for; errors begin with it.
            limit_seconds: The longest time to wait.

        Raises:
            InvalidSpec: When a map breaks a rule or names no online deployment of the endpoint.
            NotFound: Without the endpoint.
            Conflict: When the endpoint shows something else afterwards: somebody else changed it meanwhile.
        """
        present = self._settled(name, limit_seconds)
        if present is None:
            raise errors.NotFound(f"there is no endpoint {name}", "Create the endpoint first.")
        shown = as_endpoint(present)
        wanted = change(shown)
        if shown.routes_like(wanted) and shown.tags == wanted.tags:
            return shown
        if not shown.routes_like(wanted):
            check_traffic(wanted.traffic)
            self._check_shares(name, wanted.traffic, wanted.mirror_traffic)
        body = _writable(present) | {"tags": wanted.tags}
        body["properties"] |= {"traffic": positive(wanted.traffic), "mirrorTraffic": positive(wanted.mirror_traffic)}
        after = self._put(doing, name, body, limit_seconds)
        if not after.routes_like(wanted) or rollout_tags(after.tags) != rollout_tags(wanted.tags):
            raise errors.Conflict(
                f"endpoint {name} shows traffic {after.traffic}, mirror traffic {after.mirror_traffic} and tags "
                f"{after.tags} after {wanted.traffic}, {wanted.mirror_traffic} and {wanted.tags} were set",
                "Somebody else changed it meanwhile: look at it, then set the traffic again.",
            )
        return after

    def delete(self, name: str, *, wait: bool = True, limit_seconds: float = 1800) -> None:
        """Remove the endpoint with its online deployments, if it is ours. Fine when it is absent.

        Without waiting, the name stays taken until Azure's deletion ends.

        Raises:
            NotOwned: When it does not carry our tags.
        """
        path = self._target.endpoint_id(name)
        present = self._arm.find(f"read endpoint {name}", path, ENDPOINT_API)
        if present is None:
            return
        if not is_owned(present.get("tags")):
            raise _not_ours(name, "is not removed")
        if state_of(present).lower() == "deleting":
            if wait:
                self._settled(name, limit_seconds)
            return
        call = Call(f"delete endpoint {name}", "DELETE", path, ENDPOINT_API)
        if wait:
            self._arm.run(call, limit_seconds=limit_seconds)
        else:
            self._arm.send(call)

    def _settled(self, name: str, limit_seconds: float) -> Json | None:
        path = self._target.endpoint_id(name)
        return self._arm.settle(f"endpoint {name}", path, ENDPOINT_API, limit_seconds=limit_seconds)

    def _put(self, doing: str, name: str, body: Json, limit_seconds: float) -> Endpoint:
        call = Call(doing, "PUT", self._target.endpoint_id(name), ENDPOINT_API, body)
        return as_endpoint(self._arm.run(call, limit_seconds=limit_seconds))

    def _check_shares(self, name: str, traffic: Mapping[str, int], mirror: Mapping[str, int]) -> None:
        check_mirror(mirror, traffic)
        path = f"{self._target.endpoint_id(name)}/deployments"
        listing = self._arm.read_all(f"list online deployments of endpoint {name}", path, ENDPOINT_API)
        known = [str(one["name"]) for one in listing]
        check_named(traffic, known)
        check_named(mirror, known)


def as_endpoint(body: Json) -> Endpoint:
    """The value for an endpoint's JSON."""
    properties = body["properties"]
    access = (properties.get("publicNetworkAccess") or "Enabled").lower()
    return Endpoint(
        id=body["id"],
        name=body["name"],
        location=body["location"],
        provisioning_state=state_of(body),
        scoring_uri=properties.get("scoringUri") or "",
        auth_mode=_AUTH_MODES.get((properties.get("authMode") or "").lower().replace("_", ""), "key"),
        public_network_access="disabled" if access == "disabled" else "enabled",
        traffic=properties.get("traffic") or {},
        mirror_traffic=properties.get("mirrorTraffic") or {},
        tags=body.get("tags") or {},
    )


def _traffic_of(present: Json | None) -> Json:
    """Live and mirror traffic as a put has to repeat them."""
    shown = as_endpoint(present) if present else None
    return {
        "traffic": positive(shown.traffic) if shown else {},
        "mirrorTraffic": positive(shown.mirror_traffic) if shown else {},
    }


def _writable(present: Json) -> Json:
    """What of a read endpoint may be put again. A put replaces everything, so all of it has to be."""
    shown = present["properties"]
    read_only = {"provisioningState", "scoringUri", "swaggerUri"}
    body: Json = {name: present[name] for name in ("location", "kind", "sku", "tags") if present.get(name) is not None}
    body["properties"] = {name: value for name, value in shown.items() if name not in read_only and value is not None}
    identity = present.get("identity")
    if identity:
        users = cast("dict[str, Any]", identity.get("userAssignedIdentities") or {})
        body["identity"] = {"type": identity["type"]}
        if users:
            body["identity"]["userAssignedIdentities"] = {user: {} for user in users}
    return body


def _not_ours(name: str, consequence: str) -> errors.NotOwned:
    return errors.NotOwned(
        f"endpoint {name} was not made by this project and {consequence}",
        "Choose another name, or hand the endpoint over by the tag managed-by=azureml-endpoint-ops.",
    )
