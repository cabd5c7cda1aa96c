"""`function.yaml`, the file beside a function's sources: what it is, what it may reach, and how it is tested."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from config.document import Document, parse
from config.function_allow import Allow
from config.function_limits import FunctionLimits
from config.function_options import FunctionName
from config.guest_options import HandedOver, LogLevel
from config.model import Model
from config.problems import validate
from config.values import FieldName, Method, Name, Text
from proxy.errors import ConfigError

FILE_NAME: Final = "function.yaml"
DEPLOYED: Final = ("entry", "form", "input", "allow", "limits", "config", "log_level")
"""The keys that go with a module when it is deployed, as they are written here."""

_ONE_STEP: Final = ("request", "expect", "http", "now")

Status = Annotated[int, Field(ge=200, le=599, strict=True)]


class Asked(Model):
    """A request of a test; a body that is a mapping is sent as JSON."""

    method: Method = "GET"
    uri: Annotated[str, Field(strict=True, pattern=r"^/")] = "/"
    headers: dict[FieldName, str] = Field(default_factory=dict)
    body: HandedOver = b""


class Reply(Model):
    """What a server answers the function in a test, or how the request to it fails."""

    status: Status = 200
    headers: dict[FieldName, str] = Field(default_factory=dict)
    body: HandedOver = b""
    fails: Literal["timeout", "unavailable", "failed"] | None = None


class Expected(Model):
    """What an answer must be; what is not given may be anything. `json` is what the body says, not how it does."""

    status: Status = 200
    headers: dict[FieldName, str] = Field(default_factory=dict)
    body: Annotated[str, Field(strict=True)] | None = None
    json_: Annotated[Any, Field(alias="json")] = None


class TestWith(Model):
    """What is around the function in its tests: `http` by URL, `now` in seconds since the epoch, the real time if None.

    Sub-requests are answered from `http`, too, by their path and query.
    """

    secrets: dict[Name, str] = Field(default_factory=dict)
    http: dict[Text, Reply] = Field(default_factory=dict)
    now: Annotated[int, Field(ge=0, strict=True)] | None = None


class Step(Model):
    """A request and its answer; `http` and `now` go before those of the file."""

    request: Asked = Asked()
    expect: Expected
    http: dict[Text, Reply] = Field(default_factory=dict)
    now: Annotated[int, Field(ge=0, strict=True)] | None = None


class FunctionTest(Model):
    """Steps that find what those before them have stored; a test of one step needs no `steps`."""

    name: Text
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _of_one_step(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "steps" in data or not data.keys() & set(_ONE_STEP):
            return data
        step = {key: value for key, value in data.items() if key in _ONE_STEP}
        return {key: value for key, value in data.items() if key not in _ONE_STEP} | {"steps": [step]}


class FunctionFile(Model):
    name: FunctionName
    description: Text = ""
    entry: Text | None = None
    form: Literal["packed", "pointer", "call"] | None = None
    input: Literal["request", "body"] = "request"
    config: HandedOver = b"{}"
    log_level: LogLevel = "info"
    allow: Allow = Allow()
    limits: FunctionLimits = FunctionLimits()
    test_with: TestWith = TestWith()
    tests: tuple[FunctionTest, ...] = ()

    @model_validator(mode="after")
    def _each_test_once(self) -> Self:
        names = [test.name for test in self.tests]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two tests are named '{name}'")
        return self


def read_function_file(text: str) -> tuple[FunctionFile | None, Mapping[str, Any], list[ConfigError]]:
    """Return what a file says, what of that goes with a deploy, and the errors; with errors there is nothing else."""
    document, errors = parse(text, {})
    if errors:
        return None, {}, errors
    file, errors = validate(FunctionFile, {} if document.data is None else document.data, document)
    return file, {} if file is None else metadata(document), errors


def metadata(document: Document) -> dict[str, Any]:
    """Return what a deploy sends beside the module, spelled as it is written."""
    return {key: document.data[key] for key in DEPLOYED if document.data.get(key) is not None}
