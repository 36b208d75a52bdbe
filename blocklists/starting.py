"""Starting a program: Ctrl-C while it is loaded ends it as quietly as later."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from typing import Final

INTERRUPTED: Final = 130


def start(module: str) -> None:
    """Loads a module, which takes up to half a second in which somebody may think better of it; runs its `main`."""
    with suppress(KeyboardInterrupt):
        import_module(module).main()
        return
    sys.exit(INTERRUPTED)
