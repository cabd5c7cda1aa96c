"""What is exempted from the garbage collector, and what is not."""

import gc
import weakref

import pytest

from proxy.garbage import collect, settle


class Knot:
    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def as_it_was() -> object:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_comes_after_the_settling_is_collected_when_it_goes() -> None:
    early = Knot()
    settle()
    assert gc.get_freeze_count() > 1000
    late = Knot()
    known = [weakref.ref(early), weakref.ref(late)]
    del early, late
    collect()
    assert [each() is None for each in known] == [False, True]
