"""What `check` says of each kind of fault, word for word."""

from __future__ import annotations

import pytest
from kit.checking import Checking

LISTENERS = "version: 1\nlisteners:\n  - {name: public, address: 'a:1'}\n"
ROUTES = "routes:\n  - {name: all, upstream: api}\n"
UPSTREAMS = "upstreams:\n  api: {endpoints: ['a:9']}\n"
WHOLE = LISTENERS + ROUTES + UPSTREAMS


def in_route(keys: str) -> str:
    """Put keys into a route on line 4, from column 5 on."""
    return f"{LISTENERS}routes: [{{name: all, {keys}}}]\n{UPSTREAMS}"


def in_upstream(keys: str) -> str:
    return f"{LISTENERS}{ROUTES}upstreams:\n  api: {{{keys}}}\n"


def in_listener(keys: str) -> str:
    return f"version: 1\nlisteners: [{{name: public, {keys}}}]\n{ROUTES}{UPSTREAMS}"


def in_filter(keys: str) -> str:
    return f"{WHOLE}filters:\n  f: {{{keys}}}\n"


CASES = {
    "an empty file": ("", "the file is empty; `penstock schema` shows what it may say"),
    "a comment only": ("# nothing\n", "the file is empty; `penstock schema` shows what it may say"),
    "a list": ("- a\n", "1:1: must be a mapping (key: value) with version, listeners and routes"),
    "a word": ("hello\n", "1:1: must be a mapping (key: value) with version, listeners and routes"),
    "a missing key": (f"{LISTENERS}{UPSTREAMS}", "1:1: key 'routes' is missing"),
    "another version": (WHOLE.replace("version: 1", "version: 2"), "1:10: version: must be 1"),
    "an unknown key": (f"{WHOLE}worker: 2\n", "8:1: worker: unknown key 'worker'; did you mean 'workers'?"),
    "a key like no other": (
        in_route("upstream: api, match: {zzz: 1}"),
        "4:45: routes[0].match.zzz: unknown key 'zzz'; there are 'clients', 'headers', 'hosts', 'methods', 'path'"
        " and 'query'",
    ),
    "an empty list": ("version: 1\nlisteners: []\n" + ROUTES + UPSTREAMS, "2:12: listeners: must not be empty"),
    "a word for a list": (in_route("upstream: api, match: {hosts: a}"), "4:52: routes[0].match.hosts: must be a list"),
    "a list for a mapping": (
        in_route("upstream: api, match: []"),
        "4:44: routes[0].match: must be a mapping (key: value)",
    ),
    "a word for a number": (
        f"{WHOLE}workers: many\n",
        "8:10: workers: 'many' is no number of workers; write 1 to 256, or auto",
    ),
    "too few workers": (
        f"{WHOLE}workers: 0\n",
        "8:10: workers: 0 is no number of workers; write 1 to 256, or auto",
    ),
    "a duration without its unit": (
        in_listener("address: 'a:1', limits: {idle_timeout: 10}"),
        "2:67: listeners[0].limits.idle_timeout: 10 is not a duration; write 250ms, 10s, 5m or 1h",
    ),
    "a size in powers of ten": (
        in_listener("address: 'a:1', limits: {body_bytes: 10MB}"),
        "2:65: listeners[0].limits.body_bytes: '10MB' is not a size; write 512B, 8KiB, 10MiB or a number of bytes",
    ),
    "an address without a port": (
        in_listener("address: localhost"),
        "2:37: listeners[0].address: 'localhost' is not host:port, [v6]:port or unix:/path",
    ),
    "a network with host bits": (
        in_listener("address: 'a:1', trusted_hops: [10.0.0.1/8]"),
        "2:59: listeners[0].trusted_hops[0]: '10.0.0.1/8' has host bits set; did you mean '10.0.0.0/8'?",
    ),
    "a listener's limit on a route": (
        in_route("upstream: api, limits: {idle_timeout: 5s}"),
        "4:46: routes[0].limits.idle_timeout: unknown key 'idle_timeout'; did you mean 'body_idle_timeout'?",
    ),
    "two listeners of one name": (
        WHOLE.replace("listeners:\n", "listeners:\n  - {name: public, address: 'b:1'}\n"),
        "4:12: listeners[1].name: the name 'public' is taken by listeners[0]",
    ),
    "two listeners at one address": (
        WHOLE.replace("listeners:\n", "listeners:\n  - {name: other, address: 'a:1'}\n"),
        "4:29: listeners[1].address: 'a:1' is the address of listeners[0] too",
    ),
    "two routes of one name": (
        WHOLE.replace("routes:\n", "routes:\n  - {name: all, match: {hosts: [a]}, upstream: api}\n"),
        "6:12: routes[1].name: the name 'all' is taken by routes[0]",
    ),
    "an unknown listener": (
        in_route("upstream: api, listeners: [publik]"),
        "4:49: routes[0].listeners[0]: unknown listener 'publik'; did you mean 'public'?",
    ),
    "an unknown upstream": (
        in_route("upstream: apy"),
        "4:32: routes[0].upstream: unknown upstream 'apy'; did you mean 'api'?",
    ),
    "an unknown upstream among several": (
        in_route("upstream: [api, {name: zzz, weight: 5}]"),
        "4:38: routes[0].upstream[1]: unknown upstream 'zzz'; there is 'api'",
    ),
    "an unknown filter": (
        in_route("upstream: api, filters: [wat]") + "filters: {waf: {type: redirect, to: /x}}\n",
        "4:47: routes[0].filters[0]: unknown filter 'wat'; did you mean 'waf'?",
    ),
    "an unknown filter, used with more": (
        in_route("upstream: api, filters: [{use: wat}]"),
        "4:47: routes[0].filters[0]: unknown filter 'wat'; no filter is defined",
    ),
    "an unknown filter type": (
        in_filter("type: headrs"),
        "9:13: filters.f.type: unknown filter type 'headrs'; did you mean 'headers'?",
    ),
    "a filter's unknown option": (
        in_filter("type: rate_limit, rate: 5/s, brust: 1"),
        "9:36: filters.f.brust: unknown key 'brust'; did you mean 'burst'?",
    ),
    "a filter's wrong option": (
        in_filter("type: rate_limit, rate: often"),
        "9:31: filters.f.rate: 'often' is not a rate; write 5/s, 100/m or 1000/h",
    ),
    "a filter's missing option": (in_filter("type: rate_limit"), "9:6: filters.f: key 'rate' is missing"),
    "a wrong option in an override": (
        in_route("upstream: api, filters: [{use: rl, with: {burst: 0}}]")
        + "filters: {rl: {type: rate_limit, rate: 5/s}}\n",
        "4:71: routes[0].filters[0].with.burst: must be at least 1",
    ),
    "a step that names no filter": (
        in_route("upstream: api, filters: [{on_error: open}]"),
        "4:47: routes[0].filters[0]: key 'use' is missing",
    ),
    "a condition that asks nothing": (
        in_route("upstream: api, filters: [{type: redirect, to: /x, when: {}}]"),
        "4:78: routes[0].filters[0].when: no condition is given; leave `when` out for always",
    ),
    "a python filter whose module is not there": (
        in_filter("type: python, module: 'nowhere_at_all:Thing'"),
        "9:6: filters.f: there is no module 'nowhere_at_all' on Python's path",
    ),
    "nobody to answer": (
        in_route("match: {}"),
        "4:10: routes[0]: nobody answers here: give an upstream, a function, or a filter that answers, such as respond",
    ),
    "only weights of 0": (
        in_route("upstream: [{name: api, weight: 0}]"),
        "4:10: routes[0]: all weights of the upstreams are 0",
    ),
    "a negative weight": (
        in_route("upstream: [{name: api, weight: -1}]"),
        "4:53: routes[0].upstream[0].weight: must be at least 0",
    ),
    "a weight that is no number": (
        in_upstream("endpoints: [{address: 'a:9', weight: heavy}]"),
        "7:46: upstreams.api.endpoints[0].weight: must be a whole number",
    ),
    "balance by hash without hash": (
        in_upstream("endpoints: ['a:9'], balance: hash"),
        "7:8: upstreams.api: balance: hash needs hash: {header: x-user}, {cookie: sid} or {client: true}",
    ),
    "hash without balance by it": (
        in_upstream("endpoints: ['a:9'], hash: {client: true}"),
        "7:8: upstreams.api: hash is given, but balance is round_robin; write balance: hash",
    ),
    "hash of two things": (
        in_upstream("endpoints: ['a:9'], balance: hash, hash: {cookie: a, header: b}"),
        "7:50: upstreams.api.hash: give one of header, cookie and client",
    ),
    "an unknown balance": (
        in_upstream("endpoints: ['a:9'], balance: least_request"),
        "7:38: upstreams.api.balance: unknown word 'least_request'; did you mean 'least_requests'?",
    ),
    "an endpoint's port 0": (
        in_upstream("endpoints: ['a:0']"),
        "7:21: upstreams.api.endpoints[0]: 'a:0' is not an address to connect to: its port is 0",
    ),
    "a regex that does not compile": (
        in_route("upstream: api, match: {path: {regex: '('}}"),
        "4:59: routes[0].match.path.regex: '(' is not a regular expression:"
        " missing ), unterminated subpattern at position 0",
    ),
    "a path of two kinds": (
        in_route("upstream: api, match: {path: {exact: /a, prefix: /b}}"),
        "4:51: routes[0].match.path: give one of exact, prefix and regex",
    ),
    "a header's value that is a number": (
        in_route("upstream: api, match: {headers: {x-a: 1}}"),
        '4:60: routes[0].match.headers.x-a: 1 is not text: write "1" in quotes, true for any value, or "~regex"',
    ),
    "a method in lower case": (
        in_route("upstream: api, match: {methods: [get]}"),
        "4:55: routes[0].match.methods[0]: 'get' is not a method; did you mean 'GET'?",
    ),
    "a method that nobody lets through": (
        in_route("upstream: api, match: {methods: [BREW]}"),
        "4:54: routes[0].match.methods: unknown method 'BREW'; to let it through, name it in allow_methods too",
    ),
    "a method that is never let through": (
        in_route("upstream: api, allow_methods: [TRACE]"),
        "4:52: routes[0].allow_methods: TRACE is never let through",
    ),
    "an error page for a success": (
        f"{WHOLE}error_pages: {{200: {{body: x}}}}\n",
        "8:20: error_pages.200: must be at least 400",
    ),
    "an error page without content": (
        f"{WHOLE}error_pages: {{404: {{}}}}\n",
        "8:20: error_pages.404: give either path or body",
    ),
    "an error page that is not there": (
        f"{WHOLE}error_pages: {{404: {{path: gone.html}}}}\n",
        "8:27: error_pages.404.path: cannot read gone.html: No such file or directory",
    ),
    "an admin for everybody": (
        f"{WHOLE}admin: {{address: '0.0.0.0:9901'}}\n",
        "8:18: admin.address: 0.0.0.0:9901 is not a loopback address, and whoever reaches the admin may do all of it: "
        "give it tokens or tls.client, or use 127.0.0.1, [::1], localhost or unix:/path",
    ),
    "an admin's tokens in clear": (
        f"{WHOLE}admin: {{address: '0.0.0.0:9901', tokens: [{{name: a, token: {'t' * 16}, role: read}}]}}\n",
        "8:18: admin.address: 0.0.0.0:9901 is not a loopback address, and without tls everybody on the way reads the "
        "tokens: give it tls, or write insecure: true where the network is trusted",
    ),
    "an unknown field of the log": (
        f"{WHOLE}access_log: {{fields: [tim]}}\n",
        "8:23: access_log.fields[0]: unknown word 'tim'; did you mean 'time'?",
    ),
    "a log in no directory": (
        f"{WHOLE}access_log: {{path: gone/access.log}}\n",
        "8:20: access_log.path: there is no directory for gone/access.log",
    ),
    "a certificate that is not there": (
        in_listener("address: 'a:1', tls: {certificates: [{cert: a.crt, key: a.key}]}"),
        "2:72: listeners[0].tls.certificates[0].cert: cannot read a.crt: No such file or directory",
    ),
    "authorities that are not there": (
        in_upstream("endpoints: ['a:9'], tls: {ca: ca.pem}"),
        "7:39: upstreams.api.tls.ca: cannot read ca.pem: No such file or directory",
    ),
    "a duplicate key": (f"{WHOLE}version: 1\n", "8:1: version: duplicate key 'version', first on line 1"),
    "an unset variable": (
        in_route("upstream: '${UPSTREAM}'"),
        "4:32: routes[0].upstream: environment variable 'UPSTREAM' is not set;"
        " write ${UPSTREAM:-default} for a default",
    ),
}


@pytest.mark.parametrize(("text", "says"), CASES.values(), ids=CASES.keys())
def test_a_fault_is_named_with_its_place(checked: Checking, text: str, says: str) -> None:
    assert str(checked(text).errors[0]) == says


def test_a_whole_configuration_has_no_errors(checked: Checking) -> None:
    report = checked(WHOLE)
    assert report.errors == report.warnings == []
    assert report.configuration is not None


def test_all_errors_come_at_once_in_the_order_of_the_file(checked: Checking) -> None:
    text = in_route("upstream: apy, filters: [wat, {type: respond, status: 1}], limits: {body_bytes: x}")
    assert [(error.line, error.path) for error in checked(f"{text}worker: 1\n").errors] == [
        (4, "routes[0].upstream"),
        (4, "routes[0].filters[0]"),
        (4, "routes[0].filters[1].status"),
        (4, "routes[0].limits.body_bytes"),
        (7, "worker"),
    ]


def test_a_fault_inside_a_list_does_not_make_the_list_empty(checked: Checking) -> None:
    assert len(checked(in_upstream("endpoints: ['a:0']")).errors) == 1


def test_an_option_that_is_wrong_in_the_named_filter_is_reported_once(checked: Checking) -> None:
    text = in_route("upstream: api, filters: [{use: rl, with: {burst: 2}}]")
    report = checked(text + "filters: {rl: {type: rate_limit, rate: often}}\n")
    assert [error.path for error in report.errors] == ["filters.rl.rate"]


def test_a_key_with_nothing_behind_it_is_as_good_as_absent(checked: Checking) -> None:
    assert checked(in_route("upstream: api, match: , limits: ")).errors == []


def test_a_name_that_is_no_plain_word_is_quoted_in_the_path(checked: Checking) -> None:
    [error] = checked(f"{WHOLE}filters: {{'a b': {{type: redirect, to: /x}}}}\n").errors
    assert error.path == 'filters["a b"]'


def test_a_route_that_can_never_match_is_a_warning(checked: Checking) -> None:
    report = checked(WHOLE.replace("upstreams:", "  - {name: late, match: {hosts: [a.b]}, upstream: api}\nupstreams:"))
    assert report.errors == []
    assert [str(warning) for warning in report.warnings] == [
        "6:5: routes[1]: route 'late' never matches: routes[0], 'all', takes all its requests"
    ]
