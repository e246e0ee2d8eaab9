"""The `safelight` command itself: its sub-commands are imported only when one is called."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from keyword import iskeyword
from typing import Final

import click

from safelight import __version__
from safelight.errors import ExitCode, SafelightError

__all__ = ["COMMANDS", "EXIT_CODES", "run"]

COMMANDS: Final[dict[str, str]] = {
    "triage": "Take a seizure from a folder to a ranked case and a report.",
    "inspect": "Say everything about a few files, with no case.",
    "show": "Print the queue of a case, each item with its reason.",
    "review": "Review a case in the browser, with few looks.",
    "hashset": "Import, list, remove and withdraw from the unit's own hash sets.",
    "model": "Add, evaluate, calibrate and use the unit's own detector.",
    "camera": "Enrol, list and remove cameras whose sensor pictures are compared with.",
    "trust": "Show, renew and reset the trust lists for C2PA signatures.",
    "export": "Write a case in one of the formats of the field.",
    "import": "Take decisions that were made elsewhere into a case.",
    "link": "Say what cases share, and compare cases with another unit by keyed digests.",
    "verify": "Check that a case, an export or a report is whole and unchanged.",
    "rerun": "Examine one item again as it was examined, and say what differs and why.",
    "custody": "Seal a case with a key of the unit, hand it over, have it time-stamped.",
    "demo": "Draw a benign seizure and run the main job on it.",
    "doctor": "Say what is installed, which readers run, which wall is in force.",
}

EXIT_CODES: Final[dict[ExitCode, str]] = {
    ExitCode.DONE: "the command did its work (never: that anything is clean)",
    ExitCode.UNEXPECTED: "an error that we did not foresee",
    ExitCode.USAGE: "the command was called wrongly",
    ExitCode.DONE_WITH_PROBLEMS: "the command did its work, but a file, folder or archive member could not be read at all",
    ExitCode.SOURCE: "a SOURCE cannot be used",
    ExitCode.CASE: "the case cannot be opened, locked or written",
    ExitCode.HASHSET: "a hash set cannot be imported or found",
    ExitCode.CUSTODY_BROKEN: "the custody log or the rows it covers were changed",
    ExitCode.SETTINGS: "a setting, a rules file, a trust list or a plug-in name is not valid",
    ExitCode.WALL: "the walled workers cannot be started",
    ExitCode.OUTPUT: "a report or an export could not be written",
    ExitCode.MODEL: "a model of the unit cannot be added, found or run",
    ExitCode.KEY: "a key of the unit cannot be made, found or opened",
    ExitCode.TAKING_IN: "decisions that were made elsewhere cannot be taken into a case",
    ExitCode.CAMERA: "a camera cannot be enrolled or found",
    ExitCode.INTERRUPTED: "interrupted; run the same command again to go on",
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        # `import` is a word of the language.
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command = getattr(importlib.import_module(f"safelight.cli.{name}"), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # The texts stand in COMMANDS so that --help imports no command.
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), text) for code, text in EXIT_CODES.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="safelight")
@click.option("-v", "--verbose", is_flag=True, help="Show tracebacks of unforeseen errors.")
@click.pass_context
def _safelight(ctx: click.Context, verbose: bool) -> None:
    """Triage of seized images: what is known, how each image came to be, what a person must look at first.

    A result orders the work of a person. It never closes an item, and finding nothing never means that there is nothing.
    """
    ctx.obj = {"verbose": verbose}


def run(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line and exits the process.

    Args:
        arguments: Command-line words; those of the process when None.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    verbose = bool({"-v", "--verbose"} & set(words[:2]))
    try:
        code = _safelight.main(args=words, prog_name="safelight", standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        # Click makes an Abort of Ctrl-C, and says nothing.
        print("Interrupted. What was stored is kept; run the same command again to go on.", file=sys.stderr)
        sys.exit(ExitCode.INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except SafelightError as error:
        _print_error(error)
        if verbose:
            raise
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output went away (as `| head` does): there is no one left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(ExitCode.DONE)
    except Exception as error:
        if verbose:
            raise
        print(f"Unforeseen error: {type(error).__name__}: {error}", file=sys.stderr)
        print(
            "Run again as `safelight -v ...` to see where, and report it; evidence and case are unchanged by it.",
            file=sys.stderr,
        )
        sys.exit(ExitCode.UNEXPECTED)
    sys.exit(code if isinstance(code, int) else ExitCode.DONE)


def _print_error(error: SafelightError) -> None:
    print(f"Error: {error.what}", file=sys.stderr)
    if error.kept:
        print(f"Kept:  {error.kept}", file=sys.stderr)
    if error.advice:
        print(f"Next:  {error.advice}", file=sys.stderr)
