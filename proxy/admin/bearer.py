"""Bearer tokens as HTTP carries them (RFC 6750): what was sent, and the challenges of refusals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""RFC 6750 §2.1, `b64token`: what may be sent at all."""

CHALLENGE: Final = 'Bearer realm="penstock"'
UNKNOWN: Final = f'{CHALLENGE}, error="invalid_token"'
TOO_LITTLE: Final = f'{CHALLENGE}, error="insufficient_scope", scope="write"'
"""The values of WWW-Authenticate where there was no token, a wrong one, one that may not (RFC 6750 §3.1)."""


def sent_token(authorization: Sequence[str]) -> str | None:
    """Return the token of a request with these fields, None without any, `` for what is no bearer token."""
    if not authorization:
        return None
    scheme, _, token = authorization[0].partition(" ")
    if len(authorization) > 1 or scheme.lower() != "bearer" or not TOKEN.fullmatch(token.strip()):
        return ""
    return token.strip()
