"""Reads text that may hold any bytes."""

from __future__ import annotations

import pathlib


class Unreadable(Exception):
    """A file that cannot be read; says which and why."""


def read_text(path: pathlib.Path) -> str:
    """Return a regular file's text, its ends of line as they are; raises Unreadable.

    Bytes that are no UTF-8 become lone surrogates: encode with `surrogateescape` to have them back.
    """
    try:
        if path.exists() and not path.is_file():
            raise Unreadable(f"{path} is no regular file")
        return path.read_bytes().decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    except OSError as error:
        raise Unreadable(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise Unreadable(f"cannot read {str(path)!r}: {error}") from error
