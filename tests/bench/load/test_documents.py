"""The configurations that follow each other are all right, and each is another."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from bench.load.certificates import Authority
from bench.load.documents import Ports, document, faulty, has_extra
from config.load import read

PORTS = Ports(8080, 8443, 8081, 9901, 9000)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    Authority(tmp_path)
    return tmp_path


def errors(directory: Path, written: dict[str, object]) -> list[str]:
    file = directory / "penstock.yaml"
    file.write_text(yaml.safe_dump(written))
    return [str(error) for error in read(file).errors]


@pytest.mark.parametrize("number", range(7))
def test_each_is_right(directory: Path, number: int):
    assert errors(directory, document(number, PORTS)) == []


def test_no_two_neighbours_are_alike():
    written = [document(number, PORTS) for number in range(50)]
    assert all(one != other for one, other in pairwise(written))


def test_a_listener_comes_and_goes_and_so_does_a_worker():
    written = [document(number, PORTS) for number in range(12)]
    assert {len(each["listeners"]) for each in written} == {2, 3}
    assert {each["workers"] for each in written} == {2, 3}
    assert [has_extra(number) for number in range(6)] == [True, True, False] * 2


def test_the_faulty_one_is_refused(directory: Path):
    (error,) = errors(directory, faulty(4, PORTS))
    assert "unknown upstream 'nobody'" in error
