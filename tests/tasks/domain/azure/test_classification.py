"""One table says which answers are worth another attempt."""

from __future__ import annotations

import pytest

from tasks.domain.azure.classification import Service, kind_of, service_of
from tasks.domain.common import errors


@pytest.mark.parametrize(
    ("service", "status", "code", "message", "kind"),
    [
        ("management", 429, "", "", errors.Throttled),
        ("management", 500, "", "<html>", errors.ServiceUnavailable),
        ("management", 401, "", "", errors.AuthenticationFailed),
        ("management", 404, "ResourceNotFound", "", errors.NotFound),
        ("management", 404, "", "<html>Not found</html>", errors.ServiceUnavailable),
        ("management", 409, "Conflict", "", errors.Conflict),
        ("management", 412, "PreconditionFailed", "", errors.ConcurrentChange),
        ("management", 501, "", "", errors.RequestRefused),
        ("management", None, "Odd", "", errors.ProvisioningFailed),
        ("sign_in", 429, "", "", errors.Throttled),
        ("sign_in", 503, "", "", errors.ServiceUnavailable),
        ("sign_in", 400, "invalid_request", "AADSTS90033: A transient error has occurred.", errors.ServiceUnavailable),
        ("sign_in", 400, "temporarily_unavailable", "", errors.ServiceUnavailable),
        ("sign_in", 400, "unauthorized_client", "AADSTS700016: Not found.", errors.AuthenticationFailed),
        ("sign_in", 401, "invalid_client", "AADSTS7000215: Invalid secret.", errors.AuthenticationFailed),
        ("storage", 404, "", "", errors.NotFound),
        ("storage", 412, "ConditionNotMet", "", errors.ConcurrentChange),
        ("storage", 503, "ServerBusy", "", errors.ServiceUnavailable),
        ("logs", 404, "", "", errors.NotFound),
        ("logs", 504, "GatewayTimeout", "", errors.ServiceUnavailable),
        ("scoring", 429, "", "", errors.Throttled),
        ("scoring", 502, "", "Bad gateway", errors.ServiceUnavailable),
        ("scoring", 502, "", "outside of the designated private link", errors.RequestRefused),
        ("scoring", 424, "", "", errors.RequestRefused),
        ("scoring", 404, "", "", errors.RequestRefused),
    ],
)
def test_each_answer_has_one_meaning(
    service: Service, status: int | None, code: str, message: str, kind: type[errors.EndpointOpsError]
) -> None:
    """By service, status, code and message; and each says what to do next."""
    found, hint = kind_of(service, status, code, message)
    assert found is kind
    assert hint.endswith(".")


@pytest.mark.parametrize(
    ("address", "service"),
    [
        ("/subscriptions/s/resourceGroups/g", "management"),
        ("https://management.azure.com/subscriptions", "management"),
        ("https://login.microsoftonline.com/t/oauth2/v2.0/token", "sign_in"),
        ("https://login.chinacloudapi.cn/t/oauth2/v2.0/token", "sign_in"),
        ("http://localhost/metadata/identity/oauth2/token", "sign_in"),
        ("https://store1.blob.core.windows.net/c/b", "storage"),
        ("https://store1.queue.core.usgovcloudapi.net/q", "storage"),
        ("https://api.loganalytics.io/v1/workspaces/w/query", "logs"),
        ("https://churn.westeurope.inference.ml.azure.com/score", "scoring"),
    ],
)
def test_the_address_tells_the_service(address: str, service: Service) -> None:
    """In every cloud."""
    assert service_of(address) == service


@pytest.mark.parametrize("kind", [errors.TokenExpired, errors.ConcurrentChange])
def test_some_errors_are_repeated_once(kind: type[errors.TemporaryError]) -> None:
    """A second expired token, or a second change by others, is for a person."""
    assert kind.repeats == 1
