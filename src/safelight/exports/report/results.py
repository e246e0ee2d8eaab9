"""Sections on the results: matches, origin and near-duplicates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from safelight.case.stage_summary import GroupFacts
from safelight.exports.report.blocks import Bar, Block, bars, caveat, section, table, text
from safelight.exports.report.facts import Facts
from safelight.exports.report.material import at_place
from safelight.exports.report.saying import joined, say
from safelight.exports.report.text import count_text, figure, shown
from safelight.exports.report.words import BASES, OPINIONS, STRENGTHS, WORDS, opinion_label
from safelight.model import Opinion, Strength

__all__ = ["groups", "how_words", "matches", "origin", "somewhere"]

_NAME_CHARS: Final = 120
_BANDS: Final = ((0, 0), (1, 5), (6, 10), (11, 15), (16, 20), (21, 25), (26, 31), (32, 64))


def matches(facts: Facts) -> Block:
    """What is on the unit's lists, how near, and what the lists are."""
    title = say("Matches with the lists of the unit")
    if not facts.match_state.run:
        return section(
            "matches",
            title,
            text(say("Matching was not done, or did not finish: whether anything matches is not known.")),
        )
    if not facts.lists_used:
        return section("matches", title, text(say("No list was used, so nothing can be said about what is known.")))
    found = facts.matches
    images = say(
        "{images_without:,} of {image}",
        images_without=found.images_without,
        image=count_text(facts.totals.images, "image"),
    )
    return section(
        "matches",
        title,
        bars(
            say("Distinct contents on lists"),
            say("Contents"),
            [
                (say("Known material, by digest"), found.known_exact, "plain"),
                (say("Known material, only by likeness"), found.known - found.known_exact, "plain"),
                (say("Only on lists of known-irrelevant files"), found.irrelevant_only, "plain"),
                (say("On no list"), facts.totals.contents - found.known - found.irrelevant_only, "open"),
            ],
            facts.totals.contents,
        ),
        table(
            say("By list, bank, label and way"),
            [
                (say("List"), "text", 4),
                (say("Bank"), "text", 3),
                (say("Label"), "text", 4),
                (say("For"), "text", 3),
                (say("By"), "text", 2),
                (say("Contents"), "number", 2),
                (say("Bits apart"), "number", 2),
            ],
            [
                (
                    shown(item.hashset, _NAME_CHARS),
                    shown(item.bank, _NAME_CHARS) or say("none"),
                    shown(item.label, _NAME_CHARS) or say("none"),
                    WORDS.get(item.role, item.role),
                    how_words(item.how),
                    figure(item.contents),
                    _range(item.nearest, item.farthest) if item.how == "pdq" else "",
                )
                for item in facts.lists
            ],
            left_out=(say("{row}. ", row=count_text(facts.lists_left, "further row")) if facts.lists_left else "")
            + say("A content can be on several lists. List, bank and label are printed as their owners wrote them."),
        )
        if facts.lists
        else None,
        bars(
            say("Nearest match by likeness with known material, in bits of 256 that differ"),
            say("Contents"),
            _banded(found.distances),
            sum(number for _, number in found.distances),
        )
        if found.distances
        else None,
        text(
            say(
                "{images} are on no list. {image} that {verb} read could not be matched by likeness: plain "
                "or patterned pictures give no usable hash. The distance that counts as likeness is {bits} bits of 256. "
                "{left_out}",
                images=images,
                image=count_text(facts.totals.images_low_quality, "image"),
                verb=_was(facts.totals.images_low_quality),
                bits=facts.hashsets.get("distance_bits", say("not recorded")),
                left_out=_left_out(facts),
            )
        ),
        caveat(
            say(
                "A match by likeness says that two pictures look alike in coarse structure, not that they are the same. No match says nothing: a "
                "picture on no list is one that nobody has listed yet, or an altered one. A known-irrelevant list lowers a place, and removes "
                "nothing."
            )
        ),
    )


def _left_out(facts: Facts) -> str:
    number, media = facts.matches_left_out
    if not number:
        return say("Every match that was found is stored.")
    return say(
        "{match} by likeness of {content} {verb} found and not stored, since nearer ones of the same list, bank "
        "and label are.",
        match=count_text(number, "further match", "further matches"),
        content=count_text(media, "content"),
        verb=_was(number),
    )


def origin(facts: Facts) -> Block:
    """How the contents came to be, as far as findings tell."""
    title = say("How the images came to be")
    images = [item for item in facts.opinions if item.kind == "image"]
    if not images:
        return section("origin", title, text(say("There is no image in the case, so there is no opinion on one.")))
    counts: Counter[tuple[str, bool]] = Counter()
    for item in images:
        known = item.pixels_read or item.opinion not in {None, Opinion.UNDETERMINED}
        counts[item.opinion or "", known] += item.contents
    rows: list[Bar] = []
    for opinion, label in OPINIONS.items():
        if opinion == Opinion.UNDETERMINED:
            rows.append((say("{label}: looked at, nothing decides", label=label), counts[opinion, True], "open"))
            rows.append((say("{label}: pixels not read", label=label), counts[opinion, False], "open"))
        elif opinion or counts[opinion, True] + counts[opinion, False]:
            rows.append((label, counts[opinion, True] + counts[opinion, False], "plain" if opinion else "open"))
    others = facts.totals.contents - facts.totals.images
    return section(
        "origin",
        title,
        bars(say("Images by opinion"), say("Images"), rows, facts.totals.images),
        caveat(
            say(
                "“Generated” does not close an item: such an image can show, be trained on, or be made from a real child. “Captured” does not mean "
                "that a scene is real. “Undetermined” means that nothing was found which decides; marks are easily lost."
            )
        ),
        _strengths(facts),
        _bases(facts),
        _generators(facts),
        text(
            say(
                "A prompt is recorded for {content}; prompts are kept in the case and are not printed. Findings on "
                "{content_2} pull in different directions. {content_3} that {verb} no image {verb} not counted in this "
                "section, except where a row says contents.",
                content=count_text(facts.totals.prompts, "content"),
                content_2=count_text(facts.totals.conflicting, "content"),
                content_3=count_text(others, "content"),
                verb=say("is") if others == 1 else say("are"),
            )
        ),
    )


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
        (label, *(figure(counts[opinion, word]) for word in used), figure(sum(counts[opinion, word] for word in used)))
        for opinion, label in OPINIONS.items()
        if any(counts[opinion, word] for word in used)
    ]
    columns = [(STRENGTHS[word], "number", 2) for word in used]
    return table(
        say("Images by opinion and strength of support (verbal scale: see “What the results do not show”)"),
        [(say("Opinion"), "text", 5), *columns, (say("All"), "number", 2)],
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
        (say("{label}: {what}", label=label, what=what), sum(counts[basis, opinion] for opinion in columns), "plain")
        for basis, (label, what) in BASES.items()
    ]
    drawn = bars(say("Contents by what their opinion rests on"), say("Contents"), listed, None)
    drawn["note"] = say(
        "{content} with an opinion other than undetermined. One that rests on two bases counts in both.",
        content=count_text(resting, "content"),
    )
    return drawn


def _generators(facts: Facts) -> Block | None:
    named, others, rest = facts.generators
    if not named:
        return None
    rows: list[Bar] = [(shown(name, _NAME_CHARS), number, "plain") for name, number in named]
    if others:
        rows.append((count_text(others, "further name"), rest, "plain"))
    return bars(say("Generators that files name (a name is what a file says of itself)"), say("Contents"), rows, None)


def groups(facts: Facts) -> Block:
    """Near-duplicates: how many, how they hang together, and which mix photographs with artificial pictures."""
    title = say("Near-duplicates")
    found = facts.groups
    if not facts.group_state.run:
        return section(
            "groups", title, text(say("Grouping was not done, or did not finish: what looks alike is not known."))
        )
    if not found.groups:
        return section(
            "groups",
            title,
            text(say("No two images with a usable hash lie within the distance. Exact copies are counted above.")),
        )
    within = (
        ""
        if found.farthest <= found.distance_bits
        else say(" This does not hold for at least one member: the groups are not as they were made.")
    )
    return section(
        "groups",
        title,
        text(
            say(
                "{group} with {content}, {largest:,} in the largest. Every member lies within {distance_bits} bits of 256 "
                "of the representative of its group; the greatest distance that occurs is {farthest}.{within} Two members "
                "can lie further from each other.{turned}",
                group=count_text(found.groups, "group"),
                content=count_text(found.members, "content"),
                largest=found.largest,
                distance_bits=found.distance_bits,
                farthest=found.farthest,
                within=within,
                turned=_turned(facts.turned),
            )
        ),
        bars(
            say("Members by distance to their representative, in bits of 256"),
            say("Contents"),
            _banded(found.distances),
            sum(number for _, number in found.distances),
        ),
        _group_table(
            facts,
            say(
                "Groups that hold photographs as well as generated or AI-edited pictures: the photograph behind an artificial picture may be here"
            ),
            facts.mixed_groups,
            found.mixed,
        )
        if facts.mixed_groups
        else None,
        _group_table(facts, say("Largest groups"), facts.largest_groups, found.groups),
        caveat(
            say(
                "A group says that pictures look alike. It does not say that they show the same place, person or event."
            )
        ),
    )


def _turned(number: int) -> str:
    return (
        say(
            " {member} {verb} found through a flip or a rotation.",
            member=count_text(number, "member"),
            verb=_was(number),
        )
        if number
        else ""
    )


def _group_table(facts: Facts, caption: str, listed: Sequence[GroupFacts], number: int) -> Block:
    return table(
        caption,
        [
            (say("Group"), "number", 1),
            (say("Contents"), "number", 2),
            (say("Farthest"), "number", 2),
            (say("Opinions"), "text", 5),
            (say("Representative"), "path", 7),
        ],
        [
            (
                figure(item.number),
                figure(item.size),
                say("{farthest}", farthest=item.farthest),
                joined(
                    "; ",
                    (
                        say("{opinion}: {count:,}", opinion=opinion_label(opinion), count=count)
                        for opinion, count in item.opinions
                    ),
                ),
                somewhere(facts, item.representative),
            )
            for item in listed
        ],
        left_out=say("{group}.", group=count_text(number - len(listed), "further group"))
        if number > len(listed)
        else "",
    )


def somewhere(facts: Facts, sha256: str) -> str:
    """The place of a content, in words."""
    place = facts.places.get(sha256)
    return at_place(facts, place) if place else say("In no place any more: replaced between two runs")


def how_words(how: str) -> str:
    """By what a match was found."""
    return {"md5": say("MD5"), "sha1": say("SHA-1"), "sha256": say("SHA-256"), "pdq": say("likeness")}.get(how, how)


def _range(nearest: int, farthest: int) -> str:
    return (
        say("{nearest}", nearest=nearest)
        if nearest == farthest
        else say("{nearest} to {farthest}", nearest=nearest, farthest=farthest)
    )


def _was(number: int) -> str:
    return say("was") if number == 1 else say("were")


def _banded(distances: Sequence[tuple[int, int]]) -> list[Bar]:
    rows: list[Bar] = []
    farthest = max((bits for bits, _ in distances), default=0)
    for low, high in _BANDS:
        if low <= farthest:
            number = sum(count for bits, count in distances if low <= bits <= high)
            rows.append(
                (say("{low}", low=low) if low == high else say("{low} to {high}", low=low, high=high), number, "plain")
            )
    return rows
