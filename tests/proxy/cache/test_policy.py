"""What a route wants where it says nothing."""

import dataclasses

import pytest

from proxy.cache.policy import Policy


def test_nothing_is_cached_or_served_stale_that_does_not_say_so_itself() -> None:
    policy = Policy()
    leaves = policy.default_ttl_s, policy.stale_while_revalidate_s, policy.stale_if_error_s, policy.stale_unreachable_s
    assert leaves == (0.0, 0.0, 0.0, 0.0)


def test_it_is_not_changed_once_made() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Policy().keep_s = 1.0  # type: ignore[misc]
