"""`python -m domainscan` is the console script."""

from domainscan.cli import main

if __name__ == "__main__":
    main()
