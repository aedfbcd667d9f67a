"""A plain HTTP client of the emulator's management plane, for what no SDK in the environment asks."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

import requests

from support.emulator.api_versions import version_of
from support.emulator.running import RunningEmulator

TERMINAL = ("Succeeded", "Failed", "Canceled")
STEP, STEPS = 0.25, 40


class Management:
    """One principal's requests, through the emulator's proxy."""

    def __init__(self, emulator: RunningEmulator, principal: dict[str, str] | None = None) -> None:
        self.emulator = emulator
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.proxies = {"https": emulator.variables["HTTPS_PROXY"]}
        self._session.verify = emulator.ca_file
        self._principal = principal or {
            "client_id": emulator.variables["AZURE_CLIENT_ID"],
            "client_secret": emulator.variables["AZURE_CLIENT_SECRET"],
        }
        self._sign_in()

    def _sign_in(self) -> None:
        tenant = self.emulator.variables["AZURE_TENANT_ID"]
        form = {"grant_type": "client_credentials", "scope": "https://management.azure.com/.default", **self._principal}
        answer = self._session.post(
            f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token", data=form, timeout=30
        )
        answer.raise_for_status()
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    @property
    def subscription(self) -> str:
        return f"/subscriptions/{self.emulator.subscription}"

    @property
    def object_id(self) -> str:
        """The principal's object id, as its token says it."""
        claims = str(self._session.headers["Authorization"]).split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(f"{claims}=="))["oid"])

    def ask(self, method: str, path: str, body: Any = None, version: str = "") -> requests.Response:
        """One request; `path` may have a query of its own."""
        mark = "&" if "?" in path else "?"
        address = (
            path
            if path.startswith("https://")
            else f"https://management.azure.com{path}{mark}api-version={version or version_of(path)}"
        )
        answer = self._session.request(method, address, json=body, timeout=30)
        if answer.status_code == 401 and "ExpiredAuthenticationToken" in answer.text:  # other tests move the time on
            self._sign_in()
            answer = self._session.request(method, address, json=body, timeout=30)
        return answer

    def get(self, path: str, version: str = "") -> dict[str, Any]:
        """The body of a GET that has to succeed."""
        answer = self.ask("GET", path, version=version)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def put(self, path: str, body: Any, version: str = "") -> dict[str, Any]:
        """A PUT that has to succeed, and its resource once it has settled."""
        answer = self.ask("PUT", path, body, version)
        assert answer.status_code in (200, 201, 202), answer.text
        return self.settled(path, version)

    def settled(self, path: str, version: str = "") -> dict[str, Any]:
        """The resource, when it is shown and nothing is in flight on it any more; time is moved on until then."""
        for _ in range(STEPS):
            answer = self.ask("GET", path, version=version)
            assert answer.status_code in (200, 404), answer.text
            found: dict[str, Any] = answer.json()
            state = found.get("properties", {}).get("provisioningState", "Succeeded")
            if answer.status_code == 200 and state in TERMINAL:
                return found
            self.emulator.advance(STEP)
        raise AssertionError(f"{path} has not settled in {STEPS * STEP} s")

    def gone(self, path: str, version: str = "") -> bool:
        """Whether the resource goes away, in time that is moved on."""
        for _ in range(STEPS):
            if self.ask("GET", path, version=version).status_code == 404:
                return True
            self.emulator.advance(STEP)
        return False

    def group(self, location: str = "eastus") -> str:
        """A new resource group; returns its id."""
        path = f"{self.subscription}/resourceGroups/g-{uuid.uuid4().hex[:8]}"
        self.put(path, {"location": location})
        return path


def error_of(answer: requests.Response) -> tuple[int, str]:
    """The status and Azure's code of a refusal."""
    return answer.status_code, str(answer.json()["error"]["code"])
