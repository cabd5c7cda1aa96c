"""Whether a listener has certificates for the hosts of its routes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from config.paths import Path
from config.schema import Config
from config.tls_hosts import is_covered, judge_hosts

AT = Path(("listeners", 0, "tls", "certificates"))


def found(names: Sequence[str], *routes: Sequence[str], elsewhere: Sequence[str] = ()) -> list[tuple[str, bool, str]]:
    """Judge a listener whose certificates are for these names, by the hosts of its routes; `elsewhere` is another's."""
    tls = {"certificates": [{"cert": "a.crt", "key": "a.key"}]}
    listeners = [
        {"name": "secure", "address": "127.0.0.1:1", "tls": tls},
        {"name": "other", "address": "127.0.0.1:2"},
    ]
    described = [
        {"name": f"r{place}", "listeners": ["secure"], "match": {"hosts": list(hosts)}, "upstream": "up"}
        for place, hosts in enumerate(routes)
    ]
    if elsewhere:
        described.append({"name": "x", "listeners": ["other"], "match": {"hosts": list(elsewhere)}, "upstream": "up"})
    upstreams = {"up": {"endpoints": ["127.0.0.1:3"]}}
    config = Config.model_validate({"version": 1, "listeners": listeners, "upstreams": upstreams, "routes": described})
    judged = judge_hosts(config, config.listeners[0], names, AT)
    return [(path.spelled(), finding.is_error, finding.message) for path, finding in judged]


def test_hosts_that_certificates_are_for_are_no_matter() -> None:
    assert found(["a.test", "*.b.test"], ["a.test"], ["x.b.test", "*.b.test"], []) == []


def test_certificates_for_none_of_the_hosts_are_an_error() -> None:
    assert found(["a.test", "b.test"], ["d.test"], ["c.test"], []) == [
        (
            "listeners[0].tls.certificates",
            True,
            "no certificate here is for a host of the listener's routes, such as c.test: there are ones for a.test, "
            "b.test; get one for those hosts",
        )
    ]


def test_a_host_without_one_beside_others_is_a_warning() -> None:
    assert found(["a.test"], ["a.test"], ["a.test", "b.test"]) == [
        (
            "routes[1].match.hosts",
            False,
            "listener 'secure' has no certificate for b.test, so clients will refuse it there",
        )
    ]


def test_routes_of_other_listeners_do_not_matter() -> None:
    assert found(["a.test"], ["a.test"], elsewhere=["b.test"]) == []
    assert found(["a.test"], [], elsewhere=["b.test"]) == []


@pytest.mark.parametrize(
    ("host", "names", "does"),
    [
        ("x.a.test", ["*.a.test"], True),
        ("x.y.a.test", ["*.a.test"], False),
        ("*.a.test", ["*.a.test"], True),
        ("*.a.test", ["x.y.a.test"], True),
        ("*.a.test", ["a.test"], False),
        ("127.0.0.1", ["127.0.0.1"], True),
    ],
)
def test_a_wildcard_of_routes_is_covered_by_any_name_below_it(host: str, names: list[str], does: bool) -> None:
    assert is_covered(host, names) is does
