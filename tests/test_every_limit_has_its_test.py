"""Each limit, and each trap that one of the well-known proxies falls into, has a test named for it."""

import ast
import dataclasses
from functools import cache
from pathlib import Path

import pytest
from kit.malformed import CASES as REQUESTS
from kit.misbehaving import CASES as ORIGINS

from proxy.limits import Limits

TESTS = Path(__file__).parent

TRAPS = {
    "a length beside chunked": "CL.TE",
    "chunked beside a length": "TE.CL",
    "several lengths": "two lengths that agree",
    "odd lengths": "a length with a plus",
    "a length of 2^63": "2^63",
    "codings other than exactly chunked": "gzip, then chunked",
    "a coding in HTTP/1.0": "chunked in HTTP/1.0",
    "obs-fold": "a folded value",
    "a bare CR": "a bare CR in a value",
    "a bare LF": "a bare LF in a value",
    "NUL": "NUL in a value",
    "a space before the colon": "a space before the colon",
    "control characters in the target": "a control character in the target",
    "white space in the target": "a space in the target",
    "# in the path": "a fragment",
    "a backslash in the path": "a backslash in the path",
    "other versions": "version 'HTTP/1.2'",
    "HTTP/2 spoken at once": "HTTP/2's preface",
    "no Host": "no Host",
    "a repeated Host": "two Hosts that agree",
    "a space in Host": "a space in Host",
    "user info in Host": "user info in Host",
    "a slash in Host": "a slash in Host",
    "a comma in Host": "a comma in Host",
    "a bad port in Host": "a port too large",
    "an absolute target that disagrees with Host": "an absolute target for another host",
    "CONNECT": "CONNECT with an authority",
    "TRACE": "TRACE",
    "unknown methods": "an unknown method",
    "unknown methods that a route allows": "test_unknown_methods_pass_where_the_route_allows_them",
    "h2c": "h2c",
    "an unasked 101": "101 unasked",
    "what is forwarded is written afresh": "test_the_outcome_is_the_same_wherever_the_bytes_are_split",
    "reading stops after a parse error": "test_reading_stops_after_a_parse_error",
    "responses are parsed as strictly": "a bare LF in a field",
    "paths are matched normalised": "test_no_spelling_of_a_guarded_path_reaches_the_origin",
    "what escapes the root is refused": "path /a/../../b",
    "what is matched is forwarded": "test_other_paths_are_forwarded_as_they_were_matched",
    "..;": "path /..;/a",
    "encoded slashes": "path /a%2fb",
    "encoded backslashes": "path /a%5cb",
    "underscore aliases": "an alias of X-Forwarded-For",
    "endless interim answers": "hints without end",
    "trailers": "test_trailer_bytes_up_to_the_limit_are_discarded",
    "hop-by-hop fields": "test_hop_by_hop_fields_are_dropped_in_both_directions",
    "fields that Connection names": "Connection names a field",
    "a body that ends early": "a body cut by an end",
    "a second head": "test_an_origin_that_leaves_in_mid_body_cuts_the_client_and_no_second_head_follows",
    "a client that is gone": "test_a_client_that_leaves_ends_the_upstream_exchange_at_once",
    "a slow reader": "test_a_client_that_reads_nothing_holds_the_origin_up",
    "a slow origin": "test_an_origin_that_reads_nothing_holds_the_client_up",
    "a POST that may have been seen": "test_a_post_that_may_have_been_seen_is_never_sent_twice",
    "surplus after a body": "a second response, at once",
    "data on an idle connection": "test_data_on_an_idle_connection_throws_the_connection_away",
}


@cache
def names() -> set[str]:
    """Return the name of every test function and of every case of the tables; to parse them all takes a second."""
    found = {case.name for case in REQUESTS} | {case.name for case in ORIGINS}
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found.add(node.name)
    return found


@pytest.mark.parametrize("limit", [field.name for field in dataclasses.fields(Limits)])
def test_every_limit_has_a_test_named_for_it(limit: str) -> None:
    assert any(f"test_{limit.removesuffix('_s')}_" in name for name in names())


@pytest.mark.parametrize(("trap", "test"), TRAPS.items(), ids=list(TRAPS))
def test_every_trap_has_a_test_named_for_it(trap: str, test: str) -> None:
    assert test in names(), f"no test for {trap}"
