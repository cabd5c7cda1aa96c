"""What guests know and keep: configuration, properties, shared data, queues, metrics, time, logs, WASI."""

from bench.oracle.catalogue.meant import GUIDE, OTHERWISE, error_page, meant, of_the_guest
from bench.oracle.guest import Guest
from bench.oracle.scenario import Ask, Body, Header, Scenario

BROWSER: tuple[Header, ...] = (
    ("X-A", "1"),
    ("Referer", "http://from.test/"),
    ("User-Agent", "oracle"),
    ("X-Request-Id", "asked"),
)

OF_REQUEST = {
    "path": "/with?query=1",
    "url_path": "/with",
    "query": "query=1",
    "host": "oracle.test",
    "scheme": "http",
    "method": "POST",
    "headers.x-a": "1",
    "referer": "http://from.test/",
    "useragent": "oracle",
    "id": "asked",
}

STATE = (
    Scenario(
        "configuration",
        "Both configurations read while they are handed over, and later",
        Guest("configuration"),
        config='{"plugin": true}',
        vm_config="of the vm",
        shows=("info plugin 0 '{\"plugin\": true}'", "info vm 0 'of the vm'"),
    ),
    Scenario(
        "configuration-0.1.0",
        "The first version's own functions: configuration, continuing, clearing the route",
        Guest("configuration_0_1_0", abi="0.1.0"),
        config="of the plugin",
        vm_config="of the vm",
        shows=("info configuration 0 'of the plugin'", "info configuration 0 'of the vm'", "info continue 0"),
    ),
    Scenario(
        "configuration-root-id",
        "The root id that the configuration names",
        Guest("root_id"),
        root_id="the-root",
        shows=("info plugin_root_id 0 'the-root'",),
    ),
    Scenario(
        "properties",
        "Properties in their encodings, at request, response and log",
        Guest("properties"),
        root_id="the-root",
        asks=(Ask("/with?query=1", "POST", headers=BROWSER, body=Body((b"12345",))),),
        shows=("info plugin_name 0 'guest'",),
        known=of_the_guest(
            "the request's properties stay to the end of the exchange; Envoy's are gone while the response passes",
            OTHERWISE,
            tuple(f"info request.{name} 1 ''" for name in OF_REQUEST),
            tuple(f"info request.{name} 0 '{value}'" for name, value in OF_REQUEST.items()),
        ),
    ),
    Scenario(
        "properties-routing",
        "Properties of the route and of where it leads, under newer and older names",
        Guest("properties_routing"),
        shows=("info xds.cluster_name 0 'origin'", "info xds.route_name 0 'all'"),
        known=of_the_guest(
            "the older names are known as well, for filters of their time ask by them",
            f"{GUIDE}, Properties",
            ("info cluster_name 1 ''", "info route_name 1 ''") * 3,
            ("info cluster_name 0 'origin'", "info route_name 0 'all'") * 3,
        ),
    ),
    Scenario(
        "property-set",
        "Properties of the guest's own, read back",
        Guest("property_set"),
        shows=("info set 0",),
        known=of_the_guest(
            "what a guest has set it can read, under a path of several parts as well",
            f"{GUIDE}, Properties",
            ("info my.own 1 ''",),
            ("info my.own 0 '1'",),
        ),
    ),
    Scenario(
        "shared-data",
        "Shared data with and without compare-and-swap",
        Guest("shared_data"),
        shows=("info set 0", "info swap stale 8"),
    ),
    Scenario(
        "shared-queue",
        "A queue filled by a stream and emptied by its plugin",
        Guest("shared_queue"),
        asks=(Ask(), Ask(after_s=0.2)),
        shows=("info dequeue 0 'first'",),
    ),
    Scenario(
        "metrics",
        "Counters, gauges and histograms, and what is refused",
        Guest("metrics"),
        shows=("info get 0 5",),
    ),
    Scenario("ticks", "Three ticks", Guest("ticks"), asks=(Ask(after_s=0.6),), shows=("info off 0",)),
    Scenario(
        "foreign-function", "A foreign function that is not there", Guest("foreign"), shows=("info foreign 1 ''",)
    ),
    Scenario(
        "effective-context",
        "A stream acting as its plugin, and a tick acting as a stream, which it resumes",
        Guest("effective"),
        shows=("info in the tick, as the stream 0 '/'", "x-resumed: by tick"),
    ),
    Scenario(
        "continue-unpaused",
        "Continuing what is not paused",
        Guest("continue_unpaused"),
        shows=("info continue request 0",),
        known=meant(
            "to continue what is not paused does nothing; Envoy sends the request twice",
            OTHERWISE,
            {"origin": (("GET /", "host: oracle.test"), ())},
        ),
    ),
    Scenario(
        "continue-then-pause",
        "A request continued and then paused by one callback",
        Guest("continue_then_pause"),
        shows=("info continue 0",),
    ),
    Scenario("streams-unknown", "Streams that are none", Guest("streams_unknown"), shows=("info done 1",)),
    Scenario(
        "close-stream",
        "A stream closed by its guest",
        Guest("close"),
        shows=("info close 0",),
        known=meant(
            "a client whose exchange is ended is told so; Envoy closes its connection without a word",
            OTHERWISE,
            {"answer 1": (("no answer",), error_page(500))},
        ),
    ),
    Scenario("done-later", "A stream that says it is not done", Guest("done_later"), shows=("info on_done 2",)),
    Scenario(
        "log-levels", "Lines at each level, and which of them are on", Guest("log_levels"), shows=("info line 2",)
    ),
    Scenario(
        "wasi",
        "What WASI gives: output, environment, clocks, random bytes, no files",
        Guest("wasi"),
        environment={"LEVEL": "dam"},
        shows=("info variable 0 'LEVEL=dam'",),
    ),
)
