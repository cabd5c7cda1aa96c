"""Any call of an admin of a real configuration is answered, never by 500, and never with a secret."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from kit.admin import PATIENCE_S, filled, standing

from config.load import check
from config.reload import plan_of
from filters.password import Pbkdf2, hash_secret
from proxy.admin.endpoints import ENDPOINTS, JSON, YAML

WRITE, READ, FROM_FILE = "write-q7-0123456789Zx", "read-q7-0123456789Zx", "kept-q7-in-a-file-Zx"
HASH = hash_secret("a password", Pbkdf2(1))
SECRETS = [secret.encode() for secret in (WRITE, READ, FROM_FILE, HASH)]
TEXT = f"""\
version: 1
listeners: [{{name: public, address: "127.0.0.1:0"}}]
filters: {{members: {{type: basic_auth, users: {{demo: "{HASH}"}}}}}}
upstreams: {{api: {{endpoints: ["127.0.0.1:9000"]}}}}
routes: [{{name: all, filters: [members], upstream: api}}]
admin:
  address: "127.0.0.1:0"
  tokens:
    - {{name: ops, token: "${{WRITE}}", role: write}}
    - {{name: graphs, token: "{READ}", role: read}}
    - {{name: other, token: "file:token", role: read}}
  audit_log: /dev/null
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Serve the configuration's admin; wrong tokens make nobody wait."""
    directory = tmp_path_factory.mktemp("admin")
    (directory / "token").write_text(FROM_FILE + "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WRITE", WRITE)
        patch.setattr("proxy.admin.attempts.BURST", 10**9)
        report = check(TEXT, directory, {"WRITE": WRITE})
        assert report.configuration is not None, report.errors
        spec = plan_of(directory / "penstock.yaml", report.configuration).admin
        assert spec is not None
        with standing(spec) as url:
            yield int(url.rpartition(":")[2])


def exchange(port: int, sent: bytes, *, broken: bool = False) -> bytes:
    """Send, and leave if that is broken off; returns what comes back before the end."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as connection:
        connection.sendall(sent)
        if broken:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        while piece := connection.recv(65536):
            received += piece
    return received


def judge(received: bytes) -> None:
    for secret in SECRETS:
        assert secret not in received
    if received:
        assert received[:7] == b"HTTP/1."
        assert received.split(None, 2)[1] != b"500"


# -- calls

FIELD = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40)
PATHS = st.one_of(
    st.sampled_from([filled(each.path) for each in ENDPOINTS]),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30).map(lambda text: "/" + text),
    st.builds("/wasm/{}/reload".format, st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20)),
)
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PURGE"])
AUTHORIZATIONS = st.one_of(
    st.none(), st.sampled_from([f"Bearer {WRITE}", f"Bearer {READ}", f"Basic {WRITE}", f"bearer  {WRITE}"]), FIELD
)
HEADERS = st.dictionaries(
    st.sampled_from(["Accept", "Content-Type", "Content-Encoding", "Origin", "Expect", "X-Any", "Upgrade", "Range"]),
    st.one_of(FIELD, st.sampled_from([*JSON, *YAML, "identity", "gzip", "100-continue", "bytes=0-1", "null"])),
    max_size=4,
)
WORDS = st.sampled_from(["${WRITE}", "file:token", "${HOME}", "127.0.0.1:0", "all", "1", "true", "x"])
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), WORDS, st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(
                st.sampled_from(
                    ["version", "listeners", "routes", "admin", "tokens", "token", "address", "name", "url"]
                ),
                st.text(max_size=10),
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)
PLANS = st.builds(
    lambda key, value: TEXT + f"{key}: {json.dumps(value)}\n", st.sampled_from(["workers", "access_log", "x"]), VALUES
)
BODIES = st.one_of(
    st.binary(max_size=200),
    VALUES.map(lambda value: json.dumps(value).encode()),
    PLANS.map(str.encode),
    st.sampled_from([b'{"all": true}', b'{"tag": "x"}', TEXT.encode()]),
)


def message(method: str, path: str, authorization: str | None, fields: dict[str, str], host: str, body: bytes) -> bytes:
    fields = {"Host": host, **fields, "Content-Length": str(len(body)), "Connection": "close"}
    if authorization is not None:
        fields["Authorization"] = authorization
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


CALLS = st.builds(
    message,
    METHODS,
    PATHS,
    AUTHORIZATIONS,
    HEADERS,
    st.one_of(st.just("localhost"), st.just("localhost"), FIELD),
    BODIES,
)
QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUIET
@given(call=CALLS)
@example(call=message("GET", "/config", f"Bearer {READ}", {}, "localhost", b""))
@example(
    call=message("POST", "/plan", f"Bearer {WRITE}", {"Content-Type": "application/yaml"}, "localhost", b"a: ${WRITE}")
)
def test_any_call_is_answered_without_secrets(port: int, call: bytes) -> None:
    received = exchange(port, call)
    assert received
    judge(received)


@QUIET
@given(text=st.one_of(PLANS, VALUES.map(json.dumps), st.text(max_size=100)))
def test_any_plan_is_judged_without_secrets(port: int, text: str) -> None:
    body = text.encode("utf-8", "replace")
    received = exchange(port, message("POST", "/plan", f"Bearer {WRITE}", {"Content-Type": YAML[0]}, "localhost", body))
    assert received.split(None, 2)[1] == b"200"
    judge(received)


@QUIET
@given(call=CALLS, cut=st.integers(0, 400), noise=st.binary(max_size=20), at=st.integers(0, 200))
def test_any_bytes_are_survived(port: int, call: bytes, cut: int, noise: bytes, at: int) -> None:
    judge(exchange(port, call[:at] + noise + call[at : len(call) - cut], broken=True))
    assert exchange(port, message("GET", "/healthz", None, {}, "localhost", b"")).split(None, 2)[1] == b"200"
