"""Online endpoints: created from YAML, with the live traffic preserved on every update."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from tasks.clients.control_plane.files.definitions import endpoint_body, load_endpoint, read_yaml
from tasks.clients.transport.arm import Arm
from tasks.clients.transport.matching import matches_requested, matches_stamped, stamped
from tasks.clients.transport.wire import Call, Json, state_of
from tasks.domain.azure.endpoint import AuthMode, Endpoint, EndpointSpec
from tasks.domain.azure.governance.identity import EndpointIdentity, as_identity, check_same_identity
from tasks.domain.azure.ownership import handover, is_owned
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
        """Validate the spec's file, without calling Azure.

        Raises:
            InvalidSpec: See ``load_endpoint``.
        """
        load_endpoint(spec)

    def auth_mode(self, spec: EndpointSpec) -> AuthMode | None:
        """Return how a spec's endpoint will authenticate its callers; None where its file can't be read."""
        if spec.auth_mode:
            return spec.auth_mode
        try:
            said = read_yaml(spec.file).get("auth_mode") or "key"
        except errors.InvalidSpec:
            return None
        return _AUTH_MODES.get(str(said).lower().replace("_", ""))

    def identity(self, spec: EndpointSpec) -> EndpointIdentity:
        """Return the identity that a spec's endpoint will have, without calling Azure.

        Raises:
            InvalidSpec: See ``load_endpoint``.
        """
        return as_identity(endpoint_body(load_endpoint(spec), self._target.location).get("identity"))

    def unused_fields(self, spec: EndpointSpec) -> tuple[str, ...]:
        """Return a sentence for each field of the spec's file that is ignored.

        Raises:
            InvalidSpec: See ``read_yaml``.
        """
        document = read_yaml(spec.file)
        warnings = [
            f"{spec.file} sets {field}, which is ignored: set the traffic with the parameter `traffic`"
            for field in ("traffic", "mirror_traffic")
            if document.get(field)
        ]
        access = document.get("public_network_access")
        if access and str(access).lower() != spec.public_network_access:
            warnings.append(
                f"{spec.file} sets public_network_access: {access}, which is ignored: the parameter "
                f"endpoint.public_network_access decides, and is {spec.public_network_access}"
            )
        region = str(document.get("location") or self._target.location)
        if not same_location(region, self._target.location):
            warnings.append(
                f"{spec.file} sets location {region}, which is ignored: the endpoint is created in its workspace's "
                f"region {self._target.location}"
            )
        return tuple(warnings)

    def get(self, name: str) -> Endpoint | None:
        """Read an endpoint; None if it is absent."""
        body = self._arm.find(f"read endpoint {name}", self._target.endpoint_id(name), ENDPOINT_API)
        return as_endpoint(body) if body else None

    def list(self) -> tuple[Endpoint, ...]:
        """List all endpoints of the workspace."""
        path = f"{self._target.workspace_id}/onlineEndpoints"
        return tuple(as_endpoint(one) for one in self._arm.read_all("list endpoints", path, ENDPOINT_API))

    def create_or_update(self, spec: EndpointSpec, *, limit_seconds: float = 1800) -> Endpoint:
        """Create or update the endpoint as file and spec define it, and wait until it settles.

        Safe to run again: waits for an operation in progress, and leaves an equal endpoint unchanged. Keeps the
        endpoint's traffic; a ``traffic`` in the file is ignored.

        Raises:
            InvalidSpec: When the file is not valid, or asks for another identity than the endpoint has.
            Conflict: When the name is taken in the region.
            NotOwned: When an endpoint that this project did not create would have to change.
            ProvisioningFailed: With Azure's reason.
        """
        defined = endpoint_body(load_endpoint(spec), self._target.location)
        del defined["properties"]["traffic"], defined["properties"]["mirrorTraffic"]
        present = self._settled(spec.name, limit_seconds)
        ours = present is None or is_owned(present.get("tags"), present["id"])
        desired = stamped(defined, self._target.endpoint_id(spec.name), self._target.tags) if ours else defined
        matches = matches_stamped if ours else matches_requested
        if present and matches(desired, present) and not has_failed(state_of(present)):
            return as_endpoint(present)
        if present:
            identities = as_identity(present.get("identity")), as_identity(desired.get("identity"))
            check_same_identity(spec.name, *identities, spec.file)
        if not ours:
            raise _not_owned(
                spec.name, self._target.endpoint_id(spec.name), "differs from the spec, so it is not changed"
            )
        desired["properties"] |= _traffic_of(present)
        desired["tags"] |= rollout_tags((present or {}).get("tags") or {})
        return self._put(f"create endpoint {spec.name}", spec.name, desired, limit_seconds)

    def set_traffic(
        self,
        name: str,
        traffic: Mapping[str, int],
        mirror: Mapping[str, int] | None = None,
        *,
        limit_seconds: float = 1800,
    ) -> Endpoint:
        """Set the endpoint's live traffic and nothing else, and read it back.

        Args:
            name: The endpoint.
            traffic: Percentage per online deployment; the sum is 0 or 100.
            mirror: Percentage of traffic to mirror to one deployment; None keeps the present value.
            limit_seconds: The maximum time to wait.

        Raises:
            InvalidSpec: When the map is not valid or names an unknown online deployment.
            NotFound: When the endpoint does not exist.
            Conflict: When another client changed the traffic at the same time.
        """

        def routed(shown: Endpoint) -> Endpoint:
            copies = shown.mirror_traffic if mirror is None else dict(mirror)
            return shown.model_copy(update={"traffic": dict(traffic), "mirror_traffic": copies})

        check_traffic(traffic)
        return self.revise(name, routed, doing=f"set traffic of endpoint {name}", limit_seconds=limit_seconds)

    def revise(
        self, name: str, change: Callable[[Endpoint], Endpoint], *, doing: str, limit_seconds: float = 1800
    ) -> Endpoint:
        """Change the endpoint's traffic, mirror traffic and tags in one request, and read them back.

        Args:
            name: The endpoint.
            change: Maps the settled endpoint to the desired one, or raises to reject the change.
            doing: The request in words; errors begin with it.
            limit_seconds: The maximum time to wait.

        Raises:
            InvalidSpec: When a map is not valid or names an unknown online deployment.
            NotFound: When the endpoint does not exist.
            Conflict: When another client changed the endpoint at the same time.
        """
        present = self._settled(name, limit_seconds, expected=True)
        if present is None:
            raise errors.NotFound(f"endpoint {name} does not exist", "Create the endpoint first.")
        shown = as_endpoint(present)
        desired = change(shown)
        if shown.routes_like(desired) and shown.tags == desired.tags:
            return shown
        if not shown.routes_like(desired):
            check_traffic(desired.traffic)
            self._check_shares(name, desired.traffic, desired.mirror_traffic)
        body = _writable(present) | {"tags": desired.tags}
        body["properties"] |= {"traffic": positive(desired.traffic), "mirrorTraffic": positive(desired.mirror_traffic)}
        after = self._put(doing, name, body, limit_seconds)
        if not after.routes_like(desired) or rollout_tags(after.tags) != rollout_tags(desired.tags):
            raise errors.Conflict(
                f"endpoint {name} has traffic {after.traffic}, mirror traffic {after.mirror_traffic} and tags "
                f"{after.tags} after {desired.traffic}, {desired.mirror_traffic} and {desired.tags} were set",
                "Another client changed the endpoint at the same time. Check it, then set the traffic again.",
            )
        return after

    def delete(self, name: str, *, wait: bool = True, limit_seconds: float = 1800) -> None:
        """Delete the endpoint and its online deployments, if this project created it. No error if it is absent.

        Without ``wait``, the name stays taken until Azure has finished the deletion.

        Raises:
            NotOwned: When it does not have this project's tags.
        """
        path = self._target.endpoint_id(name)
        present = self._arm.find(f"read endpoint {name}", path, ENDPOINT_API, expected=True)
        if present is None:
            return
        if not is_owned(present.get("tags"), present["id"]):
            raise _not_owned(name, str(present["id"]), "is not deleted")
        if state_of(present).lower() == "deleting":
            if wait:
                self._settled(name, limit_seconds)
            return
        call = Call(f"delete endpoint {name}", "DELETE", path, ENDPOINT_API)
        if wait:
            self._arm.run(call, limit_seconds=limit_seconds)
        else:
            self._arm.send(call)

    def _settled(self, name: str, limit_seconds: float, *, expected: bool = False) -> Json | None:
        path = self._target.endpoint_id(name)
        what = f"endpoint {name}"
        return self._arm.settle(what, path, ENDPOINT_API, limit_seconds=limit_seconds, expected=expected)

    def _put(self, doing: str, name: str, body: Json, limit_seconds: float) -> Endpoint:
        call = Call(doing, "PUT", self._target.endpoint_id(name), ENDPOINT_API, body)
        return as_endpoint(self._arm.run(call, limit_seconds=limit_seconds))

    def _check_shares(self, name: str, traffic: Mapping[str, int], mirror: Mapping[str, int]) -> None:
        check_mirror(mirror, traffic)
        path = f"{self._target.endpoint_id(name)}/deployments"
        doing = f"list online deployments of endpoint {name}"
        names = {str(one["name"]).lower() for one in self._arm.read_all(doing, path, ENDPOINT_API, expected=True)}
        # A list lags behind writes: what it lacks is looked at by itself.
        for unlisted in {name.lower() for name in positive({**mirror, **traffic})} - names:
            if self._arm.find(f"read online deployment {unlisted}", f"{path}/{unlisted}", ENDPOINT_API):
                names.add(unlisted)
        check_named(traffic, names)
        check_named(mirror, names)


def as_endpoint(body: Json) -> Endpoint:
    """Return the value for an endpoint's JSON."""
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
        created=(body.get("systemData") or {}).get("createdAt") or "",
        tags=body.get("tags") or {},
        identity=as_identity(body.get("identity")),
    )


def _traffic_of(present: Json | None) -> Json:
    """Return live and mirror traffic, which every PUT has to repeat."""
    shown = as_endpoint(present) if present else None
    return {
        "traffic": positive(shown.traffic) if shown else {},
        "mirrorTraffic": positive(shown.mirror_traffic) if shown else {},
    }


def _writable(present: Json) -> Json:
    """Return the writable properties of an endpoint. A PUT replaces all of them, so it needs all of them."""
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


def _not_owned(name: str, resource_id: str, consequence: str) -> errors.NotOwned:
    return errors.NotOwned(
        f"endpoint {name} was not created by this project and {consequence}",
        f"Choose another name, or hand the endpoint over: {handover(resource_id)}",
    )
