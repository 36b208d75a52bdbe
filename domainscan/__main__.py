"""The console script, also as `python -m domainscan`."""

from blocklists.starting import start


def main() -> None:
    start("domainscan.cli")


if __name__ == "__main__":
    main()
