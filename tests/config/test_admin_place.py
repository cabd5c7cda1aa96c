"""Which admin a command speaks to, and as whom."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from config.admin_client import AdminClient
from config.admin_place import USUAL, Credentials, admin_of, admin_options, credential_options
from config.admin_trust import Trust

WHOLE: dict[str, Any] = {
    "version": 1,
    "listeners": [{"name": "public", "address": "127.0.0.1:0"}],
    "routes": [{"name": "all", "filters": [{"type": "respond", "status": 200}]}],
}
READ, WRITE, OTHER = "r" * 32, "w" * 32, "o" * 32
TOKENS = [{"name": "graphs", "token": READ, "role": "read"}, {"name": "ops", "token": WRITE, "role": "write"}]


def written(tmp_path: pathlib.Path, **more: Any) -> pathlib.Path:
    file = tmp_path / "penstock.yaml"
    file.write_text(json.dumps({**WHOLE, **more}))
    return file


def test_without_a_word_it_is_at_the_usual_place() -> None:
    assert admin_of(None, None) == AdminClient(USUAL)


@pytest.mark.parametrize("place", ["http://a.test", "https://a.test:9901", "unix:/a.sock"])
def test_it_is_where_it_is_said_to_be(place: str) -> None:
    credentials = Credentials(OTHER, Trust(ca=pathlib.Path("ca.pem")))
    assert admin_of(place, None, credentials) == AdminClient(place, OTHER, Trust(ca=pathlib.Path("ca.pem")))


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("127.0.0.1:9902", "http://127.0.0.1:9902"),
        ("[::1]:9902", "http://[::1]:9902"),
        ("unix:/a.sock", "unix:/a.sock"),
    ],
)
def test_a_configuration_says_where(tmp_path: pathlib.Path, address: str, place: str) -> None:
    assert admin_of(None, written(tmp_path, admin={"address": address})) == AdminClient(place)


@pytest.mark.parametrize(("address", "here"), [("0.0.0.0:9902", "127.0.0.1:9902"), ("[::]:9902", "[::1]:9902")])
def test_what_listens_on_all_addresses_is_found_on_this_machines_own(
    tmp_path: pathlib.Path, address: str, here: str
) -> None:
    admin = {"address": address, "tokens": TOKENS, "insecure": True}
    assert admin_of(None, written(tmp_path, admin=admin)).place == f"http://{here}"


def test_of_a_configuration_comes_the_token_that_may_write(tmp_path: pathlib.Path) -> None:
    file = written(tmp_path, admin={"address": "127.0.0.1:9902", "tokens": TOKENS})
    assert admin_of(None, file).token == WRITE
    assert admin_of(None, file, Credentials(OTHER)).token == OTHER
    assert admin_of(None, written(tmp_path, admin={"address": "127.0.0.1:1", "tokens": TOKENS[:1]})).token == READ


def test_of_a_configuration_come_the_certificates_to_believe(
    tmp_path: pathlib.Path, certificates: dict[str, str]
) -> None:
    directory = pathlib.Path(certificates["TLS_DIR"])
    pair = {"cert": str(directory / "server.crt"), "key": str(directory / "server.key")}
    file = written(tmp_path, admin={"address": "0.0.0.0:9902", "tokens": TOKENS, "tls": {"certificates": [pair]}})
    assert admin_of(None, file) == AdminClient(
        "https://127.0.0.1:9902", WRITE, Trust(shown=(directory / "server.crt",))
    )
    own = Credentials(None, Trust(ca=directory / "ca.pem"))
    assert admin_of(None, file, own).trust == Trust(ca=directory / "ca.pem")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({}, "has no admin; write admin: {address: 127.0.0.1:9901}"),
        ({"admin": {"address": "127.0.0.1:0"}}, "lets the admin have any free port; give --admin"),
        ({"version": 2}, "has errors; see penstock check"),
    ],
)
def test_a_configuration_that_does_not_is_refused(tmp_path: pathlib.Path, more: dict[str, Any], says: str) -> None:
    with pytest.raises(click.BadParameter, match=says):
        admin_of(None, written(tmp_path, **more))


def test_one_way_of_saying_it_is_enough(tmp_path: pathlib.Path) -> None:
    with pytest.raises(click.UsageError, match="give --admin or -c, not both"):
        admin_of("http://127.0.0.1:1", tmp_path / "x")


def test_what_is_no_place_is_refused() -> None:
    with pytest.raises(click.BadParameter, match=r"write http://127\.0\.0\.1:9901 or unix:/path"):
        admin_of("127.0.0.1:9901", None)


# -- options


def run(*arguments: str, **environ: str) -> Result:
    @click.command()
    @click.option("--own")
    @admin_options
    def command(own: str | None, admin: AdminClient) -> None:
        click.echo(f"{own} {admin.place} {admin.token == OTHER} {admin.trust} {admin}")

    return CliRunner().invoke(command, arguments, env=environ)


def test_a_command_is_given_the_admin() -> None:
    result = run("--admin", "http://a.test", "--own", "x", "--token", OTHER)
    assert result.output.startswith("x http://a.test True ")
    assert OTHER not in result.output


def test_a_token_may_be_in_the_environment() -> None:
    assert run(PENSTOCK_ADMIN_TOKEN=OTHER).output.startswith(f"None {USUAL} True ")
    assert run(PENSTOCK_ADMIN_TOKEN="").output.startswith(f"None {USUAL} False ")


def test_help_and_errors_show_no_token() -> None:
    for arguments in (["--help"], ["--nonsense"], ["--token", f"{OTHER} {OTHER}"], ["--admin", "x"]):
        assert OTHER not in run(*arguments, PENSTOCK_ADMIN_TOKEN=OTHER).output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--token", "a b"], "a token is letters, digits and any of -._~+/"),
        (["--cert", "a.crt"], "--cert and --key go together"),
    ],
)
def test_credentials_that_cannot_be_used_are_refused(arguments: list[str], says: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, says in result.output) == (2, True)


def test_credentials_may_be_had_without_a_place() -> None:
    @click.command()
    @credential_options
    def command(credentials: Credentials) -> None:
        click.echo(f"{credentials.token == OTHER} {credentials}")

    result = CliRunner().invoke(command, ["--token", OTHER])
    assert result.output.startswith("True Credentials(")
    assert OTHER not in result.output
