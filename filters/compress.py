"""Compresses answers on their way to clients that take it."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, Field

from filters.encoders import Coding, Encoder, make_encoder
from filters.negotiation import choose_encoding
from filters.options import Strict
from filters.units import Bytes
from filters.vary import add_vary
from proxy.exchange import Exchange
from proxy.filter import Filter
from proxy.messages import Headers, Request, Response

_MEDIA_RANGE = re.compile(r"[a-z0-9.+\-]+/(\*|(\*\+)?[a-z0-9.+\-]+)")
_EVENT_STREAM: Final = "text/event-stream"
_NO_WHOLE_BODY: Final = frozenset({204, 205, 206, 304})
# They speak of the bytes before compression (RFC 9530 §2 and §3; RFC 9110 §14.3).
_OUTDATED: Final = (b"content-length", b"content-digest", b"repr-digest", b"digest", b"content-md5", b"accept-ranges")

_WORTHWHILE: Final = (
    "text/*",
    "application/javascript",
    "application/json",
    "application/wasm",
    "application/xml",
    "application/*+json",
    "application/*+xml",
    "image/svg+xml",
    "font/ttf",
    "font/otf",
)


def _media_range(text: str) -> str:
    lower = text.lower()
    if not _MEDIA_RANGE.fullmatch(lower):
        raise ValueError(f"{text!r} is not a media type; write text/html, text/* or application/*+json")
    return lower


class Levels(Strict):
    """How hard each coding tries; the defaults cost about the same time for each."""

    gzip: Annotated[int, Field(ge=1, le=9)] = 6
    br: Annotated[int, Field(ge=0, le=11)] = 4
    zstd: Annotated[int, Field(ge=1, le=19)] = 3


class CompressFilter(Filter):
    """Encodes the body piece by piece in the coding that the client rates highest."""

    type_name: ClassVar[str] = "compress"

    class Options(Strict):
        """`encodings` in order of preference among those that a client rates alike.

        `flush` gives out each piece at once: of event streams, of `all` answers, or of `none`; then event streams are
        left alone, for an encoder would keep events back.
        """

        encodings: Annotated[tuple[Coding, ...], Field(min_length=1)] = ("zstd", "br", "gzip")
        min_size: Bytes = 1024
        types: tuple[Annotated[str, AfterValidator(_media_range)], ...] = _WORTHWHILE
        levels: Levels = Levels()
        flush: Literal["none", "events", "all"] = "none"

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._place = f"{name}#{id(self)}"  # a chain may use one name twice
        self._offered = options.encodings
        self._levels: dict[Coding, int] = {coding: getattr(options.levels, coding) for coding in self._offered}
        self._min_bytes = max(1, options.min_size)  # nothing only grows
        self._worthwhile = re.compile("|".join(_range_pattern(each) for each in options.types) or r"(?!)")
        self._flush = options.flush

    def on_response(self, exchange: Exchange, response: Response) -> None:
        headers, request = response.headers, exchange.request
        if response.status == 304:
            _answer_not_modified(request, headers)
            return
        media_type = _media_type(headers)
        if not self._may_compress(request, response, media_type):
            return
        add_vary(headers, "Accept-Encoding")
        coding = self._choose(request)
        if coding is None:
            return
        _mark_encoded(response, coding)
        if request.method != "HEAD":
            flushes = self._flush == "all" or media_type == _EVENT_STREAM
            exchange.values[self._place] = (make_encoder(coding, self._levels[coding]), flushes)

    def wants_response_body(self, exchange: Exchange) -> bool:
        return self._place in exchange.values

    def on_response_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes:
        state: tuple[Encoder, bool] = exchange.values[self._place]
        encoder, flushes = state
        out = encoder.encode(chunk) if chunk else b""
        if last:
            return out + encoder.finish()
        return out + encoder.flush() if flushes else out

    def _may_compress(self, request: Request, response: Response, media_type: str) -> bool:
        """Tell whether the answer is one that somebody gets compressed, whoever asks now."""
        headers = response.headers
        if response.status < 200 or response.status in _NO_WHOLE_BODY:
            return False
        if media_type == _EVENT_STREAM and self._flush == "none":
            return False
        size = _size(request, response)
        if (size is not None and size < self._min_bytes) or not self._worthwhile.fullmatch(media_type):
            return False
        # RFC 9110 §7.7 and RFC 9111 §5.2.2.6: what says no-transform is passed on as it is.
        return headers.find(b"content-encoding") is None and not _has_member(headers, "Cache-Control", "no-transform")

    def _choose(self, request: Request) -> Coding | None:
        accepted = request.headers.joined("Accept-Encoding")
        if accepted is None:
            return None
        coding = choose_encoding(accepted, self._offered)
        return next((each for each in self._offered if each == coding), None)


def _range_pattern(media_range: str) -> str:
    return re.escape(media_range).replace(r"\*", r"[^/]+")


def _media_type(headers: Headers) -> str:
    return (headers.get("Content-Type") or "").partition(";")[0].strip().lower()


def _size(request: Request, response: Response) -> int | None:
    """Return the body's size in bytes, as far as it is known; the answer to HEAD only tells it."""
    if request.method == "HEAD":
        return response.content_length
    return len(response.body) if isinstance(response.body, bytes) else response.body.length


def _has_member(headers: Headers, name: str, wanted: str) -> bool:
    members = headers.joined(name)
    return members is not None and wanted in {member.strip().lower() for member in members.split(",")}


def _mark_encoded(response: Response, coding: Coding) -> None:
    headers = response.headers
    for name in _OUTDATED:
        headers.drop(name)
    response.content_length = None
    headers.add("Content-Encoding", coding)
    etag = headers.find(b"etag")
    if etag is not None and not etag.startswith(b"W/"):
        headers.put(b"etag", b"ETag: W/" + etag)  # The bytes differ, the meaning doesn't (RFC 9110 §8.8.1).


def _answer_not_modified(request: Request, headers: Headers) -> None:
    """Name the entity as the client does: if it holds our weak form, the strong one would not match it."""
    etag = headers.find(b"etag")
    known = request.headers.joined("If-None-Match")
    if etag is not None and known is not None and "W/" + etag.decode("latin-1") in known:
        headers.put(b"etag", b"ETag: W/" + etag)
        add_vary(headers, "Accept-Encoding")
