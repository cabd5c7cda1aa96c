"""wrk sends what the traffic says, the same or different each time."""

from __future__ import annotations

from bench.waf.cost.load import one_request, script
from bench.waf.cost.traffic import Traffic

HEADERS = (("Host", "shop.example"), ("X-Quoted", 'a "b" {n}'))
POST = Traffic("post", "a POST", "POST", "/a?b={n}", HEADERS, body="x={n}&y={n}")


def test_the_script_quotes_for_lua():
    assert '["X-Quoted"] = "a \\"b\\" {n}"' in script(POST)


def test_only_where_values_differ_is_each_request_made_anew():
    assert "made = made or make()" in script(POST)
    assert "made or" not in script(POST.varied())


def test_one_request_has_all_its_numbers_filled_in():
    target, headers, body = one_request(POST)
    assert (target, body) == ("/a?b=10000000", b"x=10000000&y=10000000")
    assert headers == {"Host": "shop.example", "X-Quoted": 'a "b" 10000000'}
