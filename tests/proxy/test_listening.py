"""The sockets' book: what a change opens, keeps and gives up."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxy.errors import StartError
from proxy.listening import Listening
from proxy.opened import Opened
from proxy.sockets import bound_address, open_socket, open_sockets
from proxy.upstream.address import Address

ANY = "127.0.0.1:0"


@pytest.fixture
def book() -> Iterator[Listening]:
    book = Listening()
    yield book
    book.close()


def change(book: Listening, listeners: dict[str, str], workers: int = 1) -> None:
    book.stage(listeners, workers).commit().close()


def answers(address: Address) -> bool:
    """Tell whether somebody listens there."""
    with socket.socket(socket.AF_INET if address.path is None else socket.AF_UNIX) as client:
        client.settimeout(5)
        with contextlib.suppress(ConnectionRefusedError, FileNotFoundError):
            client.connect(address.path or (address.host, address.port))
            return True
    return False


# Opening


def test_each_worker_has_a_socket_of_its_own_on_one_port(book: Listening) -> None:
    change(book, {"a": ANY}, workers=2)
    one, other = (book.of_worker(number)["a"] for number in range(2))
    assert one is not other
    assert bound_address(one) == bound_address(other) == book.addresses["a"]


def test_workers_share_the_socket_at_a_path(book: Listening, tmp_path: Path) -> None:
    change(book, {"a": f"unix:{tmp_path}/s"}, workers=2)
    assert book.of_worker(0) == book.of_worker(1)


def test_what_is_staged_is_not_yet_the_book(book: Listening) -> None:
    change(book, {"a": ANY})
    staged = book.stage({"a": ANY, "b": ANY}, 1)
    assert (set(book.addresses), set(staged.of_worker(0))) == ({"a"}, {"a", "b"})
    assert staged.of_worker(0)["a"] is book.of_worker(0)["a"]
    staged.commit()
    assert set(book.addresses) == {"a", "b"}


def test_what_is_discarded_is_closed(book: Listening) -> None:
    change(book, {"a": ANY})
    staged = book.stage({"a": ANY, "b": ANY}, 2)
    gone = bound_address(staged.of_worker(0)["b"])
    staged.discard()
    assert not answers(gone)
    assert answers(book.addresses["a"])
    assert set(book.of_worker(0)) == {"a"}


def test_an_address_in_use_changes_nothing(book: Listening) -> None:
    change(book, {"a": ANY})
    before = book.of_worker(0)
    with open_socket(Address.parse(ANY)) as taken:
        address = str(bound_address(taken))
        with pytest.raises(StartError, match=f"cannot listen on {address}: the address is in use"):
            book.stage({"a": ANY, "b": ANY, "c": address}, 1)
    assert book.of_worker(0) == before


def test_an_address_that_cannot_be_read_is_named(book: Listening) -> None:
    with pytest.raises(StartError, match=r"listener a: .* is not host:port"):
        book.stage({"a": "nowhere"}, 1)


def test_two_listeners_never_share_an_address(book: Listening) -> None:
    change(book, {"a": ANY}, workers=2)
    address = str(book.addresses["a"])
    with pytest.raises(StartError, match="the address is in use"):
        book.stage({"a": ANY, "b": address}, 2)


def test_a_socket_is_dealt_nothing_before_its_worker_listens(book: Listening) -> None:
    change(book, {"a": ANY}, workers=2)
    first, second = (book.of_worker(number)["a"] for number in range(2))
    clients = [socket.create_connection(first.getsockname(), timeout=5) for _ in range(20)]
    second.listen()
    with pytest.raises(BlockingIOError):
        second.accept()
    for each in clients:
        each.close()


# Changing


def test_a_listener_keeps_its_sockets_and_the_port_that_it_got(book: Listening) -> None:
    change(book, {"a": ANY}, workers=2)
    before = book.of_worker(0), book.of_worker(1)
    change(book, {"a": ANY}, workers=2)
    assert (book.of_worker(0), book.of_worker(1)) == before
    assert answers(book.addresses["a"])


def test_a_renamed_listener_keeps_its_socket(book: Listening) -> None:
    change(book, {"old": ANY})
    before = book.of_worker(0)["old"]
    change(book, {"new": ANY})
    assert book.of_worker(0) == {"new": before}
    assert answers(book.addresses["new"])


def test_a_changed_address_is_a_new_socket_beside_the_old_one_until_it_is_left(book: Listening) -> None:
    change(book, {"a": ANY})
    before = book.addresses["a"]
    leaving = book.stage({"a": "127.0.0.2:0"}, 1).commit()
    assert answers(before)
    leaving.close()
    assert not answers(before)
    assert answers(book.addresses["a"])


def test_an_address_may_change_to_one_that_overlaps(book: Listening) -> None:
    change(book, {"a": "0.0.0.0:0"})
    port = book.addresses["a"].port
    staged = book.stage({"a": f"127.0.0.1:{port}"}, 2)
    staged.commit().close()
    assert book.addresses["a"] == Address("127.0.0.1", port)
    assert answers(book.addresses["a"])


def test_a_removed_listener_closes_only_when_it_is_left(book: Listening) -> None:
    change(book, {"a": ANY, "b": ANY})
    removed = book.addresses["b"]
    leaving = book.stage({"a": ANY}, 1).commit()
    assert answers(removed)
    leaving.close()
    assert not answers(removed)


def test_more_workers_get_sockets_beside_those_that_are_open(book: Listening) -> None:
    change(book, {"a": ANY})
    first = book.of_worker(0)["a"]
    change(book, {"a": ANY}, workers=3)
    sockets = [book.of_worker(number)["a"] for number in range(3)]
    assert sockets[0] is first
    assert len(set(sockets)) == 3
    assert {bound_address(each) for each in sockets} == {book.addresses["a"]}


def test_fewer_workers_leave_the_sockets_of_the_others_open_until_they_are_left(book: Listening) -> None:
    change(book, {"a": ANY}, workers=3)
    sockets = [book.of_worker(number)["a"] for number in range(3)]
    leaving = book.stage({"a": ANY}, 1).commit()
    assert all(each.fileno() >= 0 for each in sockets)
    leaving.close()
    assert [each.fileno() >= 0 for each in sockets] == [True, False, False]
    assert answers(book.addresses["a"])


# Paths


def test_a_path_goes_with_its_listener(book: Listening, tmp_path: Path) -> None:
    path = tmp_path / "s"
    change(book, {"a": f"unix:{path}", "b": ANY})
    leaving = book.stage({"b": ANY}, 1).commit()
    assert path.exists()
    leaving.unbind()
    assert not path.exists()
    leaving.close()


def test_a_path_stays_through_reloads_and_goes_at_the_end(book: Listening, tmp_path: Path) -> None:
    path = tmp_path / "s"
    for workers in (1, 3, 2):
        change(book, {"a": f"unix:{path}"}, workers)
        assert answers(Address(path=str(path)))
    book.close()
    assert not path.exists()


def test_a_path_that_was_removed_meanwhile_is_no_error(book: Listening, tmp_path: Path) -> None:
    path = tmp_path / "s"
    change(book, {"a": f"unix:{path}"})
    path.unlink()
    book.close()


def test_sockets_that_a_successor_has_are_let_go_with_their_paths(book: Listening, tmp_path: Path) -> None:
    path = tmp_path / "s"
    change(book, {"a": f"unix:{path}"})
    with book.of_worker(0)["a"].dup():
        book.let_go(set(book.of_worker(0).values()))
        assert answers(Address(path=str(path)))


# What others opened


def test_what_a_predecessor_had_is_taken_and_what_is_missing_opened() -> None:
    predecessor = Listening()
    change(predecessor, {"a": ANY, "b": ANY}, workers=2)
    gone = predecessor.addresses["b"]
    book = Listening(predecessor.everything())
    staged = book.stage({"a": ANY, "c": "127.0.0.2:0"}, 2)
    assert staged.of_worker(1)["a"] is predecessor.of_worker(1)["a"]
    staged.commit().close()
    assert not answers(gone)
    book.close()


def lent(name: str, address: str = ANY, count: int = 1) -> Opened:
    sockets = tuple(open_sockets(Address.parse(address), count))
    return Opened(name, str(bound_address(sockets[0])), sockets, keeper="systemd")


def test_systemds_sockets_one_for_each_worker_are_taken_as_they_are(caplog: pytest.LogCaptureFixture) -> None:
    given = lent("a", count=2)
    book = Listening([given])
    change(book, {"a": str(given.address)}, workers=2)
    assert [book.of_worker(number)["a"] for number in range(2)] == list(given.sockets)
    assert caplog.messages == []
    book.close()


def test_one_socket_of_systemd_that_may_be_joined_is(caplog: pytest.LogCaptureFixture) -> None:
    given = lent("a")
    given.sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    book = Listening([given])
    change(book, {"a": str(given.address)}, workers=2)
    assert book.of_worker(0)["a"] is given.sockets[0]
    assert book.of_worker(1)["a"] is not given.sockets[0]
    assert caplog.messages == []
    book.close()


def test_one_socket_of_systemd_that_may_not_be_joined_is_shared_with_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    given = lent("a")
    book = Listening([given])
    change(book, {"a": str(given.address)}, workers=2)
    assert book.of_worker(0) == book.of_worker(1)
    (warning,) = caplog.messages
    assert "ReusePort=yes" in warning
    book.close()


def test_a_path_of_systemds_is_shared_without_a_word_and_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    given = lent("a", f"unix:{tmp_path}/s")
    book = Listening([given])
    change(book, {"a": str(given.address)}, workers=2)
    book.close()
    assert ((tmp_path / "s").exists(), caplog.messages) == (True, [])


def test_a_socket_of_systemd_elsewhere_than_configured_is_taken_by_its_name_with_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    given = lent("a")
    book = Listening([given])
    change(book, {"a": "127.0.0.2:1"})
    assert book.addresses["a"] == given.address
    assert caplog.messages == [f"listener a: systemd's socket is on {given.address}, not on 127.0.0.2:1"]
    book.close()


def test_more_sockets_of_systemd_than_workers_are_refused() -> None:
    given = lent("a", count=2)
    book = Listening([given])
    with pytest.raises(StartError, match="systemd gave 2 sockets for 1 worker"):
        book.stage({"a": str(given.address)}, 1)
    book.close()


def test_a_socket_of_systemd_outlives_its_listener_and_may_be_taken_again(caplog: pytest.LogCaptureFixture) -> None:
    given = lent("a")
    book = Listening([given])
    change(book, {"a": str(given.address), "b": ANY})
    change(book, {"b": ANY})
    assert "no listener uses systemd's socket a on" in caplog.text
    assert answers(given.address)
    change(book, {"a": str(given.address)})
    assert book.of_worker(0)["a"] is given.sockets[0]
    book.close()
