"""The load generator's scripts, and what it prints."""

from __future__ import annotations

import pytest

from bench.process import BenchError
from bench.works import WORKS, Work
from bench.wrk import Load, parse, pauses, script

OUTPUT = """\
Running 2s test @ http://127.0.0.1:8080/small
  1 threads and 32 connections
result: {"requests": 100000, "duration_us": 2000000, "p50_us": 480, "p99_us": 910, "failed": 2}
"""


def test_the_result_line_is_read():
    assert parse(OUTPUT) == Load(requests=100000, duration_us=2000000, p50_us=480, p99_us=910, failed=2)


def test_requests_a_second_are_requests_over_the_real_duration():
    assert parse(OUTPUT).per_second == 50000


def test_output_without_a_result_is_an_error_that_shows_it():
    with pytest.raises(BenchError, match="unable to connect"):
        parse("unable to connect to 127.0.0.1:1 Connection refused\n")


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_every_script_prints_the_result(work: Work):
    assert "function done(" in script(work)
    assert "result: {" in script(work)


def test_only_works_of_many_hosts_browsers_or_urls_make_requests_as_they_go():
    varied = ["strangers", "routes", "hit_urls", "hit_strangers"]
    assert [work.name for work in WORKS if "function request()" in script(work)] == varied


def test_many_urls_differ_in_their_query():
    text = script(Work("urls", "urls", path="/fresh/small", urls=5))
    assert "for i = 1, 5 do" in text
    assert 'wrk.format("GET", "/fresh/small?n=" .. i)' in text


def test_a_rate_is_kept_by_pauses_left_to_chance():
    assert "math.random(0, 64)" in pauses(Work("paced", "paced", per_second=1000))
    assert pauses(Work("unpaced", "unpaced")) == ""


def test_quotes_in_header_values_survive_the_script():
    quoted = Work("quoted", "quoted", headers=(("sec-ch-ua", '"Chromium";v="130"'),))
    assert r'wrk.headers["sec-ch-ua"] = "\"Chromium\";v=\"130\""' in script(quoted)
