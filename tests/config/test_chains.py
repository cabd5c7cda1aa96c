"""From a route's list of filters to its chain."""

from __future__ import annotations

import pathlib

import pytest
from kit.checking import Checking

from config.chains import Chains
from config.parts import Parts
from config.stock import Stock
from proxy.metrics import Registry

WHOLE = """\
version: 1
listeners: [{name: one, address: "127.0.0.1:1"}]
filters:
  shared: {type: rate_limit, rate: 5/s}
  open: {type: headers, on_error: open, request: {remove: [x]}}
upstreams: {api: {endpoints: ["127.0.0.1:9000"]}}
routes:
  - {name: a, match: {hosts: [a.example]}, filters: [shared, open], upstream: api}
  - name: b
    match: {hosts: [b.example]}
    filters:
      - shared
      - {use: shared, with: {rate: 9/s}, on_error: open}
      - {use: open, when: {method: [GET]}, on_error: closed}
      - {type: respond, body: hi}
    upstream: api
  - {name: c, filters: [shared, open, {use: shared, disable: true}], upstream: api}
"""


@pytest.fixture
def chains(checked: Checking) -> Chains:
    report = checked(WHOLE)
    assert report.configuration is not None, report.errors
    return Chains(report.configuration, Parts(pathlib.Path(), Registry(), {}), Stock())


def test_a_named_filter_is_one_object_wherever_it_is_used(chains: Chains) -> None:
    a, b, _ = chains.of_routes
    assert a.steps[0].filter is b.steps[0].filter


def test_an_override_is_an_object_of_its_own_under_the_same_name(chains: Chains) -> None:
    first, second, *_ = chains.of_routes[1].steps
    assert first.filter is not second.filter
    assert first.filter.name == second.filter.name == "shared"


def test_a_routes_own_filter_is_named_for_its_place(chains: Chains) -> None:
    assert chains.of_routes[1].steps[3].filter.name == "b.3.respond"


def test_on_error_of_a_step_goes_before_that_of_the_filter(chains: Chains) -> None:
    a, b, _ = chains.of_routes
    assert [step.on_error for step in a.steps] == ["closed", "open"]
    assert [step.on_error for step in b.steps] == ["closed", "open", "closed", "closed"]


def test_when_becomes_a_predicate_of_its_step_alone(chains: Chains) -> None:
    assert [step.when is not None for step in chains.of_routes[1].steps] == [False, False, True, False]


def test_disable_takes_a_filter_out_of_the_chain(chains: Chains) -> None:
    assert [step.filter.name for step in chains.of_routes[2].steps] == ["open"]
