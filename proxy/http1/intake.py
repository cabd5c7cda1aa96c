"""From a request's head to a Request, or to the ClientError that refuses it.

Request lines and the forwarding fields made of them are remembered: 0.1 µs for one seen before against 1–3 µs
for a new one. The memories are bounded and emptied when full, because clients choose what goes in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

from proxy import forwarded
from proxy.authority import Host, parse_host, same_authority
from proxy.errors import BadRequest, ExpectationFailed, HeaderTooLarge, TargetTooLong
from proxy.exchange import Client
from proxy.forwarded import Network
from proxy.http1 import framing
from proxy.http1.codec import RequestHeads
from proxy.http1.framing import ChunkedDecoder, Decoder, FramingError, LengthDecoder
from proxy.http1.target import KNOWN_METHODS, RequestLine, parse_request_line
from proxy.limits import Limits
from proxy.messages import Headers, Request
from proxy.path import PathRules

K = TypeVar("K")
V = TypeVar("V")


class Memory(dict[K, V], Generic[K, V]):
    """Results of a pure function by its argument."""

    limit: Final = 2048
    longest: Final = 512

    def __init__(self, make: Callable[[K], V]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: K) -> V:
        value = self._make(key)
        if len(key) <= self.longest:  # type: ignore[arg-type]
            if len(self) >= self.limit:
                self.clear()
            self[key] = value
        return value


class IntakeRules:
    """What one listener demands of request heads; shared by its connections."""

    def __init__(
        self, limits: Limits, *, paths: PathRules, trusted_hops: Sequence[Network] = (), via: str = "penstock"
    ) -> None:
        self.limits = limits
        self.trusted_hops = tuple(trusted_hops)
        self.via = f"1.1 {via}"
        self.lines: Memory[bytes, RequestLine] = Memory(lambda line: parse_request_line(line, paths))


class Intake:
    """Reads the request heads of one connection."""

    __slots__ = (
        "_client",
        "_fields",
        "_fields_for",
        "_heads",
        "_rules",
        "_scheme",
        "_trusted",
        "client",
        "persistent",
    )

    def __init__(self, rules: IntakeRules, client: Client) -> None:
        self._rules = rules
        self._client = self.client = client
        self._heads = RequestHeads()
        self._scheme = "https" if client.tls else "http"
        self._trusted = forwarded.is_trusted(client.address, rules.trusted_hops)
        self._fields_for: str | None = None
        self._fields: list[bytes] = []
        self.persistent = True

    def read(self, head: bytes) -> tuple[Request, Decoder | None, int | None]:
        """Return the request, what decodes its body, and the body's length where it is known.

        Leaves in `client` who asked and in `persistent` whether the connection may go on. Raises ClientError.
        """
        rules, heads = self._rules, self._heads
        line_end = head.find(b"\r\n")
        if line_end > rules.limits.request_line_bytes:
            raise TargetTooLong("the request line is over the limit")
        line = rules.lines[head[:line_end]]
        heads.parse(head, line_end=line_end, known_method=line.method in KNOWN_METHODS)
        if heads.count > rules.limits.header_count:
            raise HeaderTooLarge("too many header fields")
        host = self._host(line)
        request = Request(line.method, line.path, line.query, Headers(), self._scheme, host.authority, host.host)
        request.received(line.version, line.upstream_line)
        self.persistent = line.version == 11
        if heads.connection is not None:
            self._heed_connection(request)
        if self._trusted:
            self._hear_the_hop(request)
        elif self._fields_for != host.authority:
            self._fields_for = host.authority
            self._fields = forwarded.fresh_fields(self._client.address, self._scheme, host.authority, rules.via)
        request.headers.lines = heads.lines + self._fields
        if heads.lengths is None and heads.transfer_encodings is None:
            return request, None, None
        return self._with_body(request)

    def _heed_connection(self, request: Request) -> None:
        heads, version = self._heads, request.version
        options = heads.connection_options()
        self.persistent = b"close" not in options and (version == 11 or b"keep-alive" in options)
        if heads.upgrade is not None and b"upgrade" in options and version == 11:
            request.upgrade = _upgrade(heads.upgrade)

    def _host(self, line: RequestLine) -> Host:
        """Settle the one authority (RFC 9112 §3.2): an absolute target's, which Host must not contradict."""
        values = self._heads.host
        if values is None or len(values) > 1:
            raise BadRequest("Host must be given exactly once", reason="host")
        host = parse_host(values[0])
        if line.authority is not None:
            if not same_authority(line.authority, host.authority, line.scheme or self._scheme):
                raise BadRequest("Host is not the target's authority", reason="host")
            host = parse_host(line.authority.encode("ascii"))
        return host

    def _hear_the_hop(self, request: Request) -> None:
        said = self._heads.forwarded or ()
        self.client = forwarded.behind_trusted_hop(self._client, said, self._rules.trusted_hops)
        request.scheme = forwarded.said_scheme(said) or self._scheme
        self._fields = forwarded.extended_fields(
            said, self._client.address, request.scheme, request.authority, self._rules.via
        )

    def _with_body(self, request: Request) -> tuple[Request, Decoder | None, int | None]:
        heads = self._heads
        try:
            length = framing.content_length(heads.lengths or [])
            chunked = framing.is_chunked(heads.transfer_encodings or [], request.version)
        except FramingError as error:
            raise BadRequest(str(error), reason="framing") from error
        if chunked and length is not None:
            raise BadRequest("Content-Length beside Transfer-Encoding", reason="framing")
        request.expects_continue = request.version == 11 and self._expects_continue()
        if chunked:
            return request, ChunkedDecoder(self._rules.limits.trailer_bytes), None
        assert length is not None
        if length == 0:
            request.body = b""
            return request, None, 0
        return request, LengthDecoder(length), length

    def _expects_continue(self) -> bool:
        if self._heads.expect is None:
            return False
        if [value.lower() for value in self._heads.expect] != [b"100-continue"]:
            raise ExpectationFailed("the only expectation known is 100-continue")
        return True


def _upgrade(values: list[bytes]) -> bytes | None:
    """Return the protocol to ask the origin for; h2c would smuggle requests past the routes, so it is not asked."""
    protocol = values[0].strip(b" \t") if len(values) == 1 else b""
    if not protocol or b"," in protocol or protocol.lower().startswith((b"h2c", b"http/", b"tls/")):
        return None
    return protocol
