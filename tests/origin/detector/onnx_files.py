"""A tiny ONNX file, written by hand (onnx.proto3): the score is the mean of each view's numbers."""

from __future__ import annotations

from pathlib import Path

FLOAT = 1


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(raw)) + raw


def _tensor(name: str, dimensions: list[str | int]) -> bytes:
    shape = b"".join(_bytes(1, _number(1, d) if isinstance(d, int) else _bytes(2, d)) for d in dimensions)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, FLOAT) + _bytes(2, shape)))


def mean_of_views(side_px: int = 32) -> bytes:
    """A model whose output has one number for each view: the mean of the view's input."""
    axes = _bytes(1, "axes") + b"".join(_number(8, axis) for axis in (1, 2, 3)) + _number(20, 7)
    keep = _bytes(1, "keepdims") + _number(3, 0) + _number(20, 2)
    node = (
        _bytes(1, "views")
        + _bytes(2, "score")
        + _bytes(3, "mean")
        + _bytes(4, "ReduceMean")
        + _bytes(5, axes)
        + _bytes(5, keep)
    )
    graph = (
        _bytes(1, node)
        + _bytes(2, "means")
        + _bytes(11, _tensor("views", ["n", 3, side_px, side_px]))
        + _bytes(12, _tensor("score", ["n"]))
    )
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, _bytes(1, "") + _number(2, 13))


CARD = """
name = "means"
version = "1"
licence = "Apache-2.0"
{more}
[input]
side_px = 32
crops = 2
[validated]
least_side_px = 64
"""


def written(folder: Path, more: str = "") -> tuple[Path, Path]:
    """The model and its card in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "means.onnx").write_bytes(mean_of_views())
    (folder / "means.toml").write_text(CARD.format(more=more))
    return folder / "means.onnx", folder / "means.toml"
