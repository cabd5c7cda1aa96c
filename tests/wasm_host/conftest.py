"""What these tests leave to those after them: nothing. Places for guests are few, and caches are not the user's."""

from collections.abc import Iterator
from typing import Any

import pytest

from wasm_host.calls import Instance
from wasm_host.fibers import FiberInstance


@pytest.fixture(scope="session", autouse=True)
def cache_of_this_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def guests_end_with_their_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    alive: dict[int, Instance | FiberInstance] = {}

    def remember(kind: type[Any]) -> None:
        make, end = kind.__init__, kind.close

        def init(self: Any, *arguments: Any) -> None:
            make(self, *arguments)
            alive[id(self)] = self

        def close(self: Any, **how: bool) -> None:
            alive.pop(id(self), None)
            end(self, **how)

        monkeypatch.setattr(kind, "__init__", init)
        monkeypatch.setattr(kind, "close", close)

    remember(Instance)
    remember(FiberInstance)
    yield
    for each in list(alive.values()):
        each.close()
