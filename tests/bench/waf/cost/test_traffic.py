"""What is asked where the cost is measured."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

from bench.waf.cost.load import one_request
from bench.waf.cost.traffic import SAME, TRAFFIC

BY_NAME = {traffic.name: traffic for traffic in TRAFFIC}


def test_the_form_has_ten_fields():
    assert len(parse_qsl(one_request(BY_NAME["form"])[2].decode())) == 10


def test_the_json_has_twenty_objects_of_five_members():
    items = json.loads(one_request(BY_NAME["json"])[2])["items"]
    assert [len(item) for item in items] == [5] * 20


def test_each_traffic_is_there_with_values_that_differ():
    assert [traffic.varies for traffic in TRAFFIC] == [False, True] * len(SAME)
    assert all("{n}" in traffic.target + traffic.body for traffic in TRAFFIC)
