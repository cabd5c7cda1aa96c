"""The schemas of calls and answers; tests/proxy/admin/test_openapi.py holds real answers to them."""

from __future__ import annotations

import pytest
from openapi_schema_validator import OAS31Validator

from proxy.admin.schemas import SCHEMAS, reference


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_is_a_schema(name: str) -> None:
    OAS31Validator.check_schema(SCHEMAS[name])


def test_a_reference_leads_to_one() -> None:
    assert reference("Error") == {"$ref": "#/components/schemas/Error"}
