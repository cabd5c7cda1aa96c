"""What is asked where the WAF's cost is measured: ordinary requests that every rule set has to let through."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Final

from bench.works import BROWSER_HEADERS

NUMBER: Final = "{n}"
"""What stands in a target, a header or a body where a number goes: the same each time, or another for each request."""

HOST: Final = "shop.example"
BARE: Final = (("Host", HOST), ("User-Agent", "wrk"), ("Accept", "*/*"))
BROWSER: Final = tuple(BROWSER_HEADERS.items())
PAGE: Final = f"http://{HOST}/account/address"


@dataclass(frozen=True)
class Traffic:
    """One kind of request. `varies`: each {n} is another number in each request, so that no memory serves alone."""

    name: str
    title: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: str = ""
    varies: bool = False

    def varied(self) -> Traffic:
        return replace(self, name=f"{self.name}_varied", title=f"{self.title}, values that differ", varies=True)


def posted(kind: str) -> tuple[tuple[str, str], ...]:
    """Return a browser's headers where it sends a body of this type."""
    own = {"Content-Type": kind, "Origin": f"http://{HOST}", "Referer": PAGE}
    return tuple({**BROWSER_HEADERS, **own, "Cookie": "session=6f1c2b9a{n}; theme=dark; consent=necessary"}.items())


FORM: Final = "&".join(
    (
        "first_name=Ada+{n}",
        "last_name=Lovelace+{n}",
        "company=Analytical+Engines+{n}",
        "street=St+James+Square+{n}",
        "postcode=SW1Y+{n}",
        "city=London+{n}",
        "country=United+Kingdom",
        "telephone=%2B44+20+{n}",
        "email=ada.{n}%40shop.example",
        "remarks=Please+ring+twice%2C+the+bell+is+quiet.+My+reference+is+{n}.",
    )
)
OBJECTS: Final = 20


def item(at: int) -> dict[str, object]:
    return {
        "id": f"{{n}}{at:02d}",
        "name": f"Garden chair {at}, oak, lot {{n}}",
        "price": 49.5 + at,
        "quantity": at % 4 + 1,
        "note": "Deliver to the back door, please {n}" if at % 2 else "A present {n}",
    }


ITEMS: Final = json.dumps({"items": [item(at) for at in range(OBJECTS)]})
GET: Final = "/small?page={n}&sort=price"

SAME: Final = (
    Traffic("get", "small GET, 3 headers", "GET", GET, BARE),
    Traffic("get_browser", "small GET, a browser's 15 headers", "GET", GET, BROWSER),
    Traffic("form", "form POST, 10 fields", "POST", "/upload", posted("application/x-www-form-urlencoded"), FORM),
    Traffic("json", f"JSON POST, {OBJECTS} objects", "POST", "/upload", posted("application/json"), ITEMS),
)
TRAFFIC: Final = tuple(each for traffic in SAME for each in (traffic, traffic.varied()))
