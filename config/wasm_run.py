"""One request through one WASM filter, without a proxy: the origin answers as told, and what passes is kept."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, Literal, TypeAlias

from config.guest_lines import GuestLines
from config.wasm_workshop import Workshop
from proxy.body import Body, collect
from proxy.chain import Chain, Step
from proxy.errors import ProxyError
from proxy.exchange import Client, Exchange
from proxy.limits import Limits
from proxy.match import Match
from proxy.messages import Request, Response
from proxy.metrics import Registry
from proxy.pipeline import Pipeline
from proxy.route import Route, Router
from proxy.traffic import Traffic
from proxy.upstream.settings import EndpointSpec, TlsClient
from proxy.upstream.upstream import Upstream
from wasm_host.log_lines import LogLines
from wasm_host.module import WasmModule
from wasm_host.program import GuestSettings

MOST_BODY_BYTES: Final = 64 * 1024 * 1024

_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}

Phase: TypeAlias = Literal["start", "request", "response"]


class Transcript(GuestLines):
    """A guest's lines by the phase in which they came."""

    __slots__ = ("phases",)

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.phases: dict[Phase, list[tuple[str, str]]] = {"start": self.kept}

    def turn_to(self, phase: Phase) -> None:
        self.kept = self.phases.setdefault(phase, [])


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as it was at one place; `first` is its first line."""

    first: str
    fields: list[tuple[str, str]]
    body: bytes


@dataclass(slots=True)
class Story:
    """What happened. `forwarded` is None where no origin was asked, `answered` where the guest did not even start.

    `upstream` is what the guest chose, `decisions` what it gave as its reasons. `failures` say what went wrong; a guest
    that answers 403 has not failed.
    """

    module: WasmModule
    transcript: Transcript
    asked: Seen
    canned: Seen
    forwarded: Seen | None = None
    answered: Seen | None = None
    answered_by_guest: bool = False
    upstream: str | None = None
    decisions: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A filter and the origin behind it. `upstreams` map names to the URLs that calls go to, "" for none."""

    path: str
    sha256: str | None
    settings: GuestSettings
    answer: Response
    upstreams: Mapping[str, str]

    async def play(self, request: Request, client: Client) -> Story:
        """Take one request from the client to the origin, and its answer back; raises AbiMismatch."""
        transcript, registry = Transcript(self.settings.log_level), Registry()
        origin = CannedOrigin(self.answer, transcript)
        named = {name: CannedUpstream(name, url, origin, registry) for name, url in self.upstreams.items()}
        workshop = QuotingWorkshop(pathlib.Path(), registry, named, transcript)
        module = workshop.read(self.path, self.sha256)
        filter = workshop.filter(module, self.settings)
        story = Story(module, transcript, await _seen_request(request), await _seen_response(self.answer))
        route = Route("desk", Match(), Chain([Step(filter)]), origin, Limits())
        pipeline = Pipeline(Router([route]), Traffic(registry, client.listener))
        try:
            with transcript.with_the_hosts():
                filter.start()
                transcript.turn_to("request")
                await _exchanged(pipeline, Exchange(request, client), story)
        except ProxyError as error:
            story.failures.append(str(error))
        finally:
            filter.close()
            await workshop.services.close()
        story.forwarded = origin.seen
        return story


async def _exchanged(pipeline: Pipeline, exchange: Exchange, story: Story) -> None:
    """Have the request answered; raises what broke the answer's body."""
    pipeline.begin(exchange)
    try:
        story.answered = await _seen_response(await pipeline.answer(exchange))
    finally:
        pipeline.complete(exchange)
        story.answered_by_guest = exchange.answered_by not in ("proxy", "upstream")
        story.upstream = exchange.upstream_name
        for decision in exchange.decisions:
            told = story.failures if decision.action == "failed" else story.decisions
            told.append(decision.detail or decision.reason)


class CannedOrigin:
    """Gives one answer, and keeps the request as it came; with that the phase of the response begins."""

    plain = True

    def __init__(self, answer: Response, transcript: Transcript) -> None:
        self._answer, self._transcript = answer, transcript
        self.seen: Seen | None = None

    async def fetch(self, exchange: Exchange) -> Response:
        self.seen = await _seen_request(exchange.request)
        self._transcript.turn_to("response")
        return self._answer


class CannedUpstream(Upstream):
    """What a guest may choose, which is then answered as any other request is, or call, which is carried out."""

    def __init__(self, name: str, url: str, origin: CannedOrigin, registry: Registry) -> None:
        scheme, _, address = url.rstrip("/").rpartition("://")
        endpoints = [EndpointSpec(address)] if address else []
        super().__init__(name, endpoints, tls=TlsClient() if scheme == "https" else None, registry=registry)
        self._origin = origin

    async def fetch(self, exchange: Exchange) -> Response:
        exchange.upstream_name = self.name
        return await self._origin.fetch(exchange)


class QuotingWorkshop(Workshop):
    """Lets guests write to a transcript."""

    def __init__(
        self, directory: pathlib.Path, registry: Registry, upstreams: Mapping[str, Upstream], transcript: LogLines
    ) -> None:
        super().__init__(directory, registry, upstreams)
        self._transcript = transcript

    def log_lines(self, settings: GuestSettings) -> LogLines:
        return self._transcript


async def _seen_request(request: Request) -> Seen:
    host = [("host", request.authority)]
    first = f"{request.method} {request.target}"
    request.body, body = await _read(request.body)
    return Seen(first, [*host, *request.headers.items()], body)


async def _seen_response(response: Response) -> Seen:
    body, read = await _read(response.body)
    response.body = body or b""
    return Seen(f"{response.status} {_PHRASES.get(response.status, '')}".rstrip(), list(response.headers.items()), read)


async def _read(body: Body | bytes | None) -> tuple[bytes | None, bytes]:
    """Return what takes the body's place, now that it is read, and what was in it."""
    if body is None:
        return None, b""
    read = await collect(body, MOST_BODY_BYTES)
    return read, read
