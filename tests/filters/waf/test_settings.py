"""Directives that set something."""

from __future__ import annotations

from kit.seclang import rule_set

from filters.waf.ruleset import Setting


def settings(text: str) -> list[Setting]:
    return list(rule_set(text).settings)


def test_a_setting_has_its_last_value() -> None:
    text = "SecRuleEngine On\nSecRequestBodyLimit 100\nSecRuleEngine DetectionOnly\n"
    assert settings(text) == [Setting(b"SecRuleEngine", b"DetectionOnly"), Setting(b"SecRequestBodyLimit", b"100")]


def test_media_types_add_up_until_they_are_cleared() -> None:
    types = "SecResponseBodyMimeType text/plain\nSecResponseBodyMimeType text/html text/xml\n"
    assert settings(types) == [Setting(b"SecResponseBodyMimeType", b"text/plain text/html text/xml")]
    assert settings(f"{types}SecResponseBodyMimeTypesClear\n") == []


def test_what_changes_rules_is_no_setting() -> None:
    assert settings('SecDefaultAction "phase:2,pass"\nSecRuleRemoveById 1\nSecComponentSignature a/1\n') == []
