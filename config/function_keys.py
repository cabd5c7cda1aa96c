"""Ed25519 keys (RFC 8032) that deploys of functions are signed with: made, read, and used."""

from __future__ import annotations

import base64
import os
import pathlib
from collections.abc import Mapping
from typing import Any

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from wasm_host.functions.registry.trust import message
from wasm_host.functions.registry.version import settings_of


class BadKey(click.ClickException):
    """A key's file cannot be written, or read; the text says what to do."""


def write_key(path: pathlib.Path) -> str:
    """Make a key in a file that only its owner may read (PKCS #8, PEM); returns the public one, in base64."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise BadKey(f"{path} is there already, and a key that is lost cannot be made again; name another") from error
    except OSError as error:
        raise BadKey(f"{path} cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
    return base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def read_key(path: pathlib.Path) -> Ed25519PrivateKey:
    """Raises BadKey."""
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise BadKey(
            f"{path} cannot be read: {error.strerror}; make a key with penstock function keygen FILE"
        ) from error
    except (ValueError, TypeError) as error:
        raise BadKey(
            f"{path} is no private key in PEM without a password; penstock function keygen makes one"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey(f"{path} is a key of another kind; deploys are signed with Ed25519, see penstock function keygen")
    return key


def signature(
    key: Ed25519PrivateKey, name: str, function: str, module: str, metadata: Mapping[str, Any]
) -> dict[str, str]:
    """Sign a version as `name`: its function, the SHA-256 of its module, and the settings in a deploy's metadata."""
    value = key.sign(message(function, module, settings_of(metadata)))
    return {"key": name, "value": base64.b64encode(value).decode()}
