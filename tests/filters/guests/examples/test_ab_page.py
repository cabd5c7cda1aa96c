"""The example `ab-page`, as it is built."""

from __future__ import annotations

from collections import Counter

from kit.example_functions import Example, about, built, faults, field

from wasm_host.functions.services import Services


class Counted:
    """Counters of a function's own."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def add(self, name: str, by: int) -> None:
        self.counts[name] += by


async def test_it_passes_its_own_tests() -> None:
    assert await faults(built("ab-page"), about("ab-page")) == {}


async def test_newcomers_are_shared_out_and_each_page_is_counted() -> None:
    counted = Counted()
    example = Example("ab-page", Services(metrics=counted), config=b"")
    cookies = Counter([field(await example.answer(), "set-cookie") for _ in range(200)])
    assert sum(cookies.values()) == counted.counts["shown_a"] + counted.counts["shown_b"] == 200
    assert all(60 < count < 140 for count in counted.counts.values())
    assert len(cookies) == 2


async def test_who_has_seen_a_page_sees_it_again_and_gets_no_other_cookie() -> None:
    example = Example("ab-page", Services(metrics=Counted()))
    for page, title in (("a", b"<h1>Good morning</h1>"), ("b", b"<h1>Good morning, and welcome</h1>")):
        answer = await example.answer(fields=[("cookie", f"x=1; page={page}")])
        assert title in (answer.body or b"")  # type: ignore[operator]
        assert field(answer, "set-cookie") is None


async def test_a_cookie_that_names_no_page_is_none() -> None:
    answer = await Example("ab-page", Services(metrics=Counted())).answer(fields=[("cookie", "page=c")])
    assert (field(answer, "set-cookie") or "").startswith("page=b;")
