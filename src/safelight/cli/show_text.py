"""The text that `safelight show` prints. Whatever comes from evidence or from a list is shown as one line without control characters."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

import click
import orjson

from safelight.model import display_text
from safelight.review.lines import QueueState

__all__ = ["Page", "size_text"]

_PIPE_COLUMNS: Final = 100
_COLUMNS: Final = (40, 120)
_MOST_MEMBERS: Final = 20
_MOST_CHARS: Final = 200
_FOLDED: Final = frozenset({"prompt", "negative_prompt"})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def size_text(size_bytes: int | None) -> str:
    """`812 bytes`, `1.2 MB`; decimal units."""
    if size_bytes is None:
        return "size not known"
    if size_bytes < 1_000:
        return f"{size_bytes} bytes"
    value = float(size_bytes)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1_000
        if value < 999.95 or unit == "TB":
            return f"{value:.1f} {unit}"
    raise AssertionError


class Page:
    """Prints to standard output.

    Args:
        columns: Width in characters to which sentences are wrapped; paths and hashes never are.
        bold: Whether paths and titles stand out.
    """

    def __init__(self, columns: int, *, bold: bool = False) -> None:
        self._columns = columns
        self._bold = bold

    @classmethod
    def of_terminal(cls) -> Self:
        """As wide as the terminal, within reason; 100 columns when the output goes elsewhere."""
        if not sys.stdout.isatty():
            return cls(_PIPE_COLUMNS)
        low, high = _COLUMNS
        return cls(min(max(shutil.get_terminal_size((_PIPE_COLUMNS, 24)).columns, low), high), bold=True)

    def print_head(self, directory: Path, state: QueueState) -> None:
        """Which queue this is."""
        rules = f"{_shown(state.rules.get('source', 'unknown'))} (SHA-256 {_shown(str(state.rules.get('sha256', '')))[:16]})"
        name = display_text(str(directory).encode("utf-8", "surrogateescape"))
        self._wrapped(
            f"{name}: {state.lines:,} lines, standing for {state.items:,} media and places; made by run {state.run_id} with: {rules}."
        )
        print()

    def print_line(self, line: Mapping[str, Any]) -> None:
        """One line of the queue."""
        print(f"{line['rank']:>6}  {self._loud(_shown(line['path']))}")
        form = _form(line) if line["sha256"] else []
        facts = [line["sha256"][:16] if line["sha256"] else "no digest", *form, size_text(line["size_bytes"])]
        if line["origin"] is not None:
            facts.append(_origin_text(line["origin"]))
            if line["origin"]["conflicts"]:
                facts.append("findings conflict")
        if line["locations"] > 1:
            facts.append(f"in {line['locations']:,} places")
        if line["group_size"] > 1:
            facts.append(f"stands for {line['group_size']:,}")
        self._wrapped("; ".join(facts), 8)
        self._wrapped(_shown(line["reason"]), 8)

    def print_why(self, why: Mapping[str, Any]) -> None:
        """Everything about one media or place."""
        media = why["media"]
        if media is not None:
            for name in ("sha256", "sha1", "md5"):
                self._field(name, media[name])
            self._field("content", ", ".join([*_form(media), size_text(media["size_bytes"])]))
            for name in ("pdq", "pdq_nearest512", "pdq_oriented"):
                if media[name]:
                    self._field(name, f"{media[name]['hash']}  quality {media[name]['quality']}")
        else:
            self._field("content", "no digest: it could not be read, or was passed over")
        self._places(why["places"])
        self._queue(why["queue"])
        self._matches(why["matches"], why["hashsets"])
        self._group(why["group"])
        self._generation_run(why["generation_run"])
        self._scenes(why["scenes"])
        self._origin(why["origin"])
        self._findings(why["findings"], why["places"])
        self._readers(why["readers"])

    def _places(self, places: Sequence[Mapping[str, Any]]) -> None:
        self._title(f"Places ({len(places):,})")
        for place in places:
            print(f"  {_shown(place['full_path'])}")
            facts = [size_text(place["size_bytes"]), f"modified {_time(place['modified_ns'])}"]
            facts += [f"created {_time(place['created_ns'])}"] if place["created_ns"] is not None else []
            facts += [f"revision {place['revision']}"] if place["revision"] else []
            self._wrapped("; ".join([*facts, f"met by run {place['run_id']}"]), 4)

    def _queue(self, queue: Mapping[str, Any] | None) -> None:
        self._title("Place in the queue")
        if queue is None:
            self._wrapped("Taken in after the queue was made; run `safelight triage` again to order it.", 2)
            return
        self._field("rank", f"{queue['rank']:,}")
        self._field("reason", queue["reason"])
        rule = queue["rule_in_full"]
        asks = (
            "; ".join(f"{name}: {_words(value)}" for name, value in (rule or {}).get("when", {}).items()) or "nothing"
        )
        where = f"place {rule['place']}, asks for {asks}" if rule else "taken by no rule of the file"
        self._field("rule", f"{queue['rule']} ({where})")
        self._field("rules", f"{queue['rules_source']}, SHA-256 {queue['rules_sha256']}")
        if queue["group_size"] > 1:
            self._field("stands for", f"{queue['group_size']:,} near-duplicates, placed by {queue['placed_by']}")

    def _matches(self, matches: Sequence[Mapping[str, Any]], asked: Sequence[str]) -> None:
        self._title("On lists")
        for match in matches:
            near = f", {match['distance']} of 256 bits apart ({match['variant']})" if match["how"] == "pdq" else ""
            bank = f", bank {match['bank']}" if match["bank"] else ""
            text = f"{match['hashset']} ({match['role']}){bank} by {match['how']}{near}; label {match['label'] or 'none'}; entry {match['entry']}"
            self._wrapped(_shown(text), 2)
        if not matches:
            self._wrapped("No match with the lists that were asked." if asked else "No list was asked.", 2)

    def _group(self, group: Mapping[str, Any] | None) -> None:
        if group is None:
            return
        members = group["members"]
        self._title(f"Near-duplicates ({len(members):,}, each within {group['distance_bits']} bits of the first)")
        for member in members[:_MOST_MEMBERS]:
            turn = f", {member['turn']}" if member["turn"] else ""
            print(f"  {member['sha256']}  {member['distance']} bits{turn}")
        if len(members) > _MOST_MEMBERS:
            self._wrapped(f"{len(members) - _MOST_MEMBERS:,} more; --json prints them.", 2)

    def _scenes(self, links: Sequence[Mapping[str, Any]]) -> None:
        if not links:
            return
        self._title(f"Pictures that share part of the scene, or are named as its input ({len(links):,})")
        for link in links[:_MOST_MEMBERS]:
            print(f"  {link['sha256'][:16]}  {_shown(link['path'])}")
            what = link["words"] if link["role"] == "first" else f"Seen from the other: {link['words']}"
            agree = f" {link['inliers']} places agree." if link["inliers"] else ""
            self._wrapped(f"{link['kind']}: {_shown(what)}{agree}", 4)
        if len(links) > _MOST_MEMBERS:
            self._wrapped(f"{len(links) - _MOST_MEMBERS:,} more; --json prints them.", 2)
        for limits in dict.fromkeys(link["limits"] for link in links):
            self._wrapped(limits, 2)

    def _generation_run(self, run: Mapping[str, Any] | None) -> None:
        if run is not None:
            self._title("Generation run")
            self._wrapped(
                f"Run {run['number']:,} of recipe {run['recipe']:,}: {run['name']}. `safelight link runs CASE` lists all.",
                2,
            )

    def _origin(self, origin: Mapping[str, Any] | None) -> None:
        self._title("Origin")
        if origin is None:
            self._wrapped("No opinion: the content was not examined.", 2)
            return
        basis = f"; basis: {', '.join(origin['basis'])}" if origin["basis"] else ""
        self._field("opinion", _origin_text(origin) + f" (log10 LR {origin['log10_lr']:.1f}){basis}")
        for name in ("generator", "generator_version", "model", "seed", "captured_with"):
            if origin[name] is not None:
                self._field(name.replace("_", " "), origin[name])
        if origin["prompt"] is not None:
            self._field("prompt", _folded(origin["prompt"]))
        for name in ("conflicts", "limits"):
            for text in origin[name]:
                self._field(name[:-1], text)

    def _findings(self, findings: Sequence[Mapping[str, Any]], places: Sequence[Mapping[str, Any]]) -> None:
        paths = {(place["location_key"], place["revision"]): place["path"] for place in places}
        self._title(f"Findings ({len(findings):,})")
        for finding in findings:
            supports = ""
            if finding["supports"] != "nothing":
                supports = f" Supports {finding['supports']}, {finding['strength']}, {finding['basis']}."
            outcome = "" if finding["outcome"] == "found" else f" ({finding['outcome']})"
            self._wrapped(
                f"{_shown(finding['reader'])} {_shown(finding['version'])}{outcome}: {_shown(finding['what'])}{supports}",
                2,
            )
            if finding["on"] is not None:
                self._wrapped(
                    f"on the place: {_shown(paths[finding['on']['location_key'], finding['on']['revision']])}", 4
                )
            for name, label in (
                ("where", "where"),
                ("could_be_faked_by", "could be faked by"),
                ("does_not_show", "does not show"),
            ):
                if finding[name]:
                    self._wrapped(f"{label}: {_shown(finding[name])}", 4)
            for name, value in finding["details"].items():
                text = value if isinstance(value, str) else orjson.dumps(value).decode()
                fold = name in _FOLDED or len(text) > _MOST_CHARS
                self._wrapped(f"{_shown(name)[:_MOST_CHARS]}: {_folded(text) if fold else _shown(text)}", 4)

    def _readers(self, readers: Sequence[Mapping[str, Any]]) -> None:
        self._title(f"Readers ({len(readers):,})")
        for reader in readers:
            self._wrapped(f"{_shown(reader['reader'])} {_shown(reader['version'])}: {_shown(reader['outcome'])}", 2)

    def _loud(self, text: str) -> str:
        return click.style(text, bold=True) if self._bold else text

    def _title(self, text: str) -> None:
        print()
        print(self._loud(text))

    def _field(self, name: str, value: str) -> None:
        lines = textwrap.wrap(_shown(value), self._columns - 18, break_long_words=False, break_on_hyphens=False)
        for number, text in enumerate(lines or [""]):
            print(f"  {name if number == 0 else '':<15} {text}")

    def _wrapped(self, text: str, indent: int = 0) -> None:
        space = " " * indent
        for line in textwrap.wrap(
            text,
            self._columns,
            initial_indent=space,
            subsequent_indent=space,
            break_long_words=False,
            break_on_hyphens=False,
        ):
            print(line)


def _shown(text: str) -> str:
    return display_text(text.encode("utf-8", "backslashreplace"))


def _form(record: Mapping[str, Any]) -> list[str]:
    """Media type and size in pixels, or the kind where there is no media type."""
    form = [_shown(record["media_type"] or record["kind"])]
    if record["width_px"] and record["height_px"]:
        form.append(f"{record['width_px']} x {record['height_px']} px")
    return form


def _origin_text(origin: Mapping[str, Any]) -> str:
    if origin["opinion"] == "undetermined":
        return "undetermined"
    return f"{_shown(origin['opinion'])}, {_shown(origin['strength'])} support"


def _folded(text: str) -> str:
    return f"recorded, {len(text):,} characters; --json prints it"


def _words(value: Any) -> str:
    return _shown(" or ".join(map(str, value)) if isinstance(value, list) else str(value))


def _time(value_ns: int | None) -> str:
    """A recorded time as UTC to the second; its number where the calendar ends."""
    if value_ns is None:
        return "not recorded"
    try:
        return f"{(_EPOCH + timedelta(seconds=value_ns // 1_000_000_000)).isoformat(sep=' ')[:19]} UTC"
    except OverflowError:
        return f"{value_ns} ns since 1970"
