"""The JSON of calls and answers, as JSON Schema: what the OpenAPI document has under `components`."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

Schema: TypeAlias = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
NUMBER: Final[Schema] = {"type": "number", "minimum": 0}
FLAG: Final[Schema] = {"type": "boolean"}
PERCENT: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": 100}


def reference(name: str) -> Schema:
    """Refer to one of SCHEMAS."""
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: Schema, optional: Schema | None = None, *, open: bool = False) -> Schema:
    properties = required | (optional or {})
    return {
        "type": "object",
        "properties": properties,
        **({"required": list(required)} if required else {}),
        "additionalProperties": open,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _by_name(value: Schema) -> Schema:
    return {"type": "object", "additionalProperties": value}


def _word(*words: str) -> Schema:
    return {"type": "string", "enum": list(words)}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_OF_WORKER: Final = _object({"worker": COUNT}, open=True)

_SAMPLE: Final = {
    "anyOf": [
        _object({"labels": _by_name(TEXT), "value": {"type": "number"}}),
        _object({"labels": _by_name(TEXT), "count": COUNT, "sum": NUMBER, "buckets": _by_name(COUNT)}),
    ]
}

SCHEMAS: Final[dict[str, Schema]] = {
    "Error": _object({"error": TEXT}, {"field": _or_null(TEXT), "reason": TEXT, "pages": _by_name(TEXT)}),
    "Worker": _object(
        {"worker": COUNT, "pid": COUNT, "ready": FLAG, "uptime_s": NUMBER, "loop_lag_s": NUMBER}, open=True
    ),
    "Health": _object({"status": _word("ok")}, {"workers": _list(reference("Worker"))}),
    "Readiness": _object({"status": _word("ready", "not ready")}, {"reason": TEXT}),
    "Routes": _list(_object({"name": TEXT}, open=True)),
    "Upstreams": _by_name(_list(_OF_WORKER)),
    "Caches": _by_name(
        _object({"entries": COUNT, "bytes": COUNT, "limit_bytes": COUNT, "workers": _list(_OF_WORKER)}),
    ),
    "WasmFilters": _by_name(_list(_OF_WORKER)),
    "Configuration": {"type": "object"},
    "PurgeOrder": {
        **_object(
            {},
            {
                "url": {**TEXT, "description": "the responses of one URL"},
                "tag": {**TEXT, "description": "what the origin marked with this Surrogate-Key or Cache-Tag"},
                "prefix": {**TEXT, "description": "every URL that begins so"},
                "all": {"const": True, "description": "everything"},
                "hard": {**FLAG, "default": False, "description": "remove; else it is stale, and may be validated"},
                "cache": {**TEXT, "description": "in this cache; by default in all"},
            },
        ),
        "oneOf": [{"required": [kind]} for kind in ("url", "tag", "prefix", "all")],
    },
    "PurgeOutcome": _object(
        {"cache": _or_null(TEXT), "kind": TEXT, "value": TEXT, "hard": FLAG, "workers": _list(_OF_WORKER)}
    ),
    "SwapOutcome": _object(
        {"filter": TEXT, "workers": _list(_object({"worker": COUNT, "outcome": TEXT}, open=True))},
    ),
    "Change": _object({"change": _word("added", "removed", "changed"), "what": TEXT}, {"detail": TEXT}),
    "ReloadOutcome": _object(
        {
            "outcome": _word("reloaded", "refused"),
            "generation": COUNT,
            "errors": _list(TEXT),
            "changes": _list(reference("Change")),
        },
        open=True,
    ),
    "ReloadState": _object(
        {
            "generation": {**COUNT, "description": "which of the configurations runs, counted from 1"},
            "last": _or_null(
                _object({"outcome": _word("reloaded", "refused"), "at": TEXT, "errors": _list(TEXT)}, open=True)
            ),
        },
        open=True,
    ),
    "PlanOutcome": _object({"errors": _list(TEXT), "changes": _list(reference("Change"))}, open=True),
    "Functions": {"type": "object"},
    "Function": _object({"name": TEXT}, {"workers": _list(_OF_WORKER)}, open=True),
    "Deployment": _object(
        {"name": TEXT},
        {
            "description": TEXT,
            "source": _object({"url": TEXT, "sha256": TEXT}),
            "signature": reference("Signature"),
            "alias": {**TEXT, "default": "live"},
            "percent": PERCENT,
            "sticky": reference("Sticky"),
            "tests": _list({"type": "object", "description": "a request, and what to expect of the answer"}),
            "entry": TEXT,
            "form": _word("packed", "pointer", "call"),
            "input": _word("request", "body"),
            "allow": {"type": "object", "description": "as in the configuration: it may narrow what that grants"},
            "limits": {"type": "object", "description": "as in the configuration: it may narrow what that grants"},
            "config": {"type": ["object", "string"], "description": "a mapping is handed over as JSON, text as it is"},
            "log_level": _word("trace", "debug", "info", "warn", "error", "critical"),
        },
    ),
    "Reference": {
        "anyOf": [TEXT, {"type": "integer", "minimum": 1}],
        "description": "a version: its id, the beginning of that, or its number",
    },
    "Sticky": _object({}, {"header": TEXT, "cookie": TEXT, "client": {"const": True}}),
    "Signature": _object(
        {
            "key": {**TEXT, "description": "a name in functions.trust.keys"},
            "value": {**TEXT, "description": "Ed25519 (RFC 8032), in base64"},
        }
    ),
    "Deployed": {"type": "object"},
    "Aliases": _object({"name": TEXT, "aliases": _by_name({"type": "object"})}),
    "Pointing": _object(
        {},
        {
            "version": reference("Reference"),
            "percent": PERCENT,
            "versions": _list(_object({"version": reference("Reference"), "percent": PERCENT})),
            "sticky": reference("Sticky"),
        },
    ),
    "Rollback": _object({}, {"version": reference("Reference"), "alias": {**TEXT, "default": "live"}}),
    "Invocation": _object(
        {},
        {
            "method": {**TEXT, "default": "GET"},
            "uri": {**TEXT, "default": "/", "description": "path and query"},
            "headers": {
                "anyOf": [
                    _by_name(TEXT),
                    _list({"type": "array", "prefixItems": [TEXT, TEXT], "minItems": 2, "maxItems": 2}),
                ]
            },
            "body": TEXT,
            "body_base64": TEXT,
            "alias": TEXT,
            "version": TEXT,
        },
    ),
    "FunctionLog": _object(
        {
            "name": TEXT,
            "lines": _list(
                _object({"id": COUNT, "at": NUMBER, "worker": COUNT, "version": TEXT, "level": {}, "text": TEXT})
            ),
        }
    ),
    "FunctionMetrics": _object(
        {
            "name": TEXT,
            "families": _by_name(
                _object(
                    {"kind": _word("counter", "gauge", "histogram"), "help": TEXT, "samples": _list(_SAMPLE)},
                )
            ),
        }
    ),
}
