"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

__all__ = ["examining_options", "list_names", "matching_options", "path_argument"]

_F = TypeVar("_F", bound=Callable[..., Any])


def path_argument() -> click.Path:
    """A path as a `Path`; whether it exists and can be read is told by the room that opens it, which can say more."""
    return click.Path(readable=False, path_type=Path)


def list_names(hashsets: tuple[str, ...], no_hashsets: bool) -> tuple[str, ...] | None:
    """The lists to match: those named, none when empty, every list when None.

    Raises:
        UsageError: Some were named, and none was asked for.
    """
    if no_hashsets and hashsets:
        raise click.UsageError("--hashset names a list to match, --no-hashsets asks for none: give one of them.")
    return () if no_hashsets else (hashsets or None)


def matching_options(function: _F) -> _F:
    """Adds the options that say which lists to match, and how near."""
    for option in (
        click.option("--no-hashsets", is_flag=True, help="Match no list (default: every list in the store)."),
        click.option(
            "--hashset", "hashsets", multiple=True, metavar="NAME", help="Match this list only; may be repeated."
        ),
        click.option(
            "--distance",
            "pdq_distance_bits",
            type=int,
            metavar="BITS",
            help="PDQ distance that counts as a match (31).",
        ),
        click.option("--store", "hashset_store", metavar="DIR", help="Directory of the hash sets."),
    ):
        function = option(function)
    return function


def examining_options(function: _F) -> _F:
    """Adds the options of the walled workers."""
    for option in (
        click.option("--workers", type=int, metavar="N", help="Walled workers (one for each core)."),
        click.option(
            "--dihedral/--no-dihedral", "dihedral", default=None, help="Also compute PDQ of flips and rotations."
        ),
        click.option(
            "--scenes/--no-scenes", "scenes", default=None, help="Link pictures that share a scene (default)."
        ),
        click.option(
            "--traces/--no-traces", "traces", default=None, help="Look for traces in the pixels (not by default)."
        ),
        click.option(
            "--camera", "cameras", multiple=True, metavar="NAME", callback=_none_given,
            help="Look for the sensor of this enrolled camera; may be repeated (`all`).",
        ),
        click.option("--settings", "settings_file", type=path_argument(), metavar="FILE", help="Settings file (TOML)."),
    ):  # fmt: skip
        function = option(function)
    return function


def _none_given(_ctx: click.Context, _option: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """An option that may be repeated and was not given leaves the setting as it is."""
    return names or None
