"""Whatever the file holds, `check` answers with errors or with a configuration, and never falls over."""

from __future__ import annotations

import json
import pathlib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from config.load import check
from config.paths import Path
from config.registry import TYPES, filter_type
from config.schema import Config
from config.shape import keys_below, valid_keys
from proxy.errors import ConfigError

NOWHERE = pathlib.Path("/nowhere")


# The keys of every model, so that random trees get past the first look.
KNOWN = sorted(keys_below(Config).union(*(keys_below(filter_type(name).Options) for name in TYPES)))
KEYS = st.one_of(st.sampled_from(KNOWN), st.text(max_size=4))
WORDS = st.sampled_from(
    ["api", "${N}", "${N:-1}", "file:x", "10s", "1KiB", "a:1", "10.0.0.0/8", "hash", "*", "<<", *TYPES]
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), WORDS)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=25,
)
PART = st.one_of(TREES, st.lists(st.dictionaries(KEYS, TREES, max_size=5), max_size=3))
WHOLE: dict[str, Any] = {
    "version": 1,
    "listeners": [{"name": "public", "address": "a:1"}],
    "filters": {"f": {"type": "rate_limit", "rate": "5/s"}},
    "upstreams": {"api": {"endpoints": ["a:9"]}},
    "routes": [{"name": "all", "filters": ["f"], "upstream": "api"}],
}


def judge(text: str) -> None:
    report = check(text, NOWHERE, {"N": "secret"})
    assert bool(report.errors) != (report.configuration is not None)
    assert all(type(error) is ConfigError and str(error) for error in report.errors)


@settings(deadline=None)
@given(text=st.text())
def test_any_text_is_judged(text: str) -> None:
    judge(text)


@settings(deadline=None)
@given(text=st.text(alphabet="ab:-[]{}&*<>|!#'\"\\%?, \n\t\x00\ufeff", max_size=60))
def test_any_text_of_yaml_signs_is_judged(text: str) -> None:
    judge(text)


@settings(max_examples=300, deadline=None)
@given(tree=TREES)
def test_any_tree_is_judged(tree: Any) -> None:
    judge(json.dumps(tree, default=str))


@settings(max_examples=500, deadline=None)
@given(key=st.sampled_from(sorted(Config.model_fields)), part=PART)
def test_a_whole_configuration_with_any_part_replaced_is_judged(key: str, part: Any) -> None:
    judge(json.dumps({**WHOLE, key: part}))


@settings(max_examples=500, deadline=None)
@given(name=st.sampled_from(sorted(TYPES)), options=st.data())
def test_any_options_of_any_filter_are_judged(name: str, options: st.DataObject) -> None:
    keys = st.sampled_from(valid_keys(filter_type(name).Options, Path()))
    drawn = options.draw(st.dictionaries(keys, TREES, max_size=4))
    judge(json.dumps({**WHOLE, "filters": {"f": {**drawn, "type": name}}}))
