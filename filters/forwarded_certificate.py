"""A client's certificate as one line of text: Envoy's x-forwarded-client-cert.

`key=value` pairs with semicolons between them; a value that holds `,`, `;` or `=` stands in double quotes. What signed
texts may hold is written so that no reader can take a part of one for a pair of its own: neither `"` nor a backslash
before one ever stands inside the quotes, whatever a reader makes of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Literal, TypeAlias
from urllib.parse import quote

from proxy.tls.client_certificate import ClientCertificate
from proxy.tls.subject import escaped, printable

Part: TypeAlias = Literal["hash", "cert", "subject", "uri", "dns"]

_PAIR_IN_SUBJECT = re.compile(r"\\(.)")
_PRINTABLE: Final = "".join(map(chr, range(0x21, 0x7F))).replace('"', "").replace("\\", "")
_TO_BE_QUOTED: Final = re.compile("[,;=]")


def written(certificate: ClientCertificate, parts: Iterable[Part]) -> str:
    """Return the parts that there are, in Envoy's order; raises ValueError for a certificate that is garbled."""
    wanted = set(parts)
    return ";".join(pair for part, pairs in _PAIRS.items() if part in wanted for pair in pairs(certificate))


def _hash(certificate: ClientCertificate) -> Iterator[str]:
    yield f"Hash={certificate.fingerprint}"


def _cert(certificate: ClientCertificate) -> Iterator[str]:
    yield f'Cert="{quote(certificate.pem, safe="")}"'


def _subject(certificate: ClientCertificate) -> Iterator[str]:
    yield f'Subject="{_plain_subject(certificate.subject)}"'


def _uri(certificate: ClientCertificate) -> Iterator[str]:
    yield from (f"URI={_plain_value(uri)}" for uri in certificate.uris)


def _dns(certificate: ClientCertificate) -> Iterator[str]:
    yield from (f"DNS={_plain_value(name)}" for name in certificate.dns_names)


def _plain_subject(subject: str) -> str:
    """Write quotes and backslashes, which RFC 4514 puts behind a backslash, as it may also write them: as bytes."""
    return _PAIR_IN_SUBJECT.sub(
        lambda pair: escaped(pair[1]) if pair[1] in ('"', "\\") else pair[0], printable(subject)
    )


def _plain_value(value: str) -> str:
    plain = quote(value, safe=_PRINTABLE)
    return f'"{plain}"' if _TO_BE_QUOTED.search(plain) else plain


_PAIRS: Final[dict[Part, Callable[[ClientCertificate], Iterator[str]]]] = {
    "hash": _hash,
    "cert": _cert,
    "subject": _subject,
    "uri": _uri,
    "dns": _dns,
}
