"""Text with variables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.exchanges import make_exchange, make_response

from filters.template import VARIABLES, Template


def render(text: str, **options) -> str:
    exchange = make_exchange("POST", "/a/b?c=d", [("X-User", "ann")], scheme="https", client="203.0.113.9")
    return Template(text, on_response=True, **options).render(exchange, make_response(418))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{client_ip}:{client_port}", "203.0.113.9:51000"),
        ("{scheme}://{host}{path}?{query}", "https://example.test/a/b?c=d"),
        ("{method} on {route} of {listener}", "POST on api of public"),
        ("{status}", "418"),
        ("{header.x-user} {header.X-USER}", "ann ann"),
        ("[{header.x-missing}]", "[]"),
        ("100% {{literal}} %s", "100% {literal} %s"),
    ],
)
def test_variables_stand_for_their_values(text: str, expected: str) -> None:
    assert render(text) == expected


def test_request_id_is_the_exchange_s() -> None:
    exchange = make_exchange()
    assert Template("{request_id}").render(exchange) == exchange.id


def test_what_is_not_there_is_empty() -> None:
    exchange = make_exchange(route=None)
    assert Template("[{query}{route}]").render(exchange) == "[]"


@given(st.text())
def test_text_with_doubled_braces_is_constant_and_itself(text: str) -> None:
    template = Template(text.replace("{", "{{").replace("}", "}}"))
    assert template.constant == text


@given(st.lists(st.one_of(st.sampled_from(["{path}", "{method}"]), st.text(st.characters(exclude_characters="{}")))))
def test_only_variables_change(pieces: list[str]) -> None:
    values = {"{path}": "/a/b", "{method}": "POST"}
    assert render("".join(pieces)) == "".join(values.get(piece, piece) for piece in pieces)


@given(st.text())
def test_any_text_compiles_or_is_refused_with_value_error(text: str) -> None:
    try:
        template = Template(text)
    except ValueError:
        return
    assert isinstance(template.render(make_exchange()), str)


@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_a_template_with_a_variable_is_not_constant(name: str) -> None:
    assert Template(f"{{{name}}}", on_response=True).constant is None


def test_unknown_variable_names_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"unknown variable \{client_pi\}: did you mean \{client_ip\}"):
        Template("{client_pi}")


def test_unknown_variable_without_a_near_one_lists_all() -> None:
    with pytest.raises(ValueError, match=r"there are client_ip, .* and header\.NAME"):
        Template("{zzz}")


@pytest.mark.parametrize("text", ["{", "}", "a{b", "a}b", "{{}", "{a{b}}"])
def test_lone_brace_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"lone|unknown variable"):
        Template(text)


def test_status_is_refused_on_requests() -> None:
    with pytest.raises(ValueError, match="only where a response is edited"):
        Template("{status}")


def test_header_needs_a_field_name() -> None:
    with pytest.raises(ValueError, match="not a field name"):
        Template("{header.a b}")


def test_escape_is_applied_to_values_only() -> None:
    assert render("<{header.x-user}>", escape=lambda value: f"[{value}]") == "<[ann]>"


def test_spell_is_applied_to_the_own_text_only() -> None:
    assert render("a b{header.x-user}", spell=lambda text: text.replace(" ", "%20")) == "a%20bann"
