"""The command `penstock function build`.

What it needs is imported when it runs, for wasmtime would make every other command slower.
"""

from __future__ import annotations

import json
import pathlib

import click

from config.function_project import Project


@click.command()
@click.argument("directory", type=click.Path(path_type=pathlib.Path), default=".")
@click.option("--json", "as_json", is_flag=True, help="Print what was made as JSON.")
def build(directory: pathlib.Path, as_json: bool) -> None:
    """Make the module of the function in DIRECTORY, and see whether it would run here.

    It is in build/ then. Where no source has changed since, it is not made again.
    """
    from config.function_build import built
    from config.progress import Progress
    from config.wasm_opt import INSTALL, WasmOpt

    progress, project = Progress(), Project.of(directory)
    made = built(project, progress)
    told = {
        "function": project.name,
        "file": str(made.file),
        "abi": made.module.abi,
        "bytes": made.module.size_bytes,
        "sha256": made.module.sha256,
        "unchanged": made.unchanged,
    }
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return
    fate = "unchanged" if made.unchanged else "built"
    click.echo(f"{made.file}: {fate}, {made.module.abi_title}, {made.module.size_bytes:,} bytes")
    click.echo(f"sha256 {made.module.sha256}")
    if not made.unchanged and WasmOpt.found() is None:
        progress.say(f"wasm-opt would make it smaller: {INSTALL}")
