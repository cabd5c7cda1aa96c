"""The strictness that every model of the schema shares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Model(BaseModel):
    """A mapping of the YAML: unknown keys are refused, and a key with nothing behind it is as good as absent."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        known = {field.alias or name for name, field in cls.model_fields.items()}
        return {key: value for key, value in data.items() if value is not None or key not in known}

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Show no values: what a filter's options or an unresolved `${…}` hold may be a secret."""
        return iter(())
