"""An emulator in this process, and short ways to make endpoints and deployments in it without the control plane."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import requests

from deployments.emulator.app import Application
from deployments.emulator.core import Emulator, Options
from deployments.emulator.server import listening
from deployments.emulator.services import network, private_link
from deployments.emulator.services.machine_learning.online_endpoints import endpoint_names, scoring_backend
from deployments.emulator.services.scoring.split import Split
from deployments.emulator.state import Resource

T = TypeVar("T")
KEY, OTHER_KEY = "first-key", "second-key"
WORKSPACE = "0b0c5e54-0000-4000-8000-000000000001"
CUSTOMER = "6d1e1f2a-0000-4000-8000-00000000a11c"
SCORE = """
import json, os, subprocess, sys, time
import flask

def init():
    print("init ran in", os.path.basename(os.getcwd()))

def run(raw):
    asked = json.loads(raw)
    if "sleep" in asked:
        time.sleep(asked["sleep"])
    if "crash" in asked:
        os._exit(7)
    if "kill" in asked:
        os.kill(os.getppid(), 9)
        time.sleep(5)
    if "daemon" in asked:
        return subprocess.Popen(["sleep", "600"], start_new_session=True).pid
    if "fail" in asked:
        raise ValueError("the user's own failure")
    if "query" in asked:
        return flask.request.full_path
    if "environment" in asked:
        return dict(os.environ)
    if "say" in asked:
        print(asked["say"])
    return {"pid": os.getpid(), "asked": asked}
"""


@dataclass
class Stage:
    """The emulator, on a loop and a thread of its own, and short ways to what tests do with it."""

    folder: Path
    loop: asyncio.AbstractEventLoop
    app: Application = field(init=False)
    variables: dict[str, str] = field(default_factory=dict)
    made: int = 0

    @property
    def emulator(self) -> Emulator:
        return self.app.emulator

    def do(self, work: Callable[[], T | Awaitable[T]]) -> T:
        """Do something on the emulator's own thread."""

        async def done() -> Any:
            found = work()
            return await found if isinstance(found, Awaitable) else found

        return asyncio.run_coroutine_threadsafe(done(), self.loop).result(60)

    @property
    def group(self) -> str:
        return f"/subscriptions/{self.variables['AZURE_SUBSCRIPTION_ID']}/resourceGroups/serving"

    @property
    def workspace_id(self) -> str:
        return f"{self.group}/providers/Microsoft.MachineLearningServices/workspaces/ws"

    @property
    def log_workspace_id(self) -> str:
        return f"{self.group}/providers/Microsoft.OperationalInsights/workspaces/logs"

    def put(self, identity: str, properties: dict[str, Any], **rest: Any) -> Resource:
        private = rest.pop("private", None)
        return self.do(lambda: self.emulator.resources.put(identity, {"properties": properties, **rest}, private))

    def endpoint(self, *, logged: bool = False, **properties: Any) -> Resource:
        """A new endpoint, with a diagnostic setting for all its logs if `logged`."""
        self.made += 1
        identity = f"{self.workspace_id}/onlineEndpoints/endpoint-{self.made}"
        found = {"authMode": "Key", "traffic": {}, "mirrorTraffic": {}, "publicNetworkAccess": "Enabled", **properties}
        private = {"primaryKey": KEY, "secondaryKey": OTHER_KEY}
        endpoint = self.put(identity, found, location="westeurope", private=private)
        self.do(lambda: endpoint_names.take(self.emulator, endpoint))
        if logged:
            logs = [{"categoryGroup": "allLogs", "enabled": True}]
            setting = f"{identity}/providers/Microsoft.Insights/diagnosticSettings/all"
            self.put(setting, {"workspaceId": self.log_workspace_id, "logs": logs})
        return endpoint

    def code(self, script: str = SCORE) -> str:
        """A new code asset with a score.py; its address."""
        self.made += 1
        return self._asset(f"code-{self.made}", "score.py", script)

    def model(self, content: str = "weights") -> str:
        """A new model, a folder with one file in it; its ARM id."""
        self.made += 1
        uri = self._asset(f"model-{self.made}", "model/weights.txt", content) + "/model"
        identity = f"{self.workspace_id}/models/iris/versions/{self.made}"
        return self.put(identity, {"modelUri": uri}).id

    def _asset(self, name: str, file: str, content: str) -> str:
        folder = self.emulator.options.state_dir / "blobs" / "account" / "container" / name
        folder.joinpath(file).parent.mkdir(parents=True)
        folder.joinpath(file).write_text(content)
        return f"https://account.blob.core.windows.net/container/{name}"

    def deployment(self, endpoint: Resource, name: str = "blue", script: str = SCORE, **properties: Any) -> Resource:
        """A new online deployment of an endpoint; not started."""
        code = properties.pop("code", None) or self.code(script)
        found = {"codeConfiguration": {"codeId": code, "scoringScript": "score.py"}, **properties}
        capacity = {"capacity": found.pop("instances", 1)}
        return self.put(f"{endpoint.id}/deployments/{name}", found, sku=capacity)

    def start(self, deployment: Resource) -> None:
        self.do(lambda: scoring_backend.servers(self.emulator).start(deployment))

    def stop(self, deployment: Resource) -> None:
        self.do(lambda: scoring_backend.servers(self.emulator).stop(deployment.id))

    def logs(self, deployment: Resource, container: str = "InferenceServer", tail: int | None = None) -> str:
        return self.do(lambda: scoring_backend.servers(self.emulator).logs(deployment.id, container, tail))

    def serve(self, **properties: Any) -> Resource:
        """A new endpoint whose deployment blue runs and has all traffic."""
        endpoint = self.endpoint(traffic={"blue": 100}, **properties)
        self.start(self.deployment(endpoint))
        return endpoint

    def seed(self, seed: int) -> None:
        self.do(lambda: self.emulator.part(Split).random.seed(seed))

    def score(self, endpoint: Resource, asked: Any = None, **how: Any) -> requests.Response:
        """POST /score as an ordinary client does; `how`: key, headers, outside."""
        return self.request(endpoint, "POST", "/score", {} if asked is None else asked, **how)

    def request(self, endpoint: Resource, method: str, path: str, asked: Any = None, **how: Any) -> requests.Response:
        """Any request to a scoring host; `how`: key, headers, outside."""
        address = f"https://{endpoint.name}.westeurope.inference.ml.azure.com{path}"
        headers = {"Authorization": f"Bearer {how.get('key', KEY)}", **(how.get("headers") or {})}
        with self.session(outside=how.get("outside", False)) as session:
            return session.request(method, address, json=asked, headers=headers, timeout=30)

    def ask(self, address: str, document: Any, authorization: str) -> requests.Response:
        """POST to any host of Azure."""
        with self.session() as session:
            return session.post(address, json=document, headers={"Authorization": authorization}, timeout=30)

    def session(self, *, outside: bool = False) -> requests.Session:
        """An HTTP client at one of the two vantage points."""
        session = requests.Session()
        session.trust_env = False
        session.proxies = {"https": self.variables["EMULATOR_INTERNET_PROXY" if outside else "HTTPS_PROXY"]}
        session.verify = self.variables["REQUESTS_CA_BUNDLE"]
        return session

    @contextlib.contextmanager
    def without_private_endpoint(self) -> Iterator[None]:
        """The workspace as nobody has connected it to the callers' network."""
        workspace = self.emulator.resources.require(self.workspace_id)
        (connection,) = private_link.connections_of(self.emulator, workspace.id)
        self.do(lambda: self.emulator.removal.remove(connection.properties["privateEndpoint"]["id"]))
        yield
        self.do(lambda: network.connect_workspace(self.emulator, workspace))


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Stage]:
    """An emulator with a workspace, on a thread of its own."""
    loop = asyncio.new_event_loop()
    ready, over = threading.Event(), asyncio.Event()
    stage = Stage(folder, loop)

    async def serve() -> None:
        stage.app = Application(Options(folder))
        async with listening(stage.app) as stage.variables:
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(30)
    found = {"workspaceId": WORKSPACE, "publicNetworkAccess": "Enabled"}
    workspace = stage.put(stage.workspace_id, found, location="westeurope")
    stage.do(lambda: network.connect_workspace(stage.emulator, workspace))
    stage.put(stage.log_workspace_id, {"customerId": CUSTOMER})
    try:
        yield stage
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(30)
        loop.close()
