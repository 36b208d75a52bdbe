"""`python -m blocklists`."""

from blocklists.cli import main

if __name__ == "__main__":
    main()
