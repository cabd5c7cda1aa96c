"""Who may do what: tokens, certificates, and where an admin may be with them."""

from __future__ import annotations

from typing import Literal

import pytest

from proxy.admin.access import LOCAL, NOBODY, Access, Caller, CertificateRole, Role, Token, why_unsafe
from proxy.upstream.address import Address

READ, WRITE = Token.of("graphs", "r" * 32, "read"), Token.of("ops", "w" * 32, "write")
ADA = {
    "subject": ((("organizationName", "Example"),), (("commonName", "Ada Lovelace"),)),
    "subjectAltName": (
        ("DNS", "ada.ops.example.com"),
        ("email", "Ada@example.com"),
        ("URI", "spiffe://example/ns/ops/sa/ada"),
    ),
}


@pytest.mark.parametrize(
    ("role", "other", "may"),
    [
        ("write", "write", True),
        ("write", "read", True),
        ("read", "read", True),
        ("read", "write", False),
        (None, "read", False),
    ],
)
def test_who_may_write_may_read_and_not_the_other_way_round(role: Role | None, other: Role, may: bool) -> None:
    assert Caller("x", "token", role).may(other) == may


def test_a_token_tells_who_somebody_is() -> None:
    access = Access((READ, WRITE))
    assert access.by_token("r" * 32) == Caller("graphs", "token", "read")
    assert access.by_token("w" * 32) == Caller("ops", "token", "write")


@pytest.mark.parametrize("wrong", ["", "r", "r" * 31, "r" * 33, "R" * 32, "é" * 16, "\udcff"])
def test_a_wrong_token_is_nobodys(wrong: str) -> None:
    assert Access((READ, WRITE)).by_token(wrong) is NOBODY


def test_all_tokens_are_compared_whichever_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append(other)
        return one == other

    monkeypatch.setattr("proxy.admin.access.hmac.compare_digest", compare)
    for secret in ("r" * 32, "w" * 32, "neither"):
        Access((READ, WRITE)).by_token(secret)
    assert compared == [READ.digest, WRITE.digest] * 3


def test_no_repr_shows_a_token_or_its_digest() -> None:
    shown = repr(Access((READ,)))
    assert "r" * 32 not in shown
    assert READ.digest.hex() not in shown
    assert "digest" not in shown


@pytest.mark.parametrize(
    ("kind", "pattern", "name"),
    [
        ("san", "ada.ops.example.com", "ada.ops.example.com"),
        ("san", "*.OPS.example.com", "ada.ops.example.com"),
        ("san", "ada@example.com", None),
        ("san", "Ada@example.com", "Ada@example.com"),
        ("san", "spiffe://example/*/ada", "spiffe://example/ns/ops/sa/ada"),
        ("san", "ada.ops.example", None),
        ("san", "ada?ops.example.com", None),
        ("san", "Ada Lovelace", None),
        ("san", "*", "ada.ops.example.com"),
        ("cn", "Ada *", "Ada Lovelace"),
        ("cn", "Example", None),
        ("cn", "ada lovelace", None),
    ],
)
def test_a_certificate_has_a_role_by_one_of_its_names(
    kind: Literal["san", "cn"], pattern: str, name: str | None
) -> None:
    assert CertificateRole(kind, pattern, "read").name_in(ADA) == name


def test_of_certificates_the_first_role_that_fits_counts() -> None:
    rules = (CertificateRole("san", "*.example.com", "read"), CertificateRole("cn", "*", "write"))
    access = Access(certificates=rules)
    assert access.by_certificate(ADA) == Caller("ada.ops.example.com", "certificate", "read")
    assert access.by_certificate({"subject": ADA["subject"]}) == Caller("Ada Lovelace", "certificate", "write")


@pytest.mark.parametrize("certificate", [None, {}, {"subjectAltName": (("DirName", ((("commonName", "x"),),)),)}])
def test_without_a_name_that_fits_it_is_nobody(certificate: dict[str, object] | None) -> None:
    assert Access(certificates=(CertificateRole("san", "*", "read"),)).by_certificate(certificate) is NOBODY


def test_without_tokens_and_certificates_all_is_open() -> None:
    assert Access().is_open
    assert not Access((READ,)).is_open
    assert LOCAL.may("write")


# -- where it may be


@pytest.mark.parametrize("text", ["127.0.0.1:9901", "127.8.9.10:0", "[::1]:9901", "localhost:9901", "unix:/run/a.sock"])
def test_where_only_this_machine_gets_it_needs_nothing(text: str) -> None:
    assert why_unsafe(Address.parse(text), Access(), tls=False) is None


@pytest.mark.parametrize("text", ["0.0.0.0:9901", "[::]:9901", "192.0.2.1:9901", "example.test:9901"])
@pytest.mark.parametrize("tls", [False, True])
def test_elsewhere_it_needs_to_know_who_calls(text: str, tls: bool) -> None:
    why = why_unsafe(Address.parse(text), Access(), tls=tls)
    assert why is not None
    assert why.startswith(f"{text} is not a loopback address, and whoever reaches the admin may do all of it")
    assert "give it tokens or tls.client, or use 127.0.0.1" in why


def test_tokens_in_clear_need_a_word_for_it() -> None:
    public = Address.parse("0.0.0.0:9901")
    why = why_unsafe(public, Access((WRITE,)), tls=False)
    assert why is not None
    assert "write insecure: true where the network is trusted" in why
    assert why_unsafe(public, Access((WRITE,)), tls=True) is None
    assert why_unsafe(public, Access((WRITE,), insecure=True), tls=False) is None
    assert why_unsafe(public, Access(insecure=True), tls=False) is not None
