"""Log Analytics, asked by the real SDK, about what really happened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import pytest
from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential
from azure.monitor.query import LogsBatchQuery, LogsQueryClient, LogsQueryResult
from support.emulator.serving_stage import CUSTOMER, Stage, running

from deployments.emulator.faults import Fault
from deployments.emulator.services.log_analytics import kql, wire
from deployments.emulator.services.log_analytics.queries import Query
from deployments.emulator.state import Resource
from deployments.emulator.telemetry import events

DAY = timedelta(days=1)
TRAFFIC, CONSOLE, EVENT = (f"AmlOnlineEndpoint{kind}Log" for kind in ("Traffic", "Console", "Event"))


def client_of(stage: Stage, client_id: str, secret: str) -> LogsQueryClient:
    way = {
        "proxies": {"https": stage.variables["HTTPS_PROXY"]},
        "connection_verify": stage.variables["REQUESTS_CA_BUNDLE"],
        "retry_total": 0,
    }
    credential = ClientSecretCredential(stage.variables["AZURE_TENANT_ID"], client_id, secret, **way)
    return LogsQueryClient(credential, **way)


@pytest.fixture(scope="module")
def client(stage: Stage) -> Iterator[LogsQueryClient]:
    """The real client, as the emulator's first principal."""
    with client_of(stage, stage.variables["AZURE_CLIENT_ID"], stage.variables["AZURE_CLIENT_SECRET"]) as client:
        yield client


@pytest.fixture(scope="module")
def busy(stage: Stage) -> Resource:
    """An endpoint with a diagnostic setting, a deployment that was started under it, and six requests."""
    endpoint = stage.endpoint(logged=True, traffic={"blue": 100})
    environment = stage.put(f"{stage.workspace_id}/environments/env/versions/1", {"image": "image:1"})
    stage.start(stage.deployment(endpoint, environmentId=environment.id))
    for _ in range(3):
        stage.score(endpoint, {"say": "scored 17 rows"}, headers={"x-ms-client-request-id": "mine"})
    stage.score(endpoint, {"fail": True})
    stage.score(endpoint, key="wrong")
    stage.score(endpoint, {"sleep": 0.05})
    return endpoint


def rows(client: LogsQueryClient, endpoint: Resource, query: str) -> list[dict[str, Any]]:
    """A query about one endpoint's last day, as rows by column name."""
    found = client.query_resource(endpoint.id, query, timespan=DAY)
    assert isinstance(found, LogsQueryResult)
    [table] = found.tables
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def test_a_request_leaves_a_record_with_azures_columns(client: LogsQueryClient, busy: Resource, stage: Stage) -> None:
    """The values are those of the request that was made."""
    found = rows(client, busy, f"{TRAFFIC} | order by TimeGenerated asc | take 1")[0]
    assert abs(found["TimeGenerated"] - datetime.now(UTC)) < timedelta(minutes=30)
    assert found["XMSClientRequestId"] == "mine"
    assert (found["Method"], found["Path"], found["Protocol"]) == ("POST", "/score", "HTTP/1.1")
    assert (found["ResponseCode"], found["ModelStatusCode"], found["ModelStatusReason"]) == (200, 200, "OK")
    assert (found["AuthType"], found["EndpointName"], found["DeploymentName"]) == ("Key", busy.name, "blue")
    assert found["RequestPayloadSize"] == len('{"say": "scored 17 rows"}')
    assert found["UserAgent"].startswith("python-requests/")
    assert (found["_ResourceId"], found["TenantId"], found["Type"]) == (busy.id.lower(), CUSTOMER, TRAFFIC)
    assert found["AzureMLWorkspaceName"] == "ws"


QUERIES: list[tuple[list[str], list[dict[str, Any]]]] = [
    ([TRAFFIC, "summarize count() by bin(TimeGenerated, 1d)", "project n = count_"], [{"n": 6}]),
    (
        [
            TRAFFIC,
            "where toint(ResponseCode) >= 400",
            "summarize n = count() by DeploymentName",
            "sort by DeploymentName",
        ],
        [{"DeploymentName": "blue", "n": 1}, {"DeploymentName": "", "n": 1}],
    ),
    (
        [TRAFFIC, "where ResponseCode == '424'", "project ModelStatusCode, ResponseCodeReason"],
        [{"ModelStatusCode": 500, "ResponseCodeReason": "model_error"}],
    ),
    (
        [TRAFFIC, "where ResponseCode == 401", "project ModelStatusCode, DeploymentName"],
        [{"ModelStatusCode": None, "DeploymentName": ""}],
    ),
    ([TRAFFIC, "summarize slow = countif(TotalDurationMs >= 50), n = count()"], [{"slow": 1, "n": 6}]),
    ([TRAFFIC, "where TimeGenerated > ago(1h)", "count"], [{"Count": 6}]),
    ([TRAFFIC, "where TimeGenerated < ago(1h)", "count"], [{"Count": 0}]),
    (
        [TRAFFIC, "extend g = case(ResponseCode < 400, 'ok', 'bad')", "summarize n = count() by g", "top 1 by n"],
        [{"g": "ok", "n": 4}],
    ),
    (
        [CONSOLE, "where Message has 'scored'", "parse Message with * 'scored ' n: int ' rows'", "summarize sum(n)"],
        [{"sum_n": 51}],
    ),
    (
        [CONSOLE, "where Message contains 'THE USER'", "distinct ContainerName, ContainerImageName"],
        [{"ContainerName": "inference-server", "ContainerImageName": "image:1"}],
    ),
    (
        [
            CONSOLE,
            "where ContainerName == 'storage-initializer'",
            "where Message endswith 'No model to download'",
            "count",
        ],
        [{"Count": 1}],
    ),
    ([EVENT, "where _ResourceId endswith '/onlineendpoints/nothing'", "count"], [{"Count": 0}]),
    ([EVENT, "summarize n = make_set(Name)", "project started = n has 'Started'"], [{"started": True}]),
    ([f"let failed = {TRAFFIC} | where ResponseCode >= 500; failed", "count"], [{"Count": 0}]),
    (
        [f"union withsource=T {TRAFFIC}, {EVENT}", "summarize n = count() by T", f"where T == '{TRAFFIC}'"],
        [{"T": TRAFFIC, "n": 6}],
    ),
    (
        [TRAFFIC, f"join kind=inner ({EVENT} | where Name == 'Created') on DeploymentName", "count"],
        [{"Count": 5}],
    ),
]


@pytest.mark.parametrize(("steps", "expected"), QUERIES)
def test_the_queries_of_an_operator_are_answered(
    client: LogsQueryClient, busy: Resource, steps: list[str], expected: list[dict[str, Any]]
) -> None:
    """Filters, counts over time, error rates, parsed messages, unions and joins."""
    assert rows(client, busy, " | ".join(steps)) == expected


def test_the_events_tell_a_containers_life(stage: Stage, client: LogsQueryClient) -> None:
    """From the image to the end, in order; the records stay when the deployment is gone."""
    endpoint = stage.endpoint(logged=True)
    stage.start(deployment := stage.deployment(endpoint))
    stage.stop(deployment)
    found = rows(client, endpoint, f"{EVENT} | order by TimeGenerated asc | project Name, Message, DeploymentName")
    names = ["Pulling", "Pulled", "Downloading", "Downloaded", "Created", "Started", "ContainerReady", "Killing"]
    assert [row["Name"] for row in found] == names
    assert found[-1] == {
        "Name": "Killing",
        "Message": "Stopping container inference-server",
        "DeploymentName": "blue",
    }


def test_percentiles_and_averages_are_numbers(client: LogsQueryClient, busy: Resource) -> None:
    """Latencies are milliseconds."""
    [found] = rows(client, busy, f"{TRAFFIC} | summarize percentile(TotalDurationMs, 95), avg(TotalDurationMs)")
    assert 50 <= found["percentile_TotalDurationMs_95"] < 5000
    assert isinstance(found["avg_TotalDurationMs"], float)
    [found] = rows(client, busy, f"{TRAFFIC} | summarize percentiles(TotalDurationMs, 5, 95)")
    assert found["percentile_TotalDurationMs_5"] < found["percentile_TotalDurationMs_95"]


def test_microsofts_sample_query_finds_the_endpoint_in_the_resource_id(client: LogsQueryClient, busy: Resource) -> None:
    """From the reference of AmlOnlineEndpointConsoleLog."""
    query = (
        f'{CONSOLE} | parse kind=regex flags=i _ResourceId with ".*?/RESOURCEGROUPS/" ResourceGroup '
        '"/PROVIDERS/MICROSOFT.MACHINELEARNINGSERVICES/WORKSPACES/" Workspace "/ONLINEENDPOINTS/" EndpointName '
        "| project TimeGenerated, ResourceGroup, Workspace, EndpointName, DeploymentName, ContainerName, Message "
        "| top 100 by TimeGenerated"
    )
    found = rows(client, busy, query)
    assert {(row["ResourceGroup"], row["Workspace"], row["EndpointName"]) for row in found} == {
        ("serving", "ws", busy.name)
    }


def test_columns_have_kqls_types(client: LogsQueryClient, busy: Resource) -> None:
    """The SDK turns them into Python's."""
    query = "print a = 1, b = 1.5, c = 'x', d = true, e = datetime(2026-01-02 03:04:05), f = 90m, g = dynamic({'k': 1})"
    found = client.query_resource(busy.id, query, timespan=None)
    assert isinstance(found, LogsQueryResult)
    [table] = found.tables
    assert list(table.columns_types) == ["long", "real", "string", "bool", "datetime", "timespan", "dynamic"]
    assert list(table.rows[0])[:5] == [1, 1.5, "x", True, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)]
    assert list(table.rows[0])[5:] == ["01:30:00", '{"k":1}']


def test_the_timespan_limits_what_is_seen(stage: Stage, client: LogsQueryClient, busy: Resource) -> None:
    """As a duration, as an interval, and beside the query's own conditions."""
    query, now = f"{TRAFFIC} | count", datetime.now(UTC)
    spans: list[tuple[Any, int]] = [
        (timedelta(hours=1), 6),
        ((now - timedelta(days=2), now - timedelta(days=1)), 0),
        ((now - timedelta(hours=1), timedelta(hours=2)), 6),
        (None, 6),
    ]
    for timespan, expected in spans:
        found = client.query_resource(busy.id, query, timespan=timespan)
        assert isinstance(found, LogsQueryResult)
        assert found.tables[0].rows[0][0] == expected


def test_a_workspace_and_a_resource_group_see_all_their_endpoints(
    stage: Stage, client: LogsQueryClient, busy: Resource
) -> None:
    """The query of a workspace takes its GUID; that of a resource, any id above the endpoint."""
    other = stage.endpoint(logged=True)
    stage.score(other)
    query = f"{TRAFFIC} | distinct EndpointName"
    for answer in (
        client.query_workspace(CUSTOMER, query, timespan=DAY),
        client.query_resource(stage.workspace_id, query, timespan=DAY),
        client.query_resource(stage.group, query, timespan=DAY),
        client.query_resource(stage.log_workspace_id, query, timespan=DAY),
    ):
        assert isinstance(answer, LogsQueryResult)
        assert {busy.name, other.name} <= {row[0] for row in answer.tables[0].rows}


def test_without_a_diagnostic_setting_there_is_no_data(stage: Stage, client: LogsQueryClient) -> None:
    """Azure's rule; and only the categories that are enabled flow."""
    silent, partly = stage.endpoint(), stage.endpoint()
    logs = [{"category": CONSOLE, "enabled": True}, {"category": TRAFFIC, "enabled": False}]
    setting = f"{partly.id}/providers/Microsoft.Insights/diagnosticSettings/one"
    stage.put(setting, {"workspaceId": stage.log_workspace_id, "logs": logs})
    for endpoint in (silent, partly):
        stage.start(stage.deployment(endpoint))
        stage.score(endpoint, headers={"azureml-model-deployment": "blue"})
    assert rows(client, silent, f"union {TRAFFIC}, {CONSOLE}, {EVENT} | count") == [{"Count": 0}]
    assert rows(client, partly, f"union {TRAFFIC}, {EVENT} | count") == [{"Count": 0}]
    assert rows(client, partly, f"{CONSOLE} | count") != [{"Count": 0}]


@pytest.mark.parametrize(
    ("query", "kind", "said"),
    [
        (f"{TRAFFIC} | wherex", "SyntaxError", "SYN0002"),
        (".show tables", "SyntaxError", "SYN0002"),
        ("Nothing | take 1", "SemanticError", "'Nothing'"),
        (f"{TRAFFIC} | where Nothing == 1", "SemanticError", "'Nothing'"),
        (f"{TRAFFIC} | make-series n = count() on TimeGenerated step 1h", "SemanticError", "MakeSeriesOperator"),
        (f"{TRAFFIC} | evaluate bag_unpack(dynamic({{}}))", "SemanticError", "EvaluateOperator"),
        (f"{TRAFFIC} | summarize p = percentiles(TotalDurationMs, 5, 95)", "SemanticError", "percentiles"),
        (f"{TRAFFIC} | summarize make_list(Path, 2)", "SemanticError", "size argument of make_list"),
        ("externaldata(line: string)[@'/etc/passwd']", "SemanticError", "ExternalDataExpression"),
        (f"workspace('other').{TRAFFIC} | count", "SemanticError", "workspace"),
        (f"{TRAFFIC} | where toint('x', 1) == tolong(", "SyntaxError", "SYN0002"),
    ],
)
def test_what_cannot_be_answered_is_a_clear_error(
    client: LogsQueryClient, busy: Resource, query: str, kind: str, said: str
) -> None:
    """A 400 in Log Analytics' form, never an empty answer."""
    with pytest.raises(HttpResponseError) as refused:
        client.query_resource(busy.id, query, timespan=DAY)
    assert refused.value.status_code == 400
    error = refused.value.response.json()["error"]
    assert (error["code"], error["innererror"]["code"]) == ("BadArgumentError", kind)
    assert said in str(error["innererror"]["innererror"])


def test_a_result_over_the_limit_is_partial() -> None:
    """The records up to the limit, and a PartialError that says so."""
    question = Query("range x from 1 to 20 step 1", now=0.0, files={}, maximum_rows=10)
    with kql.connect() as connection:
        found = kql.answer(question, connection)
    assert [row for [row] in found.rows] == list(range(1, 11))
    assert found.cut_off is not None
    assert found.cut_off["code"] == "PartialError"
    assert "10 records" in found.cut_off["details"][0]["innererror"]["message"]


def test_statistics_and_visualization_come_when_they_are_asked_for(client: LogsQueryClient, busy: Resource) -> None:
    """The Prefer header's three wishes."""
    query = f"{TRAFFIC} | summarize count() by bin(TimeGenerated, 5m) | render timechart"
    found = client.query_resource(
        busy.id, query, timespan=DAY, include_statistics=True, include_visualization=True, server_timeout=60
    )
    assert isinstance(found, LogsQueryResult)
    assert found.statistics["query"]["executionTime"] > 0
    assert found.visualization == {"visualization": "timechart"}


def test_several_queries_in_one_request(client: LogsQueryClient, busy: Resource) -> None:
    """Each has its own answer or error."""
    queries = [
        LogsBatchQuery(workspace_id=CUSTOMER, query=query, timespan=DAY)
        for query in (f"{TRAFFIC} | take 1", "Nothing | take 1")
    ]
    good, bad = client.query_batch(queries)
    assert isinstance(good, LogsQueryResult)
    assert bad.code == "BadArgumentError"


def test_who_has_no_role_is_refused(stage: Stage, busy: Resource) -> None:
    """403 on a workspace and on a resource, in Log Analytics' form."""
    stranger = stage.do(stage.emulator.directory.add)
    with client_of(stage, stranger.client_id, stranger.secret) as client:
        with pytest.raises(HttpResponseError, match="insufficient access"):
            client.query_workspace(CUSTOMER, TRAFFIC, timespan=DAY)
        with pytest.raises(HttpResponseError, match="insufficient access"):
            client.query_resource(busy.id, TRAFFIC, timespan=DAY)


@pytest.mark.parametrize(
    ("authorization", "status", "code"),
    [
        ("", 401, "AuthenticationFailed"),
        ("Bearer nonsense", 403, "InvalidAuthenticationToken"),
        ("management", 403, "InvalidAuthenticationTokenAudience"),
    ],
)
def test_a_token_for_somebody_else_is_refused(stage: Stage, authorization: str, status: int, code: str) -> None:
    """The statuses of Microsoft's page on the query API's errors."""
    if authorization == "management":
        principal = stage.do(stage.emulator.directory.first)
        token = stage.do(
            lambda: stage.emulator.directory.sign("https://management.azure.com", 60, appid=principal.client_id)
        )
        authorization = f"Bearer {token}"
    answer = stage.ask(f"https://api.loganalytics.io/v1/workspaces/{CUSTOMER}/query", {"query": TRAFFIC}, authorization)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_records_that_are_held_up_are_found_later(tmp_path: Any) -> None:
    """As in Azure, where a call is minutes old before a query finds it; its own time is that of the call."""
    with (
        running(tmp_path) as stage,
        client_of(stage, stage.variables["AZURE_CLIENT_ID"], stage.variables["AZURE_CLIENT_SECRET"]) as client,
    ):
        endpoint = stage.serve(logged=True)
        held = Fault("delay", operation=events.INGESTION, path=endpoint.name, seconds=300, times=-1)
        stage.do(lambda: stage.emulator.faults.add(held))
        stage.score(endpoint)
        stage.do(stage.emulator.faults.clear)
        stage.score(endpoint)
        count = f"{TRAFFIC} | where TimeGenerated > ago(1h) | count"
        assert rows(client, endpoint, count) == [{"Count": 1}]
        stage.do(lambda: stage.emulator.clock.advance(299))
        assert rows(client, endpoint, count) == [{"Count": 1}]
        stage.do(lambda: stage.emulator.clock.advance(2))
        assert rows(client, endpoint, count) == [{"Count": 2}]
        assert rows(client, endpoint, f"{TRAFFIC} | where TimeGenerated < ago(5m) | count") == [{"Count": 2}]


def test_a_reset_forgets_the_records(tmp_path: Any) -> None:
    """And containers end with it; what comes after starts anew."""
    with running(tmp_path) as stage:
        pid = stage.score(stage.serve(logged=True)).json()["pid"]
        folder = tmp_path / "log_analytics"
        assert list(folder.rglob("*.jsonl"))
        stage.do(stage.app.reset)
        assert not list(folder.rglob("*.jsonl"))
        assert not psutil.pid_exists(pid)
        stage.start(stage.deployment(stage.endpoint()))


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (timedelta(days=1, hours=2, microseconds=5), "timespan", "1.02:00:00.0000050"),
        (-timedelta(minutes=5), "timespan", "-00:05:00"),
        (float("nan"), "real", "NaN"),
        (float("-inf"), "real", "-Infinity"),
        ([1, {"a": None}], "dynamic", '[1, {"a": null}]'),
        (None, "datetime", None),
        (datetime(2026, 1, 2, 3, 4, 5, 120000, tzinfo=UTC), "datetime", "2026-01-02T03:04:05.12Z"),
    ],
)
def test_values_are_written_as_log_analytics_writes_them(value: Any, kind: str, expected: Any) -> None:
    """Spans, times, special numbers and documents."""
    assert wire.written(value, kind) == expected
