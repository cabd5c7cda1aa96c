"""Queues between guests."""

import logging

import pytest

from wasm_host.abi.proxy_wasm.queues import MOST_BYTES, MOST_NAME_BYTES, MOST_QUEUES, Queue, SharedQueues


def nobody(queue: int) -> bool:
    """Hear of a message, and do nothing."""
    return True


class Listener:
    """Hears of messages while it is there."""

    def __init__(self) -> None:
        self.heard: list[int] = []
        self.there = True

    def __call__(self, queue: int) -> bool:
        if self.there:
            self.heard.append(queue)
        return self.there


def register(queues: SharedQueues, name: bytes = b"work", vm_id: str = "vm") -> Queue:
    queue = queues.register(vm_id, name, nobody)
    assert queue is not None
    return queue


def test_messages_come_out_in_the_order_they_went_in() -> None:
    queue = register(SharedQueues())
    assert queue.put(b"first")
    assert queue.put(b"second")
    assert [queue.take(), queue.take(), queue.take()] == [b"first", b"second", None]


def test_an_empty_message_is_a_message() -> None:
    queue = register(SharedQueues())
    queue.put(b"")
    assert [queue.take(), queue.take()] == [b"", None]


def test_registering_again_keeps_the_content_and_changes_who_is_told() -> None:
    queues = SharedQueues()
    register(queues).put(b"kept")
    again = queues.register("vm", b"work", Listener())
    assert again is register(queues)
    assert again.take() == b"kept"


def test_the_last_who_registers_is_told() -> None:
    queues, first, last = SharedQueues(), Listener(), Listener()
    for each in (first, last):
        queue = queues.register("vm", b"work", each)
    assert queue is not None
    queue.tell()
    assert (first.heard, last.heard) == ([], [queue.id])


def test_who_registered_before_is_told_again_once_the_last_is_gone() -> None:
    queues, first, last = SharedQueues(), Listener(), Listener()
    for each in (first, last):
        queue = queues.register("vm", b"work", each)
    assert queue is not None
    last.there = False
    queue.tell()
    assert (first.heard, last.heard) == ([queue.id], [])
    first.there = False
    queue.tell()
    assert first.heard == [queue.id]


def test_a_queue_is_found_by_its_id_and_by_its_name() -> None:
    queues = SharedQueues()
    queue = register(queues)
    assert queues.find(queue.id) is queue
    assert queues.resolve("vm", b"work") is queue


def test_what_nobody_registered_is_not_found() -> None:
    queues = SharedQueues()
    register(queues)
    assert queues.find(9999) is None
    assert queues.resolve("vm", b"nothing") is None
    assert queues.resolve("another", b"work") is None


def test_an_id_is_never_zero() -> None:
    assert register(SharedQueues()).id == 1


def test_the_same_name_in_two_vms_is_two_queues() -> None:
    queues = SharedQueues()
    assert register(queues, vm_id="one") is not register(queues, vm_id="other")


def test_a_full_queue_refuses_messages_until_one_is_taken() -> None:
    queue = register(SharedQueues())
    assert queue.put(bytes(MOST_BYTES - 64))
    assert not queue.put(b"x")
    queue.take()
    assert queue.put(b"x")


def test_that_a_queue_is_full_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    queue = register(SharedQueues())
    with caplog.at_level(logging.WARNING):
        queue.put(bytes(MOST_BYTES))
        queue.put(bytes(MOST_BYTES))
    assert [record.getMessage() for record in caplog.records] == [
        "shared queue b'work' is full, and refuses messages: its guest does not empty it"
    ]


def test_empty_messages_fill_a_queue_too() -> None:
    queue = register(SharedQueues())
    put = 0
    while queue.put(b""):
        put += 1
    assert put == MOST_BYTES // 64


def test_there_is_a_largest_number_of_queues() -> None:
    queues = SharedQueues()
    for number in range(MOST_QUEUES):
        register(queues, b"%d" % number)
    assert queues.register("vm", b"one more", nobody) is None
    assert queues.register("vm", b"0", nobody) is not None


def test_a_name_has_a_longest_length() -> None:
    assert SharedQueues().register("vm", bytes(MOST_NAME_BYTES + 1), nobody) is None
