"""What commands share: options, help texts, and that the documents say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from tests.cli.conftest import Call

from safelight.cli import group
from safelight.cli.group import COMMANDS, EXIT_CODES
from safelight.errors import ExitCode
from safelight.settings import Settings

REPOSITORY = Path(__file__).resolve().parent.parent.parent
PAGE = REPOSITORY / "docs" / "command-line.md"


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command with its words, sub-commands too."""
    context = click.Context(group._safelight)
    for name in COMMANDS:
        command = group._safelight.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            for sub, made in command.commands.items():
                yield f"{name} {sub}", made


@pytest.mark.parametrize("words", [words for words, _ in commands()])
def test_help_of_every_command(call: Call, words: str) -> None:
    for flag in ("--help", "-h"):
        ended = call(*words.split(), flag)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out.startswith("Usage: safelight")
        for line in ended.out.splitlines():
            assert len(line) <= 80


def test_help_says_what_each_argument_and_option_is() -> None:
    for words, command in commands():
        assert command.help and command.help.splitlines()[0].endswith("."), words
        for item in command.params:
            if isinstance(item, click.Option):
                assert item.help and (item.help[0].isupper() or item.help[0] == "`"), (words, item.name)
            else:
                assert item.metavar and item.metavar.strip("[].").isupper(), (words, item.name)


def test_the_help_of_the_command_itself(call: Call) -> None:
    bare, asked = call(), call("--help")
    assert asked.code == 0 and asked.out.startswith("Usage: safelight")
    assert (bare.out or bare.err).startswith("Usage: safelight")
    for code in ExitCode:
        assert re.search(rf"^  {int(code)} +{re.escape(EXIT_CODES[code][:20])}", asked.out, re.MULTILINE), code
    assert call("--version").out.startswith("safelight, version ")


def test_the_document_has_every_command_and_every_exit_code() -> None:
    page = PAGE.read_text("utf-8")
    for words, command in commands():
        if not isinstance(command, click.Group):
            assert f"safelight {words}" in page, words
    rows = dict(re.findall(r"^\| (\d+) \| (.+) \|$", page, re.MULTILINE))
    assert rows == {str(int(code)): text for code, text in EXIT_CODES.items()}


def test_the_document_has_every_option_of_every_command() -> None:
    page = PAGE.read_text("utf-8")
    for words, command in commands():
        for item in command.params:
            if isinstance(item, click.Option):
                assert any(f"`{name}" in page for name in item.opts), (words, item.opts)


def test_every_option_of_the_workers_and_of_matching_is_a_setting() -> None:
    settings = set(Settings.__dataclass_fields__)
    for words, command in commands():
        if words in {"triage", "inspect"}:
            flags = {item.name for item in command.params if isinstance(item, click.Option)}
            assert {"pdq_distance_bits", "hashset_store", "workers", "dihedral"} <= flags & settings
            assert {"hashsets", "no_hashsets", "settings_file"} <= flags


def test_flags_go_before_environment_and_file(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "set.toml").write_text("pdq_distance_bits = 70\n")
    assert call("inspect", "a.txt", "--settings", "set.toml").code == 8
    monkeypatch.setenv("SAFELIGHT_PDQ_DISTANCE_BITS", "80")
    assert "80" in call("inspect", "a.txt").err
    monkeypatch.setenv("SAFELIGHT_PDQ_DISTANCE_BITS", "20")
    ended = call("inspect", "a.txt", "--distance", "65")
    assert ended.code == 8 and "pdq_distance_bits is 65" in ended.err and "between 0 and 64" in ended.err
    (tmp_path / "set.toml").write_text("no_such = 1\n")
    assert "no_such" in call("inspect", "a.txt", "--settings", "set.toml").err
    assert "cannot be read" in call("inspect", "a.txt", "--settings", "absent.toml").err


def test_a_list_and_no_list_at_once_is_wrong_usage(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    for words in (("inspect", "a.txt"), ("triage", "a.txt", "--case", "case")):
        ended = call(*words, "--no-hashsets", "--hashset", "unit")
        assert ended.code == 2 and "--no-hashsets" in ended.err
    assert not (tmp_path / "case").exists()
