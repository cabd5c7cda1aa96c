"""What several workers hold, as one."""

from proxy.admin.cache_page import together


def test_what_workers_hold_is_added_up_and_each_is_shown() -> None:
    one = {"worker": 0, "entries": 2, "bytes": 10, "limit_bytes": 100, "redis": "up"}
    other = {"worker": 1, "entries": 3, "bytes": 20, "limit_bytes": 100, "redis": "down"}
    assert together([one, other]) == {"entries": 5, "bytes": 30, "limit_bytes": 200, "workers": [one, other]}
