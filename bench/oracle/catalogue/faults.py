"""How guests start, and what becomes of those that do not, or break later."""

from bench.oracle.catalogue.meant import OTHERWISE, error_page, meant
from bench.oracle.guest import Guest
from bench.oracle.scenario import Ask, Scenario

TRAPPED = meant(
    "a filter's failure is answered 500 here, and 503 by Envoy",
    OTHERWISE,
    {"answer 1": (("status 503",), error_page(500))},
)

FAULTS = (
    Scenario(
        "start-reactor",
        "A module with _initialize, main and _start: the last is not called",
        Guest("start_functions"),
        shows=("info on_configure 1 0",),
    ),
    Scenario("start-command", "A module with _start alone", Guest("start_command"), shows=("info on_configure 1 0",)),
    Scenario(
        "start-few-callbacks",
        "A module that exports one callback and no others",
        Guest("headers_request", only=("on_request_headers",)),
        shows=("info x-one 1 ''",),
    ),
    Scenario(
        "start-restricted",
        "A module that asks for a property while it is initialised",
        Guest("restricted_start"),
        starts=False,
        shows=("info _initialize",),
    ),
    Scenario(
        "refused-configuration",
        "A plugin that refuses its configuration",
        Guest("refuse_configure"),
        starts=False,
        shows=("info on_configure 1 0",),
    ),
    Scenario(
        "refused-vm-start",
        "A plugin that refuses to start",
        Guest("refuse_vm_start"),
        starts=False,
        shows=("info on_vm_start 1 0",),
    ),
    Scenario(
        "refused-version", "A module without a version", Guest("silent", abi=None), starts=False, shows=("refused",)
    ),
    Scenario(
        "refused-import", "A module that imports the unknown", Guest("refuse_import"), starts=False, shows=("refused",)
    ),
    Scenario(
        "refused-signature",
        "A module that imports a host function as what it is not",
        Guest("refuse_signature"),
        starts=False,
        shows=("refused",),
    ),
    Scenario(
        "refused-newer-import",
        "A module of version 0.2.0 that imports a function of 0.2.1",
        Guest("log_levels", abi="0.2.0"),
        starts=False,
        shows=("refused",),
    ),
    Scenario(
        "refused-trap",
        "A plugin that traps while it is configured",
        Guest("refuse_trap"),
        starts=False,
        shows=("info on_configure 1 0",),
    ),
    Scenario(
        "trap-request",
        "A trap at the request's headers",
        Guest("trap_request"),
        asks=(Ask(headers=(("X-Trap", "1"),)), Ask(after_s=1.0)),
        shows=("info on_request_headers 2 5 1", "status 200"),
        known=TRAPPED,
    ),
    Scenario(
        "trap-response",
        "A trap at the response's headers",
        Guest("trap_response"),
        shows=("info on_response_headers 2 3 0",),
        known=TRAPPED,
    ),
    Scenario("trap-log", "A trap when the exchange is over", Guest("trap_log"), shows=("info on_log 2", "status 200")),
    Scenario(
        "allocator-zero",
        "A guest that has no memory to give",
        Guest("allocator_zero"),
        asks=(Ask(headers=(("X-Empty", ""),)),),
        shows=("info on_request_headers 2 5 1",),
    ),
    Scenario(
        "wild-pointers",
        "Pointers and lengths outside of the guest's memory",
        Guest("wild_pointers"),
        shows=("info on_request_headers 2 4 1",),
    ),
)
