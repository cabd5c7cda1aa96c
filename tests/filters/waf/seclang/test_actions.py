"""Lists of actions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.waf.rule import Action
from filters.waf.seclang.actions import read_actions


def read(text: str) -> list[Action]:
    problems: list[str] = []
    actions = read_actions(text, problems.append)
    assert problems == []
    return list(actions)


def problems_of(text: str) -> list[str]:
    problems: list[str] = []
    read_actions(text, problems.append)
    return problems


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("", []),
        (" ", []),
        ("deny", [Action("deny")]),
        ("id:1,phase:2,deny", [Action("id", "1"), Action("phase", "2"), Action("deny")]),
        (" id:1 ,\tdeny ", [Action("id", "1"), Action("deny")]),
        ("id:'1'", [Action("id", "1")]),
        ("T:LowerCase,multiMatch", [Action("t", "LowerCase"), Action("multimatch")]),
        ("msg:'a, b: c'", [Action("msg", "a, b: c")]),
        ("msg: 'a'", [Action("msg", "a")]),
        (r"msg:'it\'s \d'", [Action("msg", r"it's \d")]),
        ("msg:plain words,log", [Action("msg", "plain words"), Action("log")]),
        ("msg:it's,log", [Action("msg", "it's"), Action("log")]),
        ("setvar:tx.a=b=c", [Action("setvar", "tx.a=b=c")]),
        ("setvar:'tx.a=+%{tx.b}'", [Action("setvar", "tx.a=+%{tx.b}")]),
        ("ctl:ruleRemoveTargetById=1-9;ARGS:x", [Action("ctl", "ruleRemoveTargetById=1-9;ARGS:x")]),
        ("allow", [Action("allow")]),
        ("allow:phase", [Action("allow", "phase")]),
        ("initcol:ip=%{REMOTE_ADDR}", [Action("initcol", "ip=%{REMOTE_ADDR}")]),
        ("exec:/bin/x", [Action("exec", "/bin/x")]),
    ],
)
def test_actions_are_read_in_the_order_written(text: str, actions: list[Action]) -> None:
    assert read(text) == actions


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("denny", "unknown action 'denny'; did you mean 'deny'?"),
        ("skipafter", "skipAfter lacks its value; write skipAfter:…"),
        ("msg:", "msg lacks its value; write msg:…"),
        ("msg:''", "msg lacks its value; write msg:…"),
        ("deny:403", "deny takes no value; write deny alone"),
        ("t:lowercased", "unknown transformation 'lowercased'; did you mean 'lowercase'?"),
    ],
)
def test_wrong_action_is_reported_with_what_is_right(text: str, message: str) -> None:
    assert problems_of(text) == [message]


@pytest.mark.parametrize("text", ["deny,", "deny,,log", "msg:'a", "msg:'a'b", "deny log", "id:1;deny:'"])
def test_what_is_no_list_of_actions_is_reported(text: str) -> None:
    assert any("is no action; write name" in problem or "id cannot be" in problem for problem in problems_of(text))


def test_every_wrong_action_is_reported() -> None:
    assert len(problems_of("denny,phase:9,t:nothing,log")) == 3


arguments = st.text(alphabet="ab:,=%{}. \"'", min_size=1, max_size=12)


@given(st.lists(st.tuples(st.sampled_from(["msg", "logdata", "tag", "ver"]), arguments), min_size=1))
def test_rendered_actions_are_read_back(written: list[tuple[str, str]]) -> None:
    text = ",".join(f"{name}:'{value.replace(chr(39), chr(92) + chr(39))}'" for name, value in written)
    assert read(text) == [Action(name, value) for name, value in written]


@given(st.text() | st.text(alphabet="idmsg:',\\1 "))
def test_any_text_is_read_or_reported(text: str) -> None:
    read_actions(text, [].append)
