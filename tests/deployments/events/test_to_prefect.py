"""Events on their way through the service to a Prefect server: none lost, none doubled, each judged by the gates."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from urllib.parse import urlsplit

import httpx
from prefect.client.orchestration import get_client
from prefect.events.filters import EventFilter, EventNameFilter
from prefect.events.schemas.automations import AutomationCore
from prefect.events.schemas.events import ReceivedEvent
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings
from support.events.samples import WORKSPACE, cloud_event, grid_event, registered
from support.events.service import KEY, process, served
from support.prefect.server import RunningPrefect

from deployments.events.to_prefect import ToPrefect
from tasks.runtime.model_routes import ModelRoutes

MIB = 1 << 20


async def told(name: str, workspace: str) -> list[ReceivedEvent]:
    """All events of a name about one workspace that Prefect has."""
    found: list[ReceivedEvent] = []
    async with get_client() as client:
        page = await client.read_events(EventFilter(event=EventNameFilter(name=[name])), limit=50)
        found += page.events
        while page.next_page:
            page = await client.read_events_page(str(page.next_page))
            found += page.events
    return [one for one in found if workspace.lower() in one.resource.id]


def topic(name: str) -> str:
    """A workspace that no other test has events of."""
    return WORKSPACE.replace("ml-events", name)


async def test_a_burst_arrives_whole(prefect_server: RunningPrefect) -> None:
    """A thousand events at once, each sent twice: every one is in Prefect, once."""
    place = topic("ml-burst")
    events = [registered(1 + n % 10, f"m-{n // 10}", topic=place) for n in range(1000)]
    async with served(ToPrefect("none"), topics=place) as client:
        posts = [client.post("/events", json=one, timeout=110) for one in [*events, *events]]
        answers = await asyncio.gather(*posts)
    assert Counter(one.status_code for one in answers) == {200: 2000}
    found = await told("azureml.model.registered", place)
    assert Counter(one.payload["event_id"] for one in found) == Counter(one["id"] for one in events)


async def test_a_replay_after_a_restart_is_known(prefect_server: RunningPrefect) -> None:
    """A new process, which remembers nothing, acknowledges the event and doubles nothing."""
    place = topic("ml-restart")
    body = [registered(1, topic=place), grid_event("RunCompleted", topic=place, data={"runId": "r1"})]
    for _ in range(2):
        async with served(ToPrefect("none"), topics=place) as client:
            assert (await client.post("/events", json=body, timeout=60)).status_code == 200
    assert len(await told("azureml.model.registered", place)) == 1
    assert len(await told("azureml.run.completed", place)) == 1


async def test_the_gates_are_told_in_the_event(prefect_server: RunningPrefect) -> None:
    """Admitted: the mapped model with its tag, and only newer versions; the others say why not."""
    place = topic("ml-gates")
    route = {"model": "churn", "endpoint": "churn-prod", "tags": {"stage": "prod"}}
    await ModelRoutes(routes=[route]).save("gates", overwrite=True)
    sent = [
        registered(5, topic=place, stage="prod"),
        registered(6, topic=place, stage="dev"),
        registered(4, topic=place, stage="prod"),
        registered(1, "other", topic=place, stage="prod"),
        registered(7, topic=place, stage="prod"),
    ]
    async with served(ToPrefect("gates"), topics=place) as client:
        for one in sent:
            assert (await client.post("/events", json=one, timeout=60)).status_code == 200
    found = {
        (one.payload["model"], one.payload["version"]): one for one in await told("azureml.model.registered", place)
    }
    shown = {name: (one.resource["azureml.admitted"], one.payload["why"]) for name, one in found.items()}
    assert [name for name, (admitted, _) in shown.items() if admitted == "true"] == [("churn", "7"), ("churn", "5")]
    assert "stage=prod" in shown["churn", "6"][1]
    assert "older than 5" in shown["churn", "4"][1]
    assert "No route" in shown["other", "1"][1]
    one = found["churn", "7"]
    assert one.payload["endpoint"] == one.resource["azureml.endpoint"] == "churn-prod"
    assert one.resource.id == f"azureml.model{place.lower()}/models/churn"
    assert one.related[0].role == "azureml-workspace"
    assert one.payload["id"] == f"{place}/models/churn/versions/7"
    assert one.payload["time"].startswith("2026-03-04T05:06:07")


async def test_an_admitted_version_sent_again_is_not_told_of_as_refused(prefect_server: RunningPrefect) -> None:
    """Its replay is known, though another version of the same number would pass."""
    place = topic("ml-again")
    await ModelRoutes(routes=[{"model": "churn", "endpoint": "churn-prod"}]).save("again", overwrite=True)
    for _ in range(2):
        async with served(ToPrefect("again"), topics=place) as client:
            body = [registered(5, topic=place), registered(5, topic=place)]
            assert (await client.post("/events", json=body, timeout=60)).status_code == 200
    assert [one.payload["admitted"] for one in await told("azureml.model.registered", place)] == [True]


BREACH = "signal data_drift has failed due to one or more features violating metric thresholds"
OTHER_EVENTS = [
    ("ModelDeployed", {"ServiceName": "churn-prod", "ModelIds": "churn:7, base:1"}, "azureml.model.deployed", "churn"),
    ("RunCompleted", {"runId": "r1", "experimentName": "e"}, "azureml.run.completed", "r1"),
    ("RunStatusChanged", {"RunId": "r2", "RunStatus": "Failed"}, "azureml.run.status_changed", "r2"),
    (
        "RunStatusChanged",
        {"RunId": "r3", "RunTags": {"azureml_modelmonitor_threshold_breached": BREACH}},
        "azureml.drift.detected",
        "r3",
    ),
    ("DatasetDriftDetected", {"DataDriftName": "d", "DriftCoefficient": 0.8}, "azureml.drift.detected", "d"),
]


async def test_each_kind_has_its_prefect_event(prefect_server: RunningPrefect) -> None:
    """Five kinds become the five names that automations wait for, about the right resource."""
    place = topic("ml-kinds")
    body = [cloud_event(kind, source=place, id=f"k-{n}", data=data) for n, (kind, data, *_) in enumerate(OTHER_EVENTS)]
    async with served(ToPrefect("none"), topics=place) as client:
        assert (await client.post("/events", json=body, timeout=60)).json() == {"taken": 5, "ignored": 0}
    for name in {name for _, _, name, _ in OTHER_EVENTS}:
        wanted = sorted(resource for _, _, other, resource in OTHER_EVENTS if other == name)
        assert sorted(one.resource["prefect.resource.name"] for one in await told(name, place)) == wanted


def test_its_own_process_takes_events_and_refuses_ten_megabytes(prefect_server: RunningPrefect) -> None:
    """By its command: an event arrives; a body of 10 MB is answered 413 before it is sent, and in the middle of it."""
    with process(prefect_server.variables) as address, httpx.Client(trust_env=False, timeout=60) as client:
        taken = client.post(address, json=registered(1, "own"), headers={"x-events-key": KEY})
        assert (taken.status_code, taken.json()) == (200, {"taken": 1, "ignored": 0})
        assert client.get(address.replace("/events", "/health")).json() == {"ready": True}
        assert first_line(address, "Content-Length: 10485760") == "HTTP/1.1 413 Request Entity Too Large"
        assert first_line(address, "Transfer-Encoding: chunked", 10) == "HTTP/1.1 413 Request Entity Too Large"
        again = client.post(address, json=registered(1, "own"), headers={"x-events-key": KEY})
        assert again.status_code == 200


def first_line(address: str, header: str, mebibytes: int = 0) -> str:
    """What a request is answered whose body never ends by itself."""
    place = urlsplit(address)
    with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
        head = f"POST /events HTTP/1.1\r\nHost: {place.netloc}\r\nx-events-key: {KEY}\r\n{header}\r\n\r\n"
        connection.sendall(head.encode())
        try:
            for _ in range(mebibytes):
                connection.sendall(f"{MIB:x}\r\n".encode() + b" " * MIB + b"\r\n")
        except OSError:
            pass  # it is not listening any more
        return connection.recv(1000).split(b"\r\n")[0].decode()


async def test_without_a_server_nothing_is_acknowledged(prefect_server: RunningPrefect) -> None:
    """503 with Retry-After while nobody listens at Prefect's address."""
    nowhere = {PREFECT_API_URL: "http://127.0.0.1:9/api", PREFECT_CLIENT_MAX_RETRIES: 0}
    with temporary_settings(nowhere):
        async with served(ToPrefect("none")) as client:
            answer = await client.post("/events", json=registered(1, "nobody"), timeout=60)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "PREFECT_API_URL" in answer.json()["error"]["next"]


async def test_an_automation_acts_once_and_only_on_what_is_admitted(prefect_server: RunningPrefect) -> None:
    """Of a good version, one without its tag, and replays of both, it sees one."""
    place = topic("ml-automated")
    route = {"model": "churn", "endpoint": "churn-prod", "tags": {"stage": "prod"}}
    await ModelRoutes(routes=[route]).save("automated", overwrite=True)
    match = {"prefect.resource.id": f"azureml.model{place.lower()}/*", "azureml.admitted": "true"}
    trigger = {"type": "event", "posture": "Reactive", "match": match, "expect": ["azureml.model.registered"]}
    trigger |= {"for_each": ["prefect.resource.id"], "threshold": 1, "within": 0}
    wanted = AutomationCore.model_validate(
        {"name": "admitted", "trigger": trigger, "actions": [{"type": "do-nothing"}]}
    )
    async with get_client() as client:
        automation = await client.create_automation(wanted)
    body = [registered(1, topic=place, stage="dev"), registered(2, topic=place, stage="prod")]
    for _ in range(2):
        async with served(ToPrefect("automated"), topics=place) as client:
            assert (await client.post("/events", json=body, timeout=60)).status_code == 200
    sentinel = registered(3, topic=place, stage="prod")
    async with served(ToPrefect("automated"), topics=place) as client:
        await client.post("/events", json=sentinel, timeout=60)
    seen: list[ReceivedEvent] = []
    while len(seen) < 2:
        seen = await told("prefect.automation.triggered", str(automation))
    assert len(seen) == 2
