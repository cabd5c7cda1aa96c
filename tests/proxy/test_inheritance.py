"""What a worker inherits."""

import json
import os
import socket

import pytest

from proxy.inheritance import VARIABLE, Inheritance


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> tuple[int, ...]:
    """Set the scene that a supervisor leaves: three inheritable descriptors, and the variable that names them."""
    control, handover = socket.socketpair()
    listener = socket.create_server(("127.0.0.1", 0))
    copies = Inheritance(control, handover, {"public": listener})
    monkeypatch.setenv(VARIABLE, copies.environment()[VARIABLE])
    numbers = control.detach(), handover.detach(), listener.detach()
    for number in numbers:
        os.set_inheritable(number, True)
    return numbers


def test_sockets_are_found_by_name_and_of_their_own_kind(given: tuple[int, ...]) -> None:
    taken = Inheritance.take()
    with taken.control, taken.handover, taken.listeners["public"] as listener:
        assert taken.descriptors() == given
        assert [each.family for each in (taken.control, taken.handover, listener)] == [
            *[socket.AF_UNIX] * 2,
            socket.AF_INET,
        ]


def test_what_a_worker_starts_itself_inherits_nothing(given: tuple[int, ...]) -> None:
    taken = Inheritance.take()
    with taken.control, taken.handover, taken.listeners["public"]:
        assert not any(os.get_inheritable(number) for number in given)
    assert VARIABLE not in os.environ


def test_the_rest_of_the_environment_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_SECRET", "s3cret")
    with socket.socket(socket.AF_UNIX) as control, socket.socket(socket.AF_UNIX) as handover:
        environment = Inheritance(control, handover, {}).environment()
        numbers = {"control": control.fileno(), "handover": handover.fileno(), "listeners": {}}
        assert json.loads(environment[VARIABLE]) == numbers
    assert environment["API_SECRET"] == "s3cret"


def test_a_process_that_no_supervisor_started_is_no_worker() -> None:
    with pytest.raises(KeyError, match=VARIABLE):
        Inheritance.take()
