"""Plain children of this process: they import what it would, from the same folders, and talk over one socket.

Not multiprocessing: it would import the command line once more in each of them.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from typing import Final

_START: Final = "import sys; sys.path[:] = sys.argv[1:]; from {module} import main; main()"


def child(module: str, channel: socket.socket) -> subprocess.Popen[bytes]:
    """A process that runs the `main` of a module, with `channel` as its standard input. Raises OSError."""
    folders = [str(Path(folder or ".").absolute()) for folder in sys.path]
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-c", _START.format(module=module), *folders],
        stdin=channel.fileno(),
        start_new_session=True,
    )
