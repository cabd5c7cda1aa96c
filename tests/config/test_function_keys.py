"""Keys that deploys are signed with."""

from __future__ import annotations

import base64
import pathlib
import stat

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from kit.registered import MODULE, deployed, sha256

from config.function_keys import BadKey, read_key, signature, write_key
from wasm_host.functions.registry.errors import Unsigned
from wasm_host.functions.registry.trust import Trust
from wasm_host.functions.registry.version import Signature


def test_what_a_key_signs_is_trusted_for_these_settings_and_no_others(tmp_path: pathlib.Path) -> None:
    public = write_key(tmp_path / "ci.key")
    trust = Trust({"ci": Ed25519PublicKey.from_public_bytes(base64.b64decode(public))})
    made = signature(read_key(tmp_path / "ci.key"), "ci", "hello", sha256(MODULE), {"name": "hello", "input": "body"})
    signed = Signature(made["key"], made["value"])
    trust.check(deployed(signature=signed, input="body"))
    with pytest.raises(Unsigned):
        trust.check(deployed(signature=signed))


def test_a_key_is_its_owners_alone(tmp_path: pathlib.Path) -> None:
    write_key(tmp_path / "ci.key")
    assert stat.S_IMODE((tmp_path / "ci.key").stat().st_mode) == 0o600


def test_a_key_is_never_written_over(tmp_path: pathlib.Path) -> None:
    write_key(tmp_path / "ci.key")
    before = (tmp_path / "ci.key").read_bytes()
    with pytest.raises(BadKey, match=r"is there already.*name another"):
        write_key(tmp_path / "ci.key")
    assert (tmp_path / "ci.key").read_bytes() == before


def test_a_directory_that_is_not_there_is_said(tmp_path: pathlib.Path) -> None:
    with pytest.raises(BadKey, match="cannot be written: No such file or directory"):
        write_key(tmp_path / "nowhere" / "ci.key")


def test_what_is_no_key_is_said(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "ci.key"
    with pytest.raises(BadKey, match=r"cannot be read: No such file.*penstock function keygen FILE"):
        read_key(file)
    file.write_text("secret")
    with pytest.raises(BadKey, match="is no private key in PEM"):
        read_key(file)
    other = generate_private_key(SECP256R1())
    file.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(BadKey, match="is a key of another kind; deploys are signed with Ed25519"):
        read_key(file)
