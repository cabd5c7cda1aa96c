"""A header is left out of requests, and of nothing else."""

from __future__ import annotations

from bench.waf.probe import Probe, without


def test_a_header_is_left_out_whatever_its_case():
    request = b"GET / HTTP/1.1\r\nHost: a\r\nACCEPT-charset: x;q=1\r\nAccept: b\r\n\r\n"
    assert without(request, "Accept-Charset") == b"GET / HTTP/1.1\r\nHost: a\r\nAccept: b\r\n\r\n"


def test_the_last_header_goes_and_the_end_of_the_head_stays():
    assert without(b"GET / HTTP/1.1\r\nA: b\r\n\r\n", "A") == b"GET / HTTP/1.1\r\n\r\n"


def test_a_body_that_looks_alike_stays():
    request = b"POST / HTTP/1.1\r\nB: c\r\n\r\nx\r\nA: b\r\n\r\n"
    assert without(request, "A") == request


def test_it_is_left_out_of_all_of_a_probes_requests():
    probe = Probe("file", "title", (b"GET / HTTP/1.1\r\nA: 1\r\n\r\n", b"GET / HTTP/1.1\r\na: 2\r\n\r\n"))
    assert probe.without("A").requests == (b"GET / HTTP/1.1\r\n\r\n",) * 2
