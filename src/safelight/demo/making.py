"""From a planned file to its bytes and the truth about them."""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from safelight.demo.bundles import encrypted_zip, sevenzip, tar_gz, zipped
from safelight.demo.pictures import Brush, Made, draw_copy, draw_picture
from safelight.demo.plan import PlannedFile
from safelight.demo.prompts import draw_recipe
from safelight.demo.truth import DrawnFile, DrawnMember

__all__ = ["make"]

_ZEROS_BYTES: Final = 4 << 20
_MEMBER_PX: Final = 360
_MEMBER_KINDS: Final = ("stripped", "camera", "a1111", "webp", "comfyui")
_PASSWORD: Final = b"lighthouse"


@dataclass(frozen=True, slots=True)
class _Order:
    """One planned file, with the generator that decides its content."""

    rng: np.random.Generator
    seed: int
    planned: PlannedFile

    def brush(self, place: int = 0, long_side_px: int | None = None) -> Brush:
        return Brush(self.rng, draw_recipe(self.seed, self.planned.run, self.planned.number + place), long_side_px)


@dataclass(frozen=True, slots=True)
class _Bundle:
    data: bytes
    members: tuple[DrawnMember, ...] = ()
    problem: str = ""


def make(planned: PlannedFile, seed: int, read: Callable[[bytes], bytes]) -> tuple[bytes, DrawnFile]:
    """Makes one file.

    Args:
        planned: What to make. `seed`: of the seizure.
        read: Gives the bytes of a file of the seizure that was made before.
    """
    rng = np.random.default_rng([seed, 2, planned.number])
    order = _Order(rng, seed, planned)
    brush = order.brush()
    members: tuple[DrawnMember, ...] = ()
    problem = ""
    if planned.kind == "near":
        made = draw_copy(planned.how, brush, read(planned.source or b""))
    elif planned.kind == "exact":
        made = Made(read(planned.source or b""), "", "")
    elif planned.kind in _BUNDLES:
        bundle = _BUNDLES[planned.kind](order)
        made, members, problem = Made(bundle.data, "", ""), bundle.members, bundle.problem
    elif planned.kind in _ODDITIES:
        made, problem = _ODDITIES[planned.kind](order)
    else:
        made = draw_picture(planned.kind, brush)
    return made.data, DrawnFile(
        path=planned.path, kind=planned.kind, stands_for=made.stands_for, carries=made.carries,
        sha256=hashlib.sha256(made.data).hexdigest(), md5=hashlib.md5(made.data, usedforsecurity=False).hexdigest(),
        recipe=_recipe_name(planned, made.carries), size_bytes=len(made.data), duplicate_of=planned.source if planned.kind == "exact" else None,
        near_duplicate_of=planned.source if planned.kind == "near" else None, how=planned.how, problem=problem, members=members,
    )  # fmt: skip


def _recipe_name(planned: PlannedFile, carries: str) -> str:
    """The recipe that a mark of origin states, by the generator that writes such marks."""
    if "prompt, workflow" in carries:
        return f"comfyui {planned.run}"
    return f"a1111 {planned.run}" if "parameters" in carries else ""


def _small(order: _Order, count: int) -> tuple[list[tuple[str, bytes]], list[DrawnMember]]:
    members, truths = [], []
    for place in range(count):
        kind = _MEMBER_KINDS[place % len(_MEMBER_KINDS)]
        made = draw_picture(kind, order.brush(place, _MEMBER_PX))
        end = {"a1111": "png", "comfyui": "png", "webp": "webp"}.get(kind, "jpg")
        name = f"set {order.planned.number}/{place:02d}.{end}"
        members.append((name, made.data))
        truths.append(DrawnMember(name, made.stands_for, made.carries, _recipe_name(order.planned, made.carries)))
    return members, truths


def _packed(pack: Callable[[list[tuple[str, bytes]]], bytes]) -> Callable[[_Order], _Bundle]:
    def build(order: _Order) -> _Bundle:
        members, truths = _small(order, int(order.rng.integers(3, 7)))
        return _Bundle(pack(members), tuple(truths))

    return build


def _nested(order: _Order) -> _Bundle:
    inner, truths = _small(order, 3)
    middle = tar_gz([("inner.zip", zipped(inner)), ("list.txt", b"hills, sea, houses\n")])
    data = zipped([("older/backup.tar.gz", middle)])
    return _Bundle(
        data,
        tuple(replace(item, name=f"older/backup.tar.gz!/inner.zip!/{item.name}") for item in truths),
    )


def _encrypted(order: _Order) -> _Bundle:
    members, _ = _small(order, 2)
    # The pure-Python cipher is slow; small pictures are enough to be closed.
    return _Bundle(encrypted_zip(members, _PASSWORD, order.rng.bytes(11)), problem="encrypted")


def _torn_zip(order: _Order) -> _Bundle:
    members, _ = _small(order, 4)
    data = zipped(members)
    return _Bundle(data[: len(data) * 2 // 3], problem="truncated archive")


def _zeros(_: _Order) -> _Bundle:
    data = zipped([("zeros.bin", bytes(_ZEROS_BYTES))], deflate=True)
    return _Bundle(data, (DrawnMember("zeros.bin", "", ""),), "packed 1 : 1000")


_BUNDLES: Final[dict[str, Callable[[_Order], _Bundle]]] = {
    "zip": _packed(zipped), "targz": _packed(tar_gz), "7z": _packed(sevenzip), "nested": _nested, "encrypted": _encrypted,
    "torn-zip": _torn_zip, "zeros": _zeros,
}  # fmt: skip


def _truncated(order: _Order) -> tuple[Made, str]:
    made = draw_picture("camera", order.brush(long_side_px=1024))
    kept = int(len(made.data) * order.rng.uniform(0.3, 0.8))
    return Made(made.data[:kept], made.stands_for, made.carries), "truncated"


def _misnamed(order: _Order) -> tuple[Made, str]:
    return draw_picture("a1111", order.brush()), "a PNG under the name of a JPEG"


def _text(order: _Order) -> tuple[Made, str]:
    recipe = order.brush().recipe
    lines = [f"{place}: {recipe.prompt}" for place in range(int(order.rng.integers(2, 40)))]
    return Made("\n".join(lines).encode(), "", ""), ""


def _empty(_: _Order) -> tuple[Made, str]:
    return Made(b"", "", ""), "no bytes"


def _mp4(order: _Order) -> tuple[Made, str]:
    """An ISO base media file (ISO/IEC 14496-12) with a movie header and no track: enough to be told as a video."""
    stream = io.BytesIO()
    times = struct.pack(">IIII", 0, 0, 1000, 4000)
    matrix = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    header = (
        b"\0\0\0\0" + times + struct.pack(">IHHII", 0x10000, 0x100, 0, 0, 0) + matrix + bytes(24) + struct.pack(">I", 1)
    )
    boxes = (
        (b"ftyp", b"isom" + struct.pack(">I", 512) + b"isomiso2mp41"),
        (b"moov", _box(b"mvhd", header)),
        (b"mdat", order.rng.bytes(4096)),
    )
    for kind, body in boxes:
        stream.write(_box(kind, body))
    return Made(stream.getvalue(), "", ""), "a video without a track"


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


_ODDITIES: Final[dict[str, Callable[[_Order], tuple[Made, str]]]] = {
    "truncated": _truncated, "misnamed": _misnamed, "text": _text, "empty": _empty, "mp4": _mp4,
}  # fmt: skip
