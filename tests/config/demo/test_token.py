"""The demo's tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest

from config.demo import token as signing
from config.demo.token import LASTS_S, token


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_a_token_is_signed_and_ends_in_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing, "wall_clock", lambda: 1000.5)
    head, claims, signature = token({"sub": "é"}, "secret").split(".")
    assert json.loads(decoded(head)) == {"alg": "HS256", "typ": "JWT"}
    assert json.loads(decoded(claims)) == {"sub": "é", "exp": 1000 + LASTS_S}
    assert decoded(signature) == hmac.new(b"secret", f"{head}.{claims}".encode(), hashlib.sha256).digest()
