"""Lets `python -m safelight` do what the `safelight` command does."""

from safelight.cli import main

if __name__ == "__main__":
    main()
