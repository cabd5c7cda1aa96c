"""What a server's own certificate says."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from kit.certificates import NOW, authority, issue, rsa_key

from proxy.errors import StartError
from proxy.tls.leaf import kind_of, read_leaf


def test_it_tells_names_in_lower_case_kind_of_key_and_end(tmp_path: Path) -> None:
    root = authority()
    cert, _ = issue("A.test", "*.b.test", "127.0.0.1", by=root, ends=NOW).write(tmp_path, "a", root)
    leaf = read_leaf(cert)
    assert (leaf.names, leaf.kind, leaf.not_after) == ({"a.test", "*.b.test"}, "EC", NOW.timestamp())


def test_without_alternative_names_it_has_none(tmp_path: Path) -> None:
    assert read_leaf(issue(common_name="a.test").write(tmp_path, "a")[0]).names == frozenset()


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (rsa_key(), "RSA"),
        (ec.generate_private_key(ec.SECP256R1()), "EC"),
        (ec.generate_private_key(ec.SECP384R1()), "EC"),
    ],
)
def test_curves_are_of_one_kind(key: object, kind: str) -> None:
    assert kind_of(issue("a.test", key=key).certificate) == kind


def test_ed25519_is_a_kind() -> None:
    root = authority()
    assert kind_of(issue("a.test", key=ed25519.Ed25519PrivateKey.generate(), by=root).certificate) == "Ed25519"


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_what_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "a.crt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(StartError, match=r"certificate .*a\.crt"):
        read_leaf(str(file))
