"""The error tree: what went wrong, whose fault it is, and which status the client gets.

A client is shown the status and the exchange's id, never the text of an exception. `reason` is a fixed, short
word for logs and metrics; the exception's text is for the operator.
"""

from __future__ import annotations


class ProxyError(Exception):
    """Anything that ends an exchange early; `source` is `client`, `proxy`, `upstream`, `filter` or `cache`."""

    status = 500
    source = "proxy"
    reason = "internal_error"

    def __init__(self, message: str = "", *, reason: str | None = None, status: int | None = None) -> None:
        super().__init__(message or self.reason)
        if reason is not None:
            self.reason = reason
        if status is not None:
            self.status = status


class ClientError(ProxyError):
    """The request was at fault."""

    status, source, reason = 400, "client", "bad_request"


class BadRequest(ClientError):
    """The request is malformed or ambiguous; the connection is closed after the answer."""


class MethodNotAllowed(ClientError):
    status, reason = 405, "method_not_allowed"


class RequestTimeout(ClientError):
    status, reason = 408, "request_timeout"


class BodyTooLarge(ClientError):
    status, reason = 413, "body_too_large"


class TargetTooLong(ClientError):
    status, reason = 414, "target_too_long"


class ExpectationFailed(ClientError):
    status, reason = 417, "expectation_failed"


class HeaderTooLarge(ClientError):
    status, reason = 431, "headers_too_large"


class UnknownMethod(ClientError):
    status, reason = 501, "unknown_method"


class VersionNotSupported(ClientError):
    status, reason = 400, "http_version"


class ClientGone(ClientError):
    """The client left before its answer was whole; 499 is nginx's number for logs, nobody receives it."""

    status, reason = 499, "client_gone"


class NoRoute(ProxyError):
    status, source, reason = 404, "proxy", "no_route"


class Overloaded(ProxyError):
    status, source, reason = 503, "proxy", "too_many_connections"


class UpstreamError(ProxyError):
    status, source, reason = 502, "upstream", "upstream_error"


class ConnectFailed(UpstreamError):
    """No connection was made, so the origin has seen nothing."""

    reason = "connect_failed"


class ResetBeforeHeaders(UpstreamError):
    """The connection ended before a response head; safe to retry only where the request is."""

    reason = "reset_before_headers"


class UpstreamCut(UpstreamError):
    """The response body ended before its framing said so."""

    reason = "cut_in_body"


class BadUpstreamResponse(UpstreamError):
    reason = "bad_response"


class UpstreamTimeout(UpstreamError):
    status, reason = 504, "upstream_timeout"


class NoHealthyEndpoint(UpstreamError):
    status, reason = 503, "no_healthy_endpoint"


class FilterError(ProxyError):
    """A filter failed; its route's `on_error` says whether the exchange goes on."""

    source, reason = "filter", "filter_failed"


class FilterBodyTooLarge(FilterError):
    """A filter asked for a whole body that is larger than its cap."""

    reason = "filter_body_too_large"


class GuestError(FilterError):
    """A WASM guest failed. `reason` is from a fixed set, the label of `wasm_traps_total`."""

    reason = "guest_failed"


class GuestTrap(GuestError):
    """The guest trapped, or called the host in a way that ends it; its instance is thrown away."""

    reason = "trap"


class GuestTimeout(GuestError):
    """A call into the guest, or all calls of one exchange, took longer than the filter's limits allow."""

    reason = "timeout"


class GuestOutOfMemory(GuestError):
    """The guest trapped with its memory at the limit."""

    reason = "out_of_memory"


class GuestUnavailable(GuestError):
    """No call was made: the guest is quarantined, its replacement waits, or all instances are taken."""

    status, reason = 503, "unavailable"


class PauseTimeout(GuestError):
    """The guest paused the exchange, and nothing ended the pause."""

    status, reason = 504, "pause_timeout"


class AbiMismatch(GuestError):
    """A module that cannot be run: not WASM, no known ABI, an import that nobody offers, a wrong signature."""

    reason = "abi_mismatch"


class FunctionFailed(GuestError):
    """An edge function came to its end, but said that it failed, or left what is no answer."""

    reason = "function_failed"


class FunctionTimeout(GuestError):
    """A call of an edge function took longer in all, its waits counted, than its limits allow."""

    status, reason = 504, "function_timeout"


class FunctionUnavailable(FilterError):
    """An edge function was not called: there is none of that name, or no room for one more call."""

    status, reason = 503, "function_missing"


class FunctionBusy(FunctionUnavailable):
    """As many calls wait as may, or this one has waited for as long as it may."""

    reason = "function_busy"


class FunctionRateExceeded(FunctionUnavailable):
    status, reason = 429, "function_rate"


class CacheStoreError(ProxyError):
    """The shared tier of a cache failed; never reaches a client, for whoever asked goes on as after a miss.

    `reason` is from a fixed set, the label of `cache_backend_failures_total`.
    """

    source, reason = "cache", "store_failed"


class StartError(ProxyError):
    """The process cannot start: an address in use, a certificate unreadable, workers that never get ready."""

    reason = "start_failed"


class ControlError(ProxyError):
    """The channel between supervisor and worker timed out, or carried a refusal or what is not understood."""

    reason = "control_failed"


class ControlClosed(ControlError):
    """The channel closed: there is nobody at its other end."""

    reason = "control_closed"


class ConfigError(ProxyError):
    """One fault in the configuration: `path` such as `routes[2].filters[0]`, 1-based `line` and `column`."""

    reason = "configuration"

    def __init__(self, path: str, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.path, self.message, self.line, self.column = path, message, line, column

    def __str__(self) -> str:
        place = f"{self.line}:{self.column}: " if self.line else ""
        return f"{place}{self.path}: {self.message}" if self.path else f"{place}{self.message}"
