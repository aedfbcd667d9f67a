"""The tenant's signing key, with whose published half the users' own applications check their tokens."""

from __future__ import annotations

import hashlib
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from deployments.emulator.state import Resources

APPLICATION = "api://"


class TenantKey:
    """One RSA key, made when the first token for an application is requested, and kept with the state."""

    def __init__(self, settings: Resources) -> None:
        text: str = settings.setting("tenant_key", _new_key)
        key = serialization.load_pem_private_key(text.encode(), None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError("the state does not hold an RSA key")
        self._private = key
        public: dict[str, Any] = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        self._id = hashlib.sha256(public["n"].encode()).hexdigest()[:27]
        self.document = {"kty": "RSA", "use": "sig", "kid": self._id, "n": public["n"], "e": public["e"]}

    def sign(self, claims: dict[str, Any]) -> str:
        """A token as Microsoft Entra signs it."""
        return jwt.encode(claims, self._private, "RS256", {"kid": self._id})


def _new_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode()
