"""The console script, also as `python -m domainscan`: Ctrl-C while it is loaded ends it as quietly as later."""

import sys
from contextlib import suppress
from typing import Final

INTERRUPTED: Final = 130


def main() -> None:
    with suppress(KeyboardInterrupt):
        from domainscan.cli import main as run  # noqa: PLC0415 - half a second in which somebody may think better of it

        run()
        return
    sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
