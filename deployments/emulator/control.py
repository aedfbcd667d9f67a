"""The control address: inspect the emulator, set faults, move its clock; plain HTTP, for tests and tools."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deployments.emulator.app import Application
from deployments.emulator.errors import ArmError
from deployments.emulator.faults import Fault
from deployments.emulator.journal import redact
from deployments.emulator.rights import Rights
from deployments.emulator.scenarios import SCENARIOS
from deployments.emulator.scenarios.staging import Staging
from deployments.emulator.seeding import seed, shapes_in
from deployments.emulator.services import network
from deployments.emulator.services.machine_learning.restrictions import restrict
from deployments.emulator.transport.certificates import BadCertificates


class Control:
    """The handlers of the control address of one emulator."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._emulator = app.emulator

    async def journal(self, _: Request) -> Response:
        """Every exchange so far, a JSON line each."""
        return Response(self._app.journal.read(), media_type="application/jsonl")

    async def resources(self, _: Request) -> Response:
        """Every resource, without secrets."""
        self._emulator.operations.settle()
        return JSONResponse([redact(resource.body | {"id": resource.id}) for resource in self._emulator.resources])

    async def operations(self, _: Request) -> Response:
        """Every long-running operation: kind, resource, when it began and ended, and how."""
        return JSONResponse(self._emulator.operations.summaries())

    async def reset(self, _: Request) -> Response:
        """Return to the first start."""
        await self._app.reset()
        self._emulator.part(Staging).forget()
        self._emulator.part(BadCertificates).clear()
        return Response(status_code=204)

    async def set_faults(self, request: Request) -> Response:
        """Add one fault or a list of them; see `Fault` for the fields.

        Or play a scenario: `{"scenario": name}`, on every workspace or on the `workspace`, for all its endpoints or for
        the `endpoint`; with `"undo": true` it is undone.
        """
        try:
            document = await request.json()
            if isinstance(document, dict) and "scenario" in document:
                return JSONResponse(await self._play(**document))
            faults = [Fault.parse(entry) for entry in (document if isinstance(document, list) else [document])]
        except (ValueError, TypeError, AttributeError) as error:
            return JSONResponse({"error": str(error)}, 400)
        for fault in faults:
            self._emulator.faults.add(fault)
        return JSONResponse(self._emulator.faults.documents())

    async def _play(
        self, scenario: str, workspace: str = "", endpoint: str = "", *, undo: bool = False
    ) -> list[dict[str, Any]]:
        staging = self._emulator.part(Staging)
        if not undo:
            return await staging.enter(scenario, workspace, endpoint)
        await staging.leave(scenario)
        return staging.documents()

    async def scenarios(self, _: Request) -> Response:
        """The scenarios that there are, and those in force."""
        known = [one.document() for one in SCENARIOS.values()]
        return JSONResponse({"known": known, "in_force": self._emulator.part(Staging).documents()})

    async def seed(self, request: Request) -> Response:
        """Make workspaces with endpoints that can score at once; see `seeding.shapes_in` for the document."""
        try:
            made = await seed(self._emulator, shapes_in(await request.json()))
        except ArmError as error:
            reasons = [str(error), *(detail["message"] for detail in error.details)]
            return JSONResponse({"error": " ".join(reasons)}, 400)
        except (ValueError, TypeError, AttributeError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"workspaces": made})

    async def list_faults(self, _: Request) -> Response:
        """The faults in force, with the times that each has left."""
        return JSONResponse(self._emulator.faults.documents())

    async def clear_faults(self, _: Request) -> Response:
        """Remove every fault and scenario; stalled operations continue."""
        await self._emulator.part(Staging).leave()
        self._emulator.faults.clear()
        self._emulator.operations.release("")
        return Response(status_code=204)

    async def clock(self, request: Request) -> Response:
        """Move time forward: `{"advance": seconds}`."""
        self._emulator.clock.advance(float((await request.json())["advance"]))
        self._emulator.operations.settle()
        self._emulator.wake()
        return JSONResponse({"now": self._emulator.clock.timestamp()})

    async def company_policy(self, request: Request) -> Response:
        """Assign the policy that gives every new workspace at a `scope` a private endpoint and records."""
        scope = str((await request.json())["scope"]).rstrip("/")
        return JSONResponse({"id": network.assign_policy(self._emulator, scope)}, 201)

    async def hub(self, request: Request) -> Response:
        """Open a hub subscription that owns the private zones; `role` is the first principal's on their group."""
        return JSONResponse(network.open_hub(self._emulator, (await request.json()).get("role", "Contributor")), 201)

    async def restricted_sizes(self, request: Request) -> Response:
        """Make machine sizes unavailable to the subscription: `{"region": name, "sizes": [name, …]}`."""
        document = await request.json()
        restrict(self._emulator, document["region"], list(document["sizes"]))
        return Response(status_code=204)

    async def principals(self, request: Request) -> Response:
        """Make a principal with `{"roles": {scope: role}}`, by the role's name or id; None gives none.

        The assignments count at once.
        """
        roles: dict[str, str] = (await request.json()).get("roles", {})
        principal, rights = self._emulator.directory.add(), self._emulator.part(Rights)
        try:
            for scope, role in roles.items():
                if role != "None":
                    rights.assign(principal.object_id, scope, role)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"client_id": principal.client_id, "client_secret": principal.secret})

    async def actions(self, request: Request) -> Response:
        """The actions that the requests of a principal (`?client_id=`) needed, with the groups they needed them in."""
        principal = self._emulator.directory.get(request.query_params.get("client_id", ""))
        return JSONResponse(self._emulator.part(Rights).used(principal.object_id) if principal else {})


def application(app: Application) -> Starlette:
    """Return the control address of one emulator."""
    control = Control(app)
    return Starlette(
        routes=[
            Route("/journal", control.journal),
            Route("/resources", control.resources),
            Route("/operations", control.operations),
            Route("/reset", control.reset, methods=["POST"]),
            Route("/faults", control.set_faults, methods=["POST"]),
            Route("/faults", control.list_faults, methods=["GET"]),
            Route("/faults", control.clear_faults, methods=["DELETE"]),
            Route("/scenarios", control.scenarios),
            Route("/seed", control.seed, methods=["POST"]),
            Route("/clock", control.clock, methods=["POST"]),
            Route("/company-policy", control.company_policy, methods=["POST"]),
            Route("/hub", control.hub, methods=["POST"]),
            Route("/restricted-sizes", control.restricted_sizes, methods=["POST"]),
            Route("/principals", control.principals, methods=["POST"]),
            Route("/actions", control.actions),
        ]
    )
