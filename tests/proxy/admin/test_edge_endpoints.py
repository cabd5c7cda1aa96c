"""The table's part about edge functions."""

from __future__ import annotations

import pytest

from proxy.admin.edge_endpoints import (
    EDGE,
    EDGE_ENDPOINTS,
    LARGEST_INVOCATION_BYTES,
    LARGEST_METADATA_BYTES,
    LARGEST_MODULE_BYTES,
    UPLOAD,
)
from proxy.admin.endpoint import Endpoint
from proxy.control import MAX_MESSAGE_BYTES


@pytest.mark.parametrize("endpoint", EDGE_ENDPOINTS, ids=lambda each: f"{each.method} {each.path}")
def test_all_of_it_is_in_one_place(endpoint: Endpoint) -> None:
    assert endpoint.path.startswith(EDGE)


def test_the_largest_call_of_a_function_goes_through_the_control_channel_as_base64() -> None:
    assert LARGEST_INVOCATION_BYTES * 4 / 3 < MAX_MESSAGE_BYTES / 2


def test_the_largest_module_goes_into_a_form_with_the_largest_metadata() -> None:
    assert UPLOAD.limit_bytes > LARGEST_MODULE_BYTES + LARGEST_METADATA_BYTES
