"""What keeps a client where it was, among several that could serve it."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from config.model import Model
from config.values import FieldName, Text


class HashBy(Model):
    """What keeps a client on one endpoint, or on one version of a function: exactly one of the three."""

    header: FieldName | None = None
    cookie: Text | None = None
    client: Literal[True] | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(value is not None for value in (self.header, self.cookie, self.client)) != 1:
            raise ValueError("give one of header, cookie and client")
        return self
