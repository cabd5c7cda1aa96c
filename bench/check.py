"""Whether a peer does the work at all: its answers are compared before anything is measured."""

from __future__ import annotations

from http.client import HTTPConnection
from ipaddress import ip_address

from bench.origin import LARGE_ANSWER, MADE
from bench.peers.peer import Server
from bench.process import BenchError
from bench.works import SMALL_ANSWER, Work, host

ANSWERS = {
    "/small": SMALL_ANSWER,
    "/large": LARGE_ANSWER,
    "/fresh/small": SMALL_ANSWER,
    "/fresh/large": LARGE_ANSWER,
}

Answer = tuple[int, dict[str, str], bytes]


def check(server: Server, work: Work) -> None:
    """Raise BenchError unless status, headers and body are what the work wants, at both ends."""
    headers = dict(work.headers)
    if work.hosts:
        check_hosts(server, work)
        headers["Host"] = host(0)
    check_answer(server, work, headers)
    check_echo(server, work, headers)
    if work.stored:
        check_hit(server, work, headers)
    if server.peer.metrics_path:
        expect(server, "its metrics", ask(server, server.peer.metrics_path, port=server.admin_port)[0], 200)


def check_answer(server: Server, work: Work, headers: dict[str, str]) -> None:
    status, answer_headers, body = ask(server, work.path, headers, work.method, b"u" * work.upload_bytes)
    expect(server, f"the status of {work.path}", status, 200)
    for i in range(1, work.header_filters + 1):
        expect(server, f"response header X-Answer-{i}", answer_headers.get(f"x-answer-{i}"), f"v{i}")
    expect(server, "response header X-Answer-Wasm", answer_headers.get("x-answer-wasm", ""), by_wasm(work))
    if not work.upload_bytes:
        expect(server, f"the body of {work.path}", body, ANSWERS[work.path])
    elif int(body) < work.upload_bytes:
        raise BenchError(f"{server.name}: the origin read only {int(body)} of {work.upload_bytes} bytes")


def check_hit(server: Server, work: Work, headers: dict[str, str]) -> None:
    """Ask twice: the second answer must be the one that the origin made for the first, whatever cookie asks for it."""
    first, second = (
        ask(server, work.path, {**headers, "Cookie": cookie})[1].get(MADE.lower()) for cookie in ("a=1", "b=2")
    )
    expect(server, f"which making of {work.path} comes", second, first)


def check_echo(server: Server, work: Work, headers: dict[str, str]) -> None:
    """Ask the origin what it saw of the request."""
    seen = ask(server, "/echo", headers)[2].decode().split("|")
    # Envoy names the machine's own address where the client is on the loopback, the others 127.0.0.1.
    forwarded_for = next(part for part in seen if part.startswith("for="))
    expect(server, "X-Forwarded-For being an address", is_address(forwarded_for[4:]), True)
    values = [f"v{i}" if i <= work.header_filters else "" for i in (1, 2, 3)]
    wanted = [
        f"host={headers.get('Host', server.address)}",
        forwarded_for,
        "proto=http",
        f"agent={headers.get('User-Agent', '')}",
        f"cookie={headers.get('Cookie', '')}",
        f"x={','.join(values)}",
        f"wasm={by_wasm(work)}",
    ]
    expect(server, "what the origin saw", seen, wanted)


def by_wasm(work: Work) -> str:
    """Return the value of the headers that the WASM filter adds."""
    return "v1" if work.wasm else ""


def check_hosts(server: Server, work: Work) -> None:
    for i in (0, work.hosts // 2, work.hosts - 1):
        expect(server, f"the status for {host(i)}", ask(server, work.path, {"Host": host(i)})[0], 200)
    unknown = {"Host": host(work.hosts)}
    expect(server, "the status for a host without a route", ask(server, work.path, unknown)[0], 404)


def ask(
    server: Server,
    path: str,
    headers: dict[str, str] | None = None,
    method: str = "GET",
    body: bytes = b"",
    port: int = 0,
) -> Answer:
    """Send one request; header names of the answer in lower case."""
    connection = HTTPConnection("127.0.0.1", port or server.port, timeout=10)
    try:
        connection.request(method, path, body or None, headers or {})
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    except OSError as error:
        raise BenchError(f"{server.name} does not answer {path}: {error}\n{server.log_tail()}") from error
    finally:
        connection.close()


def is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def expect(server: Server, what: str, seen: object, wanted: object) -> None:
    if seen != wanted:
        raise BenchError(f"{server.name}: {what} should be {wanted!r:.300}, is {seen!r:.300}")
