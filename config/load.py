"""From a file to a checked configuration: every error at once, each with its place."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from config.configuration import Configuration
from config.document import Document, parse
from config.filter_options import Spot, known_spots, type_errors, validated
from config.named_files import contents_of
from config.paths import Path
from config.problems import validate
from config.redis_url import redis_url_paths
from config.references import reference_errors
from config.schema import Config
from config.secrets import Secrets, telling_paths
from config.shape import secret_paths
from config.surroundings import surroundings
from config.tls_files import Found
from proxy.errors import ConfigError

MAX_FILE_BYTES: Final = 16 * 1024 * 1024

Around: TypeAlias = Callable[[Configuration], Iterable[Found]]


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


def read(file: pathlib.Path, environ: Mapping[str, str] = os.environ, around: Around = surroundings) -> Report:
    """Read and check a file."""
    try:
        text = text_of(file)
    except ConfigError as error:
        return Report([error])
    return check(text, file.parent, environ, around)


def text_of(file: pathlib.Path) -> str:
    """Return what a file says; raises ConfigError."""
    try:
        return _text(file)
    except (OSError, ValueError) as error:
        raise ConfigError("", getattr(error, "strerror", None) or str(error)) from error


def _text(file: pathlib.Path) -> str:
    with file.open("rb") as opened:
        content = opened.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise ValueError(f"larger than {MAX_FILE_BYTES} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8: byte {error.start} is {content[error.start]:#04x}") from None


def check(text: str, directory: pathlib.Path, environ: Mapping[str, str], around: Around = surroundings) -> Report:
    """Check the text of a file that stands in the directory; `around` checks it against what is around it."""
    document, errors = parse(text, environ)
    if document.data is None and not errors:
        errors = [ConfigError("", "the file is empty; `penstock schema` shows what it may say")]
    elif not errors and not isinstance(document.data, dict):
        errors = [document.error(Path(), "must be a mapping (key: value) with version, listeners and routes")]
    if errors and not isinstance(document.data, dict):
        return Report(errors)
    report = _checked(document, directory, around)
    further = {str(error): error for error in _elsewhere(report.errors, errors)}
    report.errors = sorted([*errors, *further.values()], key=lambda error: (error.line, error.column))
    if report.errors:
        report.configuration = None
    return report


def _checked(document: Document, directory: pathlib.Path, around: Around) -> Report:
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
    configuration = Configuration(config, directory.absolute(), document, secrets, spots, options)
    configuration = replace(configuration, contents=contents_of(configuration))
    return _judged(configuration, around(configuration))


def _judged(configuration: Configuration, found: Iterable[Found]) -> Report:
    report = Report([], [], configuration)
    for path, finding in found:
        problems = report.errors if finding.is_error else report.warnings
        problems.append(configuration.document.error(path, finding.message))
    return report


def _elsewhere(errors: Iterable[ConfigError], known: Iterable[ConfigError]) -> list[ConfigError]:
    """Return the errors in other places than those known: a value that is missing is wrong in other ways too."""
    places = {(error.line, error.column) for error in known}
    return [error for error in errors if (error.line, error.column) not in places]


def _take_secrets(
    document: Document, secrets: Secrets, spots: list[Spot], directory: pathlib.Path
) -> list[ConfigError]:
    """Learn what is secret before anything is said, and read what `file:` names."""
    paths = [*secret_paths(Config, document.data), *(path for spot in spots for path in spot.secret_paths())]
    errors = secrets.read_files(dict.fromkeys([*paths, *redis_url_paths(document.data)]), directory)
    for path in [*paths, *telling_paths(document.data)]:
        secrets.hide(path)
    return errors
