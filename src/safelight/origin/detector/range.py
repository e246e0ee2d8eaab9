"""Whether a picture lies where a model was validated; outside, it abstains and says why."""

from __future__ import annotations

from safelight.decode.content import Content
from safelight.decode.decoders import Pixels
from safelight.origin.detector.card import Range

__all__ = ["condition_of", "flat_share", "outside"]

_BLOCK_PX = 8


def flat_share(pixels: Pixels) -> float:
    """The share of 8 x 8 blocks of one single colour: near 0 in photographs, large in drawings, screenshots and scans.

    Args:
        pixels: RGB, shape (height, width, 3); a picture smaller than a block has none.
    """
    height, width = (side // _BLOCK_PX * _BLOCK_PX for side in pixels.shape[:2])
    if not height or not width:
        return 0.0
    blocks = pixels[:height, :width].reshape(height // _BLOCK_PX, _BLOCK_PX, width // _BLOCK_PX, _BLOCK_PX, 3)
    return float((blocks == blocks[:, :1, :, :1]).all(axis=(1, 3, 4)).mean())


def outside(content: Content, pixels: Pixels, valid: Range) -> str:
    """Why the picture lies outside the validated range, as a clause; empty when it lies inside.

    Args:
        content: The file. `pixels`: of it, RGB as shown. `valid`: by the model's card.
    """
    side = min(pixels.shape[:2])
    if side < valid.least_side_px:
        return f"its shorter side has {side} px, the model was validated from {valid.least_side_px} px"
    quality = _jpeg_quality(content)
    if quality is not None and quality < valid.least_jpeg_quality:
        return f"it was saved as JPEG at a quality of about {quality}, the model was validated from {valid.least_jpeg_quality}"
    share = flat_share(pixels)
    if share > valid.flat_share_max:
        return f"{share:.0%} of it is of one flat colour, as in drawings and screenshots, of which the model was not validated"
    return ""


def condition_of(content: Content, pixels: Pixels) -> str:
    """The condition that the picture is in, as error rates are told by it: format, size, quality."""
    quality = _jpeg_quality(content)
    saved = f", quality about {quality}" if quality is not None else ""
    return f"{content.format.name}{saved}, {pixels.shape[1]} x {pixels.shape[0]} px"


def _jpeg_quality(content: Content) -> int | None:
    luma = next((table for table in content.metadata.quantisation_tables if table.identifier == 0), None)
    return None if luma is None else luma.estimated_quality
