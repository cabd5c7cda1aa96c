"""The tier in memory: what it finds, replaces, and lets go."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from kit.stored import stored_response

from proxy.cache.memory import MemoryTier
from proxy.cache.stored import Stored
from proxy.cache.variants import MOST_VARIANTS, Variants
from proxy.messages import Headers

KEY = "http://example.com/  site"
NOBODY = Headers([])
MIB = 1024 * 1024


def tier(limit_bytes: int = MIB) -> MemoryTier:
    return MemoryTier(limit_bytes)


def variant(language: bytes | None, key: str = KEY, vary: tuple[bytes, ...] = (b"accept-language",)) -> Stored:
    return stored_response(key, vary=vary, variant=(language,) * len(vary))


def asking(language: bytes) -> Headers:
    return Headers([b"Accept-Language: " + language])


def test_what_was_put_is_found() -> None:
    memory, stored = tier(), stored_response(KEY)
    assert memory.put(stored)
    assert memory.find(KEY, NOBODY) is stored
    assert memory.find("http://example.com/x  site", NOBODY) is None


def test_a_resource_that_does_not_vary_stands_in_the_table_itself() -> None:
    memory, stored = tier(), stored_response(KEY)
    memory.put(stored)
    assert memory.entries == {KEY: stored}


def test_each_find_counts_a_use() -> None:
    memory, stored = tier(), stored_response(KEY)
    memory.put(stored)
    for _ in range(3):
        memory.find(KEY, NOBODY)
    assert stored.uses == 3


def test_what_is_past_keeping_is_dropped_when_met() -> None:
    memory, stored = tier(), stored_response(KEY, keep_until=2_000.0)
    memory.put(stored)
    assert memory.find(KEY, NOBODY, now=1_999.0) is stored
    assert memory.find(KEY, NOBODY, now=2_000.0) is None
    assert (memory.count, memory.size_bytes, memory.entries) == (0, 0, {})


def test_a_newer_response_takes_the_place_of_the_older() -> None:
    memory, older, newer = tier(), stored_response(KEY), stored_response(KEY, body=b"new")
    memory.put(older)
    memory.put(newer)
    assert memory.find(KEY, NOBODY) is newer
    assert (memory.count, memory.size_bytes) == (1, newer.size_bytes)


def test_a_newer_response_keeps_the_standing_of_the_older() -> None:
    memory, older, newer = tier(), stored_response(KEY), stored_response(KEY)
    memory.put(older)
    older.uses = 5
    memory.put(newer)
    assert newer.uses == 5


def test_the_same_response_may_be_put_again() -> None:
    memory, stored = tier(), stored_response(KEY)
    assert memory.put(stored)
    assert memory.put(stored)
    assert (memory.count, memory.size_bytes) == (1, stored.size_bytes)


def test_variants_stand_side_by_side() -> None:
    memory, english, german = tier(), variant(b"en"), variant(b"de")
    memory.put(english)
    memory.put(german)
    assert memory.find(KEY, asking(b"en")) is english
    assert memory.find(KEY, asking(b"de")) is german
    assert memory.find(KEY, asking(b"fr")) is None
    assert memory.vary_of(KEY) == (b"accept-language",)


def test_a_newer_variant_takes_the_place_of_that_with_the_same_selection_only() -> None:
    memory, english, older, newer = tier(), variant(b"en"), variant(b"de"), variant(b"de")
    for stored in (english, older, newer):
        memory.put(stored)
    assert memory.find(KEY, asking(b"de")) is newer
    assert memory.find(KEY, asking(b"en")) is english
    assert memory.count == 2


def test_a_resource_that_begins_to_vary_is_found_by_its_new_rule_alone() -> None:
    memory, plain, german = tier(), stored_response(KEY), variant(b"de")
    memory.put(plain)
    memory.put(german)
    assert memory.find(KEY, asking(b"en")) is None
    assert memory.find(KEY, asking(b"de")) is german
    assert memory.count == 1


def test_a_resource_that_varies_no_more_has_one_response() -> None:
    memory, plain = tier(), stored_response(KEY)
    for stored in (variant(b"en"), variant(b"de"), plain):
        memory.put(stored)
    assert memory.entries == {KEY: plain}
    assert (memory.vary_of(KEY), memory.count) == ((), 1)


def test_variants_by_another_vary_are_displaced() -> None:
    memory, by_two = tier(), variant(b"x", vary=(b"accept-language", b"accept-encoding"))
    for stored in (variant(b"en"), variant(b"de"), by_two):
        memory.put(stored)
    assert memory.vary_of(KEY) == by_two.vary
    assert (memory.count, memory.size_bytes) == (1, by_two.size_bytes)


def test_of_too_many_variants_the_least_used_goes() -> None:
    memory = tier()
    variants = [variant(b"%d" % number) for number in range(MOST_VARIANTS + 1)]
    for stored in variants[:-1]:
        memory.put(stored)
        stored.uses = 1
    variants[7].uses = 0
    memory.put(variants[-1])
    assert memory.find(KEY, asking(b"7")) is None
    assert memory.find(KEY, asking(b"%d" % MOST_VARIANTS)) is variants[-1]
    assert (memory.count, memory.evictions) == (MOST_VARIANTS, 1)


def test_what_is_over_an_eighth_of_the_limit_is_not_taken() -> None:
    memory = tier(80_000)
    assert memory.put(stored_response(KEY, body=bytes(8_000)))
    assert not memory.put(stored_response("http://example.com/large  site", body=bytes(10_000)))
    assert memory.count == 1


def test_a_newer_response_that_is_too_large_still_displaces_the_older() -> None:
    memory = tier(80_000)
    memory.put(stored_response(KEY))
    memory.put(stored_response(KEY, body=bytes(10_000)))
    assert memory.find(KEY, NOBODY) is None


def test_over_its_limit_it_lets_others_go_and_counts_them() -> None:
    memory = tier(40_000)
    for number in range(100):
        memory.put(stored_response(f"http://example.com/{number}  site", body=bytes(3_000)))
    assert memory.size_bytes <= 40_000
    assert memory.count == len(memory.entries) == 100 - memory.evictions


def test_a_resource_is_dropped_with_all_its_variants() -> None:
    memory, other = tier(), stored_response("http://example.com/x  site")
    for stored in (variant(b"en"), variant(b"de"), other):
        memory.put(stored)
    memory.drop(KEY)
    assert memory.entries == {other.key: other}
    assert (memory.count, memory.size_bytes) == (1, other.size_bytes)


def test_dropping_what_is_not_held_does_nothing() -> None:
    memory = tier()
    memory.drop(KEY)
    assert memory.count == 0


def test_only_the_very_response_is_removed_and_not_its_successor() -> None:
    memory, older, newer = tier(), stored_response(KEY), stored_response(KEY)
    memory.put(older)
    memory.put(newer)
    memory.remove(older)
    assert memory.find(KEY, NOBODY) is newer


def test_a_variant_is_removed_for_itself() -> None:
    memory, english, german = tier(), variant(b"en"), variant(b"de")
    memory.put(english)
    memory.put(german)
    memory.remove(english)
    assert memory.find(KEY, asking(b"de")) is german
    memory.remove(german)
    assert memory.entries == {}


def test_clearing_leaves_nothing() -> None:
    memory = tier()
    for stored in (variant(b"en"), stored_response("http://example.com/x  site")):
        memory.put(stored)
    memory.clear()
    assert (memory.count, memory.size_bytes, memory.entries) == (0, 0, {})


def test_a_sweep_drops_what_is_past_keeping_and_nothing_else() -> None:
    memory, kept = tier(), stored_response("http://example.com/kept  site")
    for stored in (variant(b"en"), variant(b"de"), stored_response("http://example.com/x  site"), kept):
        stored.keep_until = 2_000.0
        memory.put(stored)
    kept.keep_until = 2_001.0
    assert memory.expire(now=2_000.0, at_most=10) == 3
    assert memory.entries == {kept.key: kept}


def test_a_sweep_goes_on_where_the_last_one_stopped() -> None:
    memory = tier()
    for number in range(10):
        memory.put(stored_response(f"http://example.com/{number}  site", keep_until=2_000.0))
    assert [memory.expire(now=2_000.0, at_most=4) for _ in range(4)] == [4, 4, 2, 0]


def test_a_sweep_passes_by_what_has_gone_meanwhile() -> None:
    memory = tier()
    for number in range(4):
        memory.put(stored_response(f"http://example.com/{number}  site", keep_until=2_000.0))
    memory.expire(now=0.0, at_most=1)
    memory.clear()
    memory.put(stored_response(KEY, keep_until=2_000.0))
    assert memory.expire(now=2_000.0, at_most=10) == 1


KEYS = st.sampled_from([f"http://example.com/{number}  site" for number in range(6)])
SELECTIONS = st.sampled_from([None, b"en", b"de"])
VARIES = st.sampled_from([(), (b"accept-language",), (b"accept-language", b"accept-language")])


class Holding(RuleBasedStateMachine):
    """Whatever is done to a tier, its books agree with what it holds, and it finds only what was put last."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = MemoryTier(30_000)
        self.latest: dict[tuple[str, tuple[bytes, ...], tuple[bytes | None, ...]], Stored] = {}

    @rule(key=KEYS, vary=VARIES, selection=SELECTIONS, size=st.integers(0, 5_000), uses=st.integers(0, 4))
    def put(self, key: str, vary: tuple[bytes, ...], selection: bytes | None, size: int, uses: int) -> None:
        stored = stored_response(key, vary=vary, variant=(selection,) * len(vary), body=bytes(size))
        self.memory.put(stored)
        stored.uses += uses
        self.latest[key, vary, stored.variant] = stored

    @rule(key=KEYS, selection=SELECTIONS)
    def find(self, key: str, selection: bytes | None) -> None:
        found = self.memory.find(key, NOBODY if selection is None else asking(selection))
        if found is not None:
            assert found.variant == (selection,) * len(found.vary)
            assert found is self.latest[key, found.vary, found.variant]

    @rule(key=KEYS, vary=VARIES, selection=SELECTIONS)
    def remove(self, key: str, vary: tuple[bytes, ...], selection: bytes | None) -> None:
        stored = self.latest.get((key, vary, (selection,) * len(vary)))
        if stored is not None:
            self.memory.remove(stored)
            assert stored not in held(self.memory)

    @rule(key=KEYS)
    def drop(self, key: str) -> None:
        self.memory.drop(key)
        assert key not in self.memory.entries

    @rule(at_most=st.integers(0, 5), now=st.sampled_from([0.0, 5_000.0]))
    def expire(self, at_most: int, now: float) -> None:
        self.memory.expire(now, at_most)

    @rule()
    def clear(self) -> None:
        self.memory.clear()

    @invariant()
    def it_stays_within_its_bytes(self) -> None:
        assert self.memory.size_bytes <= self.memory.limit_bytes

    @invariant()
    def its_books_agree(self) -> None:
        responses = held(self.memory)
        assert self.memory.count == len(responses)
        assert self.memory.size_bytes == sum(stored.size_bytes for stored in responses)

    @invariant()
    def no_resource_is_listed_without_a_response(self) -> None:
        assert all(entry.by_selection for entry in self.memory.entries.values() if isinstance(entry, Variants))


def held(memory: MemoryTier) -> list[Stored]:
    responses: list[Stored] = []
    for entry in memory.entries.values():
        responses += entry.by_selection.values() if isinstance(entry, Variants) else [entry]
    return responses


TestHolding = Holding.TestCase
TestHolding.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
