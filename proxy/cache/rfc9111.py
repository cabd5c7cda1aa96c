"""HTTP caching as RFC 9111 has it, pure: what is decided, by the section that rules it.

| § | decides | file |
|---|---|---|
| 3 | may a response be stored | admission.py |
| 3, 3.1, 3.2 | what is stored, and what a 304 changes of it | storing.py |
| 4 | may a stored response answer | reuse.py |
| 4.1 | which one a request selects | varying.py |
| 4.2 | how fresh and how old it is | freshness.py, times.py |
| 4.3 | conditions, both ways | validation.py, selection.py |
| 4.4 | what an unsafe method makes invalid | invalidation.py |
| 5 | the fields | fields.py, directives.py, targeted.py, dates.py |

Each decision is a `Verdict`, or what was decided on. The functions that the rest of the cache calls stand here.
"""

from proxy.cache.reuse import reuse, reuse_nothing, stale_on_error
from proxy.cache.storing import freshened, store
from proxy.cache.varying import matches, selected

__all__ = ["freshened", "matches", "reuse", "reuse_nothing", "selected", "stale_on_error", "store"]
