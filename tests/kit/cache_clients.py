"""Clients of a cache, each with what tells it from the others, and the judge of what they are answered."""

from __future__ import annotations

import asyncio
from collections import Counter

from kit.cache_model import Ask, Ledger, Telling
from kit.cache_site import HOST, SELECTING, Site
from kit.cache_words import Wish
from kit.exchanges import make_exchange
from proxy.body import collect
from proxy.cache.cache import Cache
from proxy.cache.instant import Instant
from proxy.cache.key import KeyRules
from proxy.cache.origin import CachedOrigin
from proxy.chain import discard
from proxy.errors import UpstreamError
from proxy.exchange import Exchange
from proxy.messages import Headers, Response
from proxy.runtime import Strand

CLIENTS = {"eve": [], "bob": [("Cookie", "session=bob")], "ann": [("Authorization", "Basic YW5uOmE=")]}
NONE = Wish()
RANGE = ("Range", "bytes=2-5")
LONGEST_BYTES = 1 << 20


class Clients:
    """`open` has who waits; `wrong` what broke a rule; `seen` counts by which leave answers were given.

    With `instant` plain requests take the way that makes no exchange, where it leads anywhere.
    """

    def __init__(
        self, cache: Cache, cached: CachedOrigin, site: Site, ledger: Ledger, seen: Counter[str], *, instant: bool
    ) -> None:
        self._cached, self._site, self._ledger, self._seen = cached, site, ledger, seen
        self._instant = Instant(cache, cached.policy, KeyRules(), site.name) if instant else None
        self._etags: dict[tuple[str, str], str] = {}
        self.open: dict[Ask, Strand] = {}
        self.wrong: list[BaseException] = []

    def ask(
        self, client: str, path: str, selecting: dict[str, str | None], wish: Wish = NONE, form: str = "plain"
    ) -> None:
        """Ask, and judge the answer when it comes."""
        ask = self._new(client, path, dict.fromkeys(SELECTING) | selecting, wish, form)
        is_simple = form == "plain" and wish == NONE and not ask.authorized
        if self._instant is None or not is_simple or not self._instantly(ask, self._instant):
            strand = self.open[ask] = Strand(self._answered(ask))
            strand.step()

    def everybody_asks(self, path: str, device: str | None = None) -> None:
        """Ask plainly, each for himself; `device` is bob's."""
        for client in CLIENTS:
            self.ask(client, path, {"x-device": device if client == "bob" else None})

    async def change(self, client: str, path: str, method: str) -> None:
        """Send a request that is not safe; no answer where the site is down."""
        try:
            discard(await self._cached.fetch(_exchange(client, path, method)))
        except UpstreamError:
            assert self._site.state == "down"

    def _new(self, client: str, path: str, selecting: dict[str, str | None], wish: Wish, form: str) -> Ask:
        fields = wish.field_lines() + [(name, value) for name, value in selecting.items() if value is not None]
        etag = self._etags.get((client, HOST + path)) if form == "conditional" else None
        if etag is not None:
            fields.append(("If-None-Match", etag))
        if form == "range":
            fields.append(RANGE)
        exchange = _exchange(client, path, "HEAD" if form == "head" else "GET", fields)
        started = self._ledger.next_place()
        return Ask(client, HOST + path, wish, selecting, exchange.request.authorized, exchange, started, form, etag)

    # -- what they are answered

    def _instantly(self, ask: Ask, instant: Instant) -> bool:
        """Take the way of a plain hit, if it is one."""
        hit = instant.find(ask.exchange.request)
        if hit is None:
            return False
        head, body = hit
        status, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
        response = Response(int(status.split(b" ")[1]), Headers(lines), body)
        telling = self._judge(ask, response)
        assert telling is not None
        _judge_body(ask, response, telling, body)
        self._seen["instant"] += 1
        return True

    async def _answered(self, ask: Ask) -> None:
        response: Response | None = None
        try:
            response = await self._cached.fetch(ask.exchange)
            telling = self._judge(ask, response)
            body = await collect(response.body, LONGEST_BYTES)
            if telling is not None and response.status != 304:
                _judge_body(ask, response, telling, body)
        except UpstreamError as error:
            self._judge_error(ask, response, error)
        except asyncio.CancelledError:
            if response is not None:
                discard(response)
            raise
        except Exception as error:
            self.wrong.append(error)
        finally:
            del self.open[ask]

    def _judge_error(self, ask: Ask, response: Response | None, error: UpstreamError) -> None:
        """Only what the origin failed, or cut in its body, may fail for a client."""
        if response is None:
            was_due = any(each.url == ask.url and each.place > ask.started for each in self._ledger.failures)
        else:
            was_due = self._telling(response).root.broken
        self._seen["failed"] += 1
        if not was_due:
            self.wrong.append(error)

    def _telling(self, response: Response) -> Telling:
        return self._ledger.tellings[int(response.headers["x-telling"])]

    def _judge(self, ask: Ask, response: Response) -> Telling | None:
        """Return what an answer was made of, None for the cache's own; raise AssertionError if it may not be."""
        named = "x-telling" in response.headers
        if ask.wish.only_if_cached and not ask.wish.pragma and self._cached.policy.client_directives:
            assert ask.exchange not in self._site.asked_by, "only-if-cached, and the origin was asked (§5.2.1.7)"
            if response.status == 504 and not named:
                self._seen["refused"] += 1
                return None
        if response.status == 304 and not named:
            return self._judge_not_modified(ask, response.headers)
        telling = self._telling(response)
        leave = "direct" if response.status == 304 else self._leave(ask, telling)
        if leave == "direct":
            assert telling.exchange is ask.exchange
        else:
            self._judge_fields(ask, telling, leave, response.headers)
        self._seen[leave] += 1
        if "etag" in response.headers:
            self._etags[ask.client, ask.url] = response.headers["etag"]
        return telling

    def _leave(self, ask: Ask, telling: Telling) -> str:
        if telling.exchange is not ask.exchange:
            return self._ledger.reused(ask, telling)
        return "direct" if telling.base is None else self._ledger.validated(ask, telling)

    def _judge_not_modified(self, ask: Ask, said: Headers) -> Telling:
        """Judge the cache's own 304, which shows an entity tag alone: one answer with that tag must be good for it."""
        assert ask.etag is not None
        assert said["etag"].removeprefix("W/") == ask.etag.removeprefix("W/")
        wrong: list[AssertionError] = []
        for telling in reversed(self._ledger.tellings.values()):
            if telling.root.said.etag == said["etag"]:
                try:
                    self._leave(ask, telling)
                except AssertionError as error:
                    wrong.append(error)
                else:
                    self._seen["not modified"] += 1
                    return telling
        raise wrong[0]

    def _judge_fields(self, ask: Ask, telling: Telling, leave: str, said: Headers) -> None:
        (age,) = said.getall("age")
        real_s = self._ledger.now() - telling.born
        assert abs(int(age) - real_s) <= 1.001, f"Age: {age}, and it is {real_s} s old (§5.1)"
        assert "set-cookie" not in said or self._ledger.may_set_cookies(telling), "Set-Cookie"
        mine = said.get("x-mine")
        if mine in (None, ask.client):
            return
        is_validated = leave in ("collapsed", "validated")
        for link in (telling.sent_mine(mine), telling):
            assert not link.words.private_field, 'private="x-mine" (§5.2.2.7)'
            assert is_validated or not link.words.no_cache_field, 'no-cache="x-mine" (§5.2.2.4)'


def _exchange(client: str, path: str, method: str, fields: list[tuple[str, str]] | None = None) -> Exchange:
    exchange = make_exchange(method, path, [("X-Client", client), *CLIENTS[client], *(fields or [])])
    request = exchange.request
    request.authority = request.host
    request.authorized = "authorization" in request.headers
    return exchange


def _judge_body(ask: Ask, response: Response, telling: Telling, body: bytes) -> None:
    if ask.form == "head":  # Whoever writes the answer leaves the body out.
        assert body in (b"", telling.body)
    elif telling.root.broken:  # What passes the cache by is as long as the connection says.
        assert telling.exchange is ask.exchange, "a broken body passed for a whole one"
    elif response.status == 206:
        assert response.headers["content-range"] == f"bytes 2-5/{len(telling.body)}"
        assert body == telling.body[2:6]
    else:
        assert response.status == telling.status
        assert body == telling.body, f"{body[:40]!r} is not {telling.body[:40]!r}"
