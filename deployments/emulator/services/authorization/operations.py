"""The actions that a custom role may name: Azure refuses a role for a single one that no provider has registered.

Known here are the providers, the form of an action, and what Azure Machine Learning answers to without having
registered it; the other providers' lists are not kept. Patterns with `*` are taken as they are.
Source: learn.microsoft.com/azure/role-based-access-control/permissions/ai-machine-learning
"""

from __future__ import annotations

import re

PROVIDERS = frozenset(
    f"microsoft.{name}"
    for name in (
        *("authorization", "compute", "containerregistry", "eventgrid", "insights", "keyvault"),
        *("kubernetesconfiguration", "machinelearningservices", "managedidentity", "network", "operationalinsights"),
        *("policyinsights", "resourcehealth", "resources", "storage", "support"),
    )
)
ACTION = re.compile(r"(?P<provider>microsoft\.\w+)(/[\w.]+)+/(read|write|delete|action)", re.IGNORECASE)
UNREGISTERED = re.compile(
    r"microsoft\.machinelearningservices/(workspaces/diagnose/action|.*/startpendingupload/action)", re.IGNORECASE
)


def is_registered(action: str) -> bool:
    """Return whether a custom role may name an action or a pattern of actions."""
    if "*" in action:
        return action == "*" or action.startswith("*/") or action.partition("/")[0].lower() in PROVIDERS
    found = ACTION.fullmatch(action)
    return found is not None and found["provider"].lower() in PROVIDERS and not UNREGISTERED.fullmatch(action)
