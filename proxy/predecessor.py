"""The process that started this one as its successor, and that ends once all is ready here."""

from __future__ import annotations

import os
import socket
from typing import Final

from proxy.bequest import VARIABLE, Bequest
from proxy.control import Channel
from proxy.errors import ControlClosed, ControlError, StartError
from proxy.listening import Listening
from proxy.runtime import log
from proxy.sockets import of_descriptor

STEP_DOWN_TIMEOUT_S: Final = 30.0
"""It only has to end its admin, with the calls under way."""


class Predecessor:
    """`bequest` is what it left."""

    def __init__(self, channel: socket.socket) -> None:
        self._end = channel
        self.bequest = Bequest.take(channel)

    @classmethod
    def of_environment(cls) -> Predecessor | None:
        """Return the process's predecessor, once; None where nobody started it as a successor."""
        number = os.environ.pop(VARIABLE, None)
        return None if number is None else cls(of_descriptor(int(number)))

    async def succeed(self, listening: Listening) -> None:
        """Say that all is ready, and return when all is this process's; raises StartError where it isn't to be.

        A predecessor that has died is succeeded all the same.
        """
        used = {each for opened in listening.everything() for each in opened.sockets}
        taken = [[each in used for each in opened.sockets] for opened in self.bequest.opened]
        channel = await Channel.over(self._end, {})
        try:
            await channel.ask("ready", taken, timeout_s=STEP_DOWN_TIMEOUT_S)
        except ControlClosed:
            log.warning("the predecessor is gone already")
        except ControlError as error:
            raise StartError(f"the predecessor does not step down: {error}") from error
        finally:
            channel.close()
