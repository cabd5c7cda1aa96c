"""Signatures: for one function, one module and its settings, by somebody whom the configuration names."""

import base64
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from kit.registered import deployed, module

from wasm_host.functions.registry.errors import Unsigned
from wasm_host.functions.registry.trust import Trust, checked_signature, message
from wasm_host.functions.registry.version import Deployed, Signature

CI, STRANGER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
TRUST = Trust({"ci": CI.public_key()})


def signed(brought: Deployed, key: Ed25519PrivateKey = CI, name: str = "ci") -> Deployed:
    value = base64.b64encode(key.sign(message(brought.function, brought.module, brought.settings))).decode()
    return replace(brought, signature=Signature(name, value))


def test_what_a_trusted_key_has_signed_is_good() -> None:
    TRUST.check(signed(deployed(config={"a": 1})))


def test_without_keys_nothing_needs_a_signature() -> None:
    Trust().check(deployed())


def test_with_keys_what_is_not_signed_is_refused() -> None:
    with pytest.raises(Unsigned, match=r"is not signed.*'ci'"):
        TRUST.check(deployed())


def test_a_key_that_is_not_in_the_list_is_not_believed() -> None:
    with pytest.raises(Unsigned, match=r"no key 'me' is trusted; functions\.trust\.keys has 'ci'"):
        TRUST.check(signed(deployed(), STRANGER, "me"))


def test_a_signature_by_another_key_under_a_trusted_name_is_refused() -> None:
    with pytest.raises(Unsigned, match="not by 'ci'"):
        TRUST.check(signed(deployed(), STRANGER))


@pytest.mark.parametrize(
    "other",
    [
        {"function": "other"},
        {"wasm": module("other")},
        {"config": {"a": 2}},
        {"allow": {"kv": True}},
        {"entry": "main"},
        {"limits": {"cpu": "1s"}},
        {"log_level": "debug"},
    ],
)
def test_a_signature_cannot_be_moved_to_something_else(other: dict[str, Any]) -> None:
    moved = replace(deployed(**other), signature=signed(deployed()).signature)
    with pytest.raises(Unsigned, match="not by 'ci' for this module, name and settings"):
        TRUST.check(moved)


def test_the_message_is_as_documented() -> None:
    assert message("hello", "00ff", {"b": 1, "a": "é"}) == (
        b"penstock edge function, version 1\nhello\n00ff\n" + '{"a":"é","b":1}'.encode()
    )


@pytest.mark.parametrize("value", ["", "AAAA", "no base64!", "A" * 88, 7, None])
def test_what_cannot_be_a_signature_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="64 bytes in base64"):
        checked_signature(value)


def test_what_may_be_a_signature_is_left_as_it_is() -> None:
    text = base64.b64encode(bytes(64)).decode()
    assert checked_signature(text) == text


def test_what_is_stored_and_no_base64_is_no_signature() -> None:
    with pytest.raises(Unsigned):
        TRUST.check(replace(deployed(), signature=Signature("ci", "no base64!")))
