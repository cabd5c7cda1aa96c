"""An origin behind a cache, without a socket: it notes all that it tells, and answers at once or when told to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from kit.cache_model import Failure, Ledger, Telling
from kit.cache_words import NEVER, Fields, Said, Words
from proxy.body import StreamBody
from proxy.errors import ConnectFailed, UpstreamCut
from proxy.exchange import Exchange
from proxy.messages import Headers, Response
from proxy.runtime import Waiter

SELECTING = ("accept-language", "x-device")
HOST = "http://example.test"
State: TypeAlias = Literal["up", "down"] | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How a resource is answered; times are relative to the answer, `dated` is its Date, None for none.

    `pieces` is of how many parts a body comes that takes its time, `announced` tells that its length is said.
    """

    cache_control: Words | None = None
    targeted: Words | Literal["broken"] | None = None
    expires_in: int | None = None
    dated: int | None = 0
    age: int | None = None
    vary: tuple[str, ...] = ()
    etag: Literal["strong", "weak"] | None = None
    changed_before: int | None = None
    sets_cookie: bool = False
    personal: bool = False
    tags: tuple[str, ...] = ()
    status: int = 200
    size: int = 20
    pieces: int = 0
    announced: bool = True
    style: int = 0


@dataclass(slots=True)
class Resource:
    version: int = 1
    habit: Habit = field(default_factory=Habit)


@dataclass(slots=True, eq=False)
class Call:
    """One request as it reached the origin."""

    exchange: Exchange
    url: str
    method: str
    headers: Headers
    asked: int
    asked_at: float
    base: Telling | None
    waiter: Waiter[Response] = field(default_factory=Waiter)


class Stream:
    """A body on its way: a Source for `StreamBody`."""

    def __init__(self, telling: Telling, pieces: int, *, announced: bool) -> None:
        body, self.telling = telling.body, telling
        step = -(-len(body) // pieces)
        self.left = [body[at : at + step] for at in range(0, len(body), step)]
        self.body = StreamBody(self, len(body) if announced else None)
        self.announced = announced

    def go_on(self) -> bool:
        """Send the next piece, or the end; tell whether that was the end."""
        if self.left:
            self.body.feed(self.left.pop(0))
            return False
        self.body.finish()
        return True

    def cut(self) -> None:
        """Break off; where a length was announced, as a quiet end."""
        self.telling.broken = True
        if self.announced and self.left:
            self.body.finish()
        else:
            self.body.fail(UpstreamCut("cut"))

    def pause_body(self) -> None:
        pass

    def resume_body(self) -> None:
        pass

    def abandon_body(self) -> None:
        self.telling.broken = True


class Site:
    """Resources that change, and the calls and bodies that it has not answered yet."""

    name = "site"

    def __init__(self, ledger: Ledger, resources: dict[str, Resource]) -> None:
        self._ledger, self._now = ledger, ledger.now
        self.resources = resources
        self.state: State = "up"
        self.error_habit = Habit()
        self.at_once = True
        self.waiting: list[Call] = []
        self.streams: list[Stream] = []
        self.unsafe_answer: tuple[int, Fields] = 200, []
        self.asked_by: set[object] = set()
        self._chains: defaultdict[tuple[str, str | None], list[Telling]] = defaultdict(list)
        self._modified_at: set[float] = set()

    def choose(self) -> Site:
        return self

    async def fetch(self, exchange: Exchange) -> Response:
        call = self._call(exchange)
        if self.at_once:
            return self._answered(call)
        self.waiting.append(call)
        try:
            return await call.waiter
        finally:
            if call in self.waiting:
                self.waiting.remove(call)

    def answer(self, call: Call) -> None:
        """Let a call that waits have its answer."""
        self.waiting.remove(call)
        try:
            response = self._answered(call)
        except ConnectFailed as error:
            call.waiter.throw(error)
        else:
            call.waiter.wake(response)

    def send_more(self, stream: Stream) -> None:
        if stream.go_on():
            self.streams.remove(stream)

    def cut(self, stream: Stream) -> None:
        self.streams.remove(stream)
        stream.cut()

    # -- what came

    def _call(self, exchange: Exchange) -> Call:
        self.asked_by.add(exchange)
        request = exchange.request
        call = Call(
            exchange,
            HOST + request.target,
            request.method,
            request.headers.copy(),
            self._ledger.next_place(),
            self._now(),
            None,
        )
        call.base = self._named(call)
        return call

    def _named(self, call: Call) -> Telling | None:
        """Return what a request's condition names, the entity tag first (RFC 9110 §13.2.2), with the last word on it.

        Of the 304 since, those count that a cache may update with.
        """
        condition = call.headers.get("if-none-match") or call.headers.get("if-modified-since")
        chain = self._chains.get((call.url, condition), [])
        kept = [each for each in chain if self._ledger.why_not_kept(each) is None]
        return (kept or chain or [None])[-1]

    # -- what it says to that

    def _answered(self, call: Call) -> Response:
        if self.state == "down":
            self._fail(call, None)
            raise ConnectFailed("down")
        if isinstance(self.state, int):
            self._fail(call, self.state)
            return self._tell(call, self.error_habit, self.state)
        if call.method not in ("GET", "HEAD"):
            self.resources[call.url].version += 1
            status, fields = self.unsafe_answer
            return Response(status, Headers.of(fields))
        resource = self.resources[call.url]
        if call.base is not None and self._still_holds(call, call.base.root, resource):
            return self._confirm(call, call.base, resource)
        return self._tell(call, resource.habit, resource.habit.status, resource.version)

    def _fail(self, call: Call, status: int | None) -> None:
        self._ledger.failures.append(Failure(call.url, status, self._ledger.next_place()))

    def _still_holds(self, call: Call, root: Telling, resource: Resource) -> bool:
        names = [name for name in resource.habit.vary if name != "*"]
        same = all(root.selecting[name] == call.headers.get(name) for name in names)
        return root.version == resource.version and same and root.status == resource.habit.status

    def _confirm(self, call: Call, base: Telling, resource: Resource) -> Response:
        """Answer 304, with the fields that a 200 would have now (RFC 9110 §15.4.5)."""
        habit, root = resource.habit, base.root.said
        said = self._said(call, habit, root.etag if habit.etag else None)
        if habit.changed_before is not None:
            said = replace(said, last_modified=root.last_modified)
        telling = self._note(call, said, base.status, base.body, resource.version, base)
        return Response(304, Headers.of([("X-Telling", str(telling.id)), *said.field_lines(habit.style)]))

    def _tell(self, call: Call, habit: Habit, status: int, version: int = 0) -> Response:
        number = len(self._ledger.tellings)
        etag = {"strong": f'"{number}"', "weak": f'W/"{number}"', None: None}[habit.etag]
        said = self._said(call, habit, etag)
        body = f"{call.url} v{version} #{number}".encode().ljust(habit.size, b".")
        telling = self._note(call, said, status, body, version)
        headers = Headers.of([("X-Telling", str(telling.id)), *said.field_lines(habit.style)])
        if call.method == "HEAD":
            return Response(status, headers)
        if not habit.pieces:
            return Response(status, headers, body)
        stream = Stream(telling, habit.pieces, announced=habit.announced)
        self.streams.append(stream)
        return Response(status, headers, stream.body)

    def _said(self, call: Call, habit: Habit, etag: str | None) -> Said:
        now, who = self._now(), call.headers.get("x-client")
        return Said(
            cache_control=habit.cache_control,
            targeted=habit.targeted,
            expires=_moment(now, habit.expires_in),
            date=None if habit.dated is None else float(int(now) - habit.dated),
            age=habit.age,
            vary=habit.vary or None,
            etag=etag,
            last_modified=self._modified(now, habit.changed_before),
            set_cookie=f"session={who}" if habit.sets_cookie else None,
            mine=who if habit.personal else None,
            tags=habit.tags or None,
        )

    def _modified(self, now: float, before_s: int | None) -> float | None:
        """Return a Last-Modified that no other answer had, so that it names this one."""
        if before_s is None:
            return None
        moment = float(int(now) - before_s)
        while moment in self._modified_at:
            moment -= 1
        self._modified_at.add(moment)
        return moment

    def _note(
        self, call: Call, said: Said, status: int, body: bytes, version: int, base: Telling | None = None
    ) -> Telling:
        ledger, request = self._ledger, call.exchange.request
        telling = Telling(
            id=len(ledger.tellings),
            url=call.url,
            said=said if base is None else said.over(base.said),
            sent=said,
            status=status,
            body=body,
            exchange=call.exchange,
            selecting={name: call.headers.get(name) for name in SELECTING},
            authorized=request.authorized,
            no_store="no-store" in (call.headers.get("cache-control") or ""),
            asked=call.asked,
            asked_at=call.asked_at,
            told=ledger.next_place(),
            told_at=self._now(),
            version=version,
            base=base,
        )
        ledger.tellings[telling.id] = telling
        for validator in _validators(telling.root.said):
            self._chains[call.url, validator].append(telling)
        return telling


def _validators(said: Said) -> list[str]:
    fields = dict(Said(etag=said.etag, last_modified=said.last_modified).field_lines(0))
    return list(fields.values())


def _moment(now: float, after_s: int | None) -> float | None:
    """Return a time in whole seconds; one long past stands for what is no date."""
    if after_s is None:
        return None
    return NEVER if after_s < 0 else float(int(now) + after_s)
