"""The whole diagnosis against the emulator: real DNS, real TLS, real calls, one state after the other."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from support.diagnostics.stage import (
    ML,
    REQUEST,
    SAMPLES,
    SHOWN,
    VAULTS,
    ZONES,
    Stage,
    add_endpoint,
    codes,
    set_up,
    target_in,
)
from support.emulator.private_access import connect_privately
from support.emulator.running import RunningEmulator

from tasks.checks import ALL_CHECKS
from tasks.clients.connect import connect
from tasks.clients.transport.time_limits import TimeLimits
from tasks.domain.azure.endpoint import EndpointSpec
from tasks.domain.azure.workspace import WorkspaceSpec
from tasks.domain.common.errors import NotFound, ProvisioningFailed
from tasks.domain.diagnostics.results import EndpointDiagnosis
from tasks.domain.diagnostics.subject import Expectations

pytestmark = pytest.mark.usefixtures("emulator")  # no faults before and after each test

NAME = "churn-prod"


@pytest.fixture(scope="module")
def stage(emulator_process: RunningEmulator) -> Stage:
    """A healthy endpoint."""
    made = set_up(emulator_process, "rg-diagnosed")
    add_endpoint(made, NAME, auth_mode="aad_token")
    return made


def test_a_healthy_endpoint_has_no_finding_above_pass(stage: Stage) -> None:
    """Not even when everything is looked at, and each skipped check says why."""
    for depth in ("when_needed", "always"):
        found = stage.diagnose(stage.scope(NAME), expectations=Expectations.model_validate({"depth": depth}))
        (workspace,) = found.workspaces
        assert codes((*workspace.findings, *workspace.endpoints[0].findings)) == []
        assert workspace.endpoints[0].verdict.health == "healthy"
        assert workspace.endpoints[0].verdict.cause is None
        assert workspace.endpoints[0].latency_seconds
        assert all(one.reason.endswith(".") for one in workspace.findings)


def test_a_healthy_endpoint_costs_one_read_and_its_workspace_fifteen_at_most(stage: Stage) -> None:
    """The requests that were sent are those that were counted, and none is a write with aad_token."""
    before = len(stage.emulator.journal())
    found = stage.diagnose(stage.scope())
    sent = [one for one in stage.emulator.journal()[before:] if "management.azure.com" in one["url"]]
    reads = [one["url"].split("?")[0] for one in sent if one["method"] == "GET"]
    assert len(reads) == len(set(reads)) == found.requests["reads"]
    assert found.requests["reads"] <= 15 + len(found.endpoints)
    assert found.requests["writes"] == 0
    assert len([one for one in reads if f"/{NAME}" in one]) == 1


def test_a_sample_is_not_needed(stage: Stage) -> None:
    """Without one the calls are skipped with the reason, the certificate is looked at all the same."""
    found = stage.endpoint(NAME, request="")
    calls = [one for one in found.findings if "-CALL-" in one.code]
    assert {one.status for one in calls} == {"SKIP"}
    assert all("No sample request" in one.reason for one in calls)
    (certificate,) = [one for one in found.findings if one.code == "SCORE-TLS-001"]
    assert certificate.status == "PASS"


def test_no_traffic(stage: Stage) -> None:
    """The 404 is explained by the traffic; the remedy sends it back."""
    with connect(stage.target) as azure:
        azure.endpoints.set_traffic(NAME, {"blue": 0})
        found = stage.endpoint(NAME)
        azure.endpoints.set_traffic(NAME, {"blue": 100})
    assert found.verdict.health == "unhealthy"
    assert found.verdict.cause
    assert found.verdict.cause.code == "SCORE-TRF-001"
    assert '--traffic "blue=100"' in found.verdict.cause.remedy
    assert found.verdict.suspects == ()
    assert "SCORE-CALL-003" in [one.code for one in found.verdict.symptoms]


def test_the_record_is_missing(stage: Stage) -> None:
    """Without its record the name leads to the public address: recreate the private endpoint."""
    record = f"{stage.zone}/A/*.{stage.guid()}.inference.westeurope"
    with stage.without(record, ZONES):
        found = stage.endpoint(NAME)
    assert_cause(found, "SCORE-DNS-003", "make it again")


def test_the_zone_is_not_linked(stage: Stage) -> None:
    """The remedy names the zone and the network."""
    (link,) = stage.management.get(f"{stage.zone}/virtualNetworkLinks", ZONES)["value"]
    with stage.without(link["id"], ZONES):
        found = stage.endpoint(NAME)
    assert_cause(found, "SCORE-DNS-004", "--virtual-network")


def test_the_conditional_forwarder_is_wrong(stage: Stage) -> None:
    """Azure's DNS knows the address, the custom server does not."""
    for resolver in ("system", "custom"):
        stage.emulator.fault(action="fail", method="DNS", path=resolver, code="NotForwarded", times=-1)
    found = stage.endpoint(NAME)
    assert_cause(found, "SCORE-DNS-005", "forward the public zones")
    (ladder,) = [one for one in found.findings if one.code == "SCORE-DNS-005"]
    assert {one.what.split()[0] for one in ladder.evidence} == {"system", "custom", "azure"}


def test_the_caller_is_outside(stage: Stage) -> None:
    """Azure's DNS gives no answer, the others the public one, and nothing is wrong with zone, record and link."""
    for resolver in ("system", "custom"):
        stage.emulator.fault(action="fail", method="DNS", path=resolver, code="NotForwarded", times=-1)
    stage.emulator.fault(action="hang", method="DNS", path="azure", times=-1)
    assert_cause(stage.endpoint(NAME), "SCORE-DNS-006", "inside the private endpoint's virtual network")


def test_the_private_endpoint_connection_is_pending(stage: Stage) -> None:
    """Names resolve, but calls come as public ones; the remedy approves the connection."""
    connections = stage.management.get(f"{stage.path}/privateEndpointConnections", ML)["value"]
    (path,) = [one["id"] for one in connections]
    state = {"privateLinkServiceConnectionState": {"status": "Pending", "description": ""}}
    with stage.changed(path, ML, state):
        found = stage.endpoint(NAME)
    assert_cause(found, "SCORE-PE-001", f"az network private-endpoint-connection approve --id {path}")


def test_the_key_vault_shuts_azure_out(stage: Stage) -> None:
    """An endpoint with aad_token scores on, but is degraded: nothing with keys can be made."""
    vault = stage.management.get(stage.path, ML)["properties"]["keyVault"]
    acls = {"networkAcls": {"bypass": "None", "defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": []}}
    with stage.changed(vault, VAULTS, acls):
        found = stage.endpoint(NAME)
    assert found.verdict.health == "degraded"
    assert_cause(found, "SCORE-KV-001", "--bypass AzureServices", health="degraded")


def test_v1_legacy_mode(stage: Stage) -> None:
    """It is the cause, whatever else it brings down."""
    stage.management.ask("PATCH", stage.path, {"properties": {"v1LegacyMode": True}}, ML)
    stage.management.settled(stage.path, ML)
    try:
        found = stage.diagnose(stage.scope())
    finally:
        stage.management.ask("PATCH", stage.path, {"properties": {"v1LegacyMode": False}}, ML)
        stage.management.settled(stage.path, ML)
    (workspace,) = found.workspaces
    assert "SCORE-WS-001" in codes(workspace.findings)


def test_the_model_fails(stage: Stage) -> None:
    """A 424 whose traceback is in the log: file and line are the cause."""
    found = stage.endpoint(NAME, request='{"data": [[1, 2, 3]]}')
    assert_cause(found, "SCORE-LOG-001", "score.py")
    assert "ValueError: a row has 10 measurements, not 3" in (found.verdict.cause.reason if found.verdict.cause else "")
    assert "SCORE-CALL-004" in [one.code for one in found.verdict.symptoms]


def test_a_deployment_failed_in_init(stage: Stage, tmp_path: Path) -> None:
    """The exception in init() explains the failed deployment, which explains the 404."""
    files = Path(shutil.copytree(SAMPLES, tmp_path / "broken"))
    (files / "code" / "score.py").write_text(
        "def init():\n    raise RuntimeError('no model here')\n\ndef run(raw):\n    return 1\n"
    )
    with pytest.raises(ProvisioningFailed):
        add_endpoint(stage, "broken-init", files)
    found = stage.endpoint("broken-init")
    assert_cause(found, "SCORE-LOG-001", "score.py:2")
    assert {"SCORE-DEP-001"} <= {one.code for one in found.verdict.symptoms}


def test_an_endpoint_without_deployment(stage: Stage) -> None:
    """Nothing was deployed yet: that is the cause, and the command is given."""
    with connect(stage.target) as azure:
        azure.endpoints.create_or_update(EndpointSpec(name="empty-one", file=str(SAMPLES / "endpoint.yml")))
    assert_cause(stage.endpoint("empty-one"), "SCORE-DEP-001", "az ml online-deployment create")


def test_a_hanging_endpoint_hides_and_delays_nobody(stage: Stage) -> None:
    """One whose deployments can't be listed gets ERROR findings in exactly those checks; the other is well."""
    stage.emulator.fault(action="hang", method="GET", path="empty-one/deployments", times=-1)
    scope, limits = stage.scope(include=(NAME, "empty-one")), TimeLimits(answer=1)
    started = time.monotonic()
    found = {one.name: one for one in stage.diagnose(scope, time_limits=limits).endpoints}
    assert time.monotonic() - started < 10
    assert found[NAME].verdict.health == "healthy"
    errors = {one.code: one for one in found["empty-one"].findings if one.status == "ERROR"}
    assert set(errors) == {check.code for check in ALL_CHECKS if "online_deployments" in check.inputs} | {
        "SCORE-LOG-001"
    }
    for one in errors.values():
        assert one.reason.startswith("Not checked: list online deployments of empty-one: no answer in 1 s")
        assert one.remedy


def test_a_scoring_host_that_hangs_is_unhealthy(stage: Stage) -> None:
    """A call without an answer is the network's fault; the run goes on after the call's own limit."""
    stage.emulator.fault(action="hang", host=f"{NAME}\\..*inference", times=-1)
    found = stage.diagnose(stage.scope(NAME), time_limits=TimeLimits(call=1, inspection=1)).endpoints[0]
    assert found.verdict.health == "unhealthy"
    assert found.verdict.cause
    assert found.verdict.cause.code == "SCORE-CALL-001"
    assert found.verdict.cause.evidence[0].seen == "no answer in 1 s"


def test_who_may_not_read_is_told_what_is_missing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A principal without rights on the networks still gets verdicts; the checks of the networks say why not."""
    group = f"/subscriptions/{stage.emulator.subscription}/resourceGroups/{stage.target.resource_group}"
    principal = stage.emulator.control("POST", "/principals", {"roles": {group: "Contributor"}}).json()
    monkeypatch.setenv("AZURE_CLIENT_ID", principal["client_id"])
    monkeypatch.setenv("AZURE_CLIENT_SECRET", principal["client_secret"])
    found = stage.endpoint(NAME)
    assert found.verdict.health == "unknown"
    errors = {one.code: one for one in found.verdict.not_looked_at}
    assert {"SCORE-PE-002", "SCORE-DNS-001", "SCORE-DNS-003"} <= set(errors)
    assert "AuthorizationFailed" in errors["SCORE-DNS-003"].reason
    assert errors["SCORE-DNS-003"].remedy
    passed = {one.code for one in found.findings if one.status == "PASS"}
    assert {"SCORE-CALL-001", "SCORE-CALL-004", "SCORE-DEP-001", "SCORE-ISO-001"} <= passed


def test_scopes(stage: Stage) -> None:
    """Endpoint, workspace, resource group and subscription; patterns narrow it down."""
    group = stage.diagnose(stage.scope(workspace=None, include=("churn-*",)), request="")
    assert [one.name for one in group.endpoints] == [NAME]
    subscription = stage.diagnose(
        stage.scope(workspace=None, resource_group=None, include=(f"{stage.target.workspace}/{NAME}",)), request=""
    )
    assert NAME in [one.name for one in subscription.endpoints]
    excluded = stage.diagnose(stage.scope(exclude=("*",)), request="")
    assert excluded.endpoints == ()
    assert excluded.workspaces[0].findings
    with pytest.raises(NotFound, match="there is no workspace nowhere"):
        stage.diagnose(stage.scope(resource_group=None, workspace="nowhere"), request="")
    with pytest.raises(NotFound):
        stage.diagnose(stage.scope(workspace="nowhere"), request="")


def assert_cause(found: EndpointDiagnosis, code: str, remedy: str, health: str = "unhealthy") -> None:
    """One root cause with its remedy, and no second one."""
    shown = [(one.code, one.status, one.reason) for one in found.findings if one.status in SHOWN]
    assert found.verdict.health == health, shown
    assert found.verdict.cause, shown
    assert found.verdict.cause.code == code, shown
    assert remedy in found.verdict.cause.remedy
    assert [one.code for one in found.verdict.suspects] == [], shown
    assert found.verdict.not_looked_at == ()


def test_what_log_analytics_counted(stage: Stage) -> None:
    """Other callers' failures are a warning, with their codes; quiet instances are well."""
    insights = stage.management.get(stage.path, ML)["properties"]["applicationInsights"]
    logs = stage.management.get(insights, "2020-02-02")["properties"]["WorkspaceResourceId"]
    setting = f"{stage.path}/onlineEndpoints/{NAME}/providers/Microsoft.Insights/diagnosticSettings/all"
    everything = [{"categoryGroup": "allLogs", "enabled": True}]
    stage.management.put(setting, {"properties": {"workspaceId": logs, "logs": everything}}, "2021-05-01-preview")
    with connect(stage.target) as azure:
        endpoint = azure.endpoints.get(NAME)
        assert endpoint
        for request in (*['{"data": [[1]]}'] * 3, REQUEST):
            azure.scoring.score(endpoint, request)
    always = Expectations(depth="always")
    found = stage.diagnose(stage.scope(NAME), expectations=always).endpoints[0]
    by_code = {one.code: one for one in found.findings}
    assert by_code["SCORE-LOG-002"].status == "WARN"
    (counted,) = by_code["SCORE-LOG-002"].evidence
    assert (counted.what, counted.seen) == ("HTTP 424 (model failed)", "3 of 4")  # our own looks are not counted
    assert by_code["SCORE-LOG-003"].status == "PASS"
    assert by_code["SCORE-LOG-001"].status == "WARN"  # the sample succeeds, so the exceptions are history
    assert found.verdict.health == "degraded"


def test_the_network_is_not_provisioned(stage: Stage) -> None:
    """A missing network explains why there is no deployment, which explains the 404."""
    target = target_in(stage.emulator, stage.target.resource_group, "unprovisioned")
    with connect(target) as azure:
        azure.workspace.create_or_update(WorkspaceSpec())
        connect_privately(target)
        azure.endpoints.create_or_update(EndpointSpec(name="too-early", file=str(SAMPLES / "endpoint.yml")))
    (found,) = stage.diagnose(stage.scope("too-early", workspace="unprovisioned")).endpoints
    assert_cause(found, "SCORE-NET-002", "az ml workspace provision-network --name unprovisioned")
    assert {one.code for one in found.verdict.symptoms} == {"SCORE-DEP-001", "SCORE-CALL-003"}
