"""Edits of a query, against the standard library's reading of it."""

from urllib.parse import parse_qsl, urlencode

from hypothesis import given
from hypothesis import strategies as st
from kit.exchanges import make_exchange

from filters.query import QueryEdits, QueryOptions

NAMES = st.text(max_size=5)
# A constant template: braces doubled.
PARAMETERS = st.dictionaries(NAMES, NAMES, max_size=3)


def literal(parameters: dict[str, str]) -> dict[str, str]:
    return {name: value.replace("{", "{{").replace("}", "}}") for name, value in parameters.items()}


@given(st.lists(st.tuples(st.sampled_from("abc"), NAMES)), st.lists(st.sampled_from("ab")), PARAMETERS, PARAMETERS)
def test_it_reads_as_the_edits_say(
    pairs: list[tuple[str, str]], removed: list[str], put: dict[str, str], added: dict[str, str]
) -> None:
    options = QueryOptions(set=literal(put), add=literal(added), remove=[*removed, "z"])
    query = QueryEdits(options).apply(urlencode(pairs), make_exchange())
    after = parse_qsl(query or "", keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if name not in removed and name not in put]
    assert sorted(after) == sorted([*kept, *put.items(), *added.items()])
