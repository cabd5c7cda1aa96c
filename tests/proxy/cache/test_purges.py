"""Which stored responses purges take, judged by the numbers of both."""

import tracemalloc
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from proxy.cache.purge import Purge
from proxy.cache.purges import Purges

URL = "http://example.com/a/b"
TAGS = ("news", "front")


def after(*purges: Purge) -> Purges:
    index = Purges()
    for purge in purges:
        index.add(purge)
    return index


def test_nothing_is_taken_before_the_first_purge() -> None:
    assert after().verdict(URL, TAGS, since=0) is None


def test_a_purge_of_a_url_takes_that_url_only() -> None:
    index = after(Purge("url", URL))
    assert index.verdict(URL, (), since=0) == "soft"
    assert index.verdict(URL + "/", (), since=0) is None


def test_a_purge_of_a_tag_takes_what_has_it_among_others() -> None:
    index = after(Purge("tag", "front"))
    assert index.verdict(URL, TAGS, since=0) == "soft"
    assert index.verdict(URL, ("news",), since=0) is None


def test_a_tag_spelt_as_a_url_is_no_url() -> None:
    assert after(Purge("tag", URL)).verdict(URL, (), since=0) is None
    assert after(Purge("url", "news")).verdict(URL, TAGS, since=0) is None


def test_a_purge_of_a_prefix_takes_what_begins_with_it() -> None:
    index = after(Purge("prefix", "http://example.com/z"), Purge("prefix", "http://example.com/a"))
    assert index.verdict(URL, (), since=0) == "soft"
    assert index.verdict("http://example.com/b", (), since=0) is None


def test_a_purge_of_all_takes_everything() -> None:
    assert after(Purge("all", hard=True)).verdict(URL, (), since=0) == "hard"


def test_what_was_stored_after_a_purge_stays() -> None:
    index = after(Purge("url", URL), Purge("tag", "front"), Purge("prefix", "http"), Purge("all"))
    assert index.verdict(URL, TAGS, since=index.version) is None


def test_a_purge_counts_only_for_what_is_older_than_itself() -> None:
    index = after(Purge("url", URL), Purge("url", "http://example.com/other"))
    assert index.verdict(URL, (), since=1) is None


def test_a_hard_purge_outweighs_a_soft_one_of_any_age() -> None:
    index = after(Purge("tag", "news", hard=True), Purge("url", URL))
    assert index.verdict(URL, TAGS, since=0) == "hard"
    assert index.verdict(URL, TAGS, since=1) == "soft"


def test_purges_get_the_next_number_or_the_one_they_come_with() -> None:
    index = Purges()
    assert [index.add(Purge("all")), index.add(Purge("all"), version=7), index.add(Purge("all"))] == [1, 7, 8]
    assert index.version == 8


def test_a_purge_that_comes_late_takes_what_is_older_than_its_number() -> None:
    index = Purges()
    index.add(Purge("url", URL), version=9)
    index.add(Purge("tag", "news"), version=5)
    assert index.version == 9
    assert index.verdict("http://example.com/x", TAGS, since=4) == "soft"
    assert index.verdict("http://example.com/x", TAGS, since=5) is None


def test_a_purge_heard_twice_changes_nothing() -> None:
    index = Purges()
    for _ in range(2):
        index.add(Purge("url", URL), version=3)
    assert index.version == 3
    assert index.verdict(URL, (), since=3) is None


def test_what_is_older_than_a_forgotten_purge_is_taken_softly() -> None:
    index = Purges(most_names=2)
    for name in "abc":
        index.add(Purge("tag", name, hard=True))
    assert index.floor == 1
    assert index.verdict(URL, (), since=0) == "soft"
    assert index.verdict(URL, (), since=1) is None


def test_of_many_prefixes_the_one_purged_longest_ago_is_forgotten() -> None:
    index = Purges(most_prefixes=2)
    for prefix in ("http://a/", "http://b/", "http://a/", "http://c/"):
        index.add(Purge("prefix", prefix))
    assert index.floor == 2
    assert index.verdict("http://a/1", (), since=2) == "soft"


def test_lost_purges_take_all_that_is_older_softly() -> None:
    index = Purges()
    number = index.lose()
    assert index.verdict(URL, (), since=number - 1) == "soft"
    assert index.verdict(URL, (), since=number) is None


def test_purges_lost_up_to_a_number_spare_what_is_newer() -> None:
    index = Purges()
    assert index.lose(40) == 40
    assert index.verdict(URL, (), since=39) == "soft"
    assert index.verdict(URL, (), since=40) is None


@dataclass
class _Log:
    """Every purge with its number: what the index must agree with while it has forgotten nothing."""

    purges: list[tuple[int, Purge]] = field(default_factory=list)

    def verdict(self, url: str, tags: tuple[str, ...], since: int) -> str | None:
        taken = [purge.hard for number, purge in self.purges if number > since and _takes(purge, url, tags)]
        return None if not taken else "hard" if any(taken) else "soft"


def _takes(purge: Purge, url: str, tags: tuple[str, ...]) -> bool:
    by_kind = {"url": url == purge.value, "tag": purge.value in tags, "prefix": url.startswith(purge.value)}
    return purge.kind == "all" or by_kind[purge.kind]


_words = st.text("ab", max_size=2)
_purges = st.builds(Purge, st.sampled_from(["url", "tag", "prefix", "all"]), _words, st.booleans())


@given(st.lists(_purges, max_size=12), _words, st.lists(_words, max_size=3), st.integers(0, 12))
def test_the_index_judges_as_a_scan_of_all_purges_would(
    purges: list[Purge], url: str, tags: list[str], since: int
) -> None:
    index, log = Purges(), _Log()
    for purge in purges:
        log.purges.append((index.add(purge), purge))
    assert index.verdict(url, tags, since) == log.verdict(url, tuple(tags), since)


@given(st.lists(_purges, max_size=30), _words, st.lists(_words, max_size=3), st.integers(0, 30))
def test_forgetting_never_spares_what_a_purge_took(purges: list[Purge], url: str, tags: list[str], since: int) -> None:
    index, log = Purges(most_names=3, most_prefixes=2), _Log()
    for purge in purges:
        log.purges.append((index.add(purge), purge))
    if log.verdict(url, tuple(tags), since) is not None:
        assert index.verdict(url, tags, since) is not None


def test_it_takes_no_more_memory_for_longer_names() -> None:
    tracemalloc.start()
    try:
        index = Purges()
        for number in range(2_000):
            index.add(Purge("url", f"{URL}/{number}{'x' * 8_000}"))
        assert tracemalloc.get_traced_memory()[0] < 2_000_000
    finally:
        tracemalloc.stop()
