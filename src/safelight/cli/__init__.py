"""The command line: one file per command.

In: arguments and settings. Out: results on stdout, everything else on stderr, an exit code from `ExitCode`.
It must never decide anything about an item, and never import a heavy module before a command needs it.
"""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Entry point of the `safelight` command."""
    from safelight.cli.group import run

    run()
