"""What is said of certificates, each by itself."""

from __future__ import annotations

import pathlib
import ssl
import subprocess
from collections.abc import Iterable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from kit.certificates import CLIENT, DAY, NOW, SERVER, Issued, authority, issue, rsa_key

from config.certificates import (
    Purpose,
    alternative_names,
    chain_members,
    label,
    leaf_use,
    names_shown,
    parse_certificates,
)
from config.findings import Finding

ROOT = authority()


def said(findings: Iterable[Finding]) -> list[tuple[str, bool]]:
    return [(each.message, each.is_error) for each in findings]


def judged(*chain: Issued) -> list[tuple[str, bool]]:
    return said(chain_members("a.crt", [each.certificate for each in chain], NOW))


def moment(offset_days: int) -> str:
    return (NOW + offset_days * DAY).strftime("%Y-%m-%d %H:%M UTC")


def test_nothing_is_said_of_a_good_one() -> None:
    assert judged(issue("a.test", by=ROOT), ROOT) == []


def test_one_that_has_expired_is_an_error() -> None:
    expired = issue("a.test", by=ROOT, begins=NOW - 9 * DAY, ends=NOW - DAY)
    assert judged(expired) == [(f"a.crt: the certificate of a.test expired on {moment(-1)}; renew it", True)]


def test_one_that_is_not_valid_yet_is_an_error() -> None:
    early = issue("a.test", by=ROOT, begins=NOW + DAY)
    [(message, is_error)] = judged(early)
    assert is_error
    assert message.startswith(f"a.crt: the certificate of a.test is not valid before {moment(1)}; look at")


@pytest.mark.parametrize(("days", "warned"), [(13, True), (15, False)])
def test_one_that_expires_within_two_weeks_is_a_warning(days: int, warned: bool) -> None:
    soon = issue("a.test", by=ROOT, ends=NOW + days * DAY)
    message = f"a.crt: the certificate of a.test expires on {moment(days)}; renew it in time"
    assert judged(soon) == ([(message, False)] if warned else [])


def test_an_issuer_between_that_has_expired_is_an_error() -> None:
    between = authority("between", by=ROOT, begins=NOW - 9 * DAY, ends=NOW - DAY)
    [(message, is_error)] = judged(issue("a.test", by=between), between)
    assert is_error
    assert "the certificate of between expired" in message


def test_a_root_is_the_clients_own_business() -> None:
    old = authority("old", begins=NOW - 9 * DAY, ends=NOW - DAY)
    assert judged(issue("a.test", by=old), old) == []


@pytest.mark.parametrize(
    ("key", "weakness"),
    [
        (rsa_key(1024), "an RSA key of only 1024 bits"),
        (ec.generate_private_key(ec.SECP192R1()), "a key on a curve of only 192 bits"),
    ],
)
def test_a_weak_key_is_an_error(key: object, weakness: str) -> None:
    [(message, is_error)] = judged(issue("a.test", by=ROOT, key=key))
    assert is_error
    assert weakness in message


def test_a_signature_with_sha_1_is_an_error(tmp_path: pathlib.Path) -> None:
    [(message, is_error)] = said(chain_members("a.crt", [signed_with_sha_1(tmp_path)], NOW + DAY))
    assert is_error
    assert "signed with SHA1" in message


def signed_with_sha_1(directory: pathlib.Path) -> x509.Certificate:
    """Let openssl make it, for the library makes no such thing any more."""
    ca, ca_key = ROOT.write(directory, "ca")
    request, key, cert = (str(directory / name) for name in ("a.csr", "a.key", "a.crt"))
    asking = ["req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=a.test", "-keyout", key, "-out", request]
    signing = ["x509", "-req", "-sha1", "-days", "90", "-in", request, "-CA", ca, "-CAkey", ca_key, "-out", cert]
    for arguments in (asking, [*signing, "-CAcreateserial"]):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60)
    return x509.load_pem_x509_certificate(pathlib.Path(cert).read_bytes())


@pytest.mark.parametrize(("purpose", "usage"), [("server", SERVER), ("client", CLIENT)])
def test_a_leaf_may_be_for_its_purpose_or_for_any(purpose: Purpose, usage: object) -> None:
    for usages in ([usage], []):
        leaf = issue("a.test", by=ROOT, usages=usages)
        assert said(leaf_use("a.crt", leaf.certificate, purpose)) == []


@pytest.mark.parametrize(("purpose", "usage", "whom"), [("server", CLIENT, "servers"), ("client", SERVER, "clients")])
def test_a_leaf_for_another_purpose_is_an_error(purpose: Purpose, usage: object, whom: str) -> None:
    leaf = issue("a.test", by=ROOT, usages=[usage])
    [(message, is_error)] = said(leaf_use("a.crt", leaf.certificate, purpose))
    assert is_error
    assert f"the certificate of a.test is not for {whom}" in message


def test_an_authoritys_in_a_servers_place_is_an_error() -> None:
    between = authority("a.test", by=ROOT)
    message = "a.crt: the first certificate, of a.test, is an authority's; put the server's own certificate first"
    assert (message, True) in said(leaf_use("a.crt", between.certificate, "server"))


def test_one_that_signed_itself_as_an_authority_is_a_warning() -> None:
    own = issue("a.test", authority=True)
    [(message, is_error)] = said(leaf_use("a.crt", own.certificate, "server"))
    assert not is_error
    assert "basicConstraints=CA:FALSE" in message


def test_a_server_without_alternative_names_is_a_warning() -> None:
    bare = issue(common_name="a.test", by=ROOT)
    [(message, is_error)] = said(leaf_use("a.crt", bare.certificate, "server"))
    assert not is_error
    assert "has no subjectAltName" in message
    assert said(leaf_use("a.crt", bare.certificate, "client")) == []


def test_names_and_addresses_are_what_clients_may_know_a_server_by() -> None:
    leaf = issue("A.test", "*.b.test", "127.0.0.1", "::1", by=ROOT)
    assert alternative_names(leaf.certificate) == ["a.test", "*.b.test", "127.0.0.1", "::1"]
    assert names_shown(leaf.pem + ROOT.pem) == ["a.test", "*.b.test", "127.0.0.1", "::1"]
    assert names_shown(b"nothing") == []


def test_a_certificate_is_called_by_its_common_name() -> None:
    assert label(issue("a.test", common_name="The shop", by=ROOT).certificate) == "The shop"


def test_a_certificate_with_an_extension_that_cannot_be_read_is_garbled() -> None:
    good = issue(common_name="ada", others=[x509.UniformResourceIdentifier("spiffe://a")])
    odd = good.der.replace(b"\x86\x0aspiffe", b"\xa5\x0aspiffe")  # An ediPartyName, RFC 5280 §4.2.1.6.
    with pytest.raises(ValueError, match="not supported"):
        parse_certificates(ssl.DER_cert_to_PEM_cert(odd).encode())
