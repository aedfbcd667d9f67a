"""The endpoints that a check applies to; each function returns the reason why not, or nothing."""

from __future__ import annotations

from tasks.domain.diagnostics.subject import Subject


def to_managed(subject: Subject) -> str:
    """Managed endpoints."""
    return "The endpoint runs in a Kubernetes cluster." if subject.one_endpoint.is_kubernetes else ""


def to_private(subject: Subject) -> str:
    """Managed endpoints whose public access is off."""
    if subject.one_endpoint.is_kubernetes:
        return "The endpoint runs in a Kubernetes cluster."
    return (
        "" if subject.one_endpoint.is_private else "Public access to the endpoint is on: no private endpoint is needed."
    )


def to_managed_hosts(subject: Subject) -> str:
    """Managed endpoints that have a scoring address."""
    return to_managed(subject) or _to_hosts(subject)


def to_private_hosts(subject: Subject) -> str:
    """Managed endpoints whose public access is off, and that have a scoring address."""
    return to_private(subject) or _to_hosts(subject)


def to_kubernetes(subject: Subject) -> str:
    """Kubernetes endpoints that have a scoring address."""
    return _to_hosts(subject) if subject.one_endpoint.is_kubernetes else "The endpoint is a managed one."


def to_called(subject: Subject) -> str:
    """Endpoints that have a scoring address, and that there is a sample request for."""
    if not subject.request:
        return "No sample request was given for this endpoint, so it was not called."
    return _to_hosts(subject)


def _to_hosts(subject: Subject) -> str:
    """Azure gives an endpoint its scoring address when it is provisioned for the first time."""
    return "" if subject.one_endpoint.scoring_host else "The endpoint has no scoring address yet."


def to_key_auth(subject: Subject) -> str:
    """Called endpoints with key authentication."""
    mode = subject.one_endpoint.auth_mode
    return to_called(subject) if mode == "key" else f"The endpoint's auth mode is {mode}, which needs no keys."
