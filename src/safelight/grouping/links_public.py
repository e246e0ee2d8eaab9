"""Models that everybody can download, by hash and by file name: they link nobody.

A short list, of base models only: what it does not hold may be public all the same. Each is published by the maker that is named, on the
maker's page of the model platform Hugging Face. The hash is the first 10 digits of the SHA-256 of the file, as the web UIs print it
(AutoV2); each was read in public repositories beside the file's name on 2026-11-25, not computed from the file.
"""

from __future__ import annotations

from typing import Final

__all__ = ["PUBLIC_MODELS"]

PUBLIC_MODELS: Final = (
    ("6ce0161689", "v1-5-pruned-emaonly", "stable-diffusion-v1-5/stable-diffusion-v1-5"),
    ("1a189f0be6", "v1-5-pruned", "stable-diffusion-v1-5/stable-diffusion-v1-5"),
    ("e1441589a6", "v1-5-pruned", "stable-diffusion-v1-5/stable-diffusion-v1-5"),
    ("ad2a33c361", "v2-1_768-ema-pruned", "stabilityai/stable-diffusion-2-1"),
    ("dcd690123c", "v2-1_768-ema-pruned", "stabilityai/stable-diffusion-2-1"),
    ("31e35c80fc", "sd_xl_base_1.0", "stabilityai/stable-diffusion-xl-base-1.0"),
    ("e6bb9ea85b", "sd_xl_base_1.0_0.9vae", "stabilityai/stable-diffusion-xl-base-1.0"),
    ("7440042bbd", "sd_xl_refiner_1.0", "stabilityai/stable-diffusion-xl-refiner-1.0"),
    ("e869ac7d69", "sd_xl_turbo_1.0_fp16", "stabilityai/sdxl-turbo"),
)
"""(first 10 digits of the SHA-256, file name without its ending, page of the maker)."""
