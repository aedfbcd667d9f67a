"""Record sets of private DNS zones."""

from __future__ import annotations

from deployments.emulator.errors import ArmError, bad_request
from deployments.emulator.http.call import Answer, Call
from deployments.emulator.http.routing import Route
from deployments.emulator.services.private_dns.shape import RECORDS, record_body
from deployments.emulator.services.private_dns.zones import ZONES

ZONE = ZONES.path + "/{name}"
KIND = ZONE + "/{kind}"


def routes() -> list[Route]:
    """Record sets."""
    return [
        Route("GET", ZONE + "/ALL", _list_all),
        Route("GET", KIND, _list_kind),
        Route("GET", KIND + "/{record}", _get_record),
        Route("PUT", KIND + "/{record}", _put_record),
        Route("PATCH", KIND + "/{record}", _put_record),
        Route("DELETE", KIND + "/{record}", _delete_record),
    ]


def _kind(call: Call) -> str:
    kind = call.params["kind"].upper()
    if kind not in RECORDS:
        raise ArmError(404, "InvalidResourceType", f"The resource type '{kind}' is not one of {', '.join(RECORDS)}.")
    return kind


def _list_all(call: Call) -> Answer:
    return _records(call, list(RECORDS))


def _list_kind(call: Call) -> Answer:
    return _records(call, [_kind(call)])


def _records(call: Call, kinds: list[str]) -> Answer:
    zone = ZONES.require(call)
    found = [record for kind in kinds for record in call.emulator.resources.members(f"{zone.id}/{kind}")]
    suffix = call.query.get("$recordsetnamesuffix", "").lower()
    return Answer(200, {"value": [record.body for record in found if record.name.lower().endswith(suffix)]})


def _record_id(call: Call) -> str:
    return f"{ZONES.require(call).id}/{_kind(call)}/{call.params['record']}"


def _get_record(call: Call) -> Answer:
    found = call.emulator.resources.get(_record_id(call))
    if found is None:
        raise ArmError(
            404,
            "NotFound",
            f"The resource record '{call.params['record']}' does not exist in resource group '{call.params['group']}' "
            f"of subscription '{call.params['subscription']}'.",
        )
    return Answer(200, found.body)


def _put_record(call: Call) -> Answer:
    identity, kind = _record_id(call), _kind(call)
    desired = {name: value for name, value in (call.json().get("properties") or {}).items() if value is not None}
    existing = call.emulator.resources.get(identity)
    before = existing.properties if existing and call.method == "PATCH" else {}
    properties = {"ttl": 3600, **before, **desired}
    if RECORDS[kind] not in properties:
        raise bad_request("BadRequest", f"A record set of type {kind} needs '{RECORDS[kind]}'.")
    body = record_body(identity, call.params["name"], properties)
    return Answer(200 if existing else 201, call.emulator.resources.put(identity, body).body)


def _delete_record(call: Call) -> Answer:
    return Answer(200 if call.emulator.removal.remove(_record_id(call)) else 204)
