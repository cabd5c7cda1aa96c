"""What the options of filters share, and that every filter's documentation is whole."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from filters.basic_auth import BasicAuthFilter
from filters.compress import CompressFilter
from filters.cors import CorsFilter
from filters.headers import HeadersFilter
from filters.ip_acl import IpAclFilter
from filters.options import prepared
from filters.python import PythonFilter
from filters.rate_limit import RateLimitFilter
from filters.redirect import RedirectFilter
from filters.respond import RespondFilter
from filters.rewrite import RewriteFilter

FILTERS: list[Any] = [
    BasicAuthFilter,
    CompressFilter,
    CorsFilter,
    HeadersFilter,
    IpAclFilter,
    PythonFilter,
    RateLimitFilter,
    RedirectFilter,
    RespondFilter,
    RewriteFilter,
]
DOCUMENT = (Path(__file__).parents[2] / "docs" / "filters.md").read_text()
every_filter = pytest.mark.parametrize("filter_type", FILTERS, ids=lambda filter_type: filter_type.type_name)


def section(type_name: str) -> str:
    """Return the part of the document under the filter's heading."""
    assert f"\n## `{type_name}`\n" in DOCUMENT
    return DOCUMENT.split(f"\n## `{type_name}`\n")[1].split("\n## ")[0]


def option_names(schema: Any) -> Iterator[str]:
    """Name every option that a JSON Schema knows, nested ones too."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for part in schema.values():
            yield from option_names(part)


@every_filter
def test_every_option_is_documented(filter_type: Any) -> None:
    text = section(filter_type.type_name)
    for name in set(option_names(filter_type.Options.model_json_schema())):
        assert f"`{name}`" in text, f"{filter_type.type_name}: {name} is not in docs/filters.md"


@every_filter
def test_every_filter_has_an_example_that_is_valid(filter_type: Any) -> None:
    secret = "$pbkdf2-sha256$i=1$c2FsdA$AAAAAAAAAAAAAAAAAAAAAA"
    text = re.findall(r"```yaml\n(.*?)```", section(filter_type.type_name), re.DOTALL)[-1].replace(
        "${ANN_SECRET}", secret
    )
    example = yaml.safe_load(text)
    assert example.pop("type") == filter_type.type_name
    filter_type.Options.model_validate(example)


@every_filter
def test_options_refuse_unknown_keys_and_changes(filter_type: Any) -> None:
    assert filter_type.Options.model_config["extra"] == "forbid"
    assert filter_type.Options.model_config["frozen"]
    with pytest.raises(ValidationError, match="no_such_option"):
        filter_type.Options.model_validate({"no_such_option": 1})


@every_filter
def test_options_have_a_json_schema(filter_type: Any) -> None:
    assert json.dumps(filter_type.Options.model_json_schema())


def test_a_prepared_line_is_checked() -> None:
    assert prepared("X-A", " é ") == (b"x-a", b"X-A: \xe9")
    with pytest.raises(ValueError, match="not a field name"):
        prepared("X A", "")
