"""JSON in one spelling, so that it can be hashed and signed: keys sorted, no blanks, UTF-8."""

from __future__ import annotations

import json
from typing import Any


def canonical(value: Any) -> bytes:
    """Spell a value; raises ValueError for what JSON has no word for, such as infinity or half a surrogate pair."""
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except (TypeError, RecursionError) as error:
        raise ValueError(f"this is no JSON: {error}") from error
    return text.encode()
