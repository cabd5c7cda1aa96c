"""Cross-origin resource sharing: the proxy's policy in place of the origin's (Fetch Standard, "HTTP extensions")."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, Field, model_validator

from filters.options import Line, Strict, prepared
from filters.units import Seconds
from filters.vary import add_vary
from proxy.exchange import Exchange
from proxy.filter import Filter
from proxy.messages import Headers, Request, Response

_ORIGIN = re.compile(r"[a-z][a-z0-9+.\-]*://[^/?#\s]+\Z")
_TOKEN = r"^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$"
_POLICY: Final = tuple(
    b"access-control-" + name
    for name in (
        b"allow-origin",
        b"allow-credentials",
        b"expose-headers",
        b"allow-methods",
        b"allow-headers",
        b"max-age",
    )
)


def _origin(text: str) -> str:
    if text.startswith("~"):
        try:
            re.compile(text[1:])
        except re.error as error:
            raise ValueError(f"{text[1:]!r} is not a regular expression: {error}") from None
        return text
    lower = text.lower()
    if lower not in {"*", "null"} and not _ORIGIN.match(lower):
        raise ValueError(f"{text!r} is not an origin; write https://example.com, without a path, or ~ and a pattern")
    return lower


Origin = Annotated[str, AfterValidator(_origin)]
Token = Annotated[str, Field(pattern=_TOKEN)]


class CorsFilter(Filter):
    """Answers preflights, and says on other answers who may read them."""

    type_name: ClassVar[str] = "cors"

    class Options(Strict):
        """An origin is exact, `*`, or `~` and a pattern that has to match the whole of it."""

        origins: Annotated[tuple[Origin, ...], Field(min_length=1)]
        methods: tuple[Token, ...] = ("GET", "HEAD", "POST")
        headers: tuple[Token, ...] = ()
        expose: tuple[Token, ...] = ()
        credentials: bool = False
        max_age: Seconds | None = None

        @model_validator(mode="after")
        def _no_wildcard_with_credentials(self) -> CorsFilter.Options:
            if self.credentials:
                for key in ("origins", "methods", "headers", "expose"):
                    if "*" in getattr(self, key):
                        raise ValueError(f"`{key}` may not be * with credentials: browsers take it literally then")
                if "null" in self.origins:
                    raise ValueError("any sandboxed page has the origin null, so it may not get credentials")
            return self

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._anybody = "*" in options.origins
        self._exact = frozenset(each.encode() for each in options.origins if not each.startswith("~"))
        self._patterns = tuple(re.compile(each[1:]) for each in options.origins if each.startswith("~"))
        credentials = [prepared("Access-Control-Allow-Credentials", "true")] if options.credentials else []
        self._answer_fields = [*credentials, *_list_field("Access-Control-Expose-Headers", options.expose)]
        self._preflight_fields = [
            *credentials,
            *_list_field("Access-Control-Allow-Methods", options.methods),
            *_list_field("Access-Control-Allow-Headers", options.headers),
        ]
        if options.max_age is not None:
            self._preflight_fields.append(prepared("Access-Control-Max-Age", f"{options.max_age:.0f}"))

    def on_request(self, exchange: Exchange) -> Response | None:
        request = exchange.request
        if not _is_preflight(request):
            return None
        headers = Headers()
        allowed = self._admit(request, headers, self._preflight_fields)
        exchange.decide(self.name, "answer", "preflight", "" if allowed else "the origin is not allowed")
        return Response(204, headers)

    def on_response(self, exchange: Exchange, response: Response) -> None:
        request = exchange.request
        if _is_preflight(request):
            return
        for name in _POLICY:
            response.headers.drop(name)
        self._admit(request, response.headers, self._answer_fields)

    def _admit(self, request: Request, headers: Headers, fields: list[Line]) -> bool:
        """Add the fields that the request's origin is due; tells whether it is due any.

        `*` is said to everybody, also without Origin, so that one stored answer serves all.
        """
        if self._anybody:
            _append(headers, b"*", fields)
            return True
        add_vary(headers, "Origin")
        origin = request.headers.find(b"origin")
        if origin is None or not self._knows(origin):
            return False
        _append(headers, origin, fields)
        return True

    def _knows(self, origin: bytes) -> bool:
        if origin in self._exact:
            return True
        text = origin.decode("latin-1")
        return any(pattern.fullmatch(text) for pattern in self._patterns)


def _append(headers: Headers, origin: bytes, fields: list[Line]) -> None:
    headers.append(b"access-control-allow-origin", b"Access-Control-Allow-Origin: " + origin)
    for name, line in fields:
        headers.append(name, line)


def _list_field(name: str, members: tuple[str, ...]) -> list[Line]:
    return [prepared(name, ", ".join(members))] if members else []


def _is_preflight(request: Request) -> bool:
    return (
        request.method == "OPTIONS"
        and request.headers.find(b"origin") is not None
        and request.headers.find(b"access-control-request-method") is not None
    )
