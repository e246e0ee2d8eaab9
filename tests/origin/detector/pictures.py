"""Pictures of every kind, drawn by code."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from tests.origin.carriers import content

from safelight.decode.content import Content


def kinds() -> dict[str, Content]:
    """One picture of every kind that has made a model stumble somewhere, by name."""
    random = np.random.default_rng(0)
    base = Image.fromarray(random.integers(200, 256, (90, 100, 3), np.uint8))
    deep = Image.fromarray(random.integers(50_000, 65_536, (90, 100), np.uint16))
    made = {
        "grey": (base.convert("L"), "PNG", {}),
        "two colours": (base.convert("1"), "PNG", {}),
        "palette": (base.quantize(32), "PNG", {}),
        "alpha": (base.convert("RGBA"), "PNG", {}),
        "16 bits": (deep, "PNG", {}),
        "CMYK": (base.convert("CMYK"), "JPEG", {"quality": 95}),
        "animated": (base, "GIF", {"save_all": True, "append_images": [base.rotate(90)]}),
        "tiny": (base.resize((16, 16)), "PNG", {}),
        "a line": (base.resize((2000, 1)), "PNG", {}),
        "large": (base.resize((6000, 4000)), "JPEG", {"quality": 90}),
    }
    out = {}
    for name, (image, form, options) in made.items():
        kept = io.BytesIO()
        image.save(kept, form, **options)
        out[name] = content(kept.getvalue())
    return out
