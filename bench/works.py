"""The works: what the load generator asks for, the same of every peer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SMALL_ANSWER = (
    b"a penstock is the gated pipe that leads water to a turbine; this answer is one hundred and ten bytes.........\n"
)
LARGE_ANSWER_BYTES = 64 * 1024
UPLOAD_BYTES = 1024 * 1024
CONNECTIONS = 32

USER_AGENT = (("User-Agent", "wrk"),)
"""What the WASM filter looks for; wrk itself sends none."""

BROWSER_HEADERS = {
    "Host": "shop.example",
    "Connection": "keep-alive",
    "Cache-Control": "max-age=0",
    "sec-ch-ua": '"Chromium";v="130", "Not?A_Brand";v="99"',
    "sec-ch-ua-mobile": "?0",
    "sec-ch-ua-platform": '"Linux"',
    "Upgrade-Insecure-Requests": "1",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Safari/537.36",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en-GB,en;q=0.9",
    "Cookie": "session=6f1c2b9a7d3e4f50; theme=dark; consent=necessary",
}


@dataclass(frozen=True)
class Work:
    """One kind of load. `hosts` > 0: that many hosts `h<i>.example`, a route for each and no other.

    `new_cookies`: no two requests are alike, as if each came from another browser. `wasm`: the guest of
    bench/guests/header_filter.wat is in the way, one for all requests or one for each, where a peer has the choice.
    `base` is the work that this one's additional cost is counted from; both are measured in the same rounds.
    `stored`: the proxy answers from its cache, for the origin allows it a day. `urls` > 0: that many URLs, in turn.
    `per_second` > 0: about as many requests, at moments left to chance, not as many as are answered.
    """

    name: str
    title: str
    path: str = "/small"
    method: str = "GET"
    upload_bytes: int = 0
    header_filters: int = 0
    hosts: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    new_cookies: bool = False
    wasm: Literal["shared", "per_request"] | None = None
    base: str = ""
    stored: bool = False
    urls: int = 0
    per_second: int = 0


PROXYING = (
    Work("small", "small answer (110 bytes)"),
    Work("wasm", "small answer + a Proxy-Wasm header filter", wasm="shared", base="small", headers=USER_AGENT),
    Work(
        "wasm_per_request",
        "the same, a new guest per request (Envoy: one for all)",
        wasm="per_request",
        base="small",
        headers=USER_AGENT,
    ),
    Work("filters", "small answer + 3 header filters", header_filters=3),
    Work("browser", "browser request (15 headers)", headers=tuple(BROWSER_HEADERS.items())),
    Work("strangers", "the same, each with a new cookie", headers=tuple(BROWSER_HEADERS.items()), new_cookies=True),
    Work("answer64k", "64 KiB answer", path="/large"),
    Work("upload", "1 MiB upload", path="/upload", method="POST", upload_bytes=UPLOAD_BYTES),
    Work("routes", "1,000 routes over 1,000 hosts", hosts=1000),
)

VISITOR = tuple((name, value) for name, value in BROWSER_HEADERS.items() if name != "Cache-Control")
"""A browser that follows a link, where one that reloads has a cache ask its origin."""

HITS = (
    Work("hit", "cache hit, small answer (110 bytes)", path="/fresh/small", stored=True),
    Work("hit_urls", "cache hits, 1,000 URLs in turn", path="/fresh/small", stored=True, urls=1000),
    Work(
        "hit_strangers",
        "cache hit, a browser's request (14 headers), each with a new cookie",
        path="/fresh/small",
        stored=True,
        headers=VISITOR,
        new_cookies=True,
    ),
    Work("hit64k", "cache hit, 64 KiB answer", path="/fresh/large", stored=True),
)

WORKS = (*PROXYING, *HITS)


def host(index: int) -> str:
    return f"h{index}.example"
