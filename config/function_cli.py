"""The command line's `penstock function`: edge functions from their first line to their last version."""

from __future__ import annotations

import logging
from typing import Final

import click

from config.function_build_cli import build
from config.function_deploy_cli import deploy
from config.function_invoke_cli import invoke
from config.function_keygen_cli import keygen
from config.function_logs_cli import logs
from config.function_new_cli import new
from config.function_registry_cli import alias, delete, list_functions, rollback, versions
from config.function_test_cli import test

_NOWHERE: Final = logging.NullHandler()


@click.group()
def function() -> None:
    """Make edge functions and try them here; deploy them to a running Penstock, and look at them there."""
    logging.getLogger("penstock").addHandler(_NOWHERE)  # The commands tell what guests log, each in its place.


for each in (new, build, test, deploy, invoke, list_functions, versions, logs, rollback, alias, delete, keygen):
    function.add_command(each)
