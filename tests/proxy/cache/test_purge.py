"""What a purge takes."""

from proxy.cache.purge import Purge


def test_a_purge_is_soft_if_nothing_else_is_said() -> None:
    assert Purge("all") == Purge("all", "", hard=False)


def test_purges_of_the_same_are_one() -> None:
    assert len({Purge("tag", "a"), Purge("tag", "a"), Purge("tag", "a", hard=True), Purge("url", "a")}) == 3
