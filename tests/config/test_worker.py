"""The worker's own look at the file."""

from __future__ import annotations

import pathlib

import pytest

from config.worker import graph
from proxy.errors import StartError
from proxy.metrics import Registry

WHOLE = """\
version: 1
listeners: [{name: public, address: "127.0.0.1:0"}]
upstreams: {api: {endpoints: ["127.0.0.1:9"]}}
routes: [{name: all, upstream: api}]
"""


def test_a_worker_builds_what_the_file_says(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(WHOLE)
    assert [listener.name for listener in graph(file, Registry()).listeners] == ["public"]


def test_a_file_that_became_faulty_is_a_start_error_with_its_place(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(WHOLE.replace("upstream: api", "upstream: apy"))
    with pytest.raises(StartError) as caught:
        graph(file, Registry())
    assert str(caught.value) == f"{file}:4:32: routes[0].upstream: unknown upstream 'apy'; did you mean 'api'?"
