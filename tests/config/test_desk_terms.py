"""What the desk heeds, as the configuration has it."""

from __future__ import annotations

import base64
import os
import pathlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from kit.deploying import saying

from config.configuration import Configuration
from config.desk_terms import desk_of, desk_settings
from config.function_store import called, deployed_in, store_of
from config.load import check
from wasm_host.functions.allowance import Allowance, HttpAllowance

KEY = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
WHOLE = f"""\
version: 1
listeners: [{{name: public, address: "127.0.0.1:0"}}]
filters: {{first: {{type: function, function: auth, alias: staging}}}}
functions:
  store: functions
  trust: {{keys: {{ci: {base64.b64encode(KEY).decode()}}}}}
  pull: {{hosts: [builds.test]}}
  defaults: {{allow: {{time: true}}}}
  named:
    own: {{module: own.wasm}}
    auth: {{allow: {{random: true}}}}
routes:
  - {{name: hello, filters: [first], function: hello}}
"""


def read(tmp_path: pathlib.Path, text: str = WHOLE) -> Configuration:
    (tmp_path / "own.wasm").write_bytes(saying("hello"))
    found = check(text, tmp_path, os.environ).configuration
    assert found is not None
    return found


def test_it_is_told_who_may_what(tmp_path: pathlib.Path) -> None:
    settings = desk_settings(read(tmp_path))
    assert settings is not None
    assert settings.store == tmp_path / "functions"
    assert settings.terms("other").allow == Allowance(time=True)
    assert settings.terms("auth").allow == Allowance(time=True, random=True)
    assert settings.from_files == {"own"}
    assert settings.routes == {("hello", "live"): "hello", ("auth", "staging"): ""}
    assert {name: key.public_bytes_raw() for name, key in settings.trust.keys.items()} == {"ci": KEY}
    assert settings.pull == HttpAllowance(("builds.test",))


def test_it_opens_its_store_which_is_empty_at_first(tmp_path: pathlib.Path) -> None:
    configuration = read(tmp_path)
    assert not (tmp_path / "functions").exists()
    assert desk_of(configuration) is not None
    assert (tmp_path / "functions").is_dir()
    assert deployed_in(configuration) == {}


def test_without_a_store_there_is_no_desk(tmp_path: pathlib.Path) -> None:
    lines = [
        line for line in WHOLE.splitlines() if "store:" not in line and "first" not in line and "hello" not in line
    ]
    configuration = read(tmp_path, "\n".join([*lines, "  - {name: own, function: own}"]))
    assert (desk_of(configuration), store_of(configuration), deployed_in(configuration)) == (None, None, {})
    assert [(route, function.name) for route, _, function in called(configuration)] == [("own", "own")]
