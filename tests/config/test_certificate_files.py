"""What is said of the files that make up a certificate with its key, and of those that hold authorities."""

from __future__ import annotations

import pathlib
import subprocess

import pytest
from kit.certificates import DAY, NOW, Issued, authority, issue, rsa_key

from config.certificate_files import judge_authorities, judge_pair
from config.pem_files import PemFile

ROOT = authority("root")
LEAF = issue("a.test", by=ROOT)


@pytest.fixture
def directory(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path


def pem_file(directory: pathlib.Path, name: str, content: bytes) -> PemFile:
    path = directory / name
    path.write_bytes(content)
    return PemFile(name, str(path), content)


def judged(directory: pathlib.Path, cert: bytes, key: bytes) -> list[tuple[str, bool]]:
    files = pem_file(directory, "a.crt", cert), pem_file(directory, "a.key", key)
    return [(each.message, each.is_error) for each in judge_pair(*files, "server", NOW)]


def refusal(directory: pathlib.Path, cert: bytes, key: bytes) -> str:
    [(message, is_error)] = judged(directory, cert, key)
    assert is_error
    return message


def test_nothing_is_said_of_a_good_pair(directory: pathlib.Path) -> None:
    assert judged(directory, LEAF.pem + ROOT.pem, LEAF.key_pem) == []


def test_certificate_and_key_may_be_in_one_file(directory: pathlib.Path) -> None:
    both = LEAF.pem + ROOT.pem + LEAF.key_pem
    assert judged(directory, both, both) == []


def test_a_key_as_openssl_ecparam_writes_it_is_read(directory: pathlib.Path) -> None:
    """It begins with a block of the curve's parameters."""
    made = subprocess.run(
        ["openssl", "ecparam", "-name", "prime256v1", "-genkey"], capture_output=True, check=True, timeout=60
    ).stdout
    assert b"EC PARAMETERS" in made
    assert refusal(directory, LEAF.pem, made) == "the key a.key does not belong to the certificate a.crt"


@pytest.mark.parametrize(
    ("cert", "key", "says"),
    [
        (b"no", LEAF.key_pem, "a.crt holds no certificate in PEM"),
        (LEAF.der, LEAF.key_pem, "a.crt is in DER; turn it to PEM: openssl x509 -inform DER"),
        (LEAF.key_pem, LEAF.pem, "a.crt holds no certificate in PEM, but a key; are cert and key swapped?"),
        (LEAF.pem.replace(b"-\nMI", b"-\nMH"), LEAF.key_pem, "a.crt holds a certificate that is garbled"),
        (LEAF.pem, b"no", "a.key holds no private key in PEM"),
        (LEAF.pem, LEAF.pem, "a.key holds no private key in PEM, but a certificate; are cert and key swapped?"),
        (LEAF.pem, b"\x30\x82\x01\x02", "a.key is in DER; turn it to PEM: openssl pkey -inform DER"),
        (LEAF.pem, LEAF.key_pem.replace(b"-\nMI", b"-\nMH"), "a.key holds a private key that is garbled"),
        (LEAF.pem, LEAF.encrypted_key_pem, "the key a.key is encrypted, and nobody is there to be asked"),
        (LEAF.pem, issue("b.test").key_pem, "the key a.key does not belong to the certificate a.crt"),
    ],
)
def test_what_is_no_pair_is_told_apart(directory: pathlib.Path, cert: bytes, key: bytes, says: str) -> None:
    assert refusal(directory, cert, key).startswith(says)


def test_a_chain_that_begins_with_the_issuer_is_told_how_to_begin(directory: pathlib.Path) -> None:
    assert refusal(directory, ROOT.pem + LEAF.pem, LEAF.key_pem) == (
        "a.crt: the key a.key belongs to certificate 2, of a.test; put that one first, then its issuer's"
    )


def test_all_that_is_wrong_with_a_pair_is_said_at_once(directory: pathlib.Path) -> None:
    bad = issue(common_name="a.test", by=ROOT, ends=NOW, key=rsa_key(1024))
    messages = [message for message, _ in judged(directory, bad.pem, bad.key_pem)]
    for place, words in enumerate(["expired", "1024 bits", "subjectAltName"]):
        assert words in messages[place]


def test_whether_an_issuer_is_missing_is_asked_of_a_servers_chain_in_order_only(directory: pathlib.Path) -> None:
    cert, key = pem_file(directory, "a.crt", LEAF.pem), pem_file(directory, "a.key", LEAF.key_pem)
    [finding] = judge_pair(cert, key, "server", NOW)
    assert "this machine does not know its issuer" in finding.message
    assert list(judge_pair(cert, key, "client", NOW)) == []


# Authorities.


def authorities(directory: pathlib.Path, *issued: Issued, content: bytes | None = None) -> list[tuple[str, bool]]:
    file = pem_file(directory, "ca.pem", b"".join(each.pem for each in issued) if content is None else content)
    return [(each.message, each.is_error) for each in judge_authorities(file, NOW)]


def test_nothing_is_said_of_good_authorities(directory: pathlib.Path) -> None:
    assert authorities(directory, ROOT, authority("another")) == []


def test_a_file_without_any_is_an_error(directory: pathlib.Path) -> None:
    assert authorities(directory, content=b"") == [("ca.pem holds no certificates in PEM", True)]


def test_an_authority_that_has_expired_beside_another_is_a_warning(directory: pathlib.Path) -> None:
    old = authority("old", begins=NOW - 9 * DAY, ends=NOW - DAY)
    [(message, is_error)] = authorities(directory, old, ROOT)
    assert not is_error
    assert "the certificate of old expired" in message


def test_only_authorities_that_have_expired_are_an_error(directory: pathlib.Path) -> None:
    old = authority("old", begins=NOW - 9 * DAY, ends=NOW - DAY)
    assert [is_error for _, is_error in authorities(directory, old)] == [True]


def test_somebodys_own_certificate_among_authorities_is_a_warning(directory: pathlib.Path) -> None:
    [(message, is_error)] = authorities(directory, LEAF)
    assert not is_error
    assert "the certificate of a.test is no authority's" in message
    assert authorities(directory, issue("self.test")) == []
