"""What a successor gets."""

import os
import socket
import subprocess
import sys

import pytest

from proxy.bequest import VARIABLE, Bequest, successors_environment
from proxy.errors import StartError
from proxy.opened import Opened
from proxy.sockets import open_sockets
from proxy.upstream.address import Address

TAKE = """
import json, sys
from proxy.predecessor import Predecessor
left = Predecessor.of_environment().bequest
opened = [[each.name, each.asked, each.keeper, len(each.sockets), str(each.address)] for each in left.opened]
blocking = any(each.getblocking() or each.get_inheritable() for one in left.opened for each in one.sockets)
print(json.dumps([left.generation, left.ticket_key.hex(), opened, left.admin and left.admin.asked, blocking]))
"""


def test_all_arrives_in_another_process() -> None:
    ours, theirs = socket.socketpair()
    public, lent, admin = (
        Opened(name, "127.0.0.1:0", tuple(open_sockets(Address.parse("127.0.0.1:0"), count)), keeper)
        for name, count, keeper in (("public", 2, "nobody"), ("lent", 1, "systemd"), ("admin", 1, "nobody"))
    )
    bequest = Bequest(3, b"\1\2", [public, lent], admin)
    bequest.leave(ours)
    expected = (
        f'[3, "0102", [["public", "127.0.0.1:0", "predecessor", 2, "{public.address}"], '
        f'["lent", "127.0.0.1:0", "systemd", 1, "{lent.address}"]], "127.0.0.1:0", false]\n'
    )
    result = subprocess.run(
        [sys.executable, "-c", TAKE],
        pass_fds=[theirs.fileno(), *bequest.descriptors()],
        env=successors_environment(theirs),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60,
    )
    for each in (ours, theirs, *public.sockets, *lent.sockets, *admin.sockets):
        each.close()
    assert result.stdout == expected


def test_the_environment_has_no_secret_and_nothing_that_is_this_process_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "WATCHDOG_PID"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/notify")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        environment = successors_environment(theirs)
    assert set(environment) - set(os.environ) == {VARIABLE}
    assert {name for name in os.environ if name not in environment} == {
        *("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "WATCHDOG_PID"),
    }
    assert environment[VARIABLE].isdigit()


def test_a_predecessor_that_ends_too_early_is_an_error() -> None:
    ours, theirs = socket.socketpair()
    ours.close()
    with theirs, pytest.raises(StartError, match="the predecessor ended"):
        Bequest.take(theirs)
