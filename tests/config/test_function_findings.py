"""What `penstock check` finds of functions: their modules, directories and stores."""

from __future__ import annotations

import hashlib
import pathlib

import pytest
from kit.checking import Checking
from kit.deploying import saying, storing

WHOLE = """\
version: 1
listeners: [{name: public, address: "127.0.0.1:0"}]
functions: {%s}
routes: [{name: hello, filters: [{type: respond}]}]
"""


def errors(checked: Checking, functions: str) -> list[str]:
    return [str(error).partition(": ")[2] for error in checked(WHOLE % functions).errors]


@pytest.fixture
def own(tmp_path: pathlib.Path) -> pathlib.Path:
    file = tmp_path / "own.wasm"
    file.write_bytes(saying("hello"))
    return file


def test_a_module_that_can_run_is_fine_and_nothing_is_left_of_its_trial(
    checked: Checking, own: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    assert errors(checked, "store: functions, defaults: {allow: {kv: true}}, named: {hello: {module: own.wasm}}") == []
    assert errors(checked, "named: {hello: {module: builtin:functions/hello.wasm}}") == []
    assert list(tmp_path.iterdir()) == [own]


def test_a_module_is_what_its_hash_says(checked: Checking, own: pathlib.Path) -> None:
    right = hashlib.sha256(own.read_bytes()).hexdigest()
    assert errors(checked, f"named: {{hello: {{module: {{path: own.wasm, sha256: {right}}}}}}}") == []
    [error] = errors(checked, f"named: {{hello: {{module: {{path: own.wasm, sha256: {'0' * 64}}}}}}}")
    assert error.startswith(f"functions.named.hello.module.sha256: own.wasm has the sha256 {right}, not 000")


def test_an_import_that_is_not_allowed_is_named_with_its_key(checked: Checking, own: pathlib.Path) -> None:
    own.write_bytes(storing())
    [error] = errors(checked, "store: functions, named: {hello: {module: own.wasm}}")
    assert error.startswith("functions.named.hello.module.path: own.wasm")
    assert "kv" in error
    assert errors(checked, "store: functions, named: {hello: {module: own.wasm, allow: {kv: true}}}") == []


@pytest.mark.parametrize(
    ("functions", "error"),
    [
        ("named: {hello: {module: none.wasm}}", "functions.named.hello.module.path: cannot read none.wasm: No such"),
        ("named: {hello: {module: builtin:no.wasm}}", "functions.named.hello.module.path: no module 'no.wasm' comes"),
        ("store: no/functions", "functions.store: there is no directory for no/functions"),
        ("kv: {path: no/kv.sqlite}", "functions.kv.path: there is no directory for no/kv.sqlite"),
        ("audit_log: no/audit.log", "functions.audit_log: there is no directory for no/audit.log"),
        ("defaults: {allow: {kv: true}}", "functions.defaults.allow.kv: say where it keeps its values: functions.kv"),
        ("named: {a: {allow: {kv: true}}}", "functions.named.a.allow.kv: say where it keeps its values: functions.kv"),
        (
            "cache: {redis: {url: 'rediss://r', ca: no.pem}}",
            "functions.cache.redis.ca: cannot read no.pem: No such file or directory",
        ),
    ],
)
def test_what_cannot_be_is_an_error_with_its_place(checked: Checking, functions: str, error: str) -> None:
    [found] = errors(checked, functions)
    assert found.startswith(error)


def test_a_store_that_cannot_be_read_is_an_error(checked: Checking, tmp_path: pathlib.Path) -> None:
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions/functions.sqlite").write_bytes(b"no database" * 1000)
    [error] = errors(checked, "store: functions")
    assert error.startswith("functions.store: ")
