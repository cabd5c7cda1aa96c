"""What `config` says of guests that judge, and where it is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from config.judge_options import BotOptions, UnfitOptions, WafModuleOptions, read_options
from config.paths import Path

SECRET = "a secret of some length"


def faults(model: Any, said: object) -> dict[str, str]:
    with pytest.raises(UnfitOptions) as raised:
        read_options(model, said if isinstance(said, bytes) else json.dumps(said).encode())
    return {path.spelled(): text for path, text in raised.value.faults}


def test_nothing_need_be_said() -> None:
    assert read_options(WafModuleOptions, b"").mode == "enforce"
    policy = read_options(BotOptions, b"").policy()
    assert policy.actions == {"human": "allow", "known_bot": "block", "suspicious": "log"}
    assert (policy.field, policy.challenge) == (None, None)


def test_every_option_of_a_bot_detector_reaches_its_policy() -> None:
    said = {
        "human": "log",
        "known_bot": "allow",
        "suspicious": "challenge",
        "header": "X-Bot",
        "challenge": {"secret": SECRET, "lasts": "1h"},
    }
    policy = read_options(BotOptions, json.dumps(said).encode()).policy()
    assert policy.actions == {"human": "log", "known_bot": "allow", "suspicious": "challenge"}
    assert policy.field == "X-Bot"
    assert policy.challenge is not None
    assert (policy.challenge.key, policy.challenge.lasts_s) == (SECRET.encode(), 3600)


def test_all_faults_are_told_where_they_are() -> None:
    assert faults(BotOptions, {"known_bot": "bloc", "header": "Host", "challenge": {"lasts": "10ms"}, "humans": 1}) == {
        "config.known_bot": "unknown word 'bloc'; did you mean 'block'?",
        "config.header": "Host follows the request's authority: use a rewrite filter's `host`",
        "config.challenge": "key 'secret' is missing",
        "config.challenge.lasts": "must be at least 1",
        "config.humans": "unknown key 'humans'; did you mean 'human'?",
    }


def test_to_challenge_takes_a_key() -> None:
    assert faults(BotOptions, {"suspicious": "challenge"}) == {
        "config": "to challenge takes a key for its cookies: challenge: {secret: …}"
    }


def test_a_short_key_is_refused_and_not_shown() -> None:
    found = faults(BotOptions, {"challenge": {"secret": "hunter2"}})
    assert found == {"config.challenge.secret": "is guessed too easily: 16 characters are the least"}


@pytest.mark.parametrize("said", [b"enforce", b"[]", b'"x"', b"\xff", b"{"])
def test_what_is_no_mapping_is_told_so(said: bytes) -> None:
    assert faults(WafModuleOptions, said) == {"config": "must be a mapping (key: value)"}


def test_it_is_told_in_one_line_too() -> None:
    with pytest.raises(
        UnfitOptions, match=r"config\.mode: unknown word 'on'; there are 'detect' and 'enforce'"
    ) as raised:
        read_options(WafModuleOptions, b'{"mode": "on"}')
    assert raised.value.faults[0][0] == Path(("config", "mode"))
