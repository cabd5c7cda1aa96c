"""The python filter."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kit.exchanges import make_exchange, make_filter

from filters.python import PythonFilter

SOURCE = """
from proxy.filter import Filter

class Tag(Filter):
    def __init__(self, value="none"):
        if value == "bad":
            raise RuntimeError("no such tag")
        self.value = value

    def on_request(self, exchange):
        exchange.request.headers.set("X-Tag", self.value)

class Other:
    pass

def make(value):
    return Tag(value + "!")

def wrong():
    return 1

number = 7
"""


@pytest.fixture(autouse=True)
def modules_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "tags_under_test.py").write_text(SOURCE)
    (tmp_path / "broken_under_test.py").write_text("1 / 0")
    (tmp_path / "needy_under_test.py").write_text("import no_such_module_at_all")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in ("tags_under_test", "broken_under_test", "needy_under_test"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(("attribute", "value"), [("Tag", "a"), ("make", "a!")])
def test_a_user_s_filter_is_made_with_its_config(attribute: str, value: str) -> None:
    it = make_filter(PythonFilter, name="mine", module=f"tags_under_test:{attribute}", config={"value": "a"})
    exchange = make_exchange()
    it.on_request(exchange)
    assert exchange.request.headers["X-Tag"] == value
    assert it.name == "mine"


def test_config_may_be_left_out() -> None:
    assert make_filter(PythonFilter, module="tags_under_test:Tag").value == "none"


@pytest.mark.parametrize(
    ("module", "config", "message"),
    [
        ("no_such_module_at_all:X", {}, "no module 'no_such_module_at_all'"),
        ("tags_under_test.deeper:X", {}, "no module 'tags_under_test.deeper'"),
        ("needy_under_test:X", {}, "'needy_under_test' needs a module that is not there: 'no_such_module_at_all'"),
        ("broken_under_test:X", {}, "'broken_under_test' fails when imported: ZeroDivisionError"),
        ("tags_under_test:Tog", {}, "'tags_under_test' has no 'Tog'; did you mean 'Tag'"),
        ("tags_under_test:zzz", {}, "'tags_under_test' has no 'zzz'$"),
        ("tags_under_test:number", {}, "tags_under_test:number is an int, not a class or function"),
        ("tags_under_test:Other", {}, "tags_under_test:Other is not a subclass of proxy.filter.Filter"),
        ("tags_under_test:wrong", {}, "tags_under_test:wrong made an int, not a proxy.filter.Filter"),
        ("tags_under_test:make", {}, "tags_under_test:make does not take this `config`: missing .* 'value'"),
        ("tags_under_test:Tag", {"colour": 1}, "tags_under_test:Tag does not take this `config`: .*'colour'"),
        ("tags_under_test:Tag", {"value": "bad"}, "tags_under_test:Tag failed: RuntimeError: no such tag"),
        ("tags_under_test", {}, "pattern"),
        ("tags_under_test:a.b", {}, "pattern"),
    ],
)
def test_what_is_wrong_is_said_by_name(module: str, config: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_filter(PythonFilter, module=module, config=config)
