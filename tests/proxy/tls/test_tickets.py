"""One ticket key in several contexts, as several workers have it."""

from __future__ import annotations

import ctypes
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from kit.certificates import Issued, authority, client_context, issue, shake_hands

from proxy.tls import tickets
from proxy.tls.settings import Certificate, ClientAuth, TlsServer
from proxy.tls.tickets import KEY_BYTES, listener_key, new_ticket_key, share_tickets

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.fixture
def root() -> Issued:
    return authority()


def worker(root: Issued, directory: Path, key: bytes | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*issue("a.test", by=root).write(directory, "a"))
    if key is not None:
        assert share_tickets(context, key)
    return context


@pytest.mark.parametrize("version", VERSIONS)
def test_any_worker_resumes_the_session_of_another(root: Issued, tmp_path: Path, version: ssl.TLSVersion) -> None:
    key, client = new_ticket_key(), client_context(root)
    client.maximum_version = version
    first, _ = shake_hands(client, worker(root, tmp_path, key), "a.test")
    again, there = shake_hands(client, worker(root, tmp_path, key), "a.test", first.session)
    assert again.session_reused
    assert there.session_reused


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("other", [None, new_ticket_key()], ids=["none", "another"])
def test_without_the_key_a_full_handshake_is_made(
    root: Issued, tmp_path: Path, version: ssl.TLSVersion, other: bytes | None
) -> None:
    client = client_context(root)
    client.maximum_version = version
    first, _ = shake_hands(client, worker(root, tmp_path, new_ticket_key()), "a.test")
    again, _ = shake_hands(client, worker(root, tmp_path, other), "a.test", first.session)
    assert not again.session_reused


def test_a_resumed_session_tells_the_clients_certificate_again(root: Issued, tmp_path: Path) -> None:
    key, client, ours = new_ticket_key(), client_context(root), issue("ada", by=root)
    client.load_cert_chain(*ours.write(tmp_path, "ada"))
    both = [worker(root, tmp_path, key) for _ in range(2)]
    for each in both:
        each.load_verify_locations(cadata=root.pem.decode())
        each.verify_mode = ssl.CERT_REQUIRED
    first, _ = shake_hands(client, both[0], "a.test")
    again, there = shake_hands(client, both[1], "a.test", first.session)
    assert again.session_reused
    assert there.getpeercert(binary_form=True) == ours.der


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="80 bytes"):
        share_tickets(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), b"short")


def test_keys_are_as_long_as_openssl_wants_them_and_never_the_same() -> None:
    made = {new_ticket_key() for _ in range(10)}
    assert ({len(key) for key in made}, len(made)) == ({KEY_BYTES}, 10)


# What a ticket is worth where.

PLAIN = TlsServer((Certificate("a.crt", "a.key", "first"),))
RENEWED = TlsServer((Certificate("a.crt", "a.key", "second"),))
OTHERS = [
    PLAIN,
    TlsServer((Certificate("b.crt", "a.key", "first"),)),
    TlsServer(PLAIN.certificates, ClientAuth("ca.pem")),
    TlsServer(PLAIN.certificates, ClientAuth("ca.pem", "request")),
    TlsServer(PLAIN.certificates, ClientAuth("ca.pem", "require", "renewed")),
    TlsServer(PLAIN.certificates, min_version="1.3"),
    TlsServer(PLAIN.certificates, unknown_names="refuse"),
]


def test_each_listener_has_a_key_of_its_own() -> None:
    key = new_ticket_key()
    assert len({listener_key(key, tls) for tls in OTHERS}) == len(OTHERS)
    assert len({listener_key(new_ticket_key(), PLAIN) for _ in range(3)}) == 3


def test_a_certificate_that_is_renewed_in_place_leaves_sessions_be() -> None:
    key = new_ticket_key()
    assert listener_key(key, PLAIN) == listener_key(key, RENEWED)


# Where OpenSSL cannot be reached so, nothing is touched.


def test_a_python_without_the_interpreter_lock_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tickets.sysconfig, "get_config_var", lambda name: name == "Py_GIL_DISABLED")
    assert not share_tickets(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), new_ticket_key())


def test_a_context_that_is_no_servers_is_left_alone() -> None:
    assert not share_tickets(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), new_ticket_key())


def test_an_openssl_without_its_functions_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tickets.ctypes, "CDLL", lambda _: object())
    assert not share_tickets(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), new_ticket_key())


def test_what_is_no_context_is_found_out_without_a_crash() -> None:
    """In a process of its own: what follows an int's or a list's header is no pointer, or one to anything else."""
    program = """
import sys
from proxy.tls.tickets import share_tickets
print([share_tickets(thing, bytes(80)) for thing in (2**62, 0, [1, 2], "text" * 40, object, sys)])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == str([False] * 6)


def test_memory_that_is_not_there_is_an_error_and_no_crash() -> None:
    with pytest.raises(OSError, match="Input/output"):
        tickets._words_at(1, 2)
    with pytest.raises(OSError, match="no address of a process"):
        tickets._words_at(2**64 - 1, 2)
    number = ctypes.c_ulong(42)
    assert tickets._words_at(ctypes.addressof(number), 1) == (42,)
