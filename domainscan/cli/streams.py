"""Closed streams opened, and standard error that never stops anything."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import Any

_IN, _OUT, _ERROR = 0, 1, 2


class StandardError(io.FileIO):
    """Standard error that loses what it cannot write: a full disk behind the messages is no reason to stop."""

    def write(self, data: Any, /) -> Any:
        with suppress(OSError):
            return super().write(data)
        return memoryview(data).nbytes


def prepare_streams() -> None:
    """Opens what is closed, or the next file would stand there, the store perhaps; puts standard error in its place.

    A closed standard output is open for reading alone, so that it says so when somebody writes to it.
    """
    for stream, mode in ((_IN, os.O_RDONLY), (_OUT, os.O_RDONLY), (_ERROR, os.O_WRONLY)):
        try:
            os.fstat(stream)
        except OSError:
            os.open(os.devnull, mode)
    raw = StandardError(_ERROR, "w", closefd=False)
    before = sys.stderr.encoding if sys.stderr else "utf-8"
    sys.stderr = io.TextIOWrapper(io.BufferedWriter(raw), before, "backslashreplace", line_buffering=True)
