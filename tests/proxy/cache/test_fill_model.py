"""A body on its way, with readers that come, dawdle and leave, judged by what was sent."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from proxy.body import StreamBody
from proxy.cache.fill import Budget, Fill, FillReader
from proxy.errors import UpstreamCut
from proxy.runtime import Strand

KIB = 1024
SIZES = st.sampled_from([1, 10, 5 * KIB, 70 * KIB])


class Reading:
    """One who reads: `got` so far, `over` at the end or at what broke it, `broken` only then."""

    def __init__(self, reader: FillReader) -> None:
        self.reader, self.got = reader, b""
        self.over = self.broken = False
        self.strand: Strand | None = None

    @property
    def waits(self) -> bool:
        return self.strand is not None and not self.strand.done()

    def read(self) -> None:
        self.strand = Strand(self._read())
        self.strand.step()

    async def _read(self) -> None:
        try:
            piece = await self.reader.read()
        except UpstreamCut:
            self.over = self.broken = True
        else:
            self.got += piece
            self.over = not piece

    def leave(self) -> None:
        if self.strand is not None:
            self.strand.cancel()
        self.reader.discard()


class Pouring(RuleBasedStateMachine):
    """`sent` is what the origin sent, `storable` whether all of it fitted, `others_bytes` what other bodies hold."""

    @initialize(announced=st.none() | SIZES, limit=SIZES, budget=SIZES)
    def begin(self, announced: int | None, limit: int, budget: int) -> None:
        self.body = StreamBody(self, announced)
        self.limit, self.budget, self.allowed_bytes, self.others_bytes = limit, Budget(budget), budget, 0
        self.sent, self.storable, self.is_over, self.abandoned = b"", True, False, False
        self.stored: list[bytes] = []
        self.pieces = self.lost = 0
        self.fill = Fill(
            self.body,
            limit_bytes=limit,
            budget=self.budget,
            sink=None,
            on_whole=self.stored.append,
            on_lost=self._lose,
        )
        self.readers = [Reading(self.fill.reader())]
        self.fill.start()

    def _lose(self) -> None:
        self.lost += 1

    # -- the origin

    @precondition(lambda self: not self.is_over and not self.abandoned)
    @rule(size=SIZES)
    def send(self, size: int) -> None:
        fits = len(self.sent) + size <= self.limit and size <= self.budget.left_bytes
        self.storable = self.storable and fits
        piece = bytes([len(self.sent) % 251]) * size
        self.sent += piece
        self.pieces += 1
        self.body.feed(piece)

    @precondition(lambda self: not self.is_over and not self.abandoned)
    @rule(cut=st.booleans())
    def end(self, cut: bool) -> None:
        self.is_over = True
        self.is_cut = cut or self.body.length not in (None, len(self.sent))
        if cut:
            self.body.fail(UpstreamCut("cut"))
        else:
            self.body.finish()

    def pause_body(self) -> None:
        pass

    def resume_body(self) -> None:
        pass

    def abandon_body(self) -> None:
        self.abandoned = True

    # -- readers, and other bodies

    @precondition(lambda self: self.fill.storing or self.fill.whole)
    @rule()
    def join(self) -> None:
        self.readers.append(Reading(self.fill.reader()))

    @precondition(lambda self: self.readers)
    @rule(data=st.data())
    def read(self, data: st.DataObject) -> None:
        reading = data.draw(st.sampled_from(self.readers))
        if not reading.waits and not reading.over:
            reading.read()

    @precondition(lambda self: self.readers)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        reading = data.draw(st.sampled_from(self.readers))
        self.readers.remove(reading)
        reading.leave()

    @rule(size=SIZES)
    def fill_another(self, size: int) -> None:
        if self.budget.take(size):
            self.others_bytes += size

    # -- what holds

    @invariant()
    def readers_get_what_was_sent(self) -> None:
        for reading in getattr(self, "readers", ()):
            assert self.sent.startswith(reading.got)
            if reading.over:
                assert reading.broken == self.is_cut
                assert reading.broken or reading.got == self.sent

    @invariant()
    def nobody_waits_for_a_slow_reader_while_it_may_be_stored(self) -> None:
        if hasattr(self, "fill") and self.fill.storing:
            assert all(reading.got == self.sent for reading in self.readers if reading.waits)

    @invariant()
    def the_origin_is_freed_when_nobody_wants_the_rest(self) -> None:
        if hasattr(self, "fill") and not self.storable and not self.readers:
            assert self.abandoned or self.is_over

    @invariant()
    def what_it_takes_of_the_budget_it_gives_back(self) -> None:
        if hasattr(self, "fill"):
            taken = len(self.sent) if self.fill.storing and not self.is_over else 0
            assert self.budget.left_bytes == self.allowed_bytes - self.others_bytes - taken

    @invariant()
    def it_is_stored_once_and_whole_or_given_up_once(self) -> None:
        if not hasattr(self, "fill"):
            return
        assert self.fill.storing == (self.storable and not (self.is_over and self.is_cut))
        assert self.lost == (not self.fill.storing)
        assert self.stored == ([self.sent] if self.is_over and self.fill.storing else [])

    def teardown(self) -> None:
        if not hasattr(self, "fill"):
            return
        if not self.is_over and not self.abandoned:
            self.end(cut=False)
        for _ in range(self.pieces + 2):
            for reading in self.readers:
                if not reading.over and not reading.waits:
                    reading.read()
        assert all(reading.over for reading in self.readers)
        self.readers_get_what_was_sent()


TestPouring = Pouring.TestCase
TestPouring.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
