"""The one plug-in mechanism: an ordered list of names, each imported only when it is asked for.

A name is `package.module:Attribute`. A room keeps its list as a tuple of such names, so that adding a reader or a
format is one file and one line. The walled workers load what they are told to run by these same names, which is why
`decode` needs to import none of the rooms above it.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from safelight.errors import SettingsError

__all__ = ["Registry", "load"]


def load(name: str) -> Any:
    """Imports and returns what `package.module:Attribute` names.

    Raises:
        SettingsError: The name has the wrong form, or names nothing.
    """
    module_name, separator, attribute = name.partition(":")
    if not separator or not module_name or not attribute:
        raise SettingsError(
            f"The plug-in name {name!r} is not of the form package.module:Attribute.", advice="Correct the name."
        )
    try:
        return getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise SettingsError(
            f"The plug-in {name!r} cannot be loaded: {error}.",
            advice="Check that its package is installed in this environment.",
        ) from error


@dataclass(frozen=True, slots=True)
class Registry:
    """An ordered list of plug-ins of one sort."""

    sort: str
    names: tuple[str, ...]

    def __iter__(self) -> Iterator[Any]:
        return (load(name) for name in self.names)

    def with_extra(self, names: Sequence[str]) -> Registry:
        """This list followed by plug-ins from outside, which only the settings can name."""
        return Registry(self.sort, (*self.names, *names))
