"""Client certificates that say what a test wants them to say, for those to whom a handshake has shown them already."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from kit.certificates import issue
from proxy.tls.client_certificate import ClientCertificate

_KEY = ec.generate_private_key(ec.SECP256R1())


def identity(common_name: str = "nobody", *, dns: Sequence[str] = (), uris: Sequence[str] = ()) -> ClientCertificate:
    names = [*map(x509.DNSName, dns), *map(x509.UniformResourceIdentifier, uris)]
    return ClientCertificate(issue(key=_KEY, common_name=common_name, others=names).der)
