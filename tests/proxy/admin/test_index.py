"""The admin's front page."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from html import escape

from proxy.admin.endpoints import ORDERS, PAGES
from proxy.admin.index import POLICY, index_page

WORKER = {"worker": 0, "pid": 4711, "ready": True, "uptime_s": 61.2, "loop_lag_s": 0.0021}
FIRST = {"generation": 1, "last": None}


def test_every_page_is_linked_with_what_it_is_for() -> None:
    page = index_page(None, [], FIRST)
    for path, text in PAGES.items():
        assert f'<a href="{path}">{path}</a></td><td>{text}</td>' in page


def test_every_order_is_told() -> None:
    page = index_page(None, [], FIRST)
    for order, text in ORDERS.items():
        assert f"<code>{order}</code></td><td>{escape(text)}</td>" in page


def test_a_proxy_that_is_ready_says_so() -> None:
    assert '<p class="good">Ready.</p>' in index_page(None, [], FIRST)


def test_one_that_is_not_says_why() -> None:
    assert '<p class="bad">Not ready: 1 of 2 &lt;workers&gt;.</p>' in index_page("1 of 2 <workers>", [], FIRST)


def test_which_configuration_runs_is_told() -> None:
    assert "Configuration 1 runs; it was not reloaded yet." in index_page(None, [], FIRST)
    last = {"outcome": "reloaded", "at": "2026-11-21T12:00:00+00:00", "errors": []}
    assert "Configuration 4 runs, since 2026-11-21 12:00:00 UTC." in index_page(
        None, [], {"generation": 4, "last": last}
    )


def test_a_reload_that_was_refused_is_told_with_its_errors() -> None:
    last = {"outcome": "refused", "at": "2026-11-21T12:00:00+00:00", "errors": ["p.yaml:1:1: <no>", "p.yaml:2:1: no"]}
    page = index_page(None, [], {"generation": 4, "last": last})
    assert '<p class="bad">Configuration 4 runs on: a reload was refused at 2026-11-21 12:00:00 UTC.</p>' in page
    assert "<pre>p.yaml:1:1: &lt;no&gt;\np.yaml:2:1: no</pre>" in page


def test_each_worker_has_a_row() -> None:
    cells = '<td>0</td><td>4711</td><td><span class="good">ready</span></td><td>61 s</td><td>2.1 ms</td>'
    assert cells in index_page(None, [WORKER], FIRST)


def test_functions_are_told_with_what_is_live_and_where_more_is() -> None:
    split = [{"version": "ab", "percent": 90}, {"version": "cd", "percent": 10}]
    page = index_page(None, [], FIRST, [{"name": "hello", "aliases": {"live": {"versions": split}}, "created_at": 1}])
    assert '<a href="/api/v1/edge/hello">hello</a></td><td><code>ab 90 %, cd 10 %</code>' in page
    assert '<a href="/api/v1/edge/hello/logs">logs</a>' in page


def test_a_function_without_a_live_version_has_a_row_too() -> None:
    assert ">new</a></td><td><code></code>" in index_page(None, [], FIRST, [{"name": "new", "aliases": {}}])


def test_without_functions_nothing_is_said_of_them() -> None:
    assert "Functions" not in index_page(None, [], FIRST)


def test_its_policy_allows_its_own_style_and_no_script() -> None:
    style = re.search(r"<style>(.*)</style>", index_page(None, [], FIRST), re.DOTALL)
    assert style is not None
    assert f"'sha256-{b64encode(hashlib.sha256(style[1].encode()).digest()).decode()}'" in POLICY
    assert POLICY.startswith("default-src 'none'; ")
    assert "script" not in POLICY
