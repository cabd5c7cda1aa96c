"""What `penstock waf compile` and `penstock waf show` do."""

from __future__ import annotations

import os
import pathlib
import tempfile
import time
from collections.abc import Iterator, Sequence

from config.waf_summary import grouped, ids, summary
from config.waf_trial import refusal
from filters.waf import blob
from filters.waf.codec import BlobError
from filters.waf.compile import Compiled, CompileError, compile_rules
from filters.waf.library import read_on_base
from filters.waf.seclang.faults import SecLangErrors

_TAKE_OUT = "take the rule out with SecRuleRemoveById, or change it"
_REMEDY = "take these out (a rule with SecRuleRemoveById), or compile without them: --allow-skipped"


class Unfit(Exception):
    """Rules that cannot be compiled, or a file that cannot be read or written. The text has a line for each fault."""


def compile_to(output: pathlib.Path, rules: Sequence[pathlib.Path], *, allow_skipped: bool) -> Iterator[str]:
    """Compile to a file, and yield what is to be told of it; raises Unfit."""
    started = time.perf_counter()
    compiled = compiled_rules(rules, allow_skipped=allow_skipped)
    refused = refusal(compiled.blob)
    if refused is not None:
        raise Unfit(f"the firewall's module refuses what was compiled, so nothing is written:\n{refused}\n{_TAKE_OUT}")
    try:
        _replace(output, compiled.blob)
    except OSError as error:
        raise Unfit(f"cannot write {output}: {error.strerror}") from error
    yield from summary(compiled.ruleset, len(compiled.blob))
    yield f"time: {time.perf_counter() - started:.1f} s"
    yield from (f"note: {text}" for text in grouped(compiled.notes))
    yield from (f"skipped: {refusal}" for refusal in compiled.skipped)


def shown(file: pathlib.Path) -> Iterator[str]:
    """Yield what a blob holds; raises Unfit."""
    try:
        data = file.read_bytes()
        rules = blob.read(data)
    except OSError as error:
        raise Unfit(f"cannot read {file}: {error.strerror}") from error
    except BlobError as error:
        raise Unfit(f"{file}: {error}") from error
    yield from summary(rules, len(data))
    yield from (f"{setting.key.decode()}: {setting.value.decode(errors='replace')}" for setting in rules.settings)
    yield "ids:"
    yield from (f"  {line}" for line in ids(rules.rules))


def compiled_rules(rules: Sequence[pathlib.Path], *, allow_skipped: bool) -> Compiled:
    """Compile files and directories in memory; raises Unfit."""
    try:
        return compile_rules(read_on_base(rules), allow_skipped=allow_skipped)
    except SecLangErrors as error:
        raise Unfit(_listed(error.errors)) from error
    except CompileError as error:
        raise Unfit(f"{_listed(error.refusals)}; {_REMEDY}") from error


def _listed(faults: Sequence[object]) -> str:
    count = "1 error" if len(faults) == 1 else f"{len(faults)} errors"
    return "\n".join([*map(str, faults), count])


def _replace(file: pathlib.Path, data: bytes) -> None:
    """Write a file whole or not at all, so that nobody reads half of it."""
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as temporary:
        temporary.write(data)
    try:
        os.chmod(temporary.name, 0o644)
        os.replace(temporary.name, file)
    except OSError:
        os.unlink(temporary.name)
        raise
