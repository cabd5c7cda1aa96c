"""Words and tables of them."""

from filters.waf.seclang.vocabulary import Support, Word, like, table


def test_only_what_is_not_supported_is_not() -> None:
    assert [Word("x", support).supported for support in Support] == [True, True, True, False]


def test_words_like_one_differ_in_their_names_alone() -> None:
    assert like("a  B", Word("", Support.NO)) == [Word("a", Support.NO), Word("B", Support.NO)]


def test_table_finds_words_of_all_groups() -> None:
    words = table([Word("urlDecode", number=2)], [Word("none")])
    assert words["urldecode"].number == 2
    assert set(words) == {"urldecode", "none"}
