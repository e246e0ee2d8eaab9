"""Synthetic files in the dialects of generators, put together by code from the public behaviour of each; none was made by that program."""

from __future__ import annotations

import gzip
import io
import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from tests.decode.containers.samples import ifd_block, jpeg, mp4, png, png_chunk, segment, webp, xmp

__all__ = ["DIALECTS", "drawn", "hidden", "json_jpeg", "json_png", "novelai_comment", "saved", "texts_png"]

PROMPT = "a hill under snow, oil on canvas"
NEGATIVE = "dull, flat"
SEED = 3141592653
MODEL = "hills_v2"
DIGEST = "0123456789abcdef"


def texts_png(texts: Mapping[str, str]) -> bytes:
    """A PNG with text chunks: Latin-1 where that suffices, else iTXt."""
    return png(
        [
            png_chunk(b"tEXt", key.encode() + b"\0" + text.encode())
            if text.isascii()
            else png_chunk(b"iTXt", key.encode() + b"\0\0\0\0\0" + text.encode())
            for key, text in texts.items()
        ]
    )


def json_png(value: Any, key: str = "parameters") -> bytes:
    return texts_png({key: json.dumps(value)})


def json_jpeg(value: Any, **ifd0: str) -> bytes:
    """A JPEG whose UserComment is that JSON."""
    tags = {"Software": 0x0131, "Model": 0x0110}
    entries = [(tags[name], 2, text.encode() + b"\0") for name, text in ifd0.items()]
    comment = (0x9286, 7, b"ASCII\0\0\0" + json.dumps(value).encode())
    exif = ifd_block({"IFD0": entries, "ExifIFD": [comment]})
    return jpeg([segment(0xE1, b"Exif\0\0" + exif)])


def drawn(channels: int = 4) -> NDArray[np.uint8]:
    """Slopes of colour, opaque, 96 pixels wide and 64 high."""
    pixels = np.empty((64, 96, channels), np.uint8)
    pixels[:, :, 0] = np.arange(96)[None, :] * 2
    pixels[:, :, 1] = np.arange(64)[:, None] * 3
    pixels[:, :, 2] = 90
    if channels == 4:
        pixels[:, :, 3] = 255
    return pixels


def saved(
    pixels: NDArray[np.uint8], texts: Mapping[str, str] | None = None, kind: str = "PNG", **options: Any
) -> bytes:
    out = io.BytesIO()
    if texts is not None:
        options["pnginfo"] = PngInfo()
        for key, text in texts.items():
            options["pnginfo"].add_text(key, text)
    Image.fromarray(pixels).save(out, kind, **options)
    return out.getvalue()


def hidden(pixels: NDArray[np.uint8], text: str, signature: str = "stealth_pngcomp") -> NDArray[np.uint8]:
    """The pixels with a text in their lowest bits, down the columns."""
    held = text.encode()
    if signature.endswith("comp"):
        held = gzip.compress(held, mtime=0)
    held = signature.encode() + struct.pack(">I", 8 * len(held)) + held
    bits = np.unpackbits(np.frombuffer(held, np.uint8))
    planes = slice(3, 4) if "png" in signature else slice(0, 3)
    columns = pixels[:, :, planes].transpose(1, 0, 2).copy()
    flat = columns.reshape(-1)
    flat[: len(bits)] = flat[: len(bits)] & 0xFE | bits
    out = pixels.copy()
    out[:, :, planes] = columns.transpose(1, 0, 2)
    return out


def novelai_comment(**changed: Any) -> dict[str, Any]:
    return {
        "prompt": PROMPT, "steps": 28, "height": 64, "width": 96, "scale": 5.0, "uncond_scale": 0.0, "seed": SEED, "n_samples": 1,
        "noise_schedule": "karras", "v4_prompt": {"caption": {"base_caption": PROMPT, "char_captions": [{"char_caption": "a tree", "centers": []}]}},
        "sampler": "k_euler_ancestral", "uc": NEGATIVE, "request_type": "PromptGenerateRequest",
    } | changed  # fmt: skip


def _dialects() -> Mapping[str, bytes]:
    invoke = {
        "generation_mode": "sdxl_txt2img", "positive_prompt": PROMPT, "negative_prompt": NEGATIVE, "seed": SEED, "scheduler": "euler_a",
        "model": {"key": "k", "hash": f"blake3:{DIGEST}", "name": MODEL, "base": "sdxl", "type": "main"},
        "loras": [{"model": {"name": "oil", "hash": "blake3:aa"}, "weight": 0.6}], "app_version": "6.10.0",
    }  # fmt: skip
    older = {
        "model": "stable diffusion", "model_weights": MODEL, "model_hash": DIGEST, "app_id": "invoke-ai/InvokeAI", "app_version": "2.3.0",
        "image": {"prompt": [{"prompt": PROMPT, "weight": 1}], "seed": SEED, "sampler": "k_lms", "type": "txt2img"},
    }  # fmt: skip
    graph = {
        "id": "g", "edges": [],
        "nodes": {
            "a": {"type": "main_model_loader", "model": {"name": MODEL}}, "b": {"type": "noise", "seed": SEED}, "c": {"type": "denoise_latents"},
            "d": {"type": "l2i"},
        },
    }  # fmt: skip
    fooocus = {
        "adm_guidance": "(1.5, 0.8, 0.3)", "base_model": MODEL, "base_model_hash": DIGEST, "full_prompt": [PROMPT], "prompt": PROMPT,
        "negative_prompt": NEGATIVE, "loras": [["oil", 0.1, "4852686128"]], "metadata_scheme": "fooocus", "performance": "Speed",
        "sampler": "dpmpp_2m_sde_gpu", "seed": str(SEED), "styles": "[]", "version": "Fooocus v2.5.5", "created_by": "painter",
    }  # fmt: skip
    ruined = {
        "Prompt": PROMPT, "Negative": NEGATIVE, "seed": SEED, "sampler_name": "dpmpp_2m", "base_model_name": MODEL, "base_model_hash": DIGEST,
        "loras": [["4852686128", "0.1 - oil.safetensors"]], "denoise": None, "software": "RuinedFooocus",
    }  # fmt: skip
    things = {
        "c": PROMPT, "uc": NEGATIVE, "model": MODEL, "seed": SEED, "sampler": "DPM++ 2M AYS", "steps": 28, "strength": 1,
        "lora": [{"model": "oil.ckpt", "weight": 0.8}],
    }  # fmt: skip
    swarm = {
        "sui_image_params": {
            "prompt": PROMPT, "negativeprompt": NEGATIVE, "model": MODEL, "seed": SEED, "sampler": "euler", "swarm_version": "0.9.7.4",
            "loras": ["oil"],
        },
        "sui_models": [
            {"name": f"{MODEL}.safetensors", "param": "model", "hash": f"0x{DIGEST}"}, {"name": "oil", "param": "loras", "hash": "0xaa"},
        ],
    }  # fmt: skip
    easy = {
        "prompt": PROMPT, "negative_prompt": NEGATIVE, "seed": SEED, "use_stable_diffusion_model": MODEL, "sampler_name": "euler_a",
        "num_inference_steps": 25, "use_lora_model": ["oil"],
    }  # fmt: skip
    tensor = {
        "prompt": PROMPT, "negativePrompt": NEGATIVE, "seed": str(SEED), "ksamplerName": "euler",
        "baseModel": {"modelId": "94", "modelFileName": MODEL, "hash": DIGEST, "type": "BASE_MODEL"},
        "models": [{"type": "LORA", "modelFileName": "oil", "hash": "aa", "modelId": "95"}],
    }  # fmt: skip
    matrix = {
        "PositivePrompt": PROMPT, "NegativePrompt": NEGATIVE, "Seed": SEED, "Sampler": "Euler", "ModelName": MODEL, "ModelHash": DIGEST,
    }  # fmt: skip
    project = {"Version": 2, "ProjectType": "TextToImage", "State": {}}
    civitai = {
        "prompt": PROMPT, "negativePrompt": NEGATIVE, "seed": SEED, "sampler": "Euler a", "baseModel": MODEL, "workflowId": "txt2img",
        "resources": [{"modelVersionId": 290640, "strength": 1}],
    }  # fmt: skip
    space = {
        "prompt": PROMPT, "negative_prompt": NEGATIVE, "resolution": "1024 x 1024", "guidance_scale": 5.5, "num_inference_steps": 24,
        "seed": SEED, "sampler": "Euler a", "Model": MODEL, "Model hash": DIGEST,
    }  # fmt: skip
    job = "c73d6cee-5a33-44d0-85f9-4c79faff24cf"
    nai = {
        "Title": "NovelAI generated image",
        "Description": PROMPT,
        "Software": "NovelAI",
        "Source": "NovelAI Diffusion V4.5 4BDE2A90",
    }
    comment = json.dumps(novelai_comment())
    things_xml = json.dumps(things).replace("&", "&amp;").replace("<", "&lt;")
    exif_xml = 'xmlns:exif="http://ns.adobe.com/exif/1.0/"'
    nai_exif = ifd_block(
        {
            "IFD0": [(0x0131, 2, b"NovelAI Diffusion V4.5 4BDE2A90\0"), (0x010E, 2, PROMPT.encode() + b"\0")],
            "ExifIFD": [(0x9286, 7, b"ASCII\0\0\0" + json.dumps({"Comment": comment}).encode())],
        }
    )
    fooocus_exif = ifd_block(
        {
            "IFD0": [
                (0x0131, 2, b"Fooocus v2.5.5\0"),
                (0x927C, 2, b"fooocus\0"),
                (0x9286, 2, json.dumps(fooocus).encode() + b"\0"),
            ]
        }
    )
    draw_things = xmp(
        f"<xmp:CreatorTool>Draw Things</xmp:CreatorTool><exif:UserComment>{things_xml}</exif:UserComment>", exif_xml
    )
    number = xmp(
        "", f'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" Iptc4xmpExt:DigImageGUID="{job}"'
    )
    return {
        "invokeai png": json_png(invoke, "invokeai_metadata"),
        "invokeai png sd-metadata": json_png(older, "sd-metadata"),
        "invokeai png Dream": texts_png({"Dream": f'"{PROMPT}" -s50 -W512 -H512 -C7.5 -Ak_lms -F -S{SEED}'}),
        "invokeai png graph": json_png(graph, "invokeai_graph"),
        "novelai png": texts_png(nai | {"Comment": comment}),
        "novelai webp": webp(exif=b"Exif\0\0" + nai_exif),
        "fooocus png": json_png(fooocus),
        "fooocus jpeg": jpeg([segment(0xE1, b"Exif\0\0" + fooocus_exif)]),
        "fooocus ruined png": json_png(ruined),
        "fooocus ruined mp4": mp4(keys={"metadata": json.dumps(ruined).encode()}),
        "drawthings png": png([png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + draw_things)]),
        "swarmui png": json_png(swarm),
        "swarmui jpeg": json_jpeg(swarm),
        "easydiffusion png": texts_png({key: str(value) for key, value in easy.items()}),
        "easydiffusion jpeg": json_jpeg(easy),
        "tensorart png": texts_png({"generation_data": json.dumps(tensor) + "\0"}),
        "stabilitymatrix png": texts_png({"parameters-json": json.dumps(matrix), "smproj": json.dumps(project)}),
        "civitai png": json_png(civitai, "extraMetadata"),
        "civitai jpeg": json_jpeg({"extra": {"airs": ["urn:air:sdxl:checkpoint:civitai:1@2"]}, "extraMetadata": json.dumps(civitai)}),
        "huggingface png": json_png(space),
        "midjourney png": texts_png({"Author": "painter", "Description": f"{PROMPT} --ar 3:2 --v 6.1 --no fog --seed {SEED} Job ID: {job}"}),
        "midjourney xmp": jpeg([segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + number)]),
        "stealth png": saved(hidden(drawn(), "a hidden note")),
        "stealth webp": saved(hidden(drawn(3), "a hidden note", "stealth_rgbinfo"), kind="WEBP", lossless=True),
        "paths png": texts_png({"Comment": "from C:\\Users\\painter\\models\\hills.ckpt and /home/painter/out/1.png"}),
    }  # fmt: skip


DIALECTS = _dialects()
"""The first word of each name is the reader that reads it."""
