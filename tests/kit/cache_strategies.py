"""What may be said to a cache, for hypothesis: mostly what lets it store something, for only then can it go wrong."""

from __future__ import annotations

from typing import Any, TypeAlias

from hypothesis import strategies as st

from kit.cache_model import UNKNOWN
from kit.cache_site import Habit
from kit.cache_words import Wish, Words
from proxy.cache.policy import Policy

SECONDS = (0, 1, 5, 30, 60, 600, 3_600, 36_000)
Choices: TypeAlias = list[tuple[str, object]]
_LIVES: Choices = [("max_age", each) for each in SECONDS * 2] + [("s_maxage", each) for each in SECONDS]
_LEAVES: Choices = [(name, each) for name in ("stale_while_revalidate", "stale_if_error") for each in (0, 30, 3_600)]
_FLAGS: Choices = [
    ("public", True), ("private", True), ("no_store", True), ("no_cache", True), ("must_revalidate", True),
    ("proxy_revalidate", True), ("must_understand", True),
]  # fmt: skip
_OF_A_FIELD: Choices = [("private_field", True), ("no_cache_field", True)]
_WISHES = [
    ("max_age", 0), ("max_age", 10), ("max_age", 600), ("max_age", 36_000), ("max_age", 36_000),
    ("max_stale", 60), ("max_stale", float("inf")), ("min_fresh", 30), ("no_cache", True),
    ("no_store", True), ("only_if_cached", True), ("pragma", True),
]  # fmt: skip


def _one_of(*weighted: tuple[int, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """Choose by weight: `|` would take each strategy once, however often it is named."""
    return st.sampled_from([each for weight, each in weighted for _ in range(weight)]).flatmap(lambda chosen: chosen)


def _some(choices: Choices, most: int) -> st.SearchStrategy[dict[str, object]]:
    return st.lists(st.sampled_from(choices), max_size=most).map(dict)


def _words(flags: Choices) -> st.SearchStrategy[Words]:
    return st.builds(
        lambda life, *others: Words(**{key: value for each in (life, *others) for key, value in each.items()}),
        st.sampled_from([{}, *({name: value} for name, value in _LIVES)]),
        st.sampled_from([{}, {}, {}, {}, {"s_maxage": 30}, {"max_age": 3_600}]),
        _some(_LEAVES, 1),
        _one_of((2, st.just({})), (1, _some(flags, 2))),
    )


_of_all = _words(_FLAGS + 3 * _OF_A_FIELD)
directives = _of_all | st.builds(
    lambda life, flags: Words(max_age=life, **flags), st.sampled_from([5, 600]), _some(_FLAGS, 2)
)
_wild = st.builds(
    Habit,
    cache_control=_one_of((1, st.none()), (4, _of_all)),
    targeted=_one_of((6, st.none()), (1, st.just("broken")), (2, _words(_FLAGS))),
    expires_in=st.sampled_from([None, None, -1, 0, 30, 600]),
    dated=st.sampled_from([0, 0, 0, None, 5, 100]),
    age=st.sampled_from([None, None, 0, 20]),
    vary=st.sampled_from([(), (), (), (), ("accept-language",), ("accept-language", "x-device"), ("*",)]),
    etag=st.sampled_from([None, "strong", "weak"]),
    changed_before=st.sampled_from([None, None, 100, 10_000, 10_000_000]),
    sets_cookie=st.sampled_from([False] * 5 + [True]),
    personal=st.sampled_from([False, False, True]),
    tags=st.sampled_from([(), ("odd",), ("odd", "even")]),
    status=st.sampled_from([200] * 8 + [404, 301, 302, 403, UNKNOWN]),
    size=st.sampled_from([40, 40, 300, 6_000]),
    pieces=st.sampled_from([0, 0, 1, 3]),
    announced=st.booleans(),
    style=st.integers(0, 2),
)
_tame = st.builds(
    Habit,
    cache_control=st.builds(Words, max_age=st.sampled_from([30, 600]), public=st.booleans()),
    vary=st.sampled_from([(), (), ("x-device",), ("accept-language", "x-device")]),
    etag=st.sampled_from([None, "strong", "strong"]),
    tags=st.sampled_from([(), ("odd",)]),
    pieces=st.sampled_from([0, 0, 2]),
)
_odd = st.sampled_from(
    [
        Habit(status=UNKNOWN, cache_control=Words(max_age=600, must_understand=True)),
        Habit(personal=True, cache_control=Words(max_age=600, private_field=True)),
        Habit(expires_in=-1, changed_before=10_000_000),
    ]
)
habits = _one_of((6, _tame), (6, _wild), (2, _odd))
error_habits = st.builds(
    Habit,
    cache_control=st.sampled_from([None, Words(no_store=True), Words(max_age=5), Words(s_maxage=60)]),
    status=st.just(503),
)
wishes = st.lists(st.sampled_from(_WISHES), min_size=1, max_size=2).map(lambda said: Wish(**dict(said)))
policies = st.builds(
    Policy,
    default_ttl_s=st.sampled_from([0.0, 0.0, 30.0]),
    max_ttl_s=st.sampled_from([float("inf"), float("inf"), 120.0]),
    stale_while_revalidate_s=st.sampled_from([0.0, 20.0, 3_600.0]),
    stale_if_error_s=st.sampled_from([0.0, 600.0, 3_600.0]),
    stale_unreachable_s=st.sampled_from([0.0, 3_600.0, 80_000.0]),
    keep_s=st.sampled_from([0.0, 60.0, 3_600.0, 100_000.0]),
    client_directives=st.sampled_from([True, True, True, False]),
    set_cookie=st.sampled_from(["careful", "careful", "store"]),
    hit_for_miss_s=st.sampled_from([0.0, 10.0]),
)
pauses = st.one_of(
    st.floats(0.001, 2.0), st.sampled_from([1.0, 5.0, 10.0, 30.0, 60.0]), st.integers(60, 3_600).map(float),
    st.sampled_from([3_600.0, 36_000.0]),
)  # fmt: skip
