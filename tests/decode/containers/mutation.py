"""Damages bytes the way fuzzers do, reproducibly, and looks at everything a metadata pass says of them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from safelight.decode import formats
from safelight.decode.limits import Limits
from safelight.decode.metadata import BlockKind, Metadata, collect
from safelight.model import Outcome

__all__ = ["LIMITS", "looked_at_whole", "mutated", "walker_mutants"]

LIMITS = Limits(metadata_bytes=1 << 16, metadata_blocks=64)

_NUMBERS = (0, 1, 2, 3, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF)


def mutated(data: bytes, chance: random.Random, other: bytes = b"") -> bytes:
    """One to four mutations of `data`: flipped bits, numbers at their bounds, cuts, repeats, and a splice with `other`."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        size = len(out)
        if not size:
            break
        at = chance.randrange(size)
        match chance.randrange(8):
            case 0:
                out[at] ^= 1 << chance.randrange(8)
            case 1:
                out[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF, chance.randrange(256)))
            case 2:
                width = chance.choice((2, 4, 8))
                number = (chance.choice(_NUMBERS) if chance.random() < 0.7 else chance.randrange(2 * size)) & (
                    (1 << 8 * width) - 1
                )
                out[at : at + width] = number.to_bytes(width, chance.choice(("big", "little")))
            case 3:
                del out[at:]
            case 4:
                del out[at : at + chance.randint(1, 40)]
            case 5:
                piece = out[at : at + chance.randint(1, 200)]
                out[at:at] = piece * chance.randint(1, 4)
            case 6:
                out[at:at] = chance.randbytes(chance.randint(1, 16))
            case _:
                start = chance.randrange(len(other)) if other else 0
                out[at:] = other[start:]
    return bytes(out)


def walker_mutants(data: bytes, others: Sequence[bytes], seed: str) -> Iterator[bytes]:
    """Mutants of one sample without end."""
    chance = random.Random(seed)
    while True:
        yield mutated(data, chance, chance.choice(others))


def looked_at_whole(data: bytes, limits: Limits = LIMITS) -> Metadata:
    """Collects, asks for everything, and checks what must hold for any bytes at all."""
    found = collect(data, formats.sniff(data), limits)
    assert len(found.blocks) <= limits.metadata_blocks
    assert sum(len(block.data) for block in found.blocks) <= limits.metadata_bytes
    for block in found.blocks:
        assert 0 <= block.offset <= len(data)
        assert block.where.isprintable()
        assert (block.whole_bytes is None) == (block.kind is not BlockKind.EMBEDDED)
        assert block.whole_bytes is None or len(block.data) <= min(4096, block.whole_bytes)
        if block.data_offset is not None:
            assert data[block.data_offset : block.data_offset + len(block.data)] == block.data
    for _, text, block in found.texts():
        assert isinstance(text, str)
        assert block.kind in {BlockKind.TEXT, BlockKind.COMMENT}
    for one in found.exifs:
        for ifd, tag in list(one.tags())[:200]:
            one.get(ifd, tag)
            one.text(ifd, tag)
        assert 1 <= one.orientation <= 8
        assert one.user_comment is None or one.user_comment
        _ = (one.make, one.model, one.software, one.maker_note, one.thumbnail)
        if one.maker_note is not None and one.maker_note.file_offset is not None:
            start = one.maker_note.file_offset
            assert data[start : start + len(one.maker_note.data)] == one.maker_note.data
    for one_property in found.xmp:
        assert one_property.path
    assert all(isinstance(dataset.text, str) for dataset in found.iptc)
    for table in found.quantisation_tables:
        assert len(table.values) == 64
        assert 1 <= table.estimated_quality <= 100
        assert table.ijg_quality is None or abs(table.ijg_quality - table.estimated_quality) <= 2
    assert 1 <= found.orientation <= 8
    assert found.jumbf is None or found.jumbf
    for finding in found.problems:
        assert finding.reader == "metadata"
        assert finding.outcome is Outcome.COULD_NOT_LOOK
        assert finding.what
        assert finding.details["kept"]
        assert finding.where.isprintable()
    return found
