"""What of a query the cache keys and sends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.cache.query import NOTHING, cached_query

UTM = frozenset({"utm_source", "utm medium"})


def test_without_rules_a_query_stays_as_it_is() -> None:
    assert cached_query("b=2&a=1&&c", NOTHING, sort=False) == "b=2&a=1&&c"


@pytest.mark.parametrize("query", ["a=1&utm_source=x", "utm_source=x&a=1", "utm_source&a=1&utm_source=", "a=1"])
def test_ignored_parameters_go_wherever_and_however_often_they_stand(query: str) -> None:
    assert cached_query(query, UTM, sort=False) == "a=1"


@pytest.mark.parametrize("name", ["utm_%73ource", "%75tm_source", "utm+medium", "utm%20medium"])
def test_names_are_compared_decoded(name: str) -> None:
    assert cached_query(f"{name}=x&a=1", UTM, sort=False) == "a=1"


@pytest.mark.parametrize("name", ["utm_%2573ource", "UTM_SOURCE", "utm_sourc", "x;utm_source", "utm_source;x"])
def test_names_are_decoded_once_and_match_whole(name: str) -> None:
    assert cached_query(f"{name}=1", UTM, sort=False) == f"{name}=1"


def test_a_query_of_ignored_parameters_alone_is_none() -> None:
    assert cached_query("utm_source=x", UTM, sort=True) is None


def test_no_query_and_an_empty_one_stay_apart() -> None:
    assert cached_query(None, UTM, sort=True) is None
    assert cached_query("", UTM, sort=True) == ""


def test_all_of_a_query_can_be_ignored() -> None:
    assert cached_query("a=1&b=2", "all", sort=False) is None


def test_sorting_is_by_decoded_name_and_keeps_the_spelling() -> None:
    assert cached_query("c=1&%62=2&a=3", NOTHING, sort=True) == "a=3&%62=2&c=1"


def test_parameters_of_one_name_stay_in_their_order() -> None:
    assert cached_query("b=1&a=2&%61=1&a=3", NOTHING, sort=True) == "a=2&%61=1&a=3&b=1"


_queries = st.lists(
    st.tuples(st.sampled_from(["a", "%61", "b", "utm_source"]), st.sampled_from("123")), max_size=6
).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs))


@given(_queries, st.sampled_from([NOTHING, UTM, "all"]), st.booleans())
def test_what_is_sent_is_keyed_as_itself(query: str, ignored: frozenset[str], sort: bool) -> None:
    once = cached_query(query, ignored, sort)
    assert cached_query(once, ignored, sort) == once
