"""What filters tell the cache."""

from proxy.cache.choice import CacheChoice


def test_nothing_is_chosen_at_first() -> None:
    choice = CacheChoice()
    assert (choice.bypass, choice.store, choice.ttl_s, choice.key_parts) == (False, True, None, ())


def test_filters_add_to_the_key_one_after_another() -> None:
    choice = CacheChoice()
    choice.vary_on("group", "a")
    choice.vary_on("b")
    assert choice.key_parts == ("group", "a", "b")
