"""The command `penstock function keygen`: a key to sign deploys with, and the line that has a Penstock trust it."""

from __future__ import annotations

import pathlib

import click

from config.function_keys import write_key


@click.command()
@click.argument("file", type=click.Path(path_type=pathlib.Path))
def keygen(file: pathlib.Path) -> None:
    """Make an Ed25519 key in FILE, which nobody else may read, and print what to write into the configuration.

    The key's name there is the file's, without its ending: deploy --sign FILE says the same.
    """
    public = write_key(file)
    click.echo(f"{file} is the private key; deploy with --sign {file}. The configuration trusts it by this:", err=True)
    click.echo(f"functions:\n  trust: {{keys: {{{file.stem}: {public}}}}}")
