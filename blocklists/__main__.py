"""The console script, also as `python -m blocklists`."""

from blocklists.starting import start


def main() -> None:
    start("blocklists.cli")


if __name__ == "__main__":
    main()
