"""xAI's mark in files of Grok: a signature and the picture's number in two EXIF fields. The key is not public, so nothing is verified."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from safelight.decode.content import Content
from safelight.decode.exif import Ifd, Tag
from safelight.model import Basis, Finding, Strength, Supports

__all__ = ["GrokReader"]

# Observed: 300 characters, which are 224 bytes; much shorter ones are other people's words.
_SIGNATURE: Final = re.compile(r"Signature: ?([A-Za-z0-9+/]{120,1400}={0,2})")
_NUMBER: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class GrokReader:
    """Reads the pair of fields; one of them alone is none."""

    name: ClassVar[str] = "grok"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = "the signature and the number that xAI writes into the EXIF of pictures of Grok"
    silence_means: ClassVar[str] = "no such pair is there; the pictures of the web page and newer downloads carry none"
    cost: ClassVar[str] = "under 0.01 ms a file: EXIF that the metadata pass has found"
    source: ClassVar[str] = (
        "as observed in downloads of Grok and documented by wiltodelta/remove-ai-watermarks; xAI documents nothing"
    )
    checked_on: ClassVar[str] = (
        "1 real file and 1 synthetic: 2 read; 1 trap with the number alone and 788 files that no generator made: none"
    )
    where: ClassVar[str] = "EXIF, IFD0"
    keys: ClassVar[str] = (
        "ImageDescription (or UserComment) `Signature: ` and some 300 characters of base64, Artist a UUID; both"
    )
    weighs: ClassVar[str] = "generated, strong"
    survives: ClassVar[str] = "copying and mailing; programs that keep EXIF; not platforms, messengers or a screenshot"
    faked_by: ClassVar[str] = (
        "copying both fields from another file; the signature cannot be checked, since its key is not public"
    )

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for each EXIF block with the pair."""
        for exif in content.metadata.exifs:
            number = (exif.text(Ifd.PRIMARY, Tag.ARTIST) or "").strip()
            texts = (exif.text(Ifd.PRIMARY, Tag.IMAGE_DESCRIPTION), exif.user_comment)
            signature = next(
                (found[1] for text in texts if text and (found := _SIGNATURE.fullmatch(text.strip()))), None
            )
            if signature is None or not _NUMBER.fullmatch(number):
                continue
            yield Finding(
                reader=self.name,
                version=self.version,
                what="EXIF holds a signature and a number in the form that xAI writes into pictures of Grok.",
                where=f"{exif.where}, ImageDescription and Artist",
                supports=Supports.GENERATED,
                basis=Basis.DECLARED,
                strength=Strength.STRONG,
                could_be_faked_by=self.faked_by,
                does_not_show="That the signature is genuine or belongs to this file; whether a photograph was the input.",
                details={"generator": "xAI Grok", "image_id": number, "signature": signature},
            )
