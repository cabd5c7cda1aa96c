"""Request fields that origins heed and the key leaves out: taken away before an answer is fetched that all will share.

With one of them, a client could have its own answer stored for everybody: links to its own host (X-Forwarded-Host), the
page of another path (X-Rewrite-URL), a redirect in a loop (X-Forwarded-Scheme), an error (X-HTTP-Method-Override).
Sources: J. Kettle, "Practical Web Cache Poisoning" (2018) and "Web Cache Entanglement" (2020); H. V. Nguyen,
L. Lo Iacono, H. Federrath, "Your Cache Has Fallen" (CCS 2019); CVE-2018-14773 (X-Original-URL, X-Rewrite-URL),
CVE-2025-61780 (X-Sendfile-Type empties Rack's answers), CVE-2025-29927 (what Next.js says to itself).

CGI and WSGI fold "-" and "_" into one name, so an alias such as X_Host is taken for what it stands for.

Addresses (X-Forwarded-For, X-Real-IP) are left: logs need them, and what an origin answers by them it has to mark as
private or to name in Vary, as with Cookie and Accept-Language.
"""

from __future__ import annotations

from typing import Final

from proxy.cache.key import KeyRules
from proxy.messages import Headers, Request

_OF_THE_HOST: Final = b"x-host x-original-host x-forwarded-server x-http-host-override x-backend-host base-url"
_OF_THE_SCHEME: Final = (
    b"x-forwarded-scheme x-scheme x-url-scheme x-forwarded-protocol x-forwarded-ssl x-forwarded-https front-end-https "
    b"x-arr-ssl cf-visitor cloudfront-forwarded-proto"
)
_OF_THE_PORT: Final = b"x-forwarded-port"
_OF_THE_PATH: Final = (
    b"x-original-url x-rewrite-url x-original-uri x-forwarded-prefix x-forwarded-path x-forwarded-uri x-script-name "
    b"x-envoy-original-path x-replaced-path"
)
_OF_THE_METHOD: Final = b"x-http-method-override x-http-method x-method-override x-forwarded-method x-original-method"
_OF_THE_INSIDE: Final = (
    b"x-sendfile-type x-accel-mapping x-middleware-subrequest x-invoke-path x-invoke-query x-invoke-status"
)

UNKEYED: Final = frozenset(
    b" ".join([_OF_THE_HOST, _OF_THE_SCHEME, _OF_THE_PORT, _OF_THE_PATH, _OF_THE_METHOD, _OF_THE_INSIDE]).split()
)
"""Lower-case names of fields that the proxy itself never writes."""


def strip_unkeyed(request: Request, rules: KeyRules) -> None:
    """Take out of a request what may change the answer and isn't keyed, but for the fields that `rules` key.

    The proxy's own X-Forwarded-Host, X-Forwarded-Proto and Forwarded stay if they say what the key says. They don't
    where a trusted hop spoke for another host (proxy/forwarded.py).
    """
    headers = request.headers
    keyed = {name.encode("latin-1") for name in rules.headers}
    named = set(headers.names()) - keyed
    for name in named:
        if name in UNKEYED or (b"_" in name and _meant(name) in UNKEYED | keyed):
            headers.drop(name)
    authority, scheme = request.authority.encode("latin-1"), request.scheme.encode("latin-1")
    if b"x-forwarded-host" in named and headers.values(b"x-forwarded-host") != [authority]:
        headers.drop(b"x-forwarded-host")
    if b"x-forwarded-proto" in named and headers.values(b"x-forwarded-proto") != [scheme]:
        headers.drop(b"x-forwarded-proto")
    if b"forwarded" in named and not _is_own(headers, authority, scheme):
        headers.drop(b"forwarded")


def _meant(name: bytes) -> bytes:
    return name.replace(b"_", b"-")


def _is_own(headers: Headers, authority: bytes, scheme: bytes) -> bool:
    """Tell whether Forwarded is one element that names this host and scheme, as proxy/forwarded.py writes it."""
    values = headers.values(b"forwarded")
    return (
        len(values) == 1 and b"," not in values[0] and values[0].endswith(b';host="%b";proto=%b' % (authority, scheme))
    )
