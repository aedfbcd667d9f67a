"""Opens the ports on loopback, writes the env file, and closes everything again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from deployments.emulator import control, dns, services
from deployments.emulator.app import Application
from deployments.emulator.clock import Clock
from deployments.emulator.core import Emulator, Options
from deployments.emulator.http.call import Vantage
from deployments.emulator.http.routing import Router
from deployments.emulator.transport.certificates import Authority, BadCertificates
from deployments.emulator.transport.prompt_http import PromptHttp
from deployments.emulator.transport.proxy import ConnectProxy, KnownHosts

LOOPBACK = "127.0.0.1"


@contextlib.asynccontextmanager
async def running(options: Options, clock: Clock | None = None) -> AsyncIterator[dict[str, str]]:
    """Run an emulator; gives the variables that a client process needs."""
    options.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with listening(Application(options, clock)) as variables:
        yield variables


@contextlib.asynccontextmanager
async def listening(app: Application) -> AsyncIterator[dict[str, str]]:
    """Open an emulator's ports; gives the variables that a client process needs, and closes it at the end."""
    emulator = app.emulator
    authority = Authority(emulator.options.state_dir)
    keeper = asyncio.create_task(emulator.keep_time())
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(app.close)
        stack.callback(keeper.cancel)
        inside = await _listen(stack, _proxy(app, authority, "virtual_network"))
        outside = await _listen(stack, _proxy(app, authority, "internet"))
        controls = await _listen(stack, _http(control.application(app)))
        resolvers = await dns.listen(stack, emulator)
        yield {**environment(emulator, authority, inside, outside, controls), **resolvers}


async def _listen(stack: contextlib.AsyncExitStack, protocol: Callable[[], asyncio.Protocol]) -> int:
    server = await asyncio.get_running_loop().create_server(protocol, LOOPBACK, 0)
    stack.callback(server.close)
    port: int = server.sockets[0].getsockname()[1]
    return port


def _http(application: Any) -> Callable[[], asyncio.Protocol]:
    config = uvicorn.Config(
        application, access_log=False, log_config=None, lifespan="off", timeout_keep_alive=60, server_header=False
    )
    config.load()
    state = ServerState()
    return lambda: PromptHttp(config=config, server_state=state, app_state={})


def _proxy(app: Application, authority: Authority, vantage: Vantage) -> Callable[[], asyncio.Protocol]:
    http = _http(app.at(vantage))
    emulator = app.emulator
    kinds = emulator.part(BadCertificates)
    known = KnownHosts(
        served=emulator.part(Router).knows,
        resolves=lambda host: services.resolves(emulator, host),
        plain=services.takes_plain_http,
        context=lambda host: authority.context(host, kinds.kind_of(host)),
    )
    return lambda: ConnectProxy(known, http)


def environment(emulator: Emulator, authority: Authority, inside: int, outside: int, controls: int) -> dict[str, str]:
    """The variables by which unmodified Azure clients find the emulator, and tests find its controls."""
    directory = emulator.directory
    principal = directory.first()
    bundle = str(authority.certificate_file)
    proxy = f"http://{LOOPBACK}:{inside}"
    return {
        **dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), proxy),
        "NO_PROXY": "localhost,127.0.0.1",
        "no_proxy": "localhost,127.0.0.1",
        "REQUESTS_CA_BUNDLE": bundle,
        "CURL_CA_BUNDLE": bundle,
        "SSL_CERT_FILE": bundle,
        "AZURE_TENANT_ID": directory.tenant_id,
        "AZURE_CLIENT_ID": principal.client_id,
        "AZURE_CLIENT_SECRET": principal.secret,
        "AZURE_SUBSCRIPTION_ID": emulator.resources.setting("subscription", str),
        "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential",
        "EMULATOR_INTERNET_PROXY": f"http://{LOOPBACK}:{outside}",
        "EMULATOR_CONTROL_URL": f"http://{LOOPBACK}:{controls}",
    }


def write_env_file(file: Path, variables: dict[str, str]) -> None:
    """Write shell `export` lines, readable by the owner only, in one step so that no reader sees half of them."""
    lines = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(lines)
    draft.replace(file)
