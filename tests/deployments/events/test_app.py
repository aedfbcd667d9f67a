"""The event service at its door: handshakes, callers, topics, schemas, limits, and whatever else may come."""

from __future__ import annotations

import gzip
import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.clock import FakeClock
from support.events.samples import PROVIDER, WORKSPACE, cloud_event, grid_event, registered
from support.events.service import KEY, Recorder, as_told, served
from support.events.service import settings as service_settings
from support.paths import ROOT

from deployments.events.access import Access
from deployments.events.limits import Rate
from deployments.events.settings import PREFIX, EventSettings
from deployments.validation import SettingsError, read_environment
from tasks.domain.azure.model import ModelVersion
from tasks.domain.events.event_grid import read_event
from tasks.domain.events.event_types import meaning
from tasks.events.prefect_events import as_event

OTHER = WORKSPACE.replace("ml-events", "ml-others")
VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"


async def test_event_grid_is_told_its_validation_code() -> None:
    """The handshake of Event Grid's own schema is answered with the code, and reaches nobody."""
    seen = Recorder()
    data = {"validationCode": "512d38b6", "validationUrl": "https://rp.example/validate"}
    event = grid_event(eventType=VALIDATION, topic="/subscriptions/1", data=data)
    async with served(seen) as client:
        answer = await client.post("/events", json=[event], headers={"aeg-event-type": "SubscriptionValidation"})
    assert (answer.status_code, answer.json()) == (200, {"validationResponse": "512d38b6"})
    assert seen.news == []


async def test_cloud_events_origin_is_allowed() -> None:
    """The handshake of CloudEvents is answered with the origin; an origin that nobody named is refused."""
    async with served(Recorder()) as client:
        asked = {"WebHook-Request-Origin": "eventgrid.azure.net", "WebHook-Request-Rate": "120"}
        allowed = await client.options("/events", headers=asked)
        refused = await client.options("/events", headers={"WebHook-Request-Origin": "elsewhere.example"})
    assert allowed.status_code == 200
    assert allowed.headers["webhook-allowed-origin"] == "eventgrid.azure.net"
    assert int(allowed.headers["webhook-allowed-rate"]) > 0
    assert (refused.status_code, "webhook-allowed-origin" in refused.headers) == (403, False)


@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
@pytest.mark.parametrize("given", ["", "wrong", KEY[:-1], f"{KEY}x", "\u00fc"])
async def test_a_caller_without_the_key_is_refused(method: str, given: str) -> None:
    """401 with JSON that says what to send; a handshake is no way around."""
    async with served(Recorder()) as client:
        headers = {"x-events-key": given.encode(), "WebHook-Request-Origin": b"eventgrid.azure.net"}
        answer = await client.request(method, "/events", json=grid_event(), headers=headers)
    assert answer.status_code == 401
    assert "x-events-key" in answer.json()["error"]["next"]


async def test_the_key_may_come_in_the_address_and_may_be_the_old_one() -> None:
    """Both the query parameter and the key before are good."""
    async with served(Recorder(), old_key="the-key-that-was-good-before") as client:
        del client.headers["x-events-key"]
        for key in (KEY, "the-key-that-was-good-before"):
            assert (await client.post(f"/events?key={key}", json=grid_event())).status_code == 200


@pytest.mark.parametrize(
    "body",
    [grid_event(), cloud_event(), [grid_event()], [cloud_event()], grid_event(topic=f"{WORKSPACE.lower()}/")],
    ids=["event grid", "cloud event", "batch", "cloud batch", "other case"],
)
async def test_both_schemas_say_the_same(body: object) -> None:
    """Alone or in a batch, in either schema and spelling, it is the same model version with the same id."""
    seen = Recorder()
    async with served(seen) as client:
        answer = await client.post("/events", json=body)
    assert (answer.status_code, answer.json()) == (200, {"taken": 1, "ignored": 0})
    (version,) = seen.news
    assert isinstance(version, ModelVersion)
    assert (version.model, version.version, version.tags) == ("churn", "7", {"stage": "prod"})
    assert version.prefect_id(admitted=True) == _version().prefect_id(admitted=True)


def _version() -> ModelVersion:
    found = meaning(read_event(grid_event()))
    assert isinstance(found, ModelVersion)
    return found


async def test_another_workspaces_events_are_refused() -> None:
    """403 that names the topic; what else the batch holds is taken."""
    seen = Recorder()
    async with served(seen) as client:
        answer = await client.post("/events", json=[registered(1, topic=OTHER), registered(2)])
    assert answer.status_code == 403
    assert "ml-others" in answer.json()["error"]["details"][0]["message"]
    assert [one.version for one in seen.news if isinstance(one, ModelVersion)] == ["2"]


@pytest.mark.parametrize("kind", ["Microsoft.Storage.BlobCreated", f"{PROVIDER}SomethingNew", "x"])
async def test_an_unknown_kind_is_acknowledged_and_ignored(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """200, so that it is not sent again; one line of the log names it."""
    seen = Recorder()
    with caplog.at_level("INFO", logger="deployments.events"):
        async with served(seen) as client:
            answer = await client.post("/events", json=grid_event(eventType=kind))
    assert (answer.status_code, answer.json()) == (200, {"taken": 0, "ignored": 1})
    assert seen.news == []
    assert kind in caplog.text


async def test_a_replay_costs_prefect_nothing() -> None:
    """What was delivered is acknowledged again, and not delivered again."""
    seen = Recorder()
    async with served(seen) as client:
        for _ in range(3):
            assert (await client.post("/events", json=grid_event())).status_code == 200
    assert len(seen.news) == 1


async def test_while_prefect_is_away_nothing_is_acknowledged() -> None:
    """503 with Retry-After; when it is back, the event sent again is delivered."""
    seen = Recorder(is_away=True)
    async with served(seen) as client:
        refused = await client.post("/events", json=grid_event())
        seen.is_away = False
        taken = await client.post("/events", json=grid_event())
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")
    assert taken.status_code == 200
    assert len(seen.news) == 1


async def test_what_prefect_does_not_store_is_not_acknowledged() -> None:
    """503 when it took an event and does not show it in time; nobody waits for ever."""
    async with served(Recorder(is_slow=True), patience=0.2) as client:
        answer = await client.post("/events", json=grid_event())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "not stored" in answer.json()["error"]["message"]


async def test_too_many_requests_are_told_when_to_come_again() -> None:
    """429 with Retry-After, before the body is read."""
    async with served(Recorder(), burst=2, per_second=0.1) as client:
        statuses = [(await client.post("/events", json=grid_event())).status_code for _ in range(2)]
        refused = await client.post("/events", json=grid_event())
    assert statuses == [200, 200]
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 10


async def test_wrong_keys_are_limited_and_logged_once_in_a_while(caplog: pytest.LogCaptureFixture) -> None:
    """After twenty they are told to wait, with a line a minute; the right key is taken all the while."""
    clock, seen = FakeClock(), Recorder()
    wrong = {"x-events-key": "wrong"}
    async with served(seen, clock=clock) as client:
        statuses = [(await client.post("/events", json=grid_event(), headers=wrong)) for _ in range(50)]
        assert [one.status_code for one in statuses] == [401] * 20 + [429] * 30
        assert statuses[-1].headers["retry-after"] == "1"
        assert (await client.post("/events", json=grid_event())).status_code == 200
        assert [one.message for one in caplog.records if "refused" in one.message] == [
            "refused 1 callers since the last line like this: the key is missing or not valid"
        ]
        clock.at += 61
        assert (await client.post("/events", json=grid_event(), headers=wrong)).status_code == 401
    assert "refused 50 callers" in caplog.records[-1].message


async def test_what_costs_a_second_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A million brackets never reach the parser; a large request of real events does."""
    parsed: list[int] = []
    loads = json.loads
    monkeypatch.setattr(
        "tasks.domain.events.event_grid.json.loads",
        lambda text, **more: parsed.append(len(text)) or loads(text, **more),
    )
    async with served(Recorder()) as client:
        for body in (b"[" * 1_200_000, b"[" + b"[[[[[[[[]]]]]]]]," * 70_000 + b"0]", b'{"a":' * 200_000):
            assert (await client.post("/events", content=body)).status_code == 400
        assert parsed == []
        events = [registered(n, f"model-{n}") for n in range(2000)]
        assert (await client.post("/events", json=events)).status_code == 200
    assert len(parsed) == 1


async def test_wrong_events_do_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Of a request with thousands of them, twenty are named, and the others counted."""
    async with served(Recorder()) as client:
        assert (await client.post("/events", json=[{"id": 1}] * 5000)).status_code == 400
    assert len([one for one in caplog.records if "refused" in one.message]) == 21
    assert "refused 4980 more events" in caplog.records[-1].message


def test_the_rate_recovers() -> None:
    """A bucket that is empty says when it has one more, and then has it."""
    clock = FakeClock()
    rate = Rate(0.5, 1, clock)
    assert [rate.take(), rate.take()] == [0, 2]
    clock.at = 2.0
    assert rate.take() == 0


async def test_a_body_that_says_it_is_too_long_is_not_read() -> None:
    """413 at once, by its declared length alone; and without one, as soon as it is too long."""
    read = []

    async def chunks() -> object:
        for _ in range(100):
            read.append(1)
            yield b"x" * 100_000

    async with served(Recorder()) as client:
        declared = await client.post("/events", content=b"x", headers={"content-length": "10000000"})
        grown = await client.post("/events", content=chunks())  # type: ignore[arg-type]
    assert (declared.status_code, grown.status_code) == (413, 413)
    assert "1250000 bytes" in grown.json()["error"]["message"]


MALFORMED = [
    (b"", "not valid JSON"),
    (b"{", "not valid JSON"),
    (b"nul", "not valid JSON"),
    (b"\xff\xfe", "not valid JSON"),
    (b"[" * 100_000, "nested deeper"),
    (b"[" + b"[[[[[[[[]]]]]]]]," * 70_000 + b"0]", "more than 100000 values"),
    (b"[" + b'"",' * 400_000 + b'""]', "more than 100000 values"),
    (b'"' + b'\\"' * 600_000, "not valid JSON"),
    (b"[" * 40 + b"]" * 40, "nested deeper"),
    (b"12", "neither"),
    (b'"text"', "neither"),
    (b"[1]", "JSON object, not int"),
    (b"{}", "id is missing, or not text"),
    (b'{"a": NaN}', "not valid JSON"),
    (b'{"a": "\\ud800"}', "lone surrogate"),
    (b'{"a": "\\u0000"}', "NUL"),
    (json.dumps(grid_event(id=7)).encode(), "id is missing, or not text"),
    (json.dumps(grid_event(id="x" * 2000)).encode(), "longer than"),
    (json.dumps(grid_event(data=[])).encode(), "data is not a JSON object"),
    (json.dumps(grid_event(eventTime="yesterday")).encode(), "eventTime is not a valid ISO 8601 time"),
    (json.dumps(cloud_event(specversion="0.3")).encode(), "specversion"),
    (json.dumps(grid_event(data={"ModelName": "../../x", "ModelVersion": "1"})).encode(), "ModelName"),
    (json.dumps(grid_event(subject="", data={})).encode(), "ModelName"),
    (json.dumps(grid_event("RunCompleted", subject="", data={})).encode(), "RunId"),
    (json.dumps(grid_event("RunCompleted", data={"runId": "r" * 300})).encode(), "RunId is longer"),
    (json.dumps(grid_event("RunCompleted", data={"runId": "r", "ExperimentName": "e" * 300})).encode(), "is longer"),
    (json.dumps(grid_event("DatasetDriftDetected", data={"DataDriftId": "d" * 300})).encode(), "is longer"),
    (json.dumps(grid_event()).replace(": 7", f": {'7' * 5000}").encode(), "not valid JSON"),
    (gzip.compress(json.dumps(grid_event()).encode()), "not valid JSON"),
    (json.dumps(grid_event()).encode("latin-1").replace(b"churn", b"ch\xfcrn"), "not valid JSON"),
    (b'{"a": "\xed\xa0\x80"}', "lone surrogate"),
    (json.dumps(grid_event(eventType=VALIDATION, data={})).encode(), "validationCode"),
]


@pytest.mark.parametrize(("body", "said"), MALFORMED, ids=[f"{n}-{said}" for n, (_, said) in enumerate(MALFORMED)])
async def test_what_is_malformed_is_told_so(body: bytes, said: str) -> None:
    """400 with JSON that says what is wrong and what to send."""
    async with served(Recorder()) as client:
        answer = await client.post("/events", content=body)
    assert answer.status_code == 400, answer.text
    assert said in answer.text
    assert answer.json()["error"]["next"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
spoiled = st.builds(
    lambda base, name, value: {**base(), name: value},
    st.sampled_from([grid_event, cloud_event]),
    st.sampled_from(
        ["id", "topic", "source", "type", "eventType", "subject", "time", "eventTime", "data", "specversion"]
    ),
    json_values,
)
spoiled_data = st.builds(
    lambda kind, data: grid_event(kind, data=data),
    st.sampled_from(["ModelRegistered", "ModelDeployed", "RunCompleted", "RunStatusChanged", "DatasetDriftDetected"]),
    st.dictionaries(
        st.sampled_from(
            ["ModelName", "modelVersion", "ModelTags", "ModelIds", "ServiceName", "RunId", "runTags", "DataDriftName"]
        )
        | st.text(),
        json_values,
    ),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=300)
    | (json_values | spoiled | spoiled_data | st.lists(spoiled | spoiled_data, max_size=3)).map(
        lambda one: json.dumps(one).encode()
    )
)
async def test_no_body_breaks_it(body: bytes) -> None:
    """Whatever comes is answered with JSON, by 200, 400 or 403, and the next event is taken."""
    seen = Recorder()
    async with served(seen) as client:
        answer = await client.post("/events", content=body)
        after = await client.post("/events", json=registered(99, "another"))
    assert answer.status_code in (200, 400, 403), answer.text
    assert isinstance(answer.json(), dict)
    assert after.status_code == 200
    for one in seen.news:
        as_event(as_told(one)).model_dump_json()


def test_a_deployment_of_a_thousand_models_is_an_event() -> None:
    """Prefect takes at most a hundred related resources."""
    ids = ",".join(f"m{n}:1" for n in range(1000))
    found = meaning(read_event(grid_event("ModelDeployed", data={"ServiceName": "s", "ModelIds": ids})))
    assert found
    assert len(as_event(as_told(found)).related) <= 100


@pytest.mark.parametrize("path", ["/", "/events/", "/events/x", "/events%00", "/EVENTS", "/%2e%2e/events"])
async def test_other_paths_are_not_there(path: str) -> None:
    """404 in JSON, without a redirection to whatever host the caller names."""
    async with served(Recorder()) as client:
        answer = await client.post(path, json=grid_event(), headers={"Host": "elsewhere.example"})
    assert (answer.status_code, "location" in answer.headers) == (404, False)
    assert answer.json()["error"]["next"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE"])
async def test_other_methods_are_not_served(method: str) -> None:
    """405 that says which are, whatever other headers say."""
    seen = Recorder()
    async with served(seen) as client:
        answer = await client.request(method, "/events", json=grid_event(), headers={"X-HTTP-Method-Override": "POST"})
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"POST", "OPTIONS"}
    assert seen.news == []


async def test_a_fault_of_its_own_is_told_in_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """500, so that Event Grid sends again; without a word of what it was."""
    monkeypatch.setattr("deployments.events.app.read_documents", lambda _: 1 / 0)
    async with served(Recorder()) as client:
        client._transport.raise_app_exceptions = False  # type: ignore[attr-defined]
        answer = await client.post("/events", json=grid_event())
    assert (answer.status_code, "Zero" in answer.text) == (500, False)
    assert answer.json()["error"]["next"]


async def test_other_encodings_of_unicode_are_read() -> None:
    """As JSON's own readers do: a byte order mark, UTF-16, UTF-32."""
    text, seen = json.dumps(grid_event()), Recorder()
    async with served(seen) as client:
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
            assert (await client.post("/events", content=text.encode(encoding))).status_code == 200
    assert len(seen.news) == 1


async def test_of_a_name_that_is_there_twice_the_same_one_is_checked_and_used() -> None:
    """The last, as JSON's readers have it: a topic that is good is no cover for another one."""
    text, seen = json.dumps(grid_event()), Recorder()
    other = json.dumps(OTHER)
    async with served(seen) as client:
        before = await client.post("/events", content=f'{{"topic": {other}, {text[1:]}')
        after = await client.post("/events", content=f'{text[:-1]}, "topic": {other}}}')
    assert (before.status_code, after.status_code) == (200, 403)
    assert [one.workspace.workspace for one in seen.news if isinstance(one, ModelVersion)] == ["ml-events"]


async def test_more_events_than_event_grid_sends_are_refused() -> None:
    """5,000 in one request are taken, one more is 413: sent again they would be as many."""
    seen = Recorder()
    event = {"id": "i", "topic": WORKSPACE, "eventType": f"{PROVIDER}RunCompleted", "data": {"runId": "r"}}
    events = [event | {"id": f"i{n}"} for n in range(5001)]
    async with served(seen) as client:
        refused = await client.post("/events", json=events)
        taken = await client.post("/events", json=events[:-1])
    assert (refused.status_code, taken.status_code, len(seen.news)) == (413, 200, 5000)
    assert "5000 events" in refused.json()["error"]["message"]


def test_the_key_is_compared_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every good key is compared with what came, even after a match, by the function whose time tells nothing."""
    compared: list[bytes] = []

    def compare(given: bytes, key: bytes) -> bool:
        compared.append(key)
        return given == key

    monkeypatch.setattr("deployments.events.access.hmac.compare_digest", compare)
    access = Access(service_settings(old_key="the-key-that-was-good-before"))
    assert access._is_key(KEY.encode())
    assert compared == [KEY.encode(), b"the-key-that-was-good-before"]


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "TOPICS"),
        ({"TOPICS": "ml"}, "TOPICS"),
        ({"TOPICS": WORKSPACE}, "set a key"),
        ({"TOPICS": WORKSPACE, "KEY": "short"}, "KEY"),
        ({"TOPICS": WORKSPACE, "KEY": "a-key-that-is-long-enough-\u00fc"}, "ASCII"),
        ({"TOPICS": WORKSPACE, "KEY": "a key that is long enough and has spaces"}, "ASCII"),
        ({"TOPICS": WORKSPACE, "KEY": KEY, "TENANT": "00000000-0000-0000-0000-000000000001"}, "audience"),
    ],
)
def test_it_does_not_start_open(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], said: str) -> None:
    """Without topics, or without a way to know its callers, it refuses to start, and repeats no secret."""
    for name, value in variables.items():
        monkeypatch.setenv(f"{PREFIX}{name}", value)
    with pytest.raises(SettingsError, match=said) as refusal:
        read_environment(EventSettings)
    assert "short" not in str(refusal.value)


def test_the_readme_names_every_setting() -> None:
    """An operator finds each variable, and no other."""
    told = (ROOT / "deployments" / "events" / "README.md").read_text()
    (table,) = [part for part in told.split("\n\n") if part.startswith("| variable")]
    assert set(re.findall(r"`([A-Z_]+)`", table)) == {name.upper() for name in EventSettings.model_fields}
