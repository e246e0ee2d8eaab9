"""The plug-in mechanism."""

from __future__ import annotations

import pytest

from safelight.errors import SettingsError
from safelight.registry import Registry, load


def test_load() -> None:
    assert load("safelight.registry:Registry") is Registry


@pytest.mark.parametrize("name", ["", "json", "json:", ":loads", "no.such.module:x", "json:no_such_name"])
def test_a_wrong_name_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match="plug-in"):
        load(name)


def test_order_is_kept_and_extras_come_last() -> None:
    registry = Registry("test", ("json:loads", "json:dumps")).with_extra(["math:pi"])
    assert registry.names == ("json:loads", "json:dumps", "math:pi")
    assert list(registry)[2] == pytest.approx(3.14159, abs=1e-4)
