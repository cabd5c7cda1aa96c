"""`penstock function deploy`: what it sends, and which options go together."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web
from click.testing import CliRunner, Result
from kit.demo import free_ports
from kit.deploying import saying
from kit.registered import sha256
from kit.toolchain import Toolchain, sources, toolchain

from config.cli import main
from config.demo.serving import serving
from config.function_keys import read_key, signature, write_key

pytestmark = pytest.mark.usefixtures("compilations_of_this_run")

SETTINGS = {"limits": {"cpu": "5s"}, "allow": {"kv": True}}


class Admin:
    """Notes what it is sent, and takes it."""

    def __init__(self) -> None:
        self.place = f"127.0.0.1:{free_ports(1)[0]}"
        self.metadata: dict[str, Any] = {}
        self.wasm: bytes | None = None

    def application(self) -> web.Application:
        app = web.Application()
        app.add_routes([web.post("/api/v1/edge/deploy", self._deploy)])
        return app

    async def _deploy(self, request: web.Request) -> web.Response:
        if request.content_type == "application/json":
            self.metadata = await request.json()
        else:
            async for part in await request.multipart():
                assert part is not None
                if part.name == "function":
                    self.metadata = await part.json()
                else:
                    self.wasm = await part.read()
        told = {"version": "0123456789abcdef", "number": 3, "duration_ms": 12.3, "warnings": ["beware"]}
        return web.json_response({"function": "hello", "alias": self.metadata["alias"], **told})

    def deploy(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, ["function", "deploy", *arguments, "--admin", f"http://{self.place}"])


@pytest.fixture
def admin() -> Iterator[Admin]:
    admin = Admin()
    with serving(admin.place, admin.application()):
        yield admin


@pytest.fixture
def tools(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Toolchain:
    """Stand in a function's directory, which can be built."""
    monkeypatch.chdir(sources(tmp_path / "hello", about="allow: {kv: true}\ndescription: says hello"))
    tools = toolchain(tmp_path, monkeypatch)
    tools.rust()
    return tools


def test_a_function_is_built_and_sent_with_what_its_file_says(admin: Admin, tools: Toolchain) -> None:
    result = admin.deploy()
    assert (result.exit_code, result.stdout) == (
        0,
        "hello: live is version 3 now (0123456789abcdef), after 12 ms\n",
    )
    assert result.stderr.endswith("warning: beware\n")
    assert admin.wasm == saying("hello")
    assert admin.metadata == {
        "name": "hello",
        "description": "says hello",
        **SETTINGS,
        "alias": "live",
        "percent": 100,
    }


def test_alias_percent_and_sticky_key_go_along(admin: Admin, tools: Toolchain) -> None:
    result = admin.deploy("--alias", "next", "--percent", "5", "--sticky", "client")
    assert result.stdout.startswith("hello: 5 % of next is version 3 now")
    assert [admin.metadata[key] for key in ("alias", "percent", "sticky")] == ["next", 5, {"client": True}]


def test_a_signature_is_over_the_module_and_its_settings(admin: Admin, tools: Toolchain) -> None:
    key = pathlib.Path("ci.key")
    write_key(key)
    admin.deploy("--sign", "ci.key")
    made = signature(read_key(key), "ci", "hello", sha256(saying("hello")), SETTINGS)
    assert admin.metadata["signature"] == made
    admin.deploy("--sign", "ci.key", "--signer", "release")
    assert admin.metadata["signature"] == {**made, "key": "release"}


def test_a_module_that_is_pulled_is_not_built(admin: Admin, tools: Toolchain) -> None:
    admin.deploy("--from-url", "https://builds.example.com/hello.wasm", "--sha256", "A" * 64)
    source = {"url": "https://builds.example.com/hello.wasm", "sha256": "a" * 64}
    assert (admin.metadata["source"], admin.wasm, tools.calls) == (source, None, [])


def test_the_answer_can_be_read_by_programs(admin: Admin, tools: Toolchain) -> None:
    assert json.loads(admin.deploy("--json").stdout)["number"] == 3


def test_a_build_that_fails_sends_nothing(admin: Admin, tools: Toolchain) -> None:
    tools.fails("cargo", "error: expected a thing")
    result = admin.deploy()
    assert (result.exit_code, result.stdout, admin.metadata) == (1, "", {})
    assert "error: expected a thing" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--from-url", "https://a.example/x"], "--from-url goes with --sha256"),
        (["--sha256", "0" * 64], "--from-url goes with --sha256"),
        (["--from-url", "https://a.example/x", "--sha256", "12"], "64 hex digits"),
        (["--signer", "ci"], "give both"),
        (["--percent", "0"], "--percent"),
        (["it.wasm", "--from-url", "https://a.example/x", "--sha256", "0" * 64], "not both"),
    ],
)
def test_a_slip_is_told(admin: Admin, tools: Toolchain, arguments: list[str], word: str) -> None:
    pathlib.Path("it.wasm").touch()
    result = admin.deploy(*arguments)
    assert (result.exit_code, admin.metadata) == (2, {})
    assert word in result.stderr
