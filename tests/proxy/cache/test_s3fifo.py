"""What S3-FIFO keeps and lets go."""

import random
from collections import OrderedDict

import pytest
from kit.stored import stored_response

from proxy.cache.s3fifo import MOST_SPARED, S3Fifo
from proxy.cache.stored import OVERHEAD_BYTES, Stored

OBJECT_BYTES = stored_response("0" * 8).size_bytes


def one(number: int) -> Stored:
    return stored_response(f"{number:08}")


class Cache:
    """A queue of objects of one size, used as a cache of `places`."""

    def __init__(self, places: int) -> None:
        self.queue = S3Fifo(places * OBJECT_BYTES)
        self.held: dict[int, Stored] = {}

    def ask(self, number: int) -> bool:
        """Count a use of what is held, or take it in; tell which."""
        if number in self.held:
            self.held[number].uses += 1
            return True
        while self.queue.size_bytes + OBJECT_BYTES > self.queue.limit_bytes:
            del self.held[int(self.queue.evict().key)]
        self.held[number] = one(number)
        self.queue.add(self.held[number])
        return False


class Lru:
    """What S3-FIFO is measured against."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.held: OrderedDict[int, None] = OrderedDict()

    def ask(self, number: int) -> bool:
        known = number in self.held
        self.held[number] = None
        self.held.move_to_end(number)
        if len(self.held) > self.places:
            self.held.popitem(last=False)
        return known


def zipf(random_: random.Random, objects: int, requests: int) -> list[int]:
    return random_.choices(range(objects), [1 / (rank + 1) for rank in range(objects)], k=requests)


def hits(cache: Cache | Lru, asked: list[int]) -> int:
    return sum([cache.ask(number) for number in asked])


def test_what_was_never_used_leaves_in_the_order_it_came() -> None:
    queue = S3Fifo(10 * OBJECT_BYTES)
    items = [one(number) for number in range(5)]
    for item in items:
        queue.add(item)
    assert [queue.evict() for _ in items] == items
    assert (len(queue), queue.size_bytes) == (0, 0)


def test_what_was_used_twice_goes_on_to_main() -> None:
    queue = S3Fifo(10 * OBJECT_BYTES)
    items = [one(number) for number in range(3)]
    for item in items:
        queue.add(item)
    items[0].uses, items[1].uses = 2, 1
    assert queue.evict() is items[1]
    assert queue.main_bytes == OBJECT_BYTES


def test_what_comes_back_soon_after_it_left_goes_to_main() -> None:
    queue = S3Fifo(10 * OBJECT_BYTES)
    for number in range(4):
        queue.add(one(number))
    assert queue.evict().key == one(0).key
    queue.add(one(0))
    assert queue.main_bytes == OBJECT_BYTES


def test_ghosts_are_never_more_than_what_is_held() -> None:
    cache = Cache(places=20)
    hits(cache, list(range(1_000)))
    assert len(cache.queue._ghosts) <= len(cache.queue) == 20


def test_a_use_in_main_spares_one_round_and_no_more_than_three_count() -> None:
    queue = S3Fifo(10 * OBJECT_BYTES)
    used, unused = one(0), one(1)
    for item in (used, unused):
        queue.add(item, to_main=True)
    used.uses = 1_000
    assert queue.evict() is unused
    assert used.uses == 2


def test_one_eviction_passes_by_a_bounded_number_in_use() -> None:
    queue = S3Fifo(10_000 * OBJECT_BYTES)
    items = [one(number) for number in range(2 * MOST_SPARED)]
    for item in items:
        item.uses = 3
        queue.add(item, to_main=True)
    assert queue.evict() is items[MOST_SPARED]


def test_sizes_are_counted_as_they_were_when_added() -> None:
    queue = S3Fifo(10 * OBJECT_BYTES)
    item = one(0)
    queue.add(item)
    item.head = bytes(500)
    queue.remove(item)
    assert queue.size_bytes == 0


def test_what_is_not_queued_cannot_be_removed() -> None:
    with pytest.raises(KeyError):
        S3Fifo(OVERHEAD_BYTES).remove(one(0))


def test_a_scan_leaves_what_is_in_use() -> None:
    cache, lru = Cache(places=100), Lru(places=100)
    popular = list(range(60))
    kept = []
    for each in (cache, lru):
        hits(each, popular * 5)
        hits(each, list(range(1_000, 2_000)))
        kept.append(sum(number in each.held for number in popular))
    assert kept == [60, 0]


def test_on_a_skewed_workload_with_scans_it_hits_more_than_lru() -> None:
    random_ = random.Random(9)
    asked: list[int] = []
    for start in range(20):
        asked += zipf(random_, objects=2_000, requests=2_000)
        asked += range(10_000 + start * 500, 10_500 + start * 500)
    ours, theirs = hits(Cache(places=200), asked), hits(Lru(places=200), asked)
    assert ours > 1.15 * theirs


def test_on_a_skewed_workload_alone_it_hits_more_than_lru() -> None:
    asked = zipf(random.Random(9), objects=5_000, requests=40_000)
    assert hits(Cache(places=250), asked) > 1.05 * hits(Lru(places=250), asked)
