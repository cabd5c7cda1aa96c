"""The JSON Schema of the configuration, each filter type's options among it, for editors."""

from __future__ import annotations

from typing import Any

from config.registry import TYPES, filter_type
from config.schema import Config, Filter, OwnStep

_DEFINITIONS = "#/$defs/{model}"


def json_schema() -> dict[str, Any]:
    schema = Config.model_json_schema(ref_template=_DEFINITIONS)
    definitions = schema["$defs"]
    for model in (Filter, OwnStep):
        definitions[model.__name__] = _one_of_the_types(definitions[model.__name__], definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Penstock configuration",
    }


def _one_of_the_types(entry: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """Put the options of each type beside a filter's own keys."""
    return {"oneOf": [_of_type(name, entry, definitions) for name in TYPES]}


def _of_type(name: str, entry: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    options = filter_type(name).Options.model_json_schema(ref_template=f"#/$defs/{name}.{{model}}")
    for inner_name, inner in options.pop("$defs", {}).items():
        definitions[f"{name}.{inner_name}"] = inner
    return {
        "title": name,
        "description": options.get("description", ""),
        "type": "object",
        "properties": entry["properties"] | {"type": {"const": name}} | options.get("properties", {}),
        "required": ["type", *options.get("required", [])],
        "additionalProperties": options.get("additionalProperties", False),
    }
