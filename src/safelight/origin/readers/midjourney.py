"""Midjourney, by the description that ends with a job ID, and the picture number in XMP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import ClassVar, Final

from safelight.decode.content import Content
from safelight.model import Finding, JsonValue, Strength
from safelight.origin.statements import FROM_TEXT, LISTED, facts, stated
from safelight.origin.texts import carried_texts

__all__ = ["MidjourneyReader"]

_UUID: Final = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_JOB: Final = re.compile(rf"(?:^|(?<=\s))Job ID:\s{{0,4}}({_UUID})$")
_NUMBER: Final = re.compile(_UUID)
_OPTION: Final = re.compile(r"(?:^|\s)--([a-z]{1,12})(?=\s|$)")
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"]{1,1000}")
_KEYS: Final = frozenset({"description", "imagedescription", "usercomment", "comment"})
_DESCRIPTION_CHARS: Final = 1 << 16
_PIECES: Final = 500


class MidjourneyReader:
    """Reads the description wherever it lies, and otherwise reports the number."""

    name: ClassVar[str] = "midjourney"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = "the description of Midjourney with its job ID, options, user; the picture number in XMP"
    silence_means: ClassVar[str] = "no such text is there; saving again, uploading or a screenshot removes it"
    cost: ClassVar[str] = "about 0.01 ms a file: texts that the metadata pass has found"
    source: ClassVar[str] = "public behaviour of Midjourney; its documented options"
    checked_on: ClassVar[str] = (
        "2 real files with a description: 2 read, 2 prompts right; 1 real file with a number only: reported, not named"
    )
    where: ClassVar[str] = "PNG text Description and Author, EXIF ImageDescription and UserComment, XMP"
    keys: ClassVar[str] = (
        "Description with Job ID and options (--v, --ar, --seed, --no); Author (the user); iptcExt:DigImageGUID"
    )
    weighs: ClassVar[str] = (
        "generated: strong with options, moderately strong with a job ID alone; nothing for a number in XMP alone"
    )
    survives: ClassVar[str] = (
        "copying, renaming, mailing and storage services that keep the bytes; not saving again by most editors, uploading to most platforms, "
        "messengers or a screenshot"
    )
    faked_by: ClassVar[str] = (
        "writing the text into any file, which takes seconds and no special tool; copying it over from another file"
    )

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for the description; without one, one that supports nothing for each number in XMP."""
        texts = list(carried_texts(content))
        user = next((text.strip() for key, text, _ in texts if key == "Author"), "")
        told = False
        for key, text, where in texts:
            if key.lower() in _KEYS and "Job ID:" in text[-100:]:
                said = text.strip("\0 \t\r\n")[-_DESCRIPTION_CHARS:]
                if (job := _JOB.search(said)) is not None and not told:
                    told = True
                    yield self._finding(said[: job.start()].strip(), job[1], user, where)
        if told:
            return
        for key, text, where in texts:
            if key == "DigImageGUID" and _NUMBER.fullmatch(text.strip()):
                yield Finding(
                    reader=self.name,
                    version=self.version,
                    what="The file carries a picture number of the form that Midjourney writes.",
                    where=where,
                    could_be_faked_by="writing the property with any metadata editor",
                    does_not_show="That it is from Midjourney: the property is of the IPTC standard, and others may write it too.",
                    details={"job_id": text.strip().lower()},
                )

    def _finding(self, text: str, job: str, user: str, where: str) -> Finding:
        prompt, options = _taken_apart(text)
        model = f"v{options['v']}" if options.get("v") else f"niji {options['niji']}" if options.get("niji") else None
        images = list[JsonValue](dict.fromkeys(found[0] for found in islice(_ADDRESS.finditer(text), LISTED)))
        details = facts(
            model=model or (f"v{options['version']}" if options.get("version") else None), seed=_seed(options.get("seed")), prompt=prompt,
            negative_prompt=options.get("no"), input_images=images, job_id=job.lower(), user=user, options=dict[str, JsonValue](options),
        )  # fmt: skip
        strength = Strength.STRONG if options else Strength.MODERATELY_STRONG
        unsaid = "Whether an input image was changed, enlarged or extended: the description does not say."
        return stated(self, "Midjourney", FROM_TEXT, where, details, strength=strength, unsaid=unsaid)


def _taken_apart(text: str) -> tuple[str, dict[str, str]]:
    """The prompt, and the options by name; of an option that comes twice the first counts."""
    pieces = _OPTION.split(text, _PIECES)
    options: dict[str, str] = {}
    for name, value in zip(pieces[1::2], pieces[2::2], strict=True):
        options.setdefault(name, value.strip())
    return pieces[0].strip(), options


def _seed(text: str | None) -> str | None:
    return text if text and re.fullmatch(r"[0-9]{1,20}", text) else None
