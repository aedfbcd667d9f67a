"""The scope of a template's deployment, and the functions that follow from it, such as resourceId()."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from deployments.emulator.arm_template.expressions import ExpressionError


@dataclass(frozen=True, slots=True)
class Place:
    """A subscription and a resource group, with the documents that describe them to templates."""

    subscription: dict[str, Any]
    group: dict[str, Any]
    deployment: dict[str, Any]

    def functions(self) -> dict[str, Callable[..., Any]]:
        """Return the template functions that this scope answers, by name in lower case."""
        return {
            "resourceid": self._resource_id,
            "subscriptionresourceid": self._subscription_resource_id,
            "extensionresourceid": _extension_resource_id,
            "subscription": lambda: self.subscription,
            "resourcegroup": lambda: self.group,
            "deployment": lambda: self.deployment,
            "tenant": lambda: {"tenantId": self.subscription["tenantId"]},
        }

    def elsewhere(self, subscription_id: str | None, group: str | None) -> Place:
        """The same place in another subscription or group, where one is named."""
        subscription = subscription_id or self.subscription["subscriptionId"]
        name = group or self.group["name"]
        moved = {**self.subscription, "id": f"/subscriptions/{subscription}", "subscriptionId": subscription}
        return replace(
            self,
            subscription=moved,
            group={**self.group, "name": name, "id": f"/subscriptions/{subscription}/resourceGroups/{name}"},
        )

    def resource_id(self, kind: str, name: str, scope: str | None = None) -> str:
        """The id of a resource, given its full type and its name with one part per level below the namespace."""
        return _under(scope or self.group["id"], kind, name.split("/"))

    def _resource_id(self, *parts: str) -> str:
        before, kind, names = _split(parts)
        subscription = before[-2] if len(before) > 1 else self.subscription["subscriptionId"]
        group = before[-1] if before else self.group["name"]
        if len(before) == 1 and before[0].count("-") == 4 and len(before[0]) == 36:
            subscription, group = before[0], self.group["name"]
        return _under(f"/subscriptions/{subscription}/resourceGroups/{group}", kind, names)

    def _subscription_resource_id(self, *parts: str) -> str:
        before, kind, names = _split(parts)
        subscription = before[0] if before else self.subscription["subscriptionId"]
        return _under(f"/subscriptions/{subscription}", kind, names)


def _extension_resource_id(scope: str, kind: str, *names: str) -> str:
    return _under(scope, kind, list(names))


def _split(parts: tuple[str, ...]) -> tuple[list[str], str, list[str]]:
    """Split into the scope before the type, the type, and the names after it."""
    at = next((number for number, part in enumerate(parts) if "/" in part), None)
    if at is None:
        raise ExpressionError("Unable to evaluate template language function 'resourceId': no resource type is given.")
    return list(parts[:at]), parts[at], list(parts[at + 1 :])


def _under(scope: str, kind: str, names: list[str]) -> str:
    namespace, *types = kind.split("/")
    if len(types) != len(names):
        raise ExpressionError(
            f"The type '{kind}' requires '{len(types)}' resource name argument(s), and '{len(names)}' are given."
        )
    levels = "/".join(f"{level}/{name}" for level, name in zip(types, names, strict=True))
    return f"{scope}/providers/{namespace}/{levels}"
