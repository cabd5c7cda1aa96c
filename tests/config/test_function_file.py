"""`function.yaml`: what it says, and what is wrong with it."""

from __future__ import annotations

import pytest

from config.function_file import read_function_file
from config.function_metadata import Deployment

WHOLE = """
name: greeter
description: Greets
entry: begin
config: {greeting: Hello}
log_level: debug
allow: {cache: true, http: {hosts: [api.example.com]}}
limits: {cpu: 20ms, memory: 8MiB}
test_with:
  secrets: {KEY: x}
  http: {https://api.example.com/: {body: {a: 1}}}
  now: 5
tests:
  - {name: one, request: {uri: /a?b}, expect: {status: 204}, now: 7}
  - name: two
    steps:
      - {request: {method: POST, body: {a: 1}}, expect: {json: [null]}}
      - expect: {}
"""


def errors(text: str) -> list[str]:
    file, sent, found = read_function_file(text)
    assert (file is None, sent) == (True, {}), text
    return [f"{each.line}: {each.path}: {each.message}" for each in found]


def test_all_that_it_may_say_is_read() -> None:
    file, _, found = read_function_file(WHOLE)
    assert file is not None, found
    assert (file.name, file.description, file.entry, file.config) == (
        "greeter",
        "Greets",
        "begin",
        b'{"greeting":"Hello"}',
    )
    assert file.allow.cache is not None
    assert file.limits.given() == {"cpu_s": 0.02, "memory_bytes": 8 * 1024**2}
    assert file.test_with.http["https://api.example.com/"].body == b'{"a":1}'
    one, two = file.tests
    assert [(step.request.uri, step.expect.status, step.now) for step in one.steps] == [("/a?b", 204, 7)]
    assert [step.request.body for step in two.steps] == [b'{"a":1}', b""]
    assert [step.expect.json_ for step in two.steps] == [[None], None]


def test_what_goes_with_a_deploy_is_spelled_as_it_is_written_and_fits_there() -> None:
    _, sent, _ = read_function_file(WHOLE)
    assert sent == {
        "entry": "begin",
        "config": {"greeting": "Hello"},
        "log_level": "debug",
        "allow": {"cache": True, "http": {"hosts": ["api.example.com"]}},
        "limits": {"cpu": "20ms", "memory": "8MiB"},
    }
    assert Deployment.model_validate({"name": "greeter", **sent}).entry == "begin"


def test_a_name_is_enough() -> None:
    file, sent, _ = read_function_file("name: greeter")
    assert file is not None
    assert (file.config, file.tests, sent) == (b"{}", (), {})


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "key 'name' is missing"),
        ("[]", "mapping"),
        ("name: Not One", "1: name: "),
        ("name: a\nalow: {}", "2: alow: unknown key 'alow'; did you mean 'allow'?"),
        ("name: a\ntests:\n  - {name: x, expect: {stauts: 200}}", "3: tests[0].expect.stauts: unknown key 'stauts'"),
        ("name: a\ntests:\n  - {name: x}", "key 'steps' is missing"),
        ("name: a\ntests:\n  - {name: x, steps: []}", "must not be empty"),
        ("name: a\ntests:\n  - {name: x, request: {uri: a}, expect: {}}", "3: tests[0]"),
        ("name: a\ntests: [{name: x, expect: {}}, {name: x, expect: {}}]", "two tests are named 'x'"),
        ("name: [", "2: : not YAML: "),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, wanted: str) -> None:
    assert any(wanted in error for error in errors(text)), errors(text)
