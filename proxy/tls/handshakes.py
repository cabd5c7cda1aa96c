"""Counts a listener's handshakes, and tells how long its certificates last."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from proxy.metrics import Registry
from proxy.tls.foul_names import foul_names_unsaid

_REASONS: Final = {
    "UNSUPPORTED_PROTOCOL": "version",
    "VERSION_TOO_LOW": "version",
    "NO_SHARED_CIPHER": "cipher",
    "NO_SHARED_GROUP": "cipher",
    "NO_SUITABLE_KEY_SHARE": "cipher",
    "NO_SUITABLE_SIGNATURE_ALGORITHM": "cipher",
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "client_certificate",
    "CERTIFICATE_VERIFY_FAILED": "client_certificate",
    "CALLBACK_FAILED": "unknown_name",
    "HTTP_REQUEST": "not_tls",
    "HTTPS_PROXY_REQUEST": "not_tls",
    "WRONG_VERSION_NUMBER": "not_tls",
    "UNEXPECTED_MESSAGE": "not_tls",
}
"""OpenSSL's words for what is often met, and ours."""


class Handshakes:
    """The books of one listener's TLS."""

    def __init__(self, registry: Registry, listener: str) -> None:
        self._registry, self._listener = registry, listener

    def ended(self, connection: ssl.SSLObject) -> None:
        resumed = "yes" if connection.session_reused else "no"
        self._registry.tls_handshakes.child(self._listener, connection.version() or "", resumed).value += 1

    def failed(self, error: ssl.SSLError) -> None:
        self._registry.tls_handshake_failures.child(self._listener, failure_reason(error)).value += 1

    def show(self, ends: Mapping[str, float]) -> None:
        """Tell when the certificates end, in Unix time by path; those that are shown no more are forgotten."""
        family = self._registry.tls_certificate_not_after
        family.forget(self._listener)
        for path, ends_at in ends.items():
            family.child(self._listener, path).value = ends_at


def failure_reason(error: ssl.SSLError) -> str:
    """Return one of a fixed set of words, the label of `tls_handshake_failures_total`."""
    reason = getattr(error, "reason", None) or ""
    if "_ALERT_" in reason:
        return "client_refused"  # Most often because it does not know the authority.
    return _REASONS.get(reason, "other")


class ServerSide(ssl.SSLObject):
    """The server's end of a connection. `server_name` is the one that the client asked for (RFC 6066 §3).

    A handshake that fails leaves an alert in `outgoing`, where asyncio and uvloop would forget it: they send only what
    is there when more is wanted. So more is wanted, once, and the client learns what was wrong with it.
    """

    server_name: str | None = None
    outgoing: ssl.MemoryBIO | None = None
    _failure: ssl.SSLError | None = None

    def do_handshake(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure
        try:
            with foul_names_unsaid():
                super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            if (handshakes := self._handshakes) is not None:
                handshakes.failed(error)
            if self.outgoing is None or not self.outgoing.pending:
                raise
            self._failure = error.with_traceback(None)
            raise ssl.SSLWantReadError(ssl.SSL_ERROR_WANT_READ, "an alert is to be sent") from None
        if (handshakes := self._handshakes) is not None:
            handshakes.ended(self)

    @property
    def _handshakes(self) -> Handshakes | None:
        return self.context.handshakes if isinstance(self.context, ServerContext) else None


class ServerContext(ssl.SSLContext):
    """A context whose connections are counted; a client that leaves in mid-handshake is no failure.

    `ends` says when the certificates that a listener shows end, in Unix time by path.
    """

    sslobject_class = ServerSide
    handshakes: Handshakes | None = None
    ends: Mapping[str, float] = MappingProxyType({})

    def announce(self) -> None:
        """Tell, now that it serves, how long its certificates last."""
        if self.handshakes is not None:
            self.handshakes.show(self.ends)

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        end = super().wrap_bio(incoming, outgoing, server_side, server_hostname, session)
        assert isinstance(end, ServerSide)
        end.outgoing = outgoing
        return end
