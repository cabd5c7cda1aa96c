"""One exception for all certificates that cannot be read. Imported only where there is TLS: the library takes 10 MB."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm


@contextmanager
def garbled_is_value_error() -> Iterator[None]:
    """Raise ValueError also for what the library has exceptions of its own: a second extension of a kind, and such."""
    try:
        yield
    except (
        x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType, UnsupportedAlgorithm,
    ) as error:  # fmt: skip
        raise ValueError(str(error)) from error
