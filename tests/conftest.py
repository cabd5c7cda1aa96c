"""What holds for all tests."""

import gc


def pytest_collection_finish() -> None:
    """Exempt what was collected from garbage collection: thousands of tests are walked at each look otherwise."""
    gc.collect()
    gc.freeze()
