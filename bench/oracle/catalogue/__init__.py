"""Every scenario, by what it is about."""

from bench.oracle.catalogue.answers import ANSWERS
from bench.oracle.catalogue.bodies import BODIES
from bench.oracle.catalogue.calls import CALLS
from bench.oracle.catalogue.faults import FAULTS
from bench.oracle.catalogue.headers import HEADERS
from bench.oracle.catalogue.lifecycle import LIFECYCLE
from bench.oracle.catalogue.modules import MODULES
from bench.oracle.catalogue.state import STATE
from bench.oracle.scenario import Scenario

SCENARIOS: tuple[Scenario, ...] = (*LIFECYCLE, *HEADERS, *ANSWERS, *CALLS, *BODIES, *STATE, *FAULTS, *MODULES)
