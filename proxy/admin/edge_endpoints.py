"""The part of the table that is about edge functions."""

from __future__ import annotations

from typing import Final

from proxy.admin.endpoint import ANY, JSON, Answer, Body, Endpoint, json_of
from proxy.admin.schemas import TEXT, reference

FORM: Final = ("multipart/form-data",)
INVOCATION: Final = ("application/vnd.penstock.invoke+json",)

MIB: Final = 1024 * 1024
LARGEST_METADATA_BYTES: Final = MIB
LARGEST_MODULE_BYTES: Final = 64 * MIB
LARGEST_INVOCATION_BYTES: Final = 16 * MIB
"""As base64 in JSON it has to go through the control channel, and so has the answer."""

EDGE: Final = "/api/v1/edge"
ONE: Final = f"{EDGE}/{{name}}"

METADATA: Final = Body(
    JSON,
    reference("Deployment"),
    LARGEST_METADATA_BYTES,
    {"name": "hello", "source": {"url": "https://builds.example.com/hello.wasm", "sha256": "0" * 64}},
)
UPLOAD: Final = Body(
    FORM,
    {
        "type": "object",
        "properties": {
            "function": reference("Deployment"),
            "wasm": {**TEXT, "contentMediaType": "application/wasm", "description": "the module"},
            "signature": {**reference("Signature"), "description": "the same as `signature` in `function`"},
        },
        "required": ["function", "wasm"],
        "additionalProperties": False,
    },
    LARGEST_MODULE_BYTES + 2 * LARGEST_METADATA_BYTES,
    {"function": {"name": "hello"}, "wasm": "the bytes of hello.wasm"},
)
POINTING: Final = Body(JSON, reference("Pointing"), LARGEST_METADATA_BYTES, {"version": "0123456789abcdef"})
ROLLBACK: Final = Body(
    JSON, reference("Rollback"), LARGEST_METADATA_BYTES, {"version": "0123456789abcdef"}, required=False
)
CALL: Final = Body(
    INVOCATION,
    reference("Invocation"),
    LARGEST_INVOCATION_BYTES,
    {"method": "GET", "uri": "/hello?to=you", "headers": {"Accept": "text/plain"}},
)
RAW_CALL: Final = Body(ANY, {}, LARGEST_INVOCATION_BYTES, "what the function is to be sent", required=False)

_CHANGES: Final = frozenset({403, 404, 409, 422})

EDGE_ENDPOINTS: Final = (
    Endpoint(
        "GET",
        EDGE,
        "list_functions",
        "the edge functions",
        {200: json_of("The functions.", "Functions")},
        refusals=frozenset({404}),
    ),
    Endpoint(
        "POST",
        f"{EDGE}/deploy",
        "deploy_function",
        "take a version of a function in, try it, and let an alias point at it",
        {200: json_of("All workers run it.", "Deployed")},
        role="write",
        bodies=(UPLOAD, METADATA),
        refusals=_CHANGES,
    ),
    Endpoint(
        "GET",
        ONE,
        "show_function",
        "one function: its versions and aliases, and what each worker runs of it",
        {200: json_of("The function.", "Function")},
    ),
    Endpoint(
        "DELETE",
        ONE,
        "delete_function",
        "delete a function with all its versions",
        {200: json_of("No worker has it any more.", "Deployed")},
        role="write",
        query={"force": "1 for one that a route names"},
        refusals=_CHANGES,
    ),
    Endpoint(
        "POST",
        ONE,
        "invoke_function",
        "call a function: the body, headers and query are its request",
        {
            200: Answer(
                "What the function answers, whatever its status is. The admin's own answers lack "
                "Penstock-Function-Version.",
                {},
                ANY[0],
            )
        },
        role="write",
        bodies=(CALL, RAW_CALL),
        refusals=frozenset({429, 502, 503, 504}),
    ),
    Endpoint(
        "GET",
        f"{ONE}/versions",
        "function_versions",
        "a function's versions",
        {200: json_of("The versions.", "Function")},
    ),
    Endpoint(
        "GET",
        f"{ONE}/aliases",
        "function_aliases",
        "what each alias of a function points at",
        {200: json_of("The aliases by name.", "Aliases")},
    ),
    Endpoint(
        "PUT",
        f"{ONE}/aliases/{{alias}}",
        "point_alias",
        "let an alias point at a version, or at two by percent",
        {200: json_of("All workers follow it.", "Deployed")},
        role="write",
        bodies=(POINTING,),
        refusals=_CHANGES,
    ),
    Endpoint(
        "DELETE",
        f"{ONE}/aliases/{{alias}}",
        "remove_alias",
        "remove an alias",
        {200: json_of("No worker knows it any more.", "Deployed")},
        role="write",
        refusals=_CHANGES,
    ),
    Endpoint(
        "POST",
        f"{ONE}/rollback",
        "roll_back_function",
        "let `live` point at a version before; without one named, at the one that it pointed at last",
        {200: json_of("All workers run it.", "Deployed")},
        role="write",
        bodies=(ROLLBACK,),
        refusals=_CHANGES,
    ),
    Endpoint(
        "GET",
        f"{ONE}/logs",
        "function_logs",
        "the last lines that a function logged, or each one from now on",
        {200: Answer("The lines, the oldest first.", reference("FunctionLog"), or_events=True)},
        query={
            "lines": "how many of the last lines, 100 if left out",
            "follow": "1 for server-sent events, as with Accept: text/event-stream",
        },
        refusals=frozenset({400, 503}),
    ),
    Endpoint(
        "GET",
        f"{ONE}/metrics",
        "function_metrics",
        "what was measured of a function, in all workers",
        {200: json_of("The families by name.", "FunctionMetrics")},
    ),
)
