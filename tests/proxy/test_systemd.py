"""What systemd gives and hears: with its own socket activation, and with a socket that listens as it does."""

import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kit.supervised import eventually

from proxy.errors import StartError
from proxy.runtime import monotonic
from proxy.sockets import open_socket
from proxy.systemd import FIRST_DESCRIPTOR, Notifier, activated
from proxy.upstream.address import Address

# Socket activation

SHIM = """
import os, sys
for number, given in enumerate(map(int, sys.argv[1].split(",")), 3):
    os.dup2(given, number, inheritable=True)
os.environ["LISTEN_PID"] = str(os.getpid() + int(sys.argv[2]))
os.execv(sys.executable, [sys.executable, "-c", sys.argv[3]])
"""
"""Does what systemd does between fork and exec: descriptors from 3 on, and the variable that has the process's id."""

TELL = """
import json, os
from proxy.errors import StartError
from proxy.systemd import activated
try:
    found = activated()
    told = [[each.name, each.asked, len(each.sockets), each.keeper] for each in found]
    inherited = [each.get_inheritable() for one in found for each in one.sockets]
    print(json.dumps([told, any(inherited), [name for name in os.environ if name.startswith("LISTEN_")]]))
except StartError as error:
    print(json.dumps(str(error)))
"""


def told(sockets: list[socket.socket], names: str | None, *, other_process: bool = False) -> object:
    """Return what a process that was given these sockets has to tell of them."""
    # Far from 3, so that putting one in its place does not close another.
    far = [os.open(os.devnull, os.O_RDONLY) for _ in range(20)]
    copies = [os.dup(each.fileno()) for each in sockets]
    environment = {
        **os.environ,
        "LISTEN_FDS": str(len(sockets)),
        **({} if names is None else {"LISTEN_FDNAMES": names}),
    }
    result = subprocess.run(
        [sys.executable, "-c", SHIM, ",".join(map(str, copies)), str(int(other_process)), TELL],
        pass_fds=copies,
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
        timeout=60,
    )
    for each in [*far, *copies]:
        os.close(each)
    return json.loads(result.stdout)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[list[socket.socket]]:
    addresses = [Address.parse("127.0.0.1:0"), Address.parse("[::1]:0"), Address(path=str(tmp_path / "s"))]
    sockets = [open_socket(each) for each in addresses]
    yield sockets
    for each in sockets:
        each.close()


def at(opened: socket.socket) -> str:
    name = opened.getsockname()
    if isinstance(name, str):
        return f"unix:{name}"
    return f"[{name[0]}]:{name[1]}" if ":" in name[0] else f"{name[0]}:{name[1]}"


def test_sockets_come_with_their_names_and_nothing_stays_in_the_environment(opened: list[socket.socket]) -> None:
    names = ["public", "six", "local"]
    expected = [[name, at(each), 1, "systemd"] for name, each in zip(names, opened, strict=True)]
    assert told(opened, ":".join(names)) == [expected, False, []]


def test_sockets_without_names_are_known_by_their_addresses(opened: list[socket.socket]) -> None:
    assert told(opened[:1], None) == [[["", at(opened[0]), 1, "systemd"]], False, []]


def test_one_name_on_two_addresses_is_two_and_on_one_address_one(opened: list[socket.socket]) -> None:
    given = [opened[0], opened[1], opened[0]]
    expected = [["web", at(opened[0]), 2, "systemd"], ["web", at(opened[1]), 1, "systemd"]]
    assert told(given, "web:web:web") == [expected, False, []]


def test_sockets_for_another_process_are_left_alone(opened: list[socket.socket]) -> None:
    assert told(opened, "a:b:c", other_process=True) == [[], False, []]


def test_a_process_that_systemd_gave_nothing_has_nothing() -> None:
    assert activated() == []


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_socket_that_does_not_listen_is_refused_with_advice(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as wrong:
        wrong.bind(("127.0.0.1", 0))
        assert told([wrong], "web") == "systemd gave web, which does not listen: use ListenStream= and Accept=no"


def test_a_file_is_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
    monkeypatch.setenv("LISTEN_FDS", "1")
    with Path(os.devnull).open() as file:
        monkeypatch.setattr("proxy.systemd.FIRST_DESCRIPTOR", file.fileno())
        with pytest.raises(StartError, match="which is no socket"):
            activated()
    assert FIRST_DESCRIPTOR == 3


@pytest.mark.skipif(shutil.which("systemd-socket-activate") is None, reason="systemd is not installed")
async def test_systemds_own_tool_activates_us(tmp_path: Path) -> None:
    path = tmp_path / "s"
    command = ["systemd-socket-activate", "--fdname=local", f"--listen={path}", sys.executable, "-c", TELL]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    async def connected() -> bool:
        """Connect, by which it starts what it activates."""
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_unix_connection(str(path))
            writer.close()
            return True
        return False

    await eventually(connected, "systemd-socket-activate")
    async with asyncio.timeout(60):
        answer, _ = await process.communicate()
    assert json.loads(answer) == [[["local", f"unix:{path}", 1, "systemd"]], False, []]


# Telling how the service is


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A socket that hears as systemd does, and its address as NOTIFY_SOCKET has it."""
    address = str(tmp_path / "notify") if request.param == "path" else f"@penstock-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as hearing:
        hearing.settimeout(10)
        hearing.bind(address.replace("@", "\0"))
        yield hearing, address


def heard(manager: socket.socket) -> list[str]:
    return manager.recv(4096).decode().split("\n")


async def test_each_state_is_one_datagram(manager: tuple[socket.socket, str]) -> None:
    hearing, address = manager
    notifier = Notifier(address)
    notifier.ready("2 workers")
    assert heard(hearing) == ["READY=1", "STATUS=2 workers"]
    notifier.status("two\nlines")
    assert heard(hearing) == ["STATUS=two lines"]
    notifier.stopping()
    assert heard(hearing) == ["STOPPING=1", "STATUS=draining"]
    notifier.hand_on(7)
    assert heard(hearing) == ["MAINPID=7"]


def test_a_reload_tells_when_it_began(manager: tuple[socket.socket, str]) -> None:
    hearing, address = manager
    before = int(monotonic() * 1_000_000)
    Notifier(address).reloading()
    first, second, _ = heard(hearing)
    assert first == "RELOADING=1"
    assert before <= int(second.removeprefix("MONOTONIC_USEC=")) <= int(monotonic() * 1_000_000)


async def test_the_watchdog_hears_of_us_at_half_its_time_until_another_is_the_main_process(
    manager: tuple[socket.socket, str],
) -> None:
    hearing, address = manager
    notifier = Notifier(address, watchdog_s=0.1)
    started = monotonic()
    notifier.ready("")
    notifier.ready("again")  # after a reload; there is one beat all the same
    loop = asyncio.get_running_loop()
    hearing.setblocking(False)
    beats = []
    async with asyncio.timeout(10):
        while len(beats) < 3:
            message = (await loop.sock_recv(hearing, 4096)).decode()
            beats += [monotonic() - started] if message == "WATCHDOG=1" else []
    assert beats[2] >= 0.1
    notifier.hand_on(7)
    assert b"MAINPID=7" in await loop.sock_recv(hearing, 4096)
    await asyncio.sleep(0.15)
    with pytest.raises(BlockingIOError):
        hearing.recv(4096)


def test_without_a_service_manager_nothing_is_told() -> None:
    Notifier().stopping()


def test_a_service_manager_that_is_gone_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Notifier(str(tmp_path / "gone")).stopping()
    assert "systemd was not told STOPPING=1" in caplog.text


@pytest.mark.parametrize(
    ("usec", "pid", "expected"),
    [("3000000", None, True), ("3000000", str(os.getpid()), True), ("3000000", "1", False), ("0", None, False)],
)
async def test_the_watchdog_is_heeded_where_it_is_ours(
    manager: tuple[socket.socket, str], monkeypatch: pytest.MonkeyPatch, usec: str, pid: str | None, expected: bool
) -> None:
    hearing, address = manager
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.setenv("WATCHDOG_USEC", usec)
    if pid is not None:
        monkeypatch.setenv("WATCHDOG_PID", pid)
    notifier = Notifier.of_environment()
    notifier.ready("")
    notifier.quiet()
    notifier.status("last")
    messages = [heard(hearing), heard(hearing)]
    assert (["WATCHDOG=1"] in messages) is expected
