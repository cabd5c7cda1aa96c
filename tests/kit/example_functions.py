"""The functions of filters/guests/examples as they are built, with what is written beside their sources."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from config.function_file import FILE_NAME, FunctionFile, read_function_file
from config.function_rehearsal import rehearse
from kit.exchanges import Fields, make_exchange
from proxy.messages import Response
from proxy.metrics import Registry
from wasm_host.functions.deployment import Deployment, Share
from wasm_host.functions.filter import FunctionFilter
from wasm_host.functions.function import Function
from wasm_host.functions.services import Services
from wasm_host.functions.settings import FunctionLimits, FunctionSettings
from wasm_host.module import WasmModule, module_of

FILTERS = Path(__file__).parents[2] / "filters"
MODULES = FILTERS / "wasm/functions"
EXAMPLES = FILTERS / "guests/examples"


def built(name: str) -> WasmModule:
    return module_of((MODULES / f"{name}.wasm").read_bytes(), name)


def written(text: str) -> FunctionFile:
    file, _, errors = read_function_file(text)
    assert file is not None, errors
    return file


def about(name: str) -> FunctionFile:
    return written((EXAMPLES / name / FILE_NAME).read_text())


async def faults(module: WasmModule, file: FunctionFile) -> dict[str, tuple[str, ...]]:
    """Run a function's own tests; return what is wrong by the test's name, of those that do not pass."""
    verdicts = await rehearse(module, file)
    assert verdicts
    return {verdict.name: verdict.faults for verdict in verdicts if verdict.faults}


class Example:
    """An example that runs on services of the test's choice; `lines` are what it logged."""

    def __init__(
        self,
        name: str,
        services: Services | None = None,
        *,
        config: bytes | None = None,
        secrets: dict[str, str] | None = None,
    ) -> None:
        file = about(name)
        settings = FunctionSettings(
            name,
            "v1",
            configuration=file.config if config is None else config,
            secrets=secrets or {},
            allow=file.allow.allowance(),
            # Time is not what these tests are about, and this machine does other things.
            limits=replace(FunctionLimits(), cpu_s=5.0),
        )
        self.lines: list[str] = []
        self.function = Function(
            built(name), settings, services or Services(), Registry(), self._heard, lambda *_: None
        )

    def _heard(self, line: dict[str, Any]) -> None:
        self.lines.append(line["text"])

    async def answer(
        self, method: str = "GET", target: str = "/", fields: Fields = (), body: bytes | None = None
    ) -> Response:
        exchange = make_exchange(method, target, fields)
        exchange.request.body = body
        return (await self.function.call(exchange)).response()

    def as_filter(self) -> FunctionFilter:
        deployment = Deployment(self.function.name, "live", [Share(self.function, 100)])
        return FunctionFilter("it", self.function.name, deployment)


def field(response: Response, name: str) -> str | None:
    found = response.headers.find(name.encode())
    return None if found is None else found.decode()
