"""The examples are whole, and show every key that there is."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
import trustme
import yaml

from config.load import Report, read
from config.registry import TYPES, filter_type
from config.schema import Config
from config.shape import keys_below

EXAMPLES = pathlib.Path(__file__).parents[2] / "config/examples"


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Make the certificates that the full example wants."""
    directory = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(str(directory / "ca.pem"))
    certificate.private_key_pem.write_to_path(str(directory / "server.key"))
    certificate.cert_chain_pems[0].write_to_path(str(directory / "server.crt"))
    return {"TLS_DIR": str(directory)}


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.name)
def test_an_example_has_neither_errors_nor_warnings(file: pathlib.Path, environ: dict[str, str]) -> None:
    report: Report = read(file, environ)
    assert [str(each) for each in (*report.errors, *report.warnings)] == []


def test_the_quick_start_needs_no_environment() -> None:
    assert read(EXAMPLES / "quickstart.yaml", {}).errors == []


def written_keys(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        yield from tree
        for value in tree.values():
            yield from written_keys(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from written_keys(value)


def test_the_full_example_shows_every_key() -> None:
    # BaseLoader leaves all text alone: `on:` is a key, not true.
    shown = set(written_keys(yaml.load((EXAMPLES / "full.yaml").read_text(), Loader=yaml.BaseLoader)))
    wanted = set(keys_below(Config)).union(*(keys_below(filter_type(name).Options) for name in TYPES))
    assert wanted - shown - {"max_keys"} == set()


def test_the_full_example_shows_every_filter_type() -> None:
    full = yaml.load((EXAMPLES / "full.yaml").read_text(), Loader=yaml.BaseLoader)
    assert {entry["type"] for entry in full["filters"].values()} == set(TYPES)


def test_a_certificate_with_another_key_is_an_error(environ: dict[str, str], tmp_path: pathlib.Path) -> None:
    other = trustme.CA().issue_cert("localhost")
    for name in ("ca.pem", "server.crt"):
        (tmp_path / name).write_bytes((pathlib.Path(environ["TLS_DIR"]) / name).read_bytes())
    other.private_key_pem.write_to_path(str(tmp_path / "server.key"))
    [error] = read(EXAMPLES / "full.yaml", {"TLS_DIR": str(tmp_path)}).errors
    assert error.path == "listeners[1].tls.certificates[0]"
    assert error.message == (
        "the key ${TLS_DIR:-tls}/server.key does not belong to the certificate ${TLS_DIR:-tls}/server.crt"
    )


def test_authorities_that_are_none_are_an_error(environ: dict[str, str], tmp_path: pathlib.Path) -> None:
    for name in ("server.key", "server.crt"):
        (tmp_path / name).write_bytes((pathlib.Path(environ["TLS_DIR"]) / name).read_bytes())
    (tmp_path / "ca.pem").write_text("no certificate")
    [error] = read(EXAMPLES / "full.yaml", {"TLS_DIR": str(tmp_path)}).errors
    assert error.path == "upstreams.api-v2.tls.ca"
    assert error.message == "${TLS_DIR:-tls}/ca.pem holds no certificates in PEM"
