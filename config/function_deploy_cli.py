"""The command `penstock function deploy`: a module and what its file says of it go to a running Penstock.

What builds it is imported when it runs, for wasmtime would make every other command slower.
"""

from __future__ import annotations

import json
import pathlib
import re
from typing import Any, Final

import click

from config.admin_client import AdminClient, AdminRefuses
from config.admin_place import admin_options
from config.function_grant import grant
from config.function_keys import read_key, signature
from config.function_project import Project
from config.function_sticky import sticky_option
from proxy.admin.edge_endpoints import EDGE

DEPLOY: Final = f"{EDGE}/deploy"
_SHA256: Final = re.compile(r"[0-9a-fA-F]{64}")


@click.command()
@click.argument("place", metavar="[DIR|FILE.wasm]", type=click.Path(path_type=pathlib.Path), default=".")
@click.option("--alias", default="live", metavar="ALIAS", help="What is to point at it.", show_default=True)
@click.option("--percent", type=click.IntRange(1, 100), default=100, metavar="N", help="Of that alias's calls.")
@sticky_option
@click.option(
    "--sign", "key_file", type=click.Path(path_type=pathlib.Path), metavar="KEYFILE", help="Sign with this key."
)
@click.option("--signer", metavar="NAME", help="The key's name in functions.trust; by default the file's.")
@click.option("--from-url", "url", metavar="URL", help="Have the admin fetch the module there.")
@click.option("--sha256", metavar="HASH", help="Goes with --from-url: the module's.")
@click.option("--json", "as_json", is_flag=True, help="Print the admin's answer.")
@admin_options
def deploy(
    place: pathlib.Path,
    alias: str,
    percent: int,
    sticky: dict[str, Any] | None,
    key_file: pathlib.Path | None,
    signer: str | None,
    url: str | None,
    sha256: str | None,
    as_json: bool,
    admin: AdminClient,
) -> None:
    """Build a function, try it, and send it to a running Penstock: all of its workers run it, or nothing changes."""
    if (url is None) != (sha256 is None) or (sha256 is not None and not _SHA256.fullmatch(sha256)):
        raise click.UsageError("--from-url goes with --sha256, 64 hex digits: what is fetched must be what is meant")
    if signer is not None and key_file is None:
        raise click.UsageError("--signer names the key of --sign; give both")
    project = Project.of(place)
    if url is not None and project.ready is not None:
        raise click.UsageError("give the module's file, or --from-url, not both")
    metadata: dict[str, Any] = {
        "name": project.name,
        **({"description": project.file.description} if project.file.description else {}),
        **project.settings,
        "alias": alias,
        "percent": percent,
        **({} if sticky is None else {"sticky": sticky}),
    }
    wasm, digest = (None, sha256.lower()) if sha256 is not None else _module(project)
    if key_file is not None:
        metadata["signature"] = signature(read_key(key_file), signer or key_file.stem, project.name, digest, metadata)
    try:
        answer = _sent(admin, metadata, wasm, {"url": url, "sha256": digest})
    except AdminRefuses as refusal:
        raise AdminRefuses(_with_remedy(refusal.message, project)) from refusal
    if as_json:
        click.echo(json.dumps(answer, indent=2))
        return
    share = "" if percent == 100 else f"{percent} % of "
    click.echo(
        f"{answer['function']}: {share}{answer['alias']} is version {answer['number']} now ({answer['version']}), "
        f"after {answer['duration_ms']:.0f} ms"
    )
    for warning in answer["warnings"]:
        click.echo(f"warning: {warning}", err=True)


def _module(project: Project) -> tuple[bytes, str]:
    """Return the module, built and checked, and its SHA-256."""
    from config.function_build import built
    from config.progress import Progress

    made = built(project, Progress())
    return made.file.read_bytes(), made.module.sha256


def _sent(admin: AdminClient, metadata: dict[str, Any], wasm: bytes | None, source: dict[str, Any]) -> dict[str, Any]:
    if wasm is None:
        answer: dict[str, Any] = admin.ask("POST", DEPLOY, {**metadata, "source": source})
        return answer
    form = {"function": ("application/json", json.dumps(metadata).encode()), "wasm": ("application/wasm", wasm)}
    answer = admin.post_form(DEPLOY, form)
    return answer


def _with_remedy(refusal: str, project: Project) -> str:
    """Add the option that would do, or the YAML that grants what is missing."""
    if "is not signed" in refusal:
        return f"{refusal}; that is what --sign KEYFILE does"
    granting = grant(project.name, project.settings, refusal)
    return f"{refusal}\n\n{granting}".rstrip()
