"""Judges the PEM files that make up a certificate with its key, and those that hold authorities."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from config.certificate_chain import missing_issuer, order
from config.certificates import (
    Purpose,
    chain_members,
    is_authority,
    is_self_signed,
    label,
    leaf_use,
    parse_certificates,
    validity,
)
from config.findings import Finding, warning
from config.pem_files import PemFile, Unusable

_PRIVATE_KEY: Final = re.compile(rb"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.*?-----END \1PRIVATE KEY-----", re.DOTALL)
_CERTIFICATE: Final = b"-----BEGIN CERTIFICATE-----"
_DER: Final = b"\x30\x82"
"""An ASN.1 sequence of 256 bytes or more, as certificates and keys are."""


def judge_pair(cert: PemFile, key: PemFile, purpose: Purpose, now: datetime) -> Iterator[Finding]:
    """Judge a chain with its key: as a whole first, for what is no pair at all need not be judged further."""
    try:
        chain = _certificates(cert)
        _check_fit(cert, chain, key, _private_key(key))
    except Unusable as error:
        yield Finding(str(error))
        return
    yield from chain_members(cert.name, chain, now)
    yield from leaf_use(cert.name, chain[0], purpose)
    disorder = list(order(cert.name, chain))
    yield from disorder
    if purpose == "server" and not disorder:
        yield from missing_issuer(cert.name, chain, cert.path, key.path)


def judge_authorities(file: PemFile, now: datetime) -> Iterator[Finding]:
    """Judge a file of certificates that others are verified by: one that is out of date may stand beside its heir."""
    try:
        authorities = _certificates(file, "holds no certificates in PEM")
    except Unusable as error:
        yield Finding(str(error))
        return
    judged = [list(validity(file.name, each, now)) for each in authorities]
    all_are_out = all(any(finding.is_error for finding in findings) for findings in judged)
    for findings in judged:
        yield from (finding if all_are_out else warning(finding.message) for finding in findings)
    for each in authorities:
        if not is_authority(each) and not is_self_signed(each):
            yield warning(
                f"{file.name}: the certificate of {label(each)} is no authority's; only itself is known by it"
            )


def _certificates(file: PemFile, otherwise: str = "holds no certificate in PEM") -> list[x509.Certificate]:
    if file.content.startswith(_DER):
        raise Unusable(f"{file.name} is in DER; turn it to PEM: openssl x509 -inform DER -in FILE -out FILE.pem")
    if _CERTIFICATE not in file.content:
        swapped = ", but a key; are cert and key swapped?" if _PRIVATE_KEY.search(file.content) else ""
        raise Unusable(f"{file.name} {otherwise}{swapped}")
    try:
        return parse_certificates(file.content)
    except ValueError as error:
        raise Unusable(f"{file.name} holds a certificate that is garbled ({error}); copy it anew") from error


def _private_key(file: PemFile) -> PrivateKeyTypes:
    found = _PRIVATE_KEY.search(file.content)
    if found is None:
        if file.content.startswith(_DER):
            raise Unusable(f"{file.name} is in DER; turn it to PEM: openssl pkey -inform DER -in FILE -out FILE.pem")
        swapped = ", but a certificate; are cert and key swapped?" if _CERTIFICATE in file.content else ""
        raise Unusable(f"{file.name} holds no private key in PEM{swapped}")
    try:
        return load_pem_private_key(found[0], None)
    except TypeError:
        raise Unusable(
            f"the key {file.name} is encrypted, and nobody is there to be asked for its password; "
            "decrypt it: openssl pkey -in FILE -out FILE.plain, and let only penstock's user read it"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise Unusable(f"{file.name} holds a private key that is garbled, or of a kind that nobody knows") from None


def _check_fit(cert: PemFile, chain: Sequence[x509.Certificate], key: PemFile, private: PrivateKeyTypes) -> None:
    fitting = [place for place, each in enumerate(chain) if each.public_key() == private.public_key()]
    if not fitting:
        raise Unusable(f"the key {key.name} does not belong to the certificate {cert.name}")
    if fitting[0]:
        raise Unusable(
            f"{cert.name}: the key {key.name} belongs to certificate {fitting[0] + 1}, of {label(chain[fitting[0]])}; "
            "put that one first, then its issuer's"
        )
