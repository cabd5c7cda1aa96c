"""The filter type `waf`: a WASM guest of ours that judges by rules, with what it says of an exchange heeded."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from config.parts import Parts
from config.paths import ROOT, Path
from config.registry import Unfit
from config.waf_options import BUILTIN_RULES, WafOptions
from config.waf_rules import read_rules
from config.wasm import try_out
from config.wasm_filters import Source, filters_of
from proxy.errors import GuestError, StartError
from proxy.filter import Filter
from proxy.firewall_book import FirewallBook
from wasm_host.program import GuestSettings

MODULE: Final = "builtin:waf.wasm"

_BLAMED: Final = {
    "refused": Path(("rules",)),
    "timeout": Path(("limits", "start_time")),
    "out_of_memory": Path(("limits", "memory")),
}
"""Which option is to blame for a guest that does not start, unless it says so itself."""
_BLAMED_BY_GUEST: Final = re.compile(rf"waf: ({'|'.join(WafOptions.model_fields)}): ")


class WafType:
    """Makes filters whose guest is the firewall's (filters/guests/waf)."""

    type_name: ClassVar[str] = "waf"
    Options: ClassVar = WafOptions

    @classmethod
    def files(cls, options: WafOptions) -> Iterator[tuple[Path, str]]:
        """Yield the file that is read for a filter, and the option that names it."""
        if options.rules != BUILTIN_RULES:
            yield Path(("rules",)), options.rules

    @classmethod
    def assemble(cls, name: str, options: WafOptions, parts: Parts, former: Sequence[Filter] = ()) -> Filter:
        """Read the rules, and join the guest's module, unless one of the former filters would be the same.

        No guest is started yet. Raises StartError.
        """
        filters = filters_of(parts)
        log = None if options.audit_log is None else filters.audit_log(_located(options.audit_log, parts.directory))
        try:
            rules = read_rules(options.rules, parts.directory)
        except ValueError as error:
            raise StartError(f"filter {name}: {error}") from error
        return filters.make(_source(name, options, rules, FirewallBook(name, parts.registry, log)), former)

    @classmethod
    def check(cls, name: str, options: WafOptions, parts: Parts) -> None:
        """Look at all that `assemble` would use, and start a guest as a trial. Raises a group of Unfit."""
        faults = [*_inconsistencies(options), *_unwritable(options, parts.directory)]
        try:
            rules = read_rules(options.rules, parts.directory)
        except ValueError as error:
            faults.append(Unfit(str(error), Path(("rules",))))
        else:
            faults += _refusals(_source(name, options, rules), options.rules, parts)
        if faults:
            raise ExceptionGroup(f"filter {name}", faults)


def guest_settings(name: str, options: WafOptions, rules: bytes) -> GuestSettings:
    return GuestSettings(
        name,
        configuration=options.settings(),
        vm_configuration=rules,
        limits=options.limits.of_guests(),
        hold_headers=True,
    )


def _source(name: str, options: WafOptions, rules: bytes, book: FirewallBook | None = None) -> Source:
    return Source(MODULE, None, guest_settings(name, options, rules), book)


def _located(audit_log: str, directory: pathlib.Path) -> str:
    return audit_log if audit_log == "stdout" else str(directory / audit_log)


def _inconsistencies(options: WafOptions) -> Iterator[Unfit]:
    """Find bounds of inspection that the guest could never come to: it holds what it inspects."""
    for side, inspected in (("request", options.request.body), ("response", options.response.body)):
        if inspected > options.limits.body:
            held = f"limits.body, {options.limits.body} bytes, which is what can be held back"
            yield Unfit(f"{side}.body is more than {held}", Path((side, "body")))


def _unwritable(options: WafOptions, directory: pathlib.Path) -> Iterator[Unfit]:
    log = options.audit_log
    if log is not None and log != "stdout" and not (directory / log).parent.is_dir():
        yield Unfit(f"there is no directory for {log}", Path(("audit_log",)))


def _refusals(source: Source, rules: str, parts: Parts) -> Iterator[Unfit]:
    try:
        try_out(source, parts, _culprit)
    except Unfit as error:
        yield Unfit(f"{rules}: {error}", error.inside)


def _culprit(error: GuestError, said: str) -> Path:
    named = _BLAMED_BY_GUEST.search(said)
    if error.reason == "refused" and named is not None:
        return Path((named[1],))
    return _BLAMED.get(error.reason, ROOT)
