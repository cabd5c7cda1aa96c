"""What a worker is told of a plan."""

import json

import pytest

from proxy.errors import StartError
from proxy.plan import Generation, Plan


def test_a_worker_is_told_the_generation_the_order_and_the_key() -> None:
    message = Generation(3, Plan({}, [], order={"file": "x"})).message(b"\x00\xff")
    assert json.loads(json.dumps(message)) == {"generation": 3, "order": {"file": "x"}, "ticket_key": "00ff"}


def test_a_plan_without_functions_takes_no_state_of_them() -> None:
    with pytest.raises(StartError, match="not started with functions"):
        Plan({}, []).with_functions({}, {})


def test_a_plan_whose_changes_nobody_tells_has_none() -> None:
    assert Plan({}, []).changes({"any": "order"}) == []
