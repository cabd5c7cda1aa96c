"""Guests on trial in the supervisor: one trial at a time."""

from __future__ import annotations

import threading
from typing import Final

ONE_AT_A_TIME: Final = threading.Lock()
"""Checks of a configuration and deploys start guests on trial, and there is one engine for all."""
