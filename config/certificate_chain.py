"""Judges whether a chain leads from a server's own certificate to an authority that clients know."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from cryptography import x509

from config.certificates import has_issued, is_self_signed, issuer_label, label
from config.findings import Finding, warning

_ISSUER_UNKNOWN: Final = frozenset({2, 20, 21})
"""X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, …_LOCALLY and …_VERIFY_LEAF_SIGNATURE (X509_STORE_CTX_get_error(3))."""

_MOST_FLIGHTS: Final = 4


def order(file: str, chain: Sequence[x509.Certificate]) -> Iterator[Finding]:
    """Judge whether each certificate is issued by the next one, as clients of TLS 1.2 expect (RFC 5246 §7.4.2)."""
    for place in range(len(chain) - 1):
        here, following = chain[place], chain[place + 1]
        if not has_issued(following, here):
            yield Finding(
                f"{file}: certificate {place + 2}, of {label(following)}, did not issue certificate {place + 1}, of "
                f"{label(here)}; put the one of {issuer_label(here)} there, or leave out what does not belong"
            )
            return


def missing_issuer(file: str, chain: Sequence[x509.Certificate], cert_path: str, key_path: str) -> Iterator[Finding]:
    """Judge whether clients can follow a chain to its end, by what this machine makes of it."""
    last = chain[-1]
    if not is_self_signed(last) and _verify_code(cert_path, key_path) in _ISSUER_UNKNOWN:
        yield warning(
            f"{file}: the chain ends with the certificate of {label(last)}, and this machine does not know its issuer, "
            f"{issuer_label(last)}; append the issuer's certificate, lest clients that don't know it either refuse ours"
        )


def _verify_code(cert_path: str, key_path: str) -> int:
    """Let a client with this machine's authorities meet a server, in memory; return OpenSSL's verdict, 0 for none."""
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), _this_machine()
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        server.load_cert_chain(cert_path, key_path)
        ends = [client.wrap_bio(down, up), server.wrap_bio(up, down, server_side=True)]
        for _ in range(_MOST_FLIGHTS):
            for end in ends:
                _step(end)
    except ssl.SSLCertVerificationError as error:
        return error.verify_code
    except (OSError, ssl.SSLError):
        return 0
    return 0


@cache
def _this_machine() -> ssl.SSLContext:
    """Return a context that knows the authorities of this machine; to read them takes 10 ms and more."""
    context = ssl.create_default_context()
    context.check_hostname = False
    return context


def _step(end: ssl.SSLObject) -> None:
    try:
        end.do_handshake()
    except ssl.SSLWantReadError:
        return
