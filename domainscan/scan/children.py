"""Plain children of this process: they import what it would, from the same folders, and talk over one socket.

Not multiprocessing: it would import the command line once more in each of them.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

_START: Final = "import sys; sys.path[:] = sys.argv[1:]; from {module} import main; main()"


class Child:
    """A process that runs the `main` of a module, and our end of the socket that is its standard input.

    Raises OSError when no process can be started.
    """

    def __init__(self, module: str) -> None:
        ours, theirs = socket.socketpair()
        self.pipe = Connection(ours.detach())
        folders = [str(Path(folder or ".").absolute()) for folder in sys.path]
        try:
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                    [sys.executable, "-c", _START.format(module=module), *folders],
                    stdin=theirs.fileno(),
                    start_new_session=True,
                )
        except OSError:
            self.pipe.close()
            raise

    def ended(self, seconds: float) -> str:
        """How it ended, in words that follow what it is; it is killed when it does not end within `seconds`."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return "closed its end"
        return f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"


def driver_pipe() -> Connection:
    """A child's end of the socket."""
    return Connection(os.dup(0))


def received(pipe: Connection) -> bytes | None:
    """What comes next; None when whoever is on the other side is gone."""
    try:
        return pipe.recv_bytes()
    except (EOFError, OSError):
        return None
