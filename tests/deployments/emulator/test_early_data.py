"""What a client sends right behind its TLS handshake."""

from __future__ import annotations

import pytest
import requests


@pytest.mark.usefixtures("emulator")
def test_a_body_right_behind_the_handshake_is_read() -> None:
    """A request on a fresh connection is answered, also when its body arrives with the end of the handshake."""
    body = b" " * 50_000
    for _ in range(30):
        with requests.Session() as session:
            answer = session.put("https://management.azure.com/subscriptions/x/nothing", data=body, timeout=5)
        assert answer.status_code in {401, 501}
