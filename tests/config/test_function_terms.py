"""What a function may have at most, and what a deployed version of it gets."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.function_allow import Allow
from config.function_options import Functions
from config.function_terms import Terms, covers, lesser_allowance, lesser_limits, terms_of
from wasm_host.functions.allowance import Allowance, HttpAllowance, StoreAllowance
from wasm_host.functions.settings import FunctionLimits

HOSTS = ["a.test", "b.a.test", "*.a.test", "*.test", "a.test:8443", "*.a.test:8443"]
NETWORKS = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32", "::/0"]
stores = st.none() | st.builds(StoreAllowance, st.sampled_from(["", "a", "ab", "b"]), st.booleans())
https = st.builds(
    HttpAllowance,
    st.lists(st.sampled_from(HOSTS), min_size=1, unique=True).map(tuple),
    st.booleans(),
    st.lists(st.sampled_from(NETWORKS), unique=True).map(tuple),
)
allowances = st.builds(
    Allowance,
    cache=stores,
    kv=stores,
    http=st.none() | https,
    routes=st.lists(st.sampled_from("xyz"), unique=True).map(tuple),
    secrets=st.frozensets(st.sampled_from("KLM")),
    rate_limits=st.booleans(),
    time=st.booleans(),
)


def terms(functions: dict[str, Any], name: str = "hello") -> Terms:
    said = Functions.model_validate(functions)
    return terms_of(said.defaults, said.named[name])


def test_a_functions_own_words_lie_over_the_defaults_key_by_key() -> None:
    found = terms(
        {
            "defaults": {
                "allow": {"cache": True, "kv": {"prefix": "x"}, "time": True},
                "limits": {"cpu": "1s", "queue": 1},
            },
            "named": {"hello": {"allow": {"cache": False, "kv": True}, "limits": {"queue": 2}}},
        }
    )
    assert found.allow == Allowance(kv=StoreAllowance(), time=True)
    assert found.limits == FunctionLimits(cpu_s=1.0, queue=2)


def test_a_version_that_asks_for_nothing_gets_all() -> None:
    most = Terms(Allowance(time=True), FunctionLimits(queue=3))
    assert most.narrowed(None, {}) == most


def test_a_version_gets_what_it_asks_for_within_the_terms() -> None:
    most = Terms(Allowance(cache=StoreAllowance("a"), time=True), FunctionLimits(cpu_s=0.1, rate=5.0))
    narrowed = most.narrowed({"cache": {"prefix": "ab"}, "random": True}, {"cpu": "20ms", "total": "40s", "rate": 0})
    assert narrowed.allow == Allowance(cache=StoreAllowance("ab"))
    assert narrowed.limits == FunctionLimits(cpu_s=0.02, total_s=30.0, rate=5.0)


def test_words_that_nobody_understands_are_refused() -> None:
    with pytest.raises(ValueError, match="cash"):
        Terms(Allowance(), FunctionLimits()).narrowed({"cash": True}, {})


@pytest.mark.parametrize(
    ("wider", "host", "does"),
    [
        ("a.test", "a.test", True),
        ("a.test", "a.test:443", False),
        ("*.test", "a.test", True),
        ("*.test", "*.a.test", True),
        ("*.a.test", "a.test", False),
        ("*.a.test", "*.test", False),
        ("*.a.test:1", "b.a.test:1", True),
        ("[::1]:80", "[::1]:80", True),
        ("[::1]", "[::1]:80", False),
    ],
)
def test_a_pattern_covers_what_it_allows(wider: str, host: str, *, does: bool) -> None:
    assert covers(wider, host) is does


@given(allowances, allowances)
def test_a_version_never_gets_more_than_either_allows(asked: Allowance, most: Allowance) -> None:
    lesser = lesser_allowance(asked, most)
    assert lesser_allowance(lesser, most) == lesser
    assert lesser_allowance(lesser, asked) == lesser


@given(allowances)
def test_who_asks_for_all_gets_all(most: Allowance) -> None:
    assert lesser_allowance(most, most) == most


def test_the_allowance_of_the_yaml_and_of_a_deploy_are_one() -> None:
    assert Allow.model_validate({"http": {"hosts": ["a.test"], "networks": ["10.0.0.1"]}}).allowance().http == (
        HttpAllowance(("a.test",), networks=("10.0.0.1/32",))
    )


def test_of_limits_the_stricter_holds_and_no_rate_is_the_least_strict() -> None:
    asked, most = FunctionLimits(cpu_s=1.0, queue=5, rate=0.0), FunctionLimits(cpu_s=0.5, queue=9, rate=3.0)
    assert lesser_limits(asked, most) == FunctionLimits(cpu_s=0.5, queue=5, rate=3.0)
    assert lesser_limits(FunctionLimits(rate=2.0), FunctionLimits()).rate == 2.0
