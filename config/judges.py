"""From a module that judges to its filter: a WAF module's, or a bot detector's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from config.judge_options import BotOptions, WafModuleOptions, read_options
from proxy.firewall_book import FirewallBook
from proxy.metrics import Registry
from wasm_host.abi.bot_detector.filter import BotDetectorFilter
from wasm_host.abi.bot_detector.program import BotDetectorProgram
from wasm_host.abi.judges.filter import JudgeFilter
from wasm_host.abi.judges.program import JudgeProgram
from wasm_host.abi.waf_module.filter import WafModuleFilter
from wasm_host.abi.waf_module.program import WafModuleProgram
from wasm_host.detection import Abi
from wasm_host.guest_metrics import GuestMetrics
from wasm_host.log_lines import LogLines
from wasm_host.module import WasmModule
from wasm_host.program import GuestSettings

PROGRAMS: Final[Mapping[Abi, type[JudgeProgram]]] = {"waf": WafModuleProgram, "bot": BotDetectorProgram}
_OPTIONS: Final[Mapping[Abi, Any]] = {"waf": WafModuleOptions, "bot": BotOptions}


def judge_filter(program: JudgeProgram, metrics: GuestMetrics, registry: Registry) -> JudgeFilter:
    """Make a filter whose `config` says what comes of verdicts; raises AbiMismatch where it says something else."""
    settings = program.settings
    if isinstance(program, WafModuleProgram):
        mode = read_options(WafModuleOptions, settings.configuration).mode
        book = FirewallBook(settings.name, registry)
        return WafModuleFilter(program, metrics, book, enforced=mode == "enforce")
    policy = read_options(BotOptions, settings.configuration).policy()
    return BotDetectorFilter(program, metrics, policy, registry.bot_verdicts)


def try_judge(module: WasmModule, settings: GuestSettings, log: LogLines) -> None:
    """Let a guest answer something harmless, and read the filter's `config`; raises GuestError."""
    PROGRAMS[module.abi](module, settings, log).rehearse()
    read_options(_OPTIONS[module.abi], settings.configuration)
