"""To which endpoints a check applies; each says in a sentence why not."""

from __future__ import annotations

from tasks.domain.subject import Subject


def to_managed(subject: Subject) -> str:
    """Managed endpoints."""
    return "The endpoint runs in a Kubernetes cluster." if subject.one_endpoint.is_kubernetes else ""


def to_private(subject: Subject) -> str:
    """Managed endpoints whose public access is off."""
    if subject.one_endpoint.is_kubernetes:
        return "The endpoint runs in a Kubernetes cluster."
    return "" if subject.one_endpoint.is_private else "Public access to the endpoint is on, so it needs no private way."


def to_kubernetes(subject: Subject) -> str:
    """Kubernetes endpoints."""
    return "" if subject.one_endpoint.is_kubernetes else "The endpoint is a managed one."


def to_called(subject: Subject) -> str:
    """Endpoints that there is a sample request for."""
    return "" if subject.request else "No sample request was given for this endpoint, so it was not called."


def to_key_auth(subject: Subject) -> str:
    """Called endpoints with key authentication."""
    mode = subject.one_endpoint.auth_mode
    return to_called(subject) if mode == "key" else f"The endpoint's auth mode is {mode}, which needs no keys."
