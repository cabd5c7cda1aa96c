"""The command line's `penstock cache`: shows the caches of a running Penstock, and purges them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import click

from config.admin_client import AdminClient
from config.admin_place import admin_options


@click.group()
def cache() -> None:
    """Look at the caches of a running Penstock, and purge them, through its admin."""


@cache.command()
@click.option("--url", metavar="URL", help="Purge the responses of one URL.")
@click.option("--tag", metavar="TAG", help="Purge what the origin marked with this Surrogate-Key or Cache-Tag.")
@click.option("--prefix", metavar="URL", help="Purge every URL that begins so.")
@click.option("--all", "everything", is_flag=True, help="Purge everything.")
@click.option("--hard", is_flag=True, help="Remove; else they are stale, and may be validated.")
@click.option("--cache", "name", metavar="NAME", help="In this cache; by default in all.")
@admin_options
def purge(
    url: str | None,
    tag: str | None,
    prefix: str | None,
    everything: bool,
    hard: bool,
    name: str | None,
    admin: AdminClient,
) -> None:
    """Purge one URL, one tag, a prefix or everything, in all workers and all nodes that share a tier."""
    given = {"url": url, "tag": tag, "prefix": prefix, "all": everything or None}
    what = {kind: value for kind, value in given.items() if value is not None}
    if len(what) != 1:
        raise click.UsageError("give one of --url, --tag, --prefix and --all")
    order = {**what, "hard": hard, **({} if name is None else {"cache": name})}
    status, answer = admin.post("/cache/purge", order)
    if "workers" not in answer:
        _end(f"the admin refuses ({status}): {answer.get('error', answer)}")
    for line in _told(answer["workers"]):
        click.echo(line)
    if status != 200:
        _end("not everywhere; purge again")


@cache.command()
@admin_options
def show(admin: AdminClient) -> None:
    """Say how full the caches are, and whether their shared tiers answer."""
    caches = admin.get("/cache")
    if not caches:
        click.echo("no cache is configured")
    for name, state in caches.items():
        click.echo(f"{name}: {_fill(state)}")
        for worker in state["workers"]:
            click.echo(f"  worker {worker['worker']}: {_fill(worker)}, {_tier(worker)}")


def _told(workers: list[dict[str, Any]]) -> Iterator[str]:
    for worker in workers:
        for name, outcome in worker.get("caches", {}).items():
            yield f"worker {worker['worker']}: {name} is purged, {outcome['purged']}"
        if "caches" not in worker:
            yield f"worker {worker['worker']}: {worker['reason']}"


def _fill(state: Mapping[str, Any]) -> str:
    count = state["entries"]
    responses = "1 response" if count == 1 else f"{count} responses"
    return f"{responses}, {_mib(state['bytes'])} of {_mib(state['limit_bytes'])} MiB"


def _tier(worker: Mapping[str, Any]) -> str:
    redis = worker["redis"]
    if redis is None:
        return "no shared tier"
    return "uses the shared tier" if redis["available"] else "leaves out the shared tier, which does not answer"


def _mib(size_bytes: int) -> str:
    return f"{size_bytes / 1024**2:.1f}"


def _end(text: str) -> NoReturn:
    click.echo(text, err=True)
    sys.exit(1)
