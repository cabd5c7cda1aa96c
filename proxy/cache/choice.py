"""What filters tell the cache about one exchange."""

from __future__ import annotations


class CacheChoice:
    """`exchange.cache`, to be set in `on_request`; what the cache made of it is in `exchange.cache_result`.

    `bypass` keeps the exchange away from the cache, `store` set to False keeps its response out; `ttl_s` takes the
    place of the response's own freshness lifetime, where it may be stored at all. `key_parts` join the key.
    """

    __slots__ = ("bypass", "key_parts", "store", "ttl_s")

    def __init__(self) -> None:
        self.bypass = False
        self.store = True
        self.ttl_s: float | None = None
        self.key_parts: tuple[str, ...] = ()

    def vary_on(self, *parts: str) -> None:
        """Add to the key what the answer depends on besides the request's URL, such as a group of users."""
        self.key_parts += parts
