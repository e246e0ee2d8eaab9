"""The record types that every stage passes on.

Every type is frozen: a record is made once and added to, never edited. No value of any type here means "harmless",
"ignore" or "dismissed"; there is no such value. Nothing in this module imports anything of ours.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

__all__ = [
    "PDQ_DEFAULT_DISTANCE_BITS",
    "PDQ_MIN_QUALITY",
    "Basis",
    "Examination",
    "Finding",
    "Fingerprints",
    "Group",
    "HashSetRole",
    "JsonValue",
    "Lead",
    "LeadKind",
    "Location",
    "Match",
    "MatchHow",
    "MediaFile",
    "MediaKind",
    "Opinion",
    "OriginOpinion",
    "Outcome",
    "PdqHash",
    "QueueItem",
    "ReaderRun",
    "SceneLink",
    "SceneLinkKind",
    "Strength",
    "Supports",
    "display_text",
]

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"

PDQ_MIN_QUALITY: Final = 50
"""PDQ hashes below this quality are stored and marked, never matched (the PDQ paper discards quality <= 49)."""

PDQ_DEFAULT_DISTANCE_BITS: Final = 31
"""Default Hamming distance, in bits of 256, up to which two PDQ hashes match (the PDQ paper's recommendation)."""


class Outcome(StrEnum):
    """What became of one reader on one media. Four different results; none of them means "clean"."""

    FOUND = "found"
    NOTHING_FOUND = "nothing-found"
    COULD_NOT_LOOK = "could-not-look"
    DID_NOT_RUN = "did-not-run"


class Supports(StrEnum):
    """The statement about origin that one finding supports."""

    GENERATED = "generated"
    AI_EDITED = "ai-edited"
    EDITED = "edited"
    CAPTURED = "captured"
    NOTHING = "nothing"


class Opinion(StrEnum):
    """The weighed statement about one media's origin."""

    GENERATED = "generated"
    AI_EDITED = "ai-edited"
    EDITED = "edited"
    CAPTURED = "captured"
    UNDETERMINED = "undetermined"


class Basis(StrEnum):
    """What a finding about origin rests on."""

    SIGNED = "signed"
    DECLARED = "declared"
    WATERMARK = "watermark"
    TRACE = "trace"
    STATISTICAL = "statistical"


class Strength(StrEnum):
    """Verbal scale of evidential support, weakest first (ENFSI guideline for evaluative reporting, 2015).

    The likelihood ratios that bound each word are in `safelight.origin.opinion`.
    """

    NONE = "none"
    WEAK = "weak"
    MODERATE = "moderate"
    MODERATELY_STRONG = "moderately strong"
    STRONG = "strong"
    VERY_STRONG = "very strong"
    EXTREMELY_STRONG = "extremely strong"


class MediaKind(StrEnum):
    """What the bytes of a media are, told by content and never by file name."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    ARCHIVE = "archive"
    OTHER = "other"


def display_text(raw: bytes) -> str:
    """Turns the exact bytes of a name into text that is safe to print in one line.

    Bytes that are not UTF-8, control and format characters (line breaks, bidirectional marks) and surrogates become
    backslash escapes, so that two different names never look alike because of an invisible character.
    """
    text = raw.decode("utf-8", "backslashreplace")
    return "".join(
        char if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} else _escaped(char)
        for char in text
    )


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


@dataclass(frozen=True, slots=True)
class Location:
    """A place where content lies: below a source, and inside archives as deep as needed.

    Attributes:
        source: The absolute path of the SOURCE that was named, as exact bytes.
        parts: First the path below the source (empty bytes when the source is itself the file), then one member name
            for each archive on the way in; all as exact bytes.
    """

    source: bytes
    parts: tuple[bytes, ...]

    @property
    def key(self) -> bytes:
        """16 bytes that stand for this place in look-ups; different places get different keys."""
        digest = hashlib.sha256()
        for part in (self.source, *self.parts):
            digest.update(len(part).to_bytes(8, "big") + part)
        return digest.digest()[:16]

    @property
    def depth(self) -> int:
        """The number of archives around the content; 0 for a plain file."""
        return len(self.parts) - 1

    def inside(self, member: bytes) -> Location:
        """The place of the member so named in the archive that lies here."""
        return Location(self.source, (*self.parts, member))

    def display(self) -> str:
        """The path below the source as text, `outer.zip!/inner.tar!/name.png`; the source itself when that is the file."""
        first, *members = self.parts
        shown = first or self.source.rstrip(b"/").rpartition(b"/")[2]
        return "!/".join(display_text(part) for part in (shown, *members))

    def full_display(self) -> str:
        """As `display`, preceded by the path of the source."""
        first, *members = self.parts
        top = self.source.rstrip(b"/") + b"/" + first if first else self.source
        return "!/".join(display_text(part) for part in (top, *members))


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile:
    """One place in which content lies, with what the file system or the archive says of it.

    Times are nanoseconds since 1970-01-01 UTC, as recorded there; None where nothing is recorded.
    `size_bytes` is the size recorded there, which a damaged archive can get wrong.
    """

    location: Location
    size_bytes: int | None = None
    modified_ns: int | None = None
    accessed_ns: int | None = None
    changed_ns: int | None = None
    created_ns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that one reader saw, or could not see, in one media. Frozen, appended, never edited.

    Attributes:
        reader: Short name of what saw it (`a1111`, `c2pa`, `pixels`, `wall`, `archive`).
        version: Version of that reader.
        outcome: `found`, `could-not-look` or `did-not-run`; readers that found nothing give no finding, only a ReaderRun.
        supports: The statement on origin that it supports; `nothing` for a problem or a mere fact.
        basis: What it rests on; None when it says nothing on origin.
        what: One neutral sentence. Never a description of what the image shows.
        where: Place in the file: carrier, key, byte offset.
        strength: Strength of support for `supports`; `none` when that is `nothing`.
        could_be_faked_by: What it would take to make a file show this falsely.
        does_not_show: What must not be concluded from it.
        details: Facts as JSON. Origin readers use these keys where they apply: `generator`, `generator_version`,
            `model`, `model_hash`, `loras`, `seed` (text), `sampler`, `prompt`, `negative_prompt`, `captured_with`,
            `software`, `input_images`; and those that `safelight.origin.leads` reads.
    """

    reader: str
    version: str
    what: str
    outcome: Outcome = Outcome.FOUND
    supports: Supports = Supports.NOTHING
    basis: Basis | None = None
    where: str = ""
    strength: Strength = Strength.NONE
    could_be_faked_by: str = ""
    does_not_show: str = ""
    details: Mapping[str, JsonValue] = field(default_factory=dict)


class LeadKind(StrEnum):
    """What the value of a lead is. How rare a value is says how much it ties: everybody can have a public model.

    Model, LoRA and embedding files are named as the generator names them; hashes as it writes them, in lower case. `resource` is the
    address or number of a model on a platform; `input-image` a file name that a picture was made from; `user` a user name or account; `device` a
    camera or telephone; `job-id` the number that a service gave a picture or an order; `api-node` a hosted service called by a workflow;
    `producer-code` the registered maker in China's label; `workflow` a fingerprint of the graph without its texts and seeds; `signer` who signed a
    manifest; `manifest` a manifest's own label, which what is made from the file names too. Prompts are kept and searched like all others,
    and folded away wherever they are shown.
    """

    MODEL = "model"
    MODEL_HASH = "model-hash"
    LORA = "lora"
    LORA_HASH = "lora-hash"
    EMBEDDING = "embedding"
    EMBEDDING_HASH = "embedding-hash"
    RESOURCE = "resource"
    INPUT_IMAGE = "input-image"
    USER = "user"
    HOST_PATH = "host-path"
    DEVICE = "device"
    SOFTWARE = "software"
    GENERATOR = "generator"
    JOB_ID = "job-id"
    API_NODE = "api-node"
    PRODUCER_CODE = "producer-code"
    SIGNER = "signer"
    MANIFEST = "manifest"
    WORKFLOW = "workflow"
    SEED = "seed"
    PROMPT = "prompt"
    NEGATIVE_PROMPT = "negative-prompt"

    @property
    def folded(self) -> bool:
        """Whether its values are shown only to who asks for them."""
        return self in {LeadKind.PROMPT, LeadKind.NEGATIVE_PROMPT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """One value in one media that ties it to other files, to a machine or to a person. It says nothing on origin, and can be forged.

    Attributes:
        kind: What the value is. `value`: as found; never empty.
        sha256: The media. `reader`: who found it. `where`: the place in the file, as its finding names it.
    """

    kind: LeadKind
    value: str
    sha256: str
    reader: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class ReaderRun:
    """That one reader was run (or not) on one media, and what became of it."""

    reader: str
    version: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class PdqHash:
    """A PDQ perceptual hash: 64 lower-case hex digits (256 bits) and its quality, 0 to 100."""

    hash: str
    quality: int

    @property
    def matchable(self) -> bool:
        """Whether the quality suffices for matching."""
        return self.quality >= PDQ_MIN_QUALITY


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprints:
    """The perceptual fingerprints of one image.

    Attributes:
        pdq: PDQ over the full resolution, pixels as stored (as `pdqhash` and `threatexchange` compute it).
        pdq_nearest512: PDQ over a 512 x 512 nearest-neighbour reduction, pixels as stored (as Facebook's C++ computes it).
        pdq_oriented: `pdq` of the picture as it is shown, only where an orientation tag turns or flips it; lists made
            by tools that apply the tag hold this one.
        pdq_dihedral: On request, the full-resolution PDQ of the 8 flips and rotations, identity first; else empty.
        features: Local features, as `safelight.fingerprint.features` packs them; None when they were not looked for.
    """

    pdq: PdqHash | None = None
    pdq_nearest512: PdqHash | None = None
    pdq_oriented: PdqHash | None = None
    pdq_dihedral: tuple[str, ...] = ()
    features: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """Everything that one pass over one distinct content found.

    Attributes:
        sha256: Lower-case hex; likewise `sha1` and `md5`.
        size_bytes: Number of bytes that were digested.
        media_type: IANA media type told by content; `application/octet-stream` when not recognised.
        kind: Image, video, audio, archive or other.
        width_px: Width as stored, before orientation is applied; None when unknown. Likewise `height_px`.
        frames: Number of frames or pages when known.
        fingerprints: Perceptual fingerprints; None when the pixels were not read.
        findings: What was found, and what could not be looked at.
        runs: Every reader that was asked, with its outcome.
    """

    sha256: str
    sha1: str
    md5: str
    size_bytes: int
    media_type: str = "application/octet-stream"
    kind: MediaKind = MediaKind.OTHER
    width_px: int | None = None
    height_px: int | None = None
    frames: int | None = None
    fingerprints: Fingerprints | None = None
    findings: tuple[Finding, ...] = ()
    runs: tuple[ReaderRun, ...] = ()


class HashSetRole(StrEnum):
    """What it means to be on a list: `known` comes first; `irrelevant` (NSRL-like) only lowers a place in the queue."""

    KNOWN = "known"
    IRRELEVANT = "irrelevant"


class MatchHow(StrEnum):
    """By what a media matched an entry of a hash set."""

    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    PDQ = "pdq"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One media on one list.

    Attributes:
        sha256: The media.
        hashset: Name of the list. `bank`: its part or source, as imported; may be empty.
        role: What the list is for.
        how: Digest or PDQ. `distance`: bits that differ, 0 for digests.
        label: The list's own label for the entry (category), as imported; may be empty.
        entry: The entry's hash, lower-case hex.
        variant: For PDQ, which of our hashes matched: `full`, `nearest512`, `oriented` or `dihedral`; else empty.
    """

    sha256: str
    hashset: str
    bank: str
    role: HashSetRole
    how: MatchHow
    distance: int
    label: str
    entry: str
    variant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginOpinion:
    """How one media came to be, as far as its findings tell.

    Attributes:
        opinion: The statement.
        log10_lr: log10 of the likelihood ratio for that statement; 0.0 when undetermined.
        strength: The verbal scale for `log10_lr`.
        basis: Every basis that carried the opinion, strongest first.
        conflicts: Findings that pull in different directions, in words.
        limits: What the opinion does not show, in words.
    """

    opinion: Opinion
    log10_lr: float
    strength: Strength
    basis: tuple[Basis, ...] = ()
    generator: str | None = None
    generator_version: str | None = None
    model: str | None = None
    seed: str | None = None
    prompt: str | None = None
    captured_with: str | None = None
    conflicts: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Media that belong together.

    Attributes:
        kind: `near-duplicate` for now.
        representative: SHA-256 of the member that stands for the group.
        members: (SHA-256, distance in bits to the representative), representative first with 0; every distance is
            at most `distance_bits`, so a group cannot drift by chaining.
    """

    kind: str
    representative: str
    members: tuple[tuple[str, int], ...]
    distance_bits: int


class SceneLinkKind(StrEnum):
    """How two pictures that share part of a scene belong together.

    `source-photograph`: the first is generated, edited by AI or undetermined, and the second a photograph or, for the first two, undetermined.
    `same-picture`: both are of one sort: a crop, a screenshot, a caption or a border around the same picture, or two edits of one.
    `same-frame`: most of what agrees stands on plain ground, as the same text, buttons or screen around two pictures does.
    `input-name`: a workflow in the first names a file that has the name of the second; the pictures themselves were not compared by it.
    """

    SOURCE_PHOTOGRAPH = "source-photograph"
    SAME_PICTURE = "same-picture"
    SAME_FRAME = "same-frame"
    INPUT_NAME = "input-name"


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneLink:
    """Two pictures of which part shows the same, or of which one names the other.

    Attributes:
        kind: See `SceneLinkKind`. `sha256`: the first picture. `other`: the second, for a source photograph that.
        inliers: Number of places that look alike and lie where the transformation puts them; 0 for `input-name`.
        share: Part of the first picture that agrees with the second, 0 to 1, as far as there was anything to compare. `other_share`: of the second.
        matrix: a, b, c, d, e, f: the place (x, y) of the second lies at (a x + b y + c, d x + e y + f) in the first, in pixels as stored; None for
            `input-name`.
        grid: 64 letters, an 8 x 8 grid over the first picture row by row: `a` agrees, `d` differs, `o` lies outside the second, `.` nothing to
            compare. `other_grid`: the same over the second.
        words: What was found, for a person: "shares about 43 % of its scene, mirrored, scaled 1.5 x".
    """

    kind: SceneLinkKind
    sha256: str
    other: str
    words: str
    inliers: int = 0
    share: float = 0.0
    other_share: float = 0.0
    matrix: tuple[float, float, float, float, float, float] | None = None
    grid: str = ""
    other_grid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueItem:
    """One line of the review queue: what to look at, in which place, and why there.

    Attributes:
        rank: 1 is first.
        sha256: The media (the representative when it stands for a group); None for a file that could not be digested.
        location_key: The place, for a file that could not be digested; else None.
        rule: Name of the rule that placed it. `reason`: a sentence a person can read.
        group_size: Number of distinct media that this line stands for.
        placed_by: The member whose urgency placed it, which need not be the representative; None for a single place.
    """

    rank: int
    sha256: str | None
    location_key: bytes | None
    rule: str
    reason: str
    group_size: int = 1
    placed_by: str | None = None
