"""Sections on the results: matches, origin, near-duplicates, and the head of the queue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from safelight.case.newest import Place
from safelight.case.stage_summary import GroupFacts, LineMember, QueueLine
from safelight.exports.report.blocks import Bar, Block, bars, caveat, lines, section, table, text
from safelight.exports.report.facts import QUEUE_LINES, Facts
from safelight.exports.report.material import at_place
from safelight.exports.report.text import bytes_text, count_text, shown
from safelight.exports.report.words import BASES, OPINIONS, opinion_label
from safelight.model import JsonValue, Opinion, Strength

__all__ = ["groups", "head_of_queue", "matches", "origin"]

_NAME_CHARS: Final = 120
_BANDS: Final = ((0, 0), (1, 5), (6, 10), (11, 15), (16, 20), (21, 25), (26, 31), (32, 64))
_CONFLICTS: Final = 2


def matches(facts: Facts) -> Block:
    """What is on the unit's lists, how near, and what the lists are."""
    title = "Matches with the lists of the unit"
    if not facts.match_state.run:
        return section(
            "matches", title, text("Matching was not done, or did not finish: whether anything matches is not known.")
        )
    if not facts.lists_used:
        return section("matches", title, text("No list was used, so nothing can be said about what is known."))
    found = facts.matches
    images = f"{found.images_without:,} of {count_text(facts.totals.images, 'image')}"
    return section(
        "matches",
        title,
        bars(
            "Distinct contents on lists",
            "Contents",
            [
                ("Known material, by digest", found.known_exact, "plain"),
                ("Known material, only by likeness", found.known - found.known_exact, "plain"),
                ("Only on lists of known-irrelevant files", found.irrelevant_only, "plain"),
                ("On no list", facts.totals.contents - found.known - found.irrelevant_only, "open"),
            ],
            facts.totals.contents,
        ),
        table(
            "By list, bank, label and way",
            [
                ("List", "text", 4), ("Bank", "text", 3), ("Label", "text", 4), ("For", "text", 3), ("By", "text", 2), ("Contents", "number", 2),
                ("Bits apart", "number", 2),
            ],
            [
                (
                    shown(item.hashset, _NAME_CHARS), shown(item.bank, _NAME_CHARS) or "none", shown(item.label, _NAME_CHARS) or "none",
                    item.role, _how(item.how), f"{item.contents:,}", _range(item.nearest, item.farthest) if item.how == "pdq" else "",
                )
                for item in facts.lists
            ],
            left_out=(f"{count_text(facts.lists_left, 'further row')}. " if facts.lists_left else "")
            + "A content can be on several lists. List, bank and label are printed as their owners wrote them.",
        )
        if facts.lists
        else None,
        bars(
            "Nearest match by likeness with known material, in bits of 256 that differ",
            "Contents",
            _banded(found.distances),
            sum(number for _, number in found.distances),
        )
        if found.distances
        else None,
        text(
            f"{images} are on no list. {count_text(facts.totals.images_low_quality, 'image')} that {_was(facts.totals.images_low_quality)} read "
            f"could not be matched by likeness: plain or patterned pictures give no usable hash. The distance that counts as likeness is "
            f"{facts.hashsets.get('distance_bits', 'not recorded')} bits of 256. {_left_out(facts)}"
        ),
        caveat(
            "A match by likeness says that two pictures look alike in coarse structure, not that they are the same. No match says nothing: a "
            "picture on no list is one that nobody has listed yet, or an altered one. A known-irrelevant list lowers a place, and removes nothing."
        ),
    )  # fmt: skip


def _left_out(facts: Facts) -> str:
    number, media = facts.matches_left_out
    if not number:
        return "Every match that was found is stored."
    return (
        f"{count_text(number, 'further match', 'further matches')} by likeness of {count_text(media, 'content')} {_was(number)} found and not "
        "stored, since nearer ones of the same list, bank and label are."
    )


def origin(facts: Facts) -> Block:
    """How the contents came to be, as far as findings tell."""
    title = "How the images came to be"
    images = [item for item in facts.opinions if item.kind == "image"]
    if not images:
        return section("origin", title, text("There is no image in the case, so there is no opinion on one."))
    counts: Counter[tuple[str, bool]] = Counter()
    for item in images:
        known = item.pixels_read or item.opinion not in {None, Opinion.UNDETERMINED}
        counts[item.opinion or "", known] += item.contents
    rows: list[Bar] = []
    for opinion, label in OPINIONS.items():
        if opinion == Opinion.UNDETERMINED:
            rows.append((f"{label}: looked at, nothing decides", counts[opinion, True], "open"))
            rows.append((f"{label}: pixels not read", counts[opinion, False], "open"))
        elif opinion or counts[opinion, True] + counts[opinion, False]:
            rows.append((label, counts[opinion, True] + counts[opinion, False], "plain" if opinion else "open"))
    others = facts.totals.contents - facts.totals.images
    return section(
        "origin",
        title,
        bars("Images by opinion", "Images", rows, facts.totals.images),
        caveat(
            "“Generated” does not close an item: such an image can show, be trained on, or be made from a real child. “Captured” does not mean "
            "that a scene is real. “Undetermined” means that nothing was found which decides; marks are easily lost."
        ),
        _strengths(facts),
        _bases(facts),
        _generators(facts),
        text(
            f"A prompt is recorded for {count_text(facts.totals.prompts, 'content')}; prompts are kept in the case and are not printed. Findings "
            f"on {count_text(facts.totals.conflicting, 'content')} pull in different directions. "
            f"{count_text(others, 'content')} that {'is' if others == 1 else 'are'} no image {'is' if others == 1 else 'are'} not counted in this "
            "section, except where a row says contents."
        ),
    )  # fmt: skip


def _strengths(facts: Facts) -> Block | None:
    words = [strength for strength in Strength if strength is not Strength.NONE]
    counts: Counter[tuple[str, str]] = Counter()
    for item in facts.opinions:
        if item.kind == "image" and item.opinion not in {None, Opinion.UNDETERMINED}:
            counts[str(item.opinion), item.strength] += item.contents
    used = [word for word in words if any(counts[opinion, word] for opinion in OPINIONS)]
    if not used:
        return None
    rows = [
        (label, *(f"{counts[opinion, word]:,}" for word in used), f"{sum(counts[opinion, word] for word in used):,}")
        for opinion, label in OPINIONS.items()
        if any(counts[opinion, word] for word in used)
    ]
    columns = [(str(word).capitalize(), "number", 2) for word in used]
    return table(
        "Images by opinion and strength of support (verbal scale: see “What the results do not show”)",
        [("Opinion", "text", 5), *columns, ("All", "number", 2)],
        rows,
    )


def _bases(facts: Facts) -> Block | None:
    columns = [opinion for opinion in OPINIONS if opinion not in {"", Opinion.UNDETERMINED}]
    counts: Counter[tuple[str, str]] = Counter()
    resting = 0
    for item in facts.bases:
        resting += item.contents if item.basis and item.opinion in columns else 0
        for basis in item.basis:
            counts[basis, item.opinion] += item.contents
    if not resting:
        return None
    listed: list[Bar] = [
        (f"{label}: {what}", sum(counts[basis, opinion] for opinion in columns), "plain")
        for basis, (label, what) in BASES.items()
    ]
    drawn = bars("Contents by what their opinion rests on", "Contents", listed, None)
    drawn["note"] = (
        f"{count_text(resting, 'content')} with an opinion other than undetermined. One that rests on two bases counts in both."
    )
    return drawn


def _generators(facts: Facts) -> Block | None:
    named, others, rest = facts.generators
    if not named:
        return None
    rows: list[Bar] = [(shown(name, _NAME_CHARS), number, "plain") for name, number in named]
    if others:
        rows.append((count_text(others, "further name"), rest, "plain"))
    return bars("Generators that files name (a name is what a file says of itself)", "Contents", rows, None)


def groups(facts: Facts) -> Block:
    """Near-duplicates: how many, how they hang together, and which mix photographs with artificial pictures."""
    title = "Near-duplicates"
    found = facts.groups
    if not facts.group_state.run:
        return section(
            "groups", title, text("Grouping was not done, or did not finish: what looks alike is not known.")
        )
    if not found.groups:
        return section(
            "groups",
            title,
            text("No two images with a usable hash lie within the distance. Exact copies are counted above."),
        )
    within = (
        ""
        if found.farthest <= found.distance_bits
        else " This does not hold for at least one member: the groups are not as they were made."
    )
    return section(
        "groups",
        title,
        text(
            f"{count_text(found.groups, 'group')} with {count_text(found.members, 'content')}, {found.largest:,} in the largest. Every member lies "
            f"within {found.distance_bits} bits of 256 of the representative of its group; the greatest distance that occurs is {found.farthest}."
            f"{within} Two members can lie further from each other.{_turned(facts.turned)}"
        ),
        bars(
            "Members by distance to their representative, in bits of 256",
            "Contents",
            _banded(found.distances),
            sum(number for _, number in found.distances),
        ),
        _group_table(
            facts,
            "Groups that hold photographs as well as generated or AI-edited pictures: the photograph behind an artificial picture may be here",
            facts.mixed_groups,
            found.mixed,
        )
        if facts.mixed_groups
        else None,
        _group_table(facts, "Largest groups", facts.largest_groups, found.groups),
        caveat("A group says that pictures look alike. It does not say that they show the same place, person or event."),
    )  # fmt: skip


def _turned(number: int) -> str:
    return f" {count_text(number, 'member')} {_was(number)} found through a flip or a rotation." if number else ""


def _group_table(facts: Facts, caption: str, listed: Sequence[GroupFacts], number: int) -> Block:
    return table(
        caption,
        [("Group", "number", 1), ("Contents", "number", 2), ("Farthest", "number", 2), ("Opinions", "text", 5), ("Representative", "path", 7)],
        [
            (
                f"{item.number:,}", f"{item.size:,}", f"{item.farthest}",
                "; ".join(f"{opinion_label(opinion)}: {count:,}" for opinion, count in item.opinions),
                _somewhere(facts, item.representative),
            )
            for item in listed
        ],
        left_out=f"{count_text(number - len(listed), 'further group')}." if number > len(listed) else "",
    )  # fmt: skip


def head_of_queue(facts: Facts) -> Block:
    """The order for review, by rule, and its first lines."""
    title = "What a person must look at, in order"
    if not facts.queue_state.run:
        return section(
            "queue",
            title,
            text(
                "The order was not made, or the run that made it did not finish. Everything in the case is still to be looked at."
            ),
        )
    items = sum(rule.items for rule in facts.rules)
    source, digest = facts.rules_record.get("source", "not recorded"), facts.rules_record.get("sha256", "not recorded")
    shown_lines = (
        f"The first {len(facts.head):,} of {count_text(facts.queue_lines, 'line')}" if facts.head else "No line"
    )
    return section(
        "queue",
        title,
        text(
            f"Everything in the case stands in the queue exactly once, alone or in the line of its group. Rules in force: {shown(str(source))}, "
            f"SHA-256 {digest}."
        ),
        table(
            "The queue by rule, in order",
            [("First rank", "number", 1), ("Rule", "code", 5), ("Lines", "number", 2), ("Items", "number", 2)],
            [
                (f"{rule.first_rank:,}", shown(rule.rule, _NAME_CHARS), f"{rule.lines:,}", f"{rule.items:,}")
                for rule in facts.rules
            ],
            total=("", "All", f"{facts.queue_lines:,}", f"{items:,}"),
            left_out="Items are contents and unread places; a line can stand for several near-duplicates.",
        ),
        text(f"{shown_lines}. “safelight show CASE” prints all of them." if facts.queue_lines > QUEUE_LINES else f"{shown_lines}."),
        lines([_line(facts, line) for line in facts.head]),
    )  # fmt: skip


def _line(facts: Facts, line: QueueLine) -> dict[str, JsonValue]:
    rows: list[JsonValue] = [["Why here", shown(line.reason, 600), "text"]]
    if not line.members:
        return {"rank": f"{line.rank:,}", "place": at_place(facts, Place(line.path, line.source)), "rows": rows}
    first, *placing = line.members
    rows += _about(first)
    for member in placing:
        rows.append(["Placed by", _somewhere(facts, member.sha256), "path"])
        rows += _about(member)
    return {"rank": f"{line.rank:,}", "place": _somewhere(facts, first.sha256), "rows": rows}


def _about(member: LineMember) -> list[JsonValue]:
    rows: list[JsonValue] = []
    opinion = _opinion(member.opinion)
    # An opinion on a file that is no image says nothing unless something was found.
    if opinion and (member.media.get("kind") == "image" or opinion != OPINIONS[Opinion.UNDETERMINED]):
        rows.append(["Origin", opinion, "text"])
    conflicts = member.opinion.get("conflicts", [])
    rows += [["Conflict", shown(str(words), 400), "text"] for words in conflicts[:_CONFLICTS]]
    if len(conflicts) > _CONFLICTS:
        rows.append(["Conflict", f"and {len(conflicts) - _CONFLICTS:,} more", "text"])
    rows += [["On list", _match(match), "text"] for match in member.matches]
    if member.matches_left:
        rows.append(["On list", f"and {count_text(member.matches_left, 'more match', 'more matches')}", "text"])
    if member.media:
        rows.append(["Content", _media(member.media), "text"])
    return [*rows, ["SHA-256", member.sha256, "code"]]


def _opinion(found: dict[str, Any]) -> str:
    if not found:
        return ""
    label = opinion_label(found["opinion"])
    if found["opinion"] == Opinion.UNDETERMINED:
        return label
    basis = ", ".join(shown(str(basis), 40) for basis in found["basis"])
    words = f"{label}: {found['strength']} support (log10 LR {found['log10_lr']:.1f}), {basis or 'no basis stored'}"
    named = [found[name] for name in ("generator", "captured_with") if found.get(name)]
    return words + (f"; names {' and '.join(shown(str(name), _NAME_CHARS) for name in named)}" if named else "")


def _match(match: dict[str, Any]) -> str:
    names = [("bank", match["bank"]), ("label", match["label"])]
    parts = [
        shown(match["hashset"], _NAME_CHARS),
        *(f"{what} {shown(name, _NAME_CHARS)}" for what, name in names if name),
    ]
    how = (
        f"by likeness, {count_text(match['distance'], 'bit')} of 256 apart"
        if match["how"] == "pdq"
        else f"by {_how(match['how'])}"
    )
    role = " (known-irrelevant)" if match["role"] == "irrelevant" else ""
    return f"{', '.join(parts)}{role}: {how}"


def _media(media: dict[str, Any]) -> str:
    parts = [shown(media["media_type"], 80)]
    if media["width_px"] and media["height_px"]:
        parts.append(f"{media['width_px']:,} × {media['height_px']:,} px")
    if (media["frames"] or 1) > 1:
        parts.append(count_text(media["frames"], "frame"))
    return ", ".join([*parts, bytes_text(media["size_bytes"])])


def _somewhere(facts: Facts, sha256: str) -> str:
    place = facts.places.get(sha256)
    return at_place(facts, place) if place else "In no place any more: replaced between two runs"


def _how(how: str) -> str:
    return {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "pdq": "likeness"}.get(how, how)


def _range(nearest: int, farthest: int) -> str:
    return f"{nearest}" if nearest == farthest else f"{nearest} to {farthest}"


def _was(number: int) -> str:
    return "was" if number == 1 else "were"


def _banded(distances: Sequence[tuple[int, int]]) -> list[Bar]:
    rows: list[Bar] = []
    farthest = max((bits for bits, _ in distances), default=0)
    for low, high in _BANDS:
        if low <= farthest:
            number = sum(count for bits, count in distances if low <= bits <= high)
            rows.append((f"{low}" if low == high else f"{low} to {high}", number, "plain"))
    return rows
