"""What holds for all tests."""

import gc

import pytest


@pytest.fixture(scope="module", autouse=True)
def _small_heap_to_walk() -> None:
    """Exempt what was collected from garbage collection: thousands of tests are walked at each look otherwise.

    Again for a module that comes after one that undid it.
    """
    if not gc.get_freeze_count():
        gc.collect()
        gc.freeze()
