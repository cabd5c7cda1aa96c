"""A WAF module joined with this host for one filter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from proxy.messages import Headers, Request
from wasm_host.abi.judges.program import JudgeProgram
from wasm_host.abi.waf_module.analysis import read_analysis
from wasm_host.abi.waf_module.imports import host_functions
from wasm_host.abi.waf_module.request import questions
from wasm_host.calls import Running
from wasm_host.log_lines import LogLines
from wasm_host.signature import HostFunction

_HARMLESS: Final = [("User-Agent", "Mozilla/5.0"), ("Accept", "*/*")]


class WafModuleProgram(JudgeProgram):
    question = "analyze_request"
    chain_hooks = frozenset({"on_request", "on_request_body", "on_complete"})

    @classmethod
    def offered(cls, running: Running, log: LogLines) -> Sequence[HostFunction]:
        return host_functions(running, log)

    def rehearse(self) -> None:
        request = Request("GET", "/", headers=Headers.of(_HARMLESS), authority="example.com", host="example.com")
        for question in questions(request, b""):
            self.asked(question, read_analysis)
