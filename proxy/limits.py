"""What a client may cost: every limit with its default. The configuration sets them per listener and per route."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds; the answer to a breach stands behind each.

    Those that act before a route is known (`request_line_bytes`, `header_timeout_s`, `idle_timeout_s`, `connections`)
    are the listener's alone. A route may be stricter about `header_bytes` and `header_count`, and sets the others as it
    likes.
    """

    request_line_bytes: int = 8 * KIB  # 414
    header_bytes: int = 32 * KIB  # 431
    header_count: int = 100  # 431
    header_timeout_s: float = 10.0  # 408
    body_bytes: int = 10 * MIB  # 413
    body_idle_timeout_s: float = 15.0  # 408
    body_min_rate: int = 500  # bytes a second over a window, 408; 0 turns it off
    body_min_rate_window_s: float = 10.0
    idle_timeout_s: float = 75.0  # an idle connection is closed without a word
    send_timeout_s: float = 60.0  # a client that reads nothing for so long is cut
    connections: int = 10_000  # 503, per listener and worker
    response_timeout_s: float = 60.0  # 504, one deadline until the final response head
    trailer_bytes: int = 8 * KIB  # 400 from a client, 502 from an origin
    tunnel_idle_timeout_s: float = 600.0  # a tunnel with no byte either way is closed


LAST_REQUEST_S: Final = 5.0
"""What idle clients have to bring one more request, where others serve on or the listener is removed."""
