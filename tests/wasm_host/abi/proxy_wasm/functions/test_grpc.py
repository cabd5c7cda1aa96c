"""gRPC, which there is none of."""

import pytest
from kit.host_calls import HostCalls

from proxy.metrics import Registry
from wasm_host.abi.proxy_wasm.numbers import NOT_FOUND, Status
from wasm_host.abi.proxy_wasm.services import WorkerServices


@pytest.fixture
def host() -> HostCalls:
    return HostCalls(WorkerServices({}, Registry()).of("auth"))


def test_no_call_begins(host: HostCalls) -> None:
    assert host.call("grpc_call", *[0] * 12) == Status.INTERNAL_FAILURE
    assert host.call("grpc_stream", *[0] * 9) == Status.INTERNAL_FAILURE


def test_no_call_is_known(host: HostCalls) -> None:
    assert host.call("grpc_send", 1, 0, 0, 0) == NOT_FOUND
    assert host.call("grpc_cancel", 1) == NOT_FOUND
    assert host.call("grpc_close", 1) == NOT_FOUND
