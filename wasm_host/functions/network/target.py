"""Where a URL leads, read in the one way that can't be confused: what is checked here is what is connected to.

There are no credentials, no second spellings of an address, no character that some parser takes for another. Nothing is
handed on as text to be parsed again: the request is made from the parts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final
from urllib.parse import quote, urljoin

import idna
from yarl import URL

from proxy.authority import DEFAULT_PORTS
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.network.addresses import as_connected

MOST_URL_BYTES: Final = 8 * 1024

_LONGEST_NAME: Final = 253
_LARGEST_PORT: Final = 65535
# A backslash is a slash to browsers; tabs and line breaks are nothing at all to them.
_NEVER: Final = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_PARTS: Final = re.compile(r"//([^/?#]*)([^#]*)(?:#.*)?", re.DOTALL)
_AUTHORITY: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:@]+))(?::([0-9]{1,5}))?")
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
# inet_aton(3) takes a host for an address whose last part is such a number: 2130706433, 0x7f.1, 0177.0.0.01
_ENDS_IN_NUMBER: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_VISIBLE: Final = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True, slots=True)
class Target:
    """`host` is a name in lower case, with A-labels and no final dot, or an address, IPv6 without its brackets.

    `path` begins with a slash and has the query with it.
    """

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read an absolute URL; its fragment is dropped. Raises HostcallFailed, `not_allowed` for tricks."""
        _check_characters(text)
        scheme = _SCHEME.match(text)
        if scheme is None:
            raise HostcallFailed("invalid", "the URL is not absolute")
        name = scheme[1].lower()
        if name not in DEFAULT_PORTS:
            raise HostcallFailed("not_allowed", f"{name}: is neither http: nor https:")
        parts = _PARTS.fullmatch(text, scheme.end())
        if parts is None:
            raise HostcallFailed("invalid", "the URL names no host")
        host, port = read_authority(parts[1])
        path = parts[2] if parts[2].startswith("/") else f"/{parts[2]}"
        return cls(name, host, DEFAULT_PORTS[name] if port is None else port, quote(path, safe=_VISIBLE))

    def resolve(self, reference: str) -> Target:
        """Return where a reference leads from here (RFC 3986 §5.2); raises HostcallFailed."""
        _check_characters(reference)
        try:
            joined = urljoin(str(self.url()), reference)
        except ValueError as error:
            raise HostcallFailed("invalid", f"not a reference: {error}") from error
        return self.parse(joined)

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """Return what Host says: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def url(self) -> URL:
        path, _, query = self.path.partition("?")
        return URL.build(scheme=self.scheme, authority=self.authority, path=path, query_string=query, encoded=True)


def _check_characters(text: str) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise HostcallFailed("invalid", "the URL is not text") from error
    if size > MOST_URL_BYTES:
        raise HostcallFailed("too_large", f"the URL has more than {MOST_URL_BYTES} bytes")
    if _NEVER.search(text):
        raise HostcallFailed("invalid", "the URL holds a space, a control character or a backslash")


def read_authority(text: str) -> tuple[str, int | None]:
    """Return host, as a Target has it, and port, None without one; raises HostcallFailed."""
    if "@" in text:
        raise HostcallFailed("not_allowed", "credentials in a URL are refused")
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        raise HostcallFailed("invalid", f"not a host with an optional port: {text!r}")
    v6, name, digits = found.groups()
    port = None if digits is None else int(digits)
    if port is not None and not 0 < port <= _LARGEST_PORT:
        raise HostcallFailed("invalid", f"{port} is not a port")
    return (_name_or_v4(name) if v6 is None else _v6(v6)), port


def is_ip(host: str) -> bool:
    """Tell whether a Target's host is an address."""
    return ":" in host or _ENDS_IN_NUMBER.fullmatch(host) is not None


def _v6(text: str) -> str:
    try:
        return str(as_connected(IPv6Address(text)))
    except AddressValueError as error:
        raise HostcallFailed("invalid", f"not an IPv6 address: [{text}]") from error


def _name_or_v4(text: str) -> str:
    host = _ascii(text).lower().removesuffix(".")
    if len(host) > _LONGEST_NAME or not _NAME.fullmatch(host):
        raise HostcallFailed("invalid", f"not a host: {text!r}")
    return _v4(host) if _ENDS_IN_NUMBER.fullmatch(host) else host


def _ascii(text: str) -> str:
    """Return a name in A-labels (UTS 46), which makes of other scripts' digits and dots what they look like."""
    if text.isascii():
        return text
    try:
        return idna.encode(text[: _LONGEST_NAME + 1], uts46=True, std3_rules=True).decode()
    except idna.IDNAError as error:
        raise HostcallFailed("invalid", f"not a host: {text!r}") from error


def _v4(text: str) -> str:
    try:
        return str(IPv4Address(text))
    except AddressValueError as error:
        raise HostcallFailed("not_allowed", f"{text} is an address in disguise") from error
