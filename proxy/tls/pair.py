"""A certificate and its key, taken into a context."""

from __future__ import annotations

import ssl
from collections.abc import Callable

from proxy.errors import StartError


def load_pair(context: ssl.SSLContext, cert: str, key: str) -> None:
    """Show a certificate chain in PEM; raises StartError for files that are unreadable, or do not belong together."""
    try:
        context.load_cert_chain(cert, key, password=_no_password(key))
    except (OSError, ssl.SSLError) as error:
        raise StartError(f"certificate {cert} with key {key}: {error}") from error


def _no_password(key: str) -> Callable[[], str]:
    """Refuse encrypted keys: OpenSSL would otherwise ask on a terminal that a worker does not have."""

    def refuse() -> str:
        raise StartError(f"the key {key} is encrypted, and nobody is there to be asked for its password")

    return refuse
