"""Hashed secrets."""

import hashlib
from base64 import b64decode, b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.password import Pbkdf2, Scrypt, hash_secret, parse_secret

CHEAP = Scrypt(ln=1, r=1, p=1)


PASSWORDS = st.text(st.characters(exclude_characters="\0", codec="utf-8"))


def test_a_nul_at_the_end_does_not_pass_for_none_at_all() -> None:
    secret = parse_secret(hash_secret("open sesame", CHEAP))
    assert not secret.matches(b"open sesame\0")
    with pytest.raises(ValueError, match="NUL"):
        hash_secret("open\0sesame", CHEAP)


@settings(deadline=None)
@given(PASSWORDS, PASSWORDS, st.sampled_from([CHEAP, Pbkdf2(1)]))
def test_only_the_same_password_matches(password: str, other: str, cost: Scrypt | Pbkdf2) -> None:
    secret = parse_secret(hash_secret(password, cost))
    assert secret.matches(password.encode())
    assert secret.matches(other.encode()) is (other == password)


def test_the_default_is_owasp_s_choice_with_the_least_memory() -> None:
    text = hash_secret("open sesame")
    assert text.startswith("$scrypt$ln=14,r=8,p=5$")
    assert parse_secret(text).matches(b"open sesame")


def test_a_secret_is_salted() -> None:
    assert hash_secret("x", CHEAP) != hash_secret("x", CHEAP)


@pytest.mark.parametrize("cost", [CHEAP, Pbkdf2(1000)])
def test_a_secret_is_written_as_it_was_read(cost: Scrypt | Pbkdf2) -> None:
    text = hash_secret("x", cost)
    assert str(parse_secret(text)) == text
    assert "=" not in text.rsplit("$", 2)[1]


def test_the_digest_is_scrypt_s() -> None:
    _, _, _, salt, digest = hash_secret("x", CHEAP).split("$")
    salt_bytes = b64decode(salt + "==")
    expected = hashlib.scrypt(b"x", salt=salt_bytes, n=2, r=1, p=1, dklen=32)
    assert b64decode(digest + "=") == expected


def test_a_known_scrypt_digest_matches() -> None:
    # RFC 7914 §12, the vector of "pleaseletmein" with N=16384, r=8, p=1.
    digest = bytes.fromhex(
        "7023bdcb3afd7348461c06cd81fd38eb fda8fbba904f8e3ea9b543f6545da1f2"
        "d5432955613f0fcf62d49705242a9af9 e61e85dc0d651e40dfcf017b45575887"
    )
    secret = parse_secret("$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$" + _base64(digest))
    assert secret.matches(b"pleaseletmein")
    assert not secret.matches(b"pleaseletmeout")


def test_a_known_pbkdf2_digest_matches() -> None:
    # RFC 7914 §11, PBKDF2-HMAC-SHA-256 of "passwd", salt "salt", one iteration.
    digest = bytes.fromhex(
        "55ac046e56e3089fec1691c22544b605 f94185216dde0465e68b9d57c20dacbc"
        "49ca9cccf179b645991664b39d77ef31 7c71b845b1e30bd509112041d3a19783"
    )
    assert parse_secret("$pbkdf2-sha256$i=1$c2FsdA$" + _base64(digest)).matches(b"passwd")


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hunter2",
        "$2b$12$abcdefghijklmnopqrstuv",
        "$scrypt$ln=14,r=8$c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$i=1$c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$pbkdf2-sha256$ln=1,r=1,p=1$c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$pbkdf2-sha256$i=0$c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=0,r=8,p=1$c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=30,r=8,p=1$c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=1,r=1,p=1$c2FsdA$AAAA",
        "$scrypt$ln=1,r=1,p=1$c$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ],
)
def test_what_is_no_secret_is_refused_and_never_quoted(text: str) -> None:
    with pytest.raises(ValueError) as failure:  # noqa: PT011
        parse_secret(text)
    assert not text or text not in str(failure.value)
