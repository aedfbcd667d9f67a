"""Which Microsoft Entra tokens let their bearer send events."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from tasks.domain.common.errors import AccessDenied, AuthenticationFailed
from tasks.domain.events.caller_token import TokenRule, check_token, key_id

NOW = 1_800_000_000
TENANT, CALLER = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
RULE = TokenRule(
    tenant=TENANT, audience="api://events", callers=(CALLER,), authority="https://login.microsoftonline.com"
)
GOOD = {
    "aud": "api://events",
    "iss": f"https://sts.windows.net/{TENANT}/",
    "appid": CALLER,
    "nbf": NOW,
    "exp": NOW + 60,
}
KEYS = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]
PUBLIC = jwt.PyJWK({**RSAAlgorithm.to_jwk(KEYS[0].public_key(), as_dict=True), "kid": "k1", "alg": "RS256"})


def token(key: Any = KEYS[0], algorithm: str = "RS256", **changes: Any) -> str:
    claims = {name: value for name, value in (GOOD | changes).items() if value is not None}
    return jwt.encode(claims, key, algorithm, {"kid": "k1"})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"iss": f"https://login.microsoftonline.com/{TENANT}/v2.0", "appid": None, "azp": CALLER.upper()},
        {"aud": ["x", "api://events"]},
    ],
    ids=["version 1", "version 2", "several audiences"],
)
def test_a_good_token_passes(changes: dict[str, Any]) -> None:
    """Of both versions of the tenant's sign-in service, for the application, to the caller."""
    check_token(token(**changes), PUBLIC, RULE, NOW + 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "api://others"},
        {"aud": None},
        {"iss": "https://sts.windows.net/33333333-3333-3333-3333-333333333333/"},
        {"exp": NOW - 301},
        {"exp": None},
        {"exp": "soon"},
        {"nbf": NOW + 302},
        {"key": KEYS[1]},
        {"key": "a secret of at least thirty-two bytes", "algorithm": "HS256"},
        {"key": None, "algorithm": "none"},
    ],
    ids=lambda changes: "-".join(f"{name} {value}"[:40] for name, value in changes.items()),
)
def test_a_token_that_is_not_good_is_refused(changes: dict[str, Any]) -> None:
    """For another audience, of another tenant, over, not yet come, signed by others or by nobody."""
    with pytest.raises(AuthenticationFailed):
        check_token(token(**changes), PUBLIC, RULE, NOW + 1)


@pytest.mark.parametrize("changes", [{"appid": TENANT}, {"appid": None}])
def test_another_application_may_not_send(changes: dict[str, Any]) -> None:
    """Any application of a tenant can get a token for the service: only those named may send."""
    with pytest.raises(AccessDenied):
        check_token(token(**changes), PUBLIC, RULE, NOW + 1)


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "\u00fc.\u00fc.\u00fc", "." * 5000])
def test_what_is_no_token_is_refused(text: str) -> None:
    """A refusal, whatever it is."""
    with pytest.raises(AuthenticationFailed):
        key_id(text)
