"""Fields by which a site tells browsers to be careful with it."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from filters.options import Line, Strict, prepared
from filters.units import Seconds
from proxy.exchange import Exchange
from proxy.filter import Filter
from proxy.messages import Headers, Response

_YEAR_S: Final = 365 * 24 * 3600
_SOFTWARE: Final = (b"server", b"x-powered-by", b"x-aspnet-version", b"x-aspnetmvc-version")
_POLICY: Final = b"content-security-policy"
_FRAMES: Final = {"deny": "DENY", "same_origin": "SAMEORIGIN"}
_SOURCE = re.compile(r"[!-+\--:<-~]+")

ReferrerPolicy = Literal[
    "no-referrer",
    "no-referrer-when-downgrade",
    "origin",
    "origin-when-cross-origin",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
]


def _value(text: str) -> str:
    prepared("X-Any", text)
    return text


def _source(text: str) -> str:
    if not _SOURCE.fullmatch(text):
        raise ValueError(f"{text!r} is not a source; write 'self', https://example.com or https://*.example.com")
    return text


Value = Annotated[str, Field(min_length=1), AfterValidator(_value)]
Source = Annotated[str, AfterValidator(_source)]


class Hsts(Strict):
    """HTTP Strict Transport Security (RFC 6797)."""

    max_age: Seconds = _YEAR_S
    include_subdomains: bool = False
    preload: bool = False

    @model_validator(mode="after")
    def _fit_for_the_list(self) -> Hsts:
        if self.preload and not (self.include_subdomains and self.max_age >= _YEAR_S):
            raise ValueError("preload needs include_subdomains and a max_age of a year, 8760h (hstspreload.org)")
        return self

    def line(self) -> Line:
        subdomains = "; includeSubDomains" if self.include_subdomains else ""
        preload = "; preload" if self.preload else ""
        return prepared("Strict-Transport-Security", f"max-age={self.max_age:.0f}{subdomains}{preload}")


def _kind_of_hsts(value: Any) -> str:
    """Tell the two apart for pydantic, so that a slip in one is not judged by the other, too."""
    return "turned off" if isinstance(value, bool) else "settings"


class SecurityHeadersFilter(Filter):
    """Adds the fields that the origin server left out, or with `override` replaces those that it wrote."""

    type_name: ClassVar[str] = "security_headers"

    class Options(Strict):
        """What is false, or left out and has no default, is not sent."""

        hsts: Annotated[
            Annotated[Hsts, Tag("settings")] | Annotated[Literal[False], Tag("turned off")],
            Discriminator(_kind_of_hsts),
        ] = Hsts()
        content_type_options: bool = True
        frames: Literal["deny", "same_origin", "any"] = "same_origin"
        frame_ancestors: tuple[Source, ...] = ()
        referrer_policy: ReferrerPolicy | Literal[False] = "strict-origin-when-cross-origin"
        permissions_policy: Value | None = None
        cross_origin_opener_policy: (
            Literal["same-origin", "same-origin-allow-popups", "noopener-allow-popups", "unsafe-none"] | None
        ) = None
        cross_origin_resource_policy: Literal["same-origin", "same-site", "cross-origin"] | None = None
        content_security_policy: Value | None = None
        override: bool = False
        hide_software: bool = False

        @model_validator(mode="after")
        def _one_word_about_frames(self) -> SecurityHeadersFilter.Options:
            if self.frame_ancestors and "frame-ancestors" in (self.content_security_policy or "").lower():
                raise ValueError("give frame_ancestors either by themselves or in content_security_policy")
            return self

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._override, self._hide_software = options.override, options.hide_software
        self._lines = [prepared(field, value) for field, value in _fields(options)]
        # Over plain HTTP it must not be sent (RFC 6797 §7.2).
        self._secure_lines = [options.hsts.line(), *self._lines] if options.hsts else self._lines
        self._ancestors = None if options.content_security_policy else _ancestors(options)

    def on_response(self, exchange: Exchange, response: Response) -> None:
        headers = response.headers
        for lower_name, line in self._secure_lines if exchange.request.scheme == "https" else self._lines:
            if self._override or headers.find(lower_name) is None:
                headers.put(lower_name, line)
        if self._ancestors is not None:
            self._add_ancestors(headers, self._ancestors)
        if self._hide_software:
            for lower_name in _SOFTWARE:
                headers.drop(lower_name)

    def _add_ancestors(self, headers: Headers, ancestors: Line) -> None:
        """Add a policy of its own beside the origin's: of several each one holds (CSP Level 3 §2.4)."""
        said = headers.values(_POLICY)
        if self._override or not any(b"frame-ancestors" in policy.lower() for policy in said):
            headers.append(*ancestors)


def _fields(options: SecurityHeadersFilter.Options) -> list[tuple[str, str]]:
    """Return names and values of what is the same on every answer."""
    values: list[tuple[str, str | None]] = [
        ("X-Content-Type-Options", "nosniff" if options.content_type_options else None),
        # A browser that knows frame-ancestors does not look at the older field (CSP Level 3 §6.4.2.2).
        ("X-Frame-Options", None if options.frame_ancestors else _FRAMES.get(options.frames)),
        ("Referrer-Policy", options.referrer_policy or None),
        ("Permissions-Policy", options.permissions_policy),
        ("Cross-Origin-Opener-Policy", options.cross_origin_opener_policy),
        ("Cross-Origin-Resource-Policy", options.cross_origin_resource_policy),
        ("Content-Security-Policy", _policy(options)),
    ]
    return [(name, value) for name, value in values if value is not None]


def _policy(options: SecurityHeadersFilter.Options) -> str | None:
    policy = options.content_security_policy
    if policy is None or not options.frame_ancestors:
        return policy
    return f"{policy.rstrip('; ')}; frame-ancestors {' '.join(options.frame_ancestors)}"


def _ancestors(options: SecurityHeadersFilter.Options) -> Line | None:
    if not options.frame_ancestors:
        return None
    return prepared("Content-Security-Policy", f"frame-ancestors {' '.join(options.frame_ancestors)}")
