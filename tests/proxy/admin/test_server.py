"""Where the admin may listen."""

import pytest

from proxy.admin.server import local_address
from proxy.errors import StartError


@pytest.mark.parametrize("text", ["127.0.0.1:9901", "127.8.9.10:0", "[::1]:9901", "localhost:9901", "unix:/run/a.sock"])
def test_an_address_of_this_machine_alone_is_taken(text: str) -> None:
    assert str(local_address(text)) == text


@pytest.mark.parametrize("text", ["0.0.0.0:9901", "[::]:9901", "192.0.2.1:9901", "example.test:9901"])
def test_any_other_address_is_refused(text: str) -> None:
    with pytest.raises(StartError, match="is not a loopback address"):
        local_address(text)


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(StartError, match="admin:"):
        local_address("9901")
