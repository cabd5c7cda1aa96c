"""Which certificates are for which name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.tls.names import Leaf, NameTable, covers


def leaf(*names: str, kind: str = "RSA") -> Leaf:
    return Leaf(frozenset(names), kind, 0)


@pytest.mark.parametrize(
    ("pattern", "name", "does"),
    [
        ("a.test", "a.test", True),
        ("a.test", "b.test", False),
        ("*.a.test", "x.a.test", True),
        ("*.a.test", "a.test", False),
        ("*.a.test", "x.y.a.test", False),
        ("*.test", "*.test", True),
    ],
)
def test_a_wildcard_stands_for_one_label(pattern: str, name: str, does: bool) -> None:
    assert covers(pattern, name) is does


def test_a_name_finds_its_certificate_however_it_is_spelled() -> None:
    table = NameTable([leaf("a.test"), leaf("b.test")])
    assert (table.find("a.test"), table.find("B.Test")) == ((0,), (1,))


def test_an_exact_name_goes_before_a_wildcard() -> None:
    table = NameTable([leaf("*.a.test"), leaf("x.a.test")])
    assert (table.find("x.a.test"), table.find("y.a.test")) == ((1,), (0,))


def test_the_earlier_of_two_alike_is_shown() -> None:
    assert NameTable([leaf("a.test"), leaf("a.test")]).find("a.test") == (0,)


def test_certificates_of_several_kinds_of_key_are_shown_together() -> None:
    table = NameTable([leaf("a.test", kind="RSA"), leaf("b.test"), leaf("a.test", kind="EC")])
    assert (table.default, table.find("a.test"), table.find("b.test")) == ((0, 2), (0, 2), (1,))


def test_a_wildcard_of_another_kind_of_key_stands_beside_an_exact_name() -> None:
    table = NameTable([leaf("b.test"), leaf("*.a.test", kind="RSA"), leaf("x.a.test", kind="EC")])
    assert (table.find("x.a.test"), table.find("y.a.test")) == ((1, 2), (1,))


def test_the_first_is_the_default_by_itself_where_another_has_not_all_its_names() -> None:
    assert NameTable([leaf("a.test", "b.test"), leaf("a.test", kind="EC")]).default == (0,)


def test_without_names_only_others_without_names_are_alike() -> None:
    assert NameTable([leaf(), leaf("a.test", kind="EC"), leaf(kind="EC")]).default == (0, 2)


def test_an_unknown_name_finds_nothing() -> None:
    table = NameTable([leaf("a.test", "*.b.test")])
    assert [table.find(name) for name in ("b.test", "x.y.b.test", "", ".", "a.test.")] == [None] * 5


LABELS = st.sampled_from(["a", "b", "c"])
NAMES = st.lists(LABELS, min_size=1, max_size=3).map(".".join)
LEAVES = st.lists(
    st.builds(
        Leaf,
        st.frozensets(st.one_of(NAMES, NAMES.map("*.".__add__)), max_size=3),
        st.sampled_from(["RSA", "EC"]),
        st.just(0.0),
    ),
    min_size=1,
    max_size=5,
)


@given(LEAVES, NAMES)
def test_what_is_found_covers_the_name_and_is_found_where_anything_does(leaves: list[Leaf], name: str) -> None:
    table = NameTable(leaves)
    covering = {place for place, each in enumerate(leaves) if any(covers(its, name) for its in each.names)}
    group = table.find(name)
    assert (group is not None) == bool(covering)
    assert set(group or ()) <= covering
    assert {leaves[place].kind for place in group or ()} == {leaves[place].kind for place in covering}


@given(LEAVES)
def test_no_group_has_two_of_a_kind_and_the_first_is_the_default(leaves: list[Leaf]) -> None:
    table = NameTable(leaves)
    for group in table.groups:
        assert len({leaves[place].kind for place in group}) == len(group)
    assert 0 in table.default
