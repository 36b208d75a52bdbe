"""Standard output that says when it takes no more, and standard error that never stops anything."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import Any, Final

_IN, _OUT, _ERROR = 0, 1, 2
OUTPUT: Final = "standard output"


class StandardOutput(io.FileIO):
    """Standard output that names itself when it cannot be written: the disk that is full may be another's."""

    gone = False  # whoever read it has enough

    def write(self, data: Any, /) -> Any:
        try:
            return super().write(data)
        except OSError as error:
            self.gone = isinstance(error, BrokenPipeError)
            raise OSError(error.errno, error.strerror, OUTPUT) from error


class StandardError(io.FileIO):
    """Standard error that loses what it cannot write: a full disk behind the messages is no reason to stop."""

    def write(self, data: Any, /) -> Any:
        with suppress(OSError):
            return super().write(data)
        return memoryview(data).nbytes


def prepare_streams() -> StandardOutput:
    """Puts both in their places. A closed one is opened first: the next file would stand there, the store perhaps."""
    for stream, mode in ((_IN, os.O_RDONLY), (_OUT, os.O_RDONLY), (_ERROR, os.O_WRONLY)):
        try:
            os.fstat(stream)
        except OSError:  # what is open for reading alone says so when somebody writes to it
            os.open(os.devnull, mode)
    raw = StandardOutput(_OUT, "w", closefd=False)
    sys.stdout = _text(raw, sys.stdout)
    sys.stderr = _text(StandardError(_ERROR, "w", closefd=False), sys.stderr)
    return raw


def _text(raw: io.FileIO, before: Any) -> io.TextIOWrapper:
    """The text stream over `raw`, as eager as the one in whose place it comes; None where that one was closed."""
    eager = isinstance(before, io.TextIOWrapper) and (before.line_buffering or before.write_through)
    encoding = before.encoding if isinstance(before, io.TextIOWrapper) else "utf-8"
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, "backslashreplace", line_buffering=eager)


def give_up_output() -> None:
    """Whatever is still to be written goes nowhere, or the interpreter would try again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), _OUT)
