"""Shared data and queues as guests call them."""

import pytest
from kit.host_calls import ALLOCATOR, NUMBER, POINTER, SIZE, WILD, HostCalls, program_of

from proxy.metrics import Registry
from wasm_host.abi.proxy_wasm.numbers import NOT_FOUND, OK, Status
from wasm_host.abi.proxy_wasm.queues import MOST_BYTES, MOST_QUEUES
from wasm_host.abi.proxy_wasm.services import WorkerServices
from wasm_host.memory import OutOfBounds


@pytest.fixture
def worker() -> WorkerServices:
    return WorkerServices({}, Registry())


@pytest.fixture
def host(worker: WorkerServices) -> HostCalls:
    return HostCalls(worker.of("auth"))


def get(host: HostCalls, key: bytes = b"key") -> int:
    return host.call("get_shared_data", key, POINTER, SIZE, NUMBER)


def put(host: HostCalls, value: bytes, token: int = 0) -> int:
    return host.call("set_shared_data", b"key", value, token)


def test_what_one_guest_sets_another_gets(worker: WorkerServices, host: HostCalls) -> None:
    other = HostCalls(worker.of("log"), name="log")
    assert put(host, b"one") == OK
    assert get(other) == OK
    assert (other.given, other.number) == (b"one", 1)


def test_guests_of_another_vm_do_not_see_it(worker: WorkerServices, host: HostCalls) -> None:
    put(host, b"one")
    assert get(HostCalls(worker.of("log"), vm_id="other")) == NOT_FOUND


def test_an_absent_key_is_not_found_and_nothing_is_written(host: HostCalls) -> None:
    host.guest.memory.write_u32(NUMBER, 77)
    assert get(host) == NOT_FOUND
    assert host.number == 77


def test_an_empty_value_is_given_without_memory(host: HostCalls) -> None:
    put(host, b"")
    assert get(host) == OK
    assert host.guest.memory.read(POINTER, 8) == bytes(8)


def test_a_stale_token_is_a_mismatch(host: HostCalls) -> None:
    put(host, b"one")
    get(host)
    assert put(host, b"two", host.number) == OK
    assert put(host, b"three", host.number) == Status.CAS_MISMATCH


def test_wild_pointers_raise(host: HostCalls) -> None:
    with pytest.raises(OutOfBounds):
        host.call("get_shared_data", WILD, 4, POINTER, SIZE, NUMBER)
    put(host, b"one")
    with pytest.raises(OutOfBounds):
        host.call("get_shared_data", b"key", POINTER, SIZE, WILD)


def register(host: HostCalls, name: bytes = b"work") -> int:
    assert host.call("register_shared_queue", name, NUMBER) == OK
    return host.number


def dequeue(host: HostCalls, queue: int) -> int:
    return host.call("dequeue_shared_queue", queue, POINTER, SIZE)


def test_a_queue_of_this_vm_is_resolved_with_and_without_its_id(host: HostCalls) -> None:
    queue = register(host)
    assert host.call("resolve_shared_queue", b"", b"work", NUMBER) == OK
    assert host.number == queue
    assert host.call("resolve_shared_queue", b"vm", b"work", NUMBER) == OK
    assert host.number == queue


def test_a_queue_of_another_vm_is_resolved_by_that_vms_id(worker: WorkerServices, host: HostCalls) -> None:
    queue = register(host)
    other = HostCalls(worker.of("log"), vm_id="other")
    assert other.call("resolve_shared_queue", b"", b"work", NUMBER) == NOT_FOUND
    assert other.call("resolve_shared_queue", b"vm", b"work", NUMBER) == OK
    assert other.number == queue


def test_messages_go_from_guest_to_guest(worker: WorkerServices, host: HostCalls) -> None:
    queue = register(host)
    assert HostCalls(worker.of("log")).call("enqueue_shared_queue", queue, b"first") == OK
    assert dequeue(host, queue) == OK
    assert host.given == b"first"
    assert dequeue(host, queue) == Status.EMPTY


def test_a_queue_that_nobody_registered_is_not_found(host: HostCalls) -> None:
    assert host.call("enqueue_shared_queue", 9999, b"x") == NOT_FOUND
    assert dequeue(host, 9999) == NOT_FOUND


def test_a_full_queue_answers_what_sdks_survive(host: HostCalls) -> None:
    queue = register(host)
    for _ in range(MOST_BYTES // (128 * 1024)):
        host.call("enqueue_shared_queue", queue, 0, 128 * 1024)
    assert host.call("enqueue_shared_queue", queue, 0, 128 * 1024) == NOT_FOUND


def test_too_many_queues_are_a_failure(host: HostCalls) -> None:
    for number in range(MOST_QUEUES):
        register(host, b"%d" % number)
    assert host.call("register_shared_queue", b"one more", NUMBER) == Status.INTERNAL_FAILURE


LISTENER = """
    (import "env" "proxy_register_shared_queue" (func $register (param i32 i32 i32) (result i32)))
    (import "env" "proxy_dequeue_shared_queue" (func $dequeue (param i32 i32 i32) (result i32)))
    (data (i32.const 0) "work")
    (func (export "proxy_on_configure") (param i32 i32) (result i32)
      (drop (call $register (i32.const 0) (i32.const 4) (i32.const 16)))
      (i32.const 1))
    (func (export "proxy_on_queue_ready") (param $root i32) (param $queue i32)
      (i32.store (i32.const 20) (i32.add (i32.load (i32.const 20)) (i32.const 1)))
      (i32.store (i32.const 24) (local.get $root))
      (drop (call $dequeue (local.get $queue) (i32.const 8) (i32.const 12))))
"""


def test_who_registered_last_is_told_when_the_sender_has_returned(worker: WorkerServices, host: HostCalls) -> None:
    listener = program_of(LISTENER + ALLOCATOR, worker.of("log"), name="log").make()
    host.call("resolve_shared_queue", b"", b"work", NUMBER)
    host.call("enqueue_shared_queue", host.number, b"first")
    host.call("enqueue_shared_queue", host.number, b"second")
    assert listener.memory.read(20, 4) == bytes(4)
    host.guest.left()
    assert listener.memory.read(20, 8) == bytes([2, 0, 0, 0, 1, 0, 0, 0])
    assert dequeue(host, host.number) == Status.EMPTY


def test_a_listener_that_is_gone_is_not_told_and_its_successor_finds_the_messages(
    worker: WorkerServices, host: HostCalls
) -> None:
    program = program_of(LISTENER + ALLOCATOR, worker.of("log"), name="log")
    program.make().close()
    host.call("resolve_shared_queue", b"", b"work", NUMBER)
    host.call("enqueue_shared_queue", host.number, b"first")
    host.guest.left()
    program.make()
    assert dequeue(host, host.number) == OK
    assert host.given == b"first"
