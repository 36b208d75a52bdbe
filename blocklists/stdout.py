"""Standard output that says when it takes no more, in words of our own, whichever command writes."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_STDOUT: Final = 1


class OutputLost(Exception):
    """Raised when standard output takes no more. No OSError: that, the command line's library would end itself, with
    the exit code of a check that failed.
    """

    def __init__(self, error: OSError) -> None:
        super().__init__(f"standard output: {error.strerror}")
        self.is_quiet = isinstance(error, BrokenPipeError)  # whoever read it has enough


class _Output(io.FileIO):
    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            raise OutputLost(error) from error


def carries_all() -> bool:
    """Whether standard output can write every letter. Where it cannot, JSON has them as escapes of its own: those of
    the text layer, `\\xe9` and `\\U0001f600`, are none.
    """
    return (sys.stdout.encoding or "utf-8").lower().startswith("utf")


@contextmanager
def guarded_stdout() -> Iterator[None]:
    """While standard input is there, and standard output raises OutputLost: at the end too, as the rest is written."""
    if sys.stdin is None:  # closed: nothing comes from it
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115  to the end
    before = sys.stdout
    if before is None:  # it was closed: the next file that is opened would stand in its place
        os.dup2(os.open(os.devnull, os.O_RDONLY), _STDOUT)
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(_Output(_STDOUT, "w", closefd=False)),
        encoding=before.encoding if before else "utf-8",
        errors="backslashreplace",
        line_buffering=os.isatty(_STDOUT) or bool(os.environ.get("PYTHONUNBUFFERED")),
    )
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except OutputLost:
        os.dup2(os.open(os.devnull, os.O_WRONLY), _STDOUT)  # or the interpreter tries again at its end
        raise
