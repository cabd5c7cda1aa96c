"""The admin's front page."""

from proxy.admin.index import index_page

WORKER = {"worker": 0, "pid": 4711, "ready": True, "uptime_s": 61.2, "loop_lag_s": 0.0021}


def test_every_page_is_linked_with_what_it_is_for() -> None:
    page = index_page({"/metrics": "for Prometheus & co."}, None, [])
    assert '<a href="/metrics">/metrics</a></td><td>for Prometheus &amp; co.</td>' in page


def test_a_proxy_that_is_ready_says_so() -> None:
    assert "<p>Ready.</p>" in index_page({}, None, [])


def test_one_that_is_not_says_why() -> None:
    assert "<p>Not ready: 1 of 2 &lt;workers&gt;.</p>" in index_page({}, "1 of 2 <workers>", [])


def test_each_worker_has_a_row() -> None:
    cells = "<td>0</td><td>4711</td><td>ready</td><td>61 s</td><td>2.1 ms</td>"
    assert cells in index_page({}, None, [WORKER])
