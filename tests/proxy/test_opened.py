"""Which of the open sockets a listener takes."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxy.opened import Opened, claims
from proxy.sockets import open_socket
from proxy.upstream.address import Address

ANY = "127.0.0.1:0"


@pytest.fixture
def some() -> Iterator[list[socket.socket]]:
    opened = [open_socket(Address.parse(ANY)) for _ in range(3)]
    yield opened
    for each in opened:
        each.close()


def test_workers_take_turns_where_there_are_fewer_sockets(some: list[socket.socket]) -> None:
    opened = Opened("public", ANY, tuple(some[:2]))
    assert [opened.of_worker(number) for number in range(3)] == [some[0], some[1], some[0]]


def test_a_listener_keeps_its_own_where_another_has_the_same_address(some: list[socket.socket]) -> None:
    a, b = Opened("a", ANY, (some[0],)), Opened("b", ANY, (some[1],))
    assert claims({"b": ANY, "a": ANY}, [a, b]) == {"a": a, "b": b}


def test_a_renamed_listener_takes_what_its_old_name_had(some: list[socket.socket]) -> None:
    a, b = Opened("a", ANY, (some[0],)), Opened("b", ANY, (some[1],))
    assert claims({"new": ANY, "b": ANY}, [a, b]) == {"new": a, "b": b}


def test_port_zero_is_the_same_as_the_port_that_was_given(some: list[socket.socket]) -> None:
    a = Opened("a", ANY, (some[0],))
    assert claims({"a": str(a.address)}, [a]) == {"a": a}


def test_a_changed_address_takes_nothing(some: list[socket.socket]) -> None:
    assert claims({"a": "127.0.0.2:0"}, [Opened("a", ANY, (some[0],))]) == {}


def test_names_of_systemds_sockets_go_before_addresses(some: list[socket.socket]) -> None:
    a, b = (
        Opened("a", str(some[0].getsockname()), (some[0],), keeper="systemd"),
        Opened("b", "", (some[1],), keeper="systemd"),
    )
    assert claims({"a": str(b.address), "b": str(a.address)}, [a, b]) == {"a": a, "b": b}


def test_a_socket_of_systemd_without_a_known_name_is_found_by_its_address(some: list[socket.socket]) -> None:
    lent = Opened("penstock.socket", "", (some[0],), keeper="systemd")
    assert claims({"public": str(lent.address)}, [lent]) == {"public": lent}


def test_a_path_is_an_address_too(tmp_path: Path) -> None:
    address = Address(path=str(tmp_path / "s"))
    with open_socket(address) as only:
        opened = Opened("a", str(address), (only,))
        assert claims({"b": str(address)}, [opened]) == {"b": opened}
