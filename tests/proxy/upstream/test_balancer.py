"""Which endpoint takes the next attempt."""

import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.upstream.balancer import Hash, LeastRequests, RoundRobin


@dataclass(eq=False)
class Endpoint:
    name: str
    weight: int = 1
    in_flight: int = 0


def endpoints(*weights: int) -> list[Endpoint]:
    return [Endpoint(chr(ord("a") + place), weight) for place, weight in enumerate(weights)]


KEYS = [b"user-%d" % number for number in range(4000)]

weights = st.lists(st.integers(1, 20), min_size=1, max_size=6)


@pytest.mark.parametrize("balancer", [RoundRobin(), LeastRequests(Random(1)), Hash()])
def test_a_lonely_candidate_is_taken(balancer: Any) -> None:
    [only] = endpoints(3)
    assert balancer.pick([only], b"key") is only


@given(weights)
def test_round_robin_gives_each_its_weight_in_every_round(given_weights: list[int]) -> None:
    candidates, balancer = endpoints(*given_weights), RoundRobin[Endpoint]()
    for _ in range(2):
        round_ = Counter(balancer.pick(candidates).name for _ in range(sum(given_weights)))
        assert round_ == {each.name: each.weight for each in candidates}


def test_round_robin_spreads_a_heavy_endpoints_turns() -> None:
    candidates, balancer = endpoints(5, 1, 1), RoundRobin[Endpoint]()
    assert "".join(balancer.pick(candidates).name for _ in range(7)) == "aabacaa"


def test_round_robin_goes_on_without_an_endpoint_and_takes_it_back() -> None:
    candidates, balancer = endpoints(1, 1, 1), RoundRobin[Endpoint]()
    balancer.pick(candidates)
    without = Counter(balancer.pick(candidates[:2]).name for _ in range(100))
    assert sorted(without.values()) in ([50, 50], [49, 51])
    again = Counter(balancer.pick(candidates).name for _ in range(300))
    assert all(95 <= count <= 105 for count in again.values())


def test_round_robin_forgets_endpoints_that_are_gone() -> None:
    balancer = RoundRobin[Endpoint]()
    for _ in range(50):
        balancer.pick(endpoints(1, 2))
    assert len(balancer._credit) == 2


def test_least_requests_takes_the_less_loaded_of_two() -> None:
    busy, idle = Endpoint("busy", in_flight=3), Endpoint("idle", in_flight=1)
    balancer = LeastRequests[Endpoint](Random(1))
    assert {balancer.pick([busy, idle]).name for _ in range(50)} == {"idle"}


def test_least_requests_counts_load_by_weight() -> None:
    heavy, light = Endpoint("heavy", weight=4, in_flight=7), Endpoint("light", weight=1, in_flight=2)
    balancer = LeastRequests[Endpoint](Random(1))
    assert {balancer.pick([light, heavy]).name for _ in range(50)} == {"heavy"}


def test_least_requests_never_takes_the_most_loaded_of_three() -> None:
    candidates = [Endpoint("a", in_flight=0), Endpoint("b", in_flight=1), Endpoint("c", in_flight=2)]
    balancer = LeastRequests[Endpoint](Random(1))
    picked = Counter(balancer.pick(candidates).name for _ in range(300))
    assert set(picked) == {"a", "b"}
    assert picked["a"] > picked["b"]


def test_least_requests_shares_by_weight_while_all_are_idle() -> None:
    balancer = LeastRequests[Endpoint](Random(1))
    candidates = endpoints(3, 1)
    picked = Counter(balancer.pick(candidates).name for _ in range(4000))
    assert picked["a"] == pytest.approx(3000, rel=0.05)


@given(st.binary(max_size=40), weights, st.randoms())
def test_a_key_keeps_its_endpoint_whatever_the_order(key: bytes, given_weights: list[int], random: Random) -> None:
    candidates = endpoints(*given_weights)
    shuffled = random.sample(candidates, len(candidates))
    assert Hash[Endpoint]().pick(candidates, key) is Hash[Endpoint]().pick(shuffled, key)


@given(st.binary(max_size=40), weights, st.integers(0, 5))
def test_a_lost_endpoint_moves_only_its_own_keys(key: bytes, given_weights: list[int], lost: int) -> None:
    candidates, balancer = endpoints(*given_weights, 1), Hash[Endpoint]()
    gone = candidates[lost % len(candidates)]
    before = balancer.pick(candidates, key)
    after = balancer.pick([each for each in candidates if each is not gone], key)
    assert before is gone or after is before


def test_keys_are_shared_by_weight() -> None:
    candidates, balancer = endpoints(1, 2, 5), Hash[Endpoint]()
    shares = Counter(balancer.pick(candidates, key).name for key in KEYS)
    for each in candidates:
        assert shares[each.name] == pytest.approx(len(KEYS) * each.weight / 8, rel=0.12)


def test_every_process_gives_a_key_the_same_endpoint() -> None:
    program = (
        "from types import SimpleNamespace as Endpoint; from proxy.upstream.balancer import Hash;"
        "several = [Endpoint(name=f'10.0.0.{n}:80', weight=1, in_flight=0) for n in range(4)];"
        "print([Hash().pick(several, b'%d' % n).name for n in range(50)])"
    )
    answers = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert answers[0] == answers[1] != b""


def test_requests_without_a_key_take_turns() -> None:
    candidates, balancer = endpoints(1, 1), Hash[Endpoint]()
    assert [balancer.pick(candidates, None).name for _ in range(4)] == ["a", "b", "a", "b"]
