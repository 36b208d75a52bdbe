"""The console script, also as `python -m blocklists`: Ctrl-C while it is loaded ends it as quietly as later."""

import sys
from contextlib import suppress
from typing import Final

INTERRUPTED: Final = 130


def main() -> None:
    with suppress(KeyboardInterrupt):
        from blocklists.cli import main as run  # noqa: PLC0415 - a quarter of a second

        run()
        return
    sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
