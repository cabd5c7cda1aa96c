"""A process that is killed in the middle of a deploy leaves the old version or the new one, and nothing between."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest
from kit import killed
from kit.registered import deploy, deployed, module, opened, sha256

from wasm_host.functions.registry.registry import Registry
from wasm_host.functions.registry.split import Split

POINTS = 60
"""Over all steps of a deploy, of which there are some hundreds."""

OLD_ID = deployed(wasm=module("old")).id
NEW_ID = deployed(wasm=killed.NEW, config={"word": "new"}).id


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> list[pathlib.Path]:
    """Make equal stores, and kill a deploy to each at another point; the first is let finish."""
    directory = tmp_path_factory.mktemp("stores")
    before = directory / "before"
    registry = opened(before)
    for word in ("older", "old"):
        deploy(registry, word=word)
    stores = [directory / str(number) for number in range(POINTS + 1)]
    for store in stores:
        shutil.copytree(before, store)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    # -P: beside it lie files that are called as libraries are.
    command = [sys.executable, "-P", killed.__file__, *map(str, stores)]
    told = subprocess.run(command, env=environment, capture_output=True, check=True)
    assert int(told.stdout) > POINTS, "two stores saw the same step"
    return stores


def live(registry: Registry) -> str:
    split = registry.split("hello", "live")
    assert split is not None
    assert split == Split.whole(split.versions[0])
    return split.versions[0]


def test_a_deploy_that_is_not_killed_ends_with_the_new_version(stores: list[pathlib.Path]) -> None:
    assert live(opened(stores[0])) == NEW_ID


def test_what_is_left_is_old_or_new(stores: list[pathlib.Path]) -> None:
    left = [live(opened(store)) for store in stores[1:]]
    assert set(left) == {OLD_ID, NEW_ID}
    assert left == sorted(left, key=[OLD_ID, NEW_ID].index), "an early end left the new version, a late one the old"


def test_versions_go_with_what_is_live(stores: list[pathlib.Path]) -> None:
    for store in stores:
        registry = opened(store)
        numbers = [each["number"] for each in registry.function("hello")["versions"]]
        assert numbers == ([1, 2] if live(registry) == OLD_ID else [2, 3])


def test_all_modules_are_whole(stores: list[pathlib.Path]) -> None:
    for store in stores:
        registry = opened(store)
        for each in registry.function("hello")["versions"]:
            assert sha256(registry.blobs.read(each["sha256"])) == each["sha256"]


def test_nothing_is_left_half_written(stores: list[pathlib.Path]) -> None:
    for store in stores:
        opened(store)
        assert all(sha256(file.read_bytes()) == file.stem for file in (store / "blobs").iterdir())


def test_the_next_deploy_works(stores: list[pathlib.Path], tmp_path: pathlib.Path) -> None:
    for number, store in enumerate(stores):
        registry = opened(pathlib.Path(shutil.copytree(store, tmp_path / str(number))))
        assert deploy(registry, word="next") == live(registry)
