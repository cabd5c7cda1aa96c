"""What the YAML may say of the admin: where it is, who may call it, and what is written down of changes."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, SecretStr, model_validator

from config.model import Model
from config.tls_options import Certificate
from config.values import Address, Host, Name, Text
from proxy.admin.bearer import TOKEN

SHORTEST_TOKEN: Final = 16
LONGEST_TOKEN: Final = 1024

Role: TypeAlias = Literal["read", "write"]


def _token(secret: SecretStr) -> SecretStr:
    """Accept what may be sent and can hardly be guessed; no message quotes it."""
    text = secret.get_secret_value()
    if not SHORTEST_TOKEN <= len(text) <= LONGEST_TOKEN:
        raise ValueError(f"a token has {SHORTEST_TOKEN} to {LONGEST_TOKEN} characters; openssl rand -hex 32 makes one")
    if not TOKEN.fullmatch(text):
        raise ValueError("a token is letters, digits and any of -._~+/ (RFC 6750); openssl rand -hex 32 makes one")
    return secret


def _whole(host: str) -> str:
    if host.startswith("*"):
        raise ValueError("an admin's host is one whole name, without *")
    return host


class AdminToken(Model):
    name: Name
    token: Annotated[SecretStr, AfterValidator(_token)]
    role: Role


class CertificateRole(Model):
    """Whose certificates have a role: by an alternative name or the common name; `*` is any characters."""

    san: Text | None = None
    cn: Text | None = None
    role: Role

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.san is None) == (self.cn is None):
            raise ValueError("give either san or cn")
        return self


class AdminClients(Model):
    """Client certificates of the authorities in `ca`; the first role that fits counts."""

    ca: Text
    roles: Annotated[tuple[CertificateRole, ...], Field(min_length=1)]


class AdminTls(Model):
    certificates: Annotated[tuple[Certificate, ...], Field(min_length=1)]
    client: AdminClients | None = None


class Admin(Model):
    address: Address
    tokens: tuple[AdminToken, ...] = ()
    tls: AdminTls | None = None
    insecure: Annotated[bool, Field(strict=True)] = False
    allow_hosts: tuple[Annotated[Host, AfterValidator(_whole)], ...] = ()
    audit_log: Text = "stderr"

    @model_validator(mode="after")
    def _tokens_differ(self) -> Self:
        for what, values in (
            ("name", [each.name for each in self.tokens]),
            ("token", [each.token.get_secret_value() for each in self.tokens]),
        ):
            if len(set(values)) < len(values):
                raise ValueError(f"two of the tokens have the same {what}")
        return self

    @model_validator(mode="after")
    def _insecure_is_meant(self) -> Self:
        if self.insecure and (self.tls is not None or not self.tokens):
            raise ValueError("insecure is for tokens without tls; take it out")
        return self
