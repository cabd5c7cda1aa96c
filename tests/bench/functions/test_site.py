"""What is measured answers as it should: each guest, and the configurations that they run in."""

from __future__ import annotations

import asyncio
from pathlib import Path
from struct import unpack

import pytest
import yaml
from kit.deploying import Deploying
from kit.edge import Edge, Shelf

from bench.functions import cache_gets, waiting
from bench.functions.admin import stamped
from bench.functions.first_call import First, longer_ms, usual_ms
from bench.functions.site import GREETING, HELLO_FILE, Site, expect_body
from bench.process import BenchError, share_cores
from config.load import check
