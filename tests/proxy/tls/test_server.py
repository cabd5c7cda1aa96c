"""A listener's TLS: which certificate is shown to whom, what is agreed upon, and who is let in."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kit.certificates import (
    DAY,
    NOW,
    SERVER,
    Issued,
    authority,
    client_context,
    issue,
    rsa_key,
    shake_hands,
    shown,
)

from proxy.errors import StartError
from proxy.tls.handshakes import ServerSide
from proxy.tls.server import CIPHERS, server_context
from proxy.tls.settings import Certificate, ClientAuth, TlsServer
from proxy.tls.tickets import new_ticket_key

Make = Callable[..., tuple[ssl.SSLContext, list[Issued]]]


@pytest.fixture
def root() -> Issued:
    return authority()


@pytest.fixture
def server(root: Issued, tmp_path: Path) -> Make:
    """Make a server's context with a certificate for each group of names; `how` is more of its settings."""

    def make(*groups: str | Issued, key: bytes | None = None, **how: Any) -> tuple[ssl.SSLContext, list[Issued]]:
        issued = [each if isinstance(each, Issued) else issue(*each.split(), by=root) for each in groups]
        files = [each.write(tmp_path, f"{place}") for place, each in enumerate(issued)]
        return server_context(TlsServer(tuple(Certificate(*pair) for pair in files), **how), key), issued

    return make


# Names.


@pytest.mark.parametrize(
    ("asked", "place"),
    [("a.test", 0), ("b.test", 1), ("x.c.test", 2), ("d.test", 1), ("B.TEST", 1)],
)
def test_a_client_is_shown_the_certificate_for_the_name_it_asks_for(
    server: Make, root: Issued, asked: str, place: int
) -> None:
    context, issued = server("a.test", "b.test d.test", "*.c.test")
    client, _ = shake_hands(client_context(root), context, asked)
    assert shown(client) == issued[place].der


@pytest.mark.parametrize("asked", [None, "other.test"])
def test_others_are_shown_the_first(server: Make, root: Issued, asked: str | None) -> None:
    context, issued = server("a.test", "b.test")
    client = client_context(root)
    client.check_hostname = False
    end, _ = shake_hands(client, context, asked)
    assert shown(end) == issued[0].der


@pytest.mark.parametrize("asked", [None, "other.test"])
def test_others_are_turned_away_where_that_is_wanted(server: Make, root: Issued, asked: str | None) -> None:
    context, issued = server("a.test", "b.test", unknown_names="refuse")
    client = client_context(root)
    assert shown(shake_hands(client, context, "b.test")[0]) == issued[1].der
    client.check_hostname = False
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        shake_hands(client, context, asked)


@pytest.mark.parametrize(("ciphers", "place"), [("aECDSA", 1), ("aRSA", 0)])
def test_of_two_kinds_of_key_a_client_is_shown_the_one_that_it_understands(
    server: Make, root: Issued, ciphers: str, place: int
) -> None:
    context, issued = server(issue("a.test", by=root, key=rsa_key()), issue("a.test", by=root), "b.test")
    client = client_context(root)
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    client.set_ciphers(ciphers)
    assert shown(shake_hands(client, context, "a.test")[0]) == issued[place].der


def test_the_whole_chain_is_shown(root: Issued, tmp_path: Path) -> None:
    between = authority("between", by=root)
    files = issue("a.test", by=between).write(tmp_path, "a", between)
    shake_hands(client_context(root), server_context(TlsServer((Certificate(*files),))), "a.test")


def test_the_name_that_was_asked_for_is_known_afterwards(server: Make, root: Issued) -> None:
    _, there = shake_hands(client_context(root), server("a.test", "b.test")[0], "b.test")
    assert isinstance(there, ServerSide)
    assert there.server_name == "b.test"


# What is agreed upon.


@pytest.mark.parametrize("name", ["a.test", "b.test"])
@pytest.mark.parametrize(("offered", "agreed"), [(["h2", "http/1.1"], "http/1.1"), ([], None), (["h2"], None)])
def test_only_http_1_1_is_agreed_upon(
    server: Make, root: Issued, name: str, offered: list[str], agreed: str | None
) -> None:
    client = client_context(root)
    client.set_alpn_protocols(offered)
    end, _ = shake_hands(client, server("a.test", "b.test")[0], name)
    assert end.selected_alpn_protocol() == agreed


@pytest.mark.parametrize("name", ["a.test", "b.test"])
@pytest.mark.parametrize(
    ("least", "speaks", "welcome"),
    [
        ("1.2", ssl.TLSVersion.TLSv1_1, False),
        ("1.2", ssl.TLSVersion.TLSv1_2, True),
        ("1.2", ssl.TLSVersion.TLSv1_3, True),
        ("1.3", ssl.TLSVersion.TLSv1_2, False),
        ("1.3", ssl.TLSVersion.TLSv1_3, True),
    ],
)
def test_versions_are_spoken_from_the_least_on(
    server: Make, root: Issued, name: str, least: str, speaks: ssl.TLSVersion, welcome: bool
) -> None:
    client = client_context(root)
    client.set_ciphers("ALL:@SECLEVEL=0")  # Else this client would itself refuse to speak 1.1.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        client.minimum_version = client.maximum_version = speaks
    context, _ = server("a.test", "b.test", min_version=least)
    if welcome:
        shake_hands(client, context, name)
    else:
        with pytest.raises(ssl.SSLError, match=r"PROTOCOL|VERSION"):
            shake_hands(client, context, name)


def test_of_1_2_only_suites_with_forward_secrecy_and_authentication_are_left(server: Make) -> None:
    context, _ = server("a.test")
    left = {each["name"]: each for each in context.get_ciphers()}
    old = {name for name, each in left.items() if each["protocol"] != "TLSv1.3"}
    assert old == set(CIPHERS.split(":"))
    assert all(each["aead"] for each in left.values())


def test_a_client_chooses_among_the_suites(server: Make, root: Issued) -> None:
    context, _ = server("a.test")
    client = client_context(root)
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    for first in ("ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES256-GCM-SHA384"):
        client.set_ciphers(f"{first}:ECDHE-ECDSA-AES128-GCM-SHA256")
        agreed = shake_hands(client, context, "a.test")[0].cipher()
        assert agreed is not None
        assert agreed[0] == first


def test_weak_suites_are_refused(server: Make, root: Issued) -> None:
    client = client_context(root)
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    client.set_ciphers("AES128-SHA:AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError, match="ALERT_HANDSHAKE_FAILURE"):
        shake_hands(client, server(issue("a.test", by=root, key=rsa_key()), "b.test")[0], "a.test")


@pytest.mark.parametrize("name", ["a.test", "b.test"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_session_that_one_worker_began_is_resumed_by_another(
    server: Make, root: Issued, name: str, version: ssl.TLSVersion
) -> None:
    key, client = new_ticket_key(), client_context(root)
    client.maximum_version = version
    certificates = [issue("a.test", by=root), issue("b.test", by=root)]
    first, _ = shake_hands(client, server(*certificates, key=key)[0], name)
    again, there = shake_hands(client, server(*certificates, key=key)[0], name, first.session)
    assert again.session_reused
    assert isinstance(there, ServerSide)
    assert there.server_name == name


def test_a_renewed_certificate_is_shown_by_the_next_context_and_sessions_go_on(server: Make, root: Issued) -> None:
    key, client = new_ticket_key(), client_context(root)
    old, issued = server("a.test", key=key)
    first, _ = shake_hands(client, old, "a.test")
    new, renewed = server("a.test", key=key)
    assert shown(shake_hands(client, new, "a.test")[0]) == renewed[0].der != issued[0].der
    assert shown(shake_hands(client, old, "a.test")[0]) == issued[0].der
    assert shake_hands(client, new, "a.test", first.session)[0].session_reused


# Who is let in.


def asking(root: Issued, directory: Path, **how: Any) -> ClientAuth:
    ca = directory / "clients.pem"
    ca.write_bytes(root.pem)
    return ClientAuth(str(ca), **how)


def showing(root: Issued, directory: Path, certificate: Issued | None) -> ssl.SSLContext:
    client = client_context(root)
    if certificate is not None:
        client.load_cert_chain(*certificate.write(directory, "client"))
    return client


@pytest.mark.parametrize("name", ["a.test", "b.test"])
@pytest.mark.parametrize("mode", ["require", "request"])
def test_a_client_with_a_certificate_is_known_by_it(
    server: Make, root: Issued, tmp_path: Path, name: str, mode: str
) -> None:
    ada = issue("ada.test", by=root)
    context, _ = server("a.test", "b.test", client=asking(root, tmp_path, mode=mode))
    _, there = shake_hands(showing(root, tmp_path, ada), context, name)
    assert there.getpeercert(binary_form=True) == ada.der


@pytest.mark.parametrize("name", ["a.test", "b.test"])
def test_a_client_without_one_is_turned_away_where_it_is_required(
    server: Make, root: Issued, tmp_path: Path, name: str
) -> None:
    context, _ = server("a.test", "b.test", client=asking(root, tmp_path))
    with pytest.raises(ssl.SSLError, match="PEER_DID_NOT_RETURN_A_CERTIFICATE"):
        shake_hands(showing(root, tmp_path, None), context, name)


def test_a_client_without_one_is_let_in_where_it_is_only_requested(server: Make, root: Issued, tmp_path: Path) -> None:
    context, _ = server("a.test", client=asking(root, tmp_path, mode="request"))
    _, there = shake_hands(showing(root, tmp_path, None), context, "a.test")
    assert there.getpeercert(binary_form=True) is None


@pytest.mark.parametrize("mode", ["require", "request"])
@pytest.mark.parametrize("kind", ["expired", "of another authority", "a server's"])
def test_a_certificate_that_is_not_to_be_trusted_is_refused_even_where_none_is_needed(
    server: Make, root: Issued, tmp_path: Path, mode: str, kind: str
) -> None:
    bad = {
        "expired": lambda: issue("ada", by=root, begins=NOW - 2 * DAY, ends=NOW - DAY),
        "of another authority": lambda: issue("ada", by=authority("Somebody else")),
        "a server's": lambda: issue("ada", by=root, usages=[SERVER]),
    }[kind]()
    context, _ = server("a.test", client=asking(root, tmp_path, mode=mode))
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(showing(root, tmp_path, bad), context, "a.test")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_session_of_a_listener_that_asks_for_nothing_is_worth_nothing_where_certificates_are_required(
    server: Make, root: Issued, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    key, certificate = new_ticket_key(), issue("a.test", by=root)
    client = client_context(root)
    client.maximum_version = version
    first, _ = shake_hands(client, server(certificate, key=key)[0], "a.test")
    guarded, _ = server(certificate, key=key, client=asking(root, tmp_path))
    with pytest.raises(ssl.SSLError, match=r"PEER_DID_NOT_RETURN_A_CERTIFICATE|ALERT_HANDSHAKE_FAILURE"):
        shake_hands(client, guarded, "a.test", first.session)


# Files.


def test_a_missing_certificate_is_named() -> None:
    with pytest.raises(StartError, match=r"certificate /nowhere\.crt"):
        server_context(TlsServer((Certificate("/nowhere.crt", "/nowhere.key"),)))


def test_authorities_that_are_none_are_named(server: Make, tmp_path: Path) -> None:
    (tmp_path / "none.pem").write_text("nothing")
    with pytest.raises(StartError, match=r"CA file .*none\.pem"):
        server("a.test", client=ClientAuth(str(tmp_path / "none.pem")))
