"""What /proc says of sockets, read."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bench.load import kernel

TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 11111 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 22222 1 0 20 4 30 10 -1
   2: 0100007F:1F90 0100007F:C351 01 00000000:00000000 00:00000000 00000000     0        0 0 1 0 20 4 30 10 -1
   3: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 33333 1 0 20 4 30 10 -1
"""


def test_the_queue_of_a_listening_socket_is_read():
    assert kernel.waiting([8080], kernel.parse(TABLE)) == 3
    assert kernel.waiting([8081], kernel.parse(TABLE)) == 0


def test_held_are_the_clients_of_accepted_connections_alone():
    assert kernel.held({11111, 22222, 33333}, [8080], kernel.parse(TABLE)) == {50_000}


def test_a_connection_that_nobody_accepts_waits_in_its_queue():
    with socket.socket() as listener, socket.socket() as client:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        client.connect(listener.getsockname())
        assert kernel.waiting([port], kernel.sockets()) == 1
        assert kernel.held(kernel.socket_inodes(os.getpid()), [port], kernel.sockets()) == set()
        with listener.accept()[0]:
            assert kernel.waiting([port], kernel.sockets()) == 0
            held = kernel.held(kernel.socket_inodes(os.getpid()), [port], kernel.sockets())
            assert held == {client.getsockname()[1]}


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "while True: print()"], stdout=subprocess.DEVNULL) as process:
        yield process
        process.kill()


def test_a_process_stands_still_until_it_may_go_on(child: subprocess.Popen[bytes]):
    kernel.stop(child.pid)
    assert os.WIFSTOPPED(os.waitpid(child.pid, os.WUNTRACED)[1])
    kernel.go_on(child.pid)
    assert os.WIFCONTINUED(os.waitpid(child.pid, os.WCONTINUED)[1])


def test_a_process_that_is_gone_has_no_sockets_and_need_not_go_on(child: subprocess.Popen[bytes]):
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert kernel.socket_inodes(child.pid) == set()
    kernel.go_on(child.pid)
