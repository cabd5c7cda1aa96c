"""Certificates that OpenSSL lets pass and that cannot be read all the same."""

from __future__ import annotations

import pathlib
import ssl

import pytest
from cryptography import x509
from kit.certificates import issue

from proxy.errors import StartError
from proxy.tls.client_certificate import ClientCertificate
from proxy.tls.garbled import garbled_is_value_error
from proxy.tls.leaf import read_leaf

GOOD = issue(common_name="ada", others=[x509.UniformResourceIdentifier("spiffe://a")])
VERSION = b"\xa0\x03\x02\x01"
A_URI, AN_EDI_PARTY = b"\x86\x0aspiffe://a", b"\xa5\x0aspiffe://a"
CONSTRAINTS, ALTERNATIVE_NAMES = b"\x06\x03\x55\x1d\x13", b"\x06\x03\x55\x1d\x11"
ODD = {
    "of a version that there is not": GOOD.der.replace(VERSION + b"\x02", VERSION + b"\x05"),
    "with a name of a kind that nobody reads": GOOD.der.replace(A_URI, AN_EDI_PARTY),
    "with two extensions of a kind": GOOD.der.replace(CONSTRAINTS, ALTERNATIVE_NAMES),
}


@pytest.mark.parametrize("der", ODD.values(), ids=ODD.keys())
def test_what_an_odd_certificate_says_raises_value_error(der: bytes) -> None:
    assert der != GOOD.der
    with pytest.raises(ValueError, match=r"."):
        _ = ClientCertificate(der).uris


@pytest.mark.parametrize("der", ODD.values(), ids=ODD.keys())
def test_a_listener_does_not_start_with_an_odd_certificate(der: bytes, tmp_path: pathlib.Path) -> None:
    (tmp_path / "odd.crt").write_text(ssl.DER_cert_to_PEM_cert(der))
    with pytest.raises(StartError, match=r"odd\.crt: "):
        read_leaf(str(tmp_path / "odd.crt"))


def test_other_exceptions_pass() -> None:
    with pytest.raises(KeyError), garbled_is_value_error():
        raise KeyError
