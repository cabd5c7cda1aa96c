"""Places of instances that may wait, used by one after another."""

from __future__ import annotations

import pytest
from kit.waiting import WatFibers, guests

from proxy.errors import GuestTrap, GuestUnavailable
from wasm_host.fibers import FiberInstance
from wasm_host.memory import OutOfBounds


async def moored(fibers: WatFibers) -> FiberInstance:
    instance = FiberInstance(fibers.linked, object())
    await instance.start()
    return instance


async def test_what_nobody_holds_is_the_next_ones() -> None:
    fibers = guests()
    first = await moored(fibers)
    functions = first.functions
    first.close(held=False)
    second = await moored(fibers)
    assert second.functions is functions
    assert fibers.linked.moorings == []
    second.close(held=False)


async def test_what_is_held_is_never_anothers() -> None:
    fibers = guests()
    first = await moored(fibers)
    held, memory = first.functions[0], first.memory
    first.close()
    second = await moored(fibers)
    assert held is not None
    with pytest.raises(GuestUnavailable):
        await held(1)
    with pytest.raises(OutOfBounds):
        memory.read(0, 1)
    second.close()


async def test_the_next_one_knows_nothing_of_a_trap_before_it() -> None:
    fibers = guests()
    names = [each.name for each in fibers.exports]
    for _ in range(3):
        instance = await moored(fibers)
        with pytest.raises(GuestTrap):
            await instance.functions[names.index("recurse")](1)  # type: ignore[misc]
        instance.close(held=False)
    instance = await moored(fibers)
    assert await instance.functions[names.index("add")](2, 3) == 5  # type: ignore[misc]
    instance.close(held=False)


async def test_the_next_ones_memory_is_empty() -> None:
    fibers = guests()
    first = await moored(fibers)
    first.memory.write(100, b"secret")
    first.close(held=False)
    second = await moored(fibers)
    assert second.memory.read(100, 6) == bytes(6)
    second.close(held=False)


async def test_what_was_closed_twice_is_given_away_once() -> None:
    fibers = guests()
    instance = await moored(fibers)
    instance.close(held=False)
    instance.close(held=False)
    assert len(fibers.linked.moorings) == 1
