"""What the YAML may say of TLS, towards clients and towards origins."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from config.model import Model
from config.values import Text


class Certificate(Model):
    """Paths of PEM files, relative to the configuration."""

    cert: Text
    key: Text


class ClientCertificates(Model):
    """What clients have to show: a certificate of an authority in `ca`, or, on request, none at all."""

    ca: Text
    mode: Literal["require", "request"] = "require"


class ListenerTls(Model):
    """The first certificate is shown to clients that ask for a name of no other."""

    certificates: Annotated[tuple[Certificate, ...], Field(min_length=1)]
    client: ClientCertificates | None = None
    min_version: Literal["1.2", "1.3"] = "1.2"
    unknown_names: Literal["default", "refuse"] = "default"


class UpstreamTls(Model):
    """HTTPS to the endpoints; `ca` is in place of the system's authorities, `cert` and `key` say who we are."""

    ca: Text | None = None
    server_name: Text | None = None
    verify: Annotated[bool, Field(strict=True)] = True
    cert: Text | None = None
    key: Text | None = None

    @model_validator(mode="after")
    def _cert_and_key(self) -> Self:
        if (self.cert is None) != (self.key is None):
            raise ValueError("cert and key go together; one of them is missing")
        return self
