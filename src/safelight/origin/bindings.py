"""Names of invisible watermarks and fingerprints, as manifests and metadata give them. A name is a lead: nothing is decoded here.

Source: the C2PA soft binding algorithm list as c2pa-rs carries it (contentauth/c2pa-rs, assertions/soft_binding.rs); `SynthID` as Google's and
OpenAI's manifests describe their steps.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["named_in", "product_of"]

_PRODUCTS: Final = (
    ("com.adobe.trustmark", "Adobe TrustMark"), ("com.adobe.icn", "Adobe image fingerprint"), ("com.digimarc", "Digimarc"),
    ("com.imatag", "Imatag"), ("ai.steg", "Steg.AI"), ("com.microsoft.invismark", "Microsoft InvisMark"),
    ("com.microsoft.wavmark", "Microsoft WavMark"), ("com.aiwatermark", "Meta Seal (AIWatermark)"), ("com.nagra.nexguard", "NAGRA NexGuard"),
    ("com.verimatrix", "Verimatrix"), ("castlabs.watermark", "castLabs"), ("ai.trufo", "Trufo"), ("app.overlai", "Overlai"),
    ("com.markany", "MarkAny"), ("com.mentaport", "Mentaport"), ("es.lumatrace", "LumaTrace"), ("ai.verda", "VerdaAI"),
    ("ai.contentlens", "ContentLens"), ("tv.kinetiq", "Kinetiq"), ("io.iscc", "ISCC fingerprint"), ("com.google.synthid", "SynthID"),
)  # fmt: skip
_ALGORITHM: Final = re.compile(
    r"(?<![\w.])(?:" + "|".join(re.escape(prefix) for prefix, _ in _PRODUCTS) + r")(?:\.[\w-]{1,40}){0,6}(?!\w)",
    re.IGNORECASE,
)
_WORD: Final = re.compile(
    r"(?<![\w.])(SynthID|TrustMark|Digimarc|InvisMark|PixelSeal|VideoSeal|AudioSeal)(?!\w)", re.IGNORECASE
)
_WORDS: Final = {
    "trustmark": "Adobe TrustMark",
    "invismark": "Microsoft InvisMark",
    "synthid": "SynthID",
    "digimarc": "Digimarc",
}


def product_of(algorithm: str) -> str | None:
    """The product behind an algorithm of a soft binding, or behind its plain name; None when it is none that we know."""
    lower = algorithm.strip().lower()
    by_prefix = next((name for prefix, name in _PRODUCTS if lower == prefix or lower.startswith(prefix + ".")), None)
    return by_prefix or _WORDS.get(lower)


def named_in(text: str) -> dict[str, str]:
    """Watermarks that a text names: what stands there, and the product; at most the first eight."""
    found: dict[str, str] = {}
    for match in (*_ALGORITHM.finditer(text), *_WORD.finditer(text)):
        product = product_of(match[0]) or "Meta Seal"
        if len(found) < 8 and product not in found.values():
            found[match[0]] = product
    return found
