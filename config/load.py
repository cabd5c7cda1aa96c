"""From a file to a checked configuration: every error at once, each with its place."""

from __future__ import annotations

import os
import pathlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from config.configuration import Configuration
from config.document import Document, parse
from config.filter_options import Spot, known_spots, type_errors, validated
from config.paths import Path
from config.problems import validate
from config.redis_url import redis_url_paths
from config.references import reference_errors
from config.schema import Config
from config.secrets import Secrets, telling_paths
from config.surroundings import surrounding_errors, warnings
from proxy.errors import ConfigError

MAX_FILE_BYTES: Final = 16 * 1024 * 1024


@dataclass(slots=True)
class Report:
    """What reading a file found. There is a configuration exactly where there are no errors."""

    errors: list[ConfigError]
    warnings: list[ConfigError] = field(default_factory=list)
    configuration: Configuration | None = None


def masked(configuration: Configuration) -> dict[str, Any]:
    """Return the configuration as written, `${…}` and `file:` unresolved and secrets hidden, for the admin."""
    shown: dict[str, Any] = configuration.secrets.masked()
    return shown


def import_from(directory: pathlib.Path) -> None:
    """Let `python` filters be modules in the configuration's directory; installed ones come first."""
    place = str(directory.absolute())
    if place not in sys.path:
        sys.path.append(place)


def read(file: pathlib.Path, environ: Mapping[str, str] = os.environ) -> Report:
    """Read and check a file."""
    try:
        text = _text(file)
    except (OSError, ValueError) as error:
        return Report([ConfigError("", getattr(error, "strerror", None) or str(error))])
    return check(text, file.parent, environ)


def _text(file: pathlib.Path) -> str:
    with file.open("rb") as opened:
        content = opened.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise ValueError(f"larger than {MAX_FILE_BYTES} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8: byte {error.start} is {content[error.start]:#04x}") from None


def check(text: str, directory: pathlib.Path, environ: Mapping[str, str]) -> Report:
    """Check the text of a file that stands in the directory."""
    document, errors = parse(text, environ)
    if document.data is None and not errors:
        errors = [ConfigError("", "the file is empty; `penstock schema` shows what it may say")]
    elif not errors and not isinstance(document.data, dict):
        errors = [document.error(Path(), "must be a mapping (key: value) with version, listeners and routes")]
    if errors and not isinstance(document.data, dict):
        return Report(errors)
    report = _checked(document, directory)
    further = {str(error): error for error in _elsewhere(report.errors, errors)}
    report.errors = sorted([*errors, *further.values()], key=lambda error: (error.line, error.column))
    if report.errors:
        report.configuration = None
    return report


def _checked(document: Document, directory: pathlib.Path) -> Report:
    spots = known_spots(document)
    secrets = Secrets(document)
    document.scrub = secrets.scrub
    unread = _take_secrets(document, secrets, spots, directory)
    spots = known_spots(document)
    config, schema_errors = validate(Config, document.data, document)
    options, errors = {}, [*schema_errors, *type_errors(document), *reference_errors(document)]
    for spot in spots:
        options[spot.path], option_errors = validated(spot, document)
        errors += option_errors
    if unread or errors:
        return Report([*unread, *_elsewhere(errors, unread)])
    configuration = Configuration(config, directory, document, secrets, spots, options)
    return Report(surrounding_errors(configuration), warnings(configuration), configuration)


def _elsewhere(errors: Iterable[ConfigError], known: Iterable[ConfigError]) -> list[ConfigError]:
    """Return the errors in other places than those known: a value that is missing is wrong in other ways too."""
    places = {(error.line, error.column) for error in known}
    return [error for error in errors if (error.line, error.column) not in places]


def _take_secrets(
    document: Document, secrets: Secrets, spots: list[Spot], directory: pathlib.Path
) -> list[ConfigError]:
    """Learn what is secret before anything is said, and read what `file:` names."""
    paths = [path for spot in spots for path in spot.secret_paths()]
    errors = secrets.read_files(dict.fromkeys([*paths, *redis_url_paths(document.data)]), directory)
    for path in [*paths, *telling_paths(document.data)]:
        secrets.hide(path)
    return errors
