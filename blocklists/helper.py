"""A second process for part of the work: it sends what it found through a pipe, and is gone."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, NoReturn

_BUFFER: Final = 1 << 16


class HelperFailed(Exception):
    """Raised when the helper has nothing more to give; its work can be done here instead."""


def can_help() -> bool:
    """Whether another process would run beside this one, and may be made out of it."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    return processors > 1 and threading.active_count() == 1


class Helper:
    """A copy of this process that does `work`, which sends objects with the function it is given."""

    def __init__(self, work: Callable[[Callable[[object], None]], None]) -> None:
        receive, send = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            os.close(receive)
            _do(work, send)
        os.close(send)
        self._pipe = os.fdopen(receive, "rb", _BUFFER)

    def __enter__(self) -> Helper:
        return self

    def __exit__(self, *error: object) -> None:
        self._pipe.close()
        with suppress(ProcessLookupError):
            os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)

    def load(self) -> Any:
        """The next object. Raises HelperFailed."""
        try:
            return pickle.load(self._pipe)  # noqa: S301 - from our own child, over our own pipe
        except (EOFError, pickle.UnpicklingError) as error:
            raise HelperFailed from error


def _do(work: Callable[[Callable[[object], None]], None], pipe: int) -> NoReturn:
    """Does the work and ends the process, whatever happens: whoever waits sees the end of the pipe."""
    try:
        with os.fdopen(pipe, "wb", _BUFFER) as out:

            def send(found: object) -> None:
                pickle.dump(found, out)
                out.flush()  # whoever waits may need it for his own work

            work(send)
    finally:
        os._exit(0)
