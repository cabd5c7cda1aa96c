"""The demo origin alone, and beside something else."""

from __future__ import annotations

import socket
import threading
from urllib.request import urlopen

import pytest
from kit.demo import free_ports

from config.demo.__main__ import main
from config.demo.origin import application
from config.demo.serving import serving
from proxy.errors import StartError


def test_it_serves_while_the_block_runs() -> None:
    [port] = free_ports(1)
    with serving(f"127.0.0.1:{port}", application()):
        with urlopen(f"http://127.0.0.1:{port}/hello") as response:
            assert b'"target": "/hello"' in response.read()
        assert "demo origin" in [thread.name for thread in threading.enumerate()]
    assert "demo origin" not in [thread.name for thread in threading.enumerate()]
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_an_address_in_use_is_said_to_be() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(StartError, match="in use"), serving(address, application()):
            pass
        with pytest.raises(SystemExit, match=f"demo: cannot listen on {address}: the address is in use"):
            main([address])


def test_what_is_no_address_is_said_to_be_none() -> None:
    with pytest.raises(SystemExit, match=r"demo: 'nine thousand' is not host:port"):
        main(["nine thousand"])
