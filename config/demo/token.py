"""Signs JSON Web Tokens for the demo (RFC 7519), by HMAC with SHA-256 (RFC 7515, A.1)."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

from proxy.runtime import wall_clock

LASTS_S: Final = 3600


def token(claims: Mapping[str, Any], secret: str) -> str:
    """Return a token that is good for an hour."""
    expiry = {"exp": int(wall_clock()) + LASTS_S}
    signed = f"{_encoded({'alg': 'HS256', 'typ': 'JWT'})}.{_encoded({**claims, **expiry})}"
    return f"{signed}.{_text(hmac.digest(secret.encode(), signed.encode(), 'sha256'))}"


def _encoded(part: Mapping[str, Any]) -> str:
    return _text(json.dumps(part, separators=(",", ":")).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
