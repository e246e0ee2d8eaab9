"""The compiled loops of the index over 256-bit hashes. Importing this module compiles, or loads what was compiled before.

A hash is four 64-bit words. A table is a run of bits of the hash, its key, and the rows of all hashes in the order of their keys. All loops
write results into arrays that they are given and stop before one overflows.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np

from safelight.fingerprint.compiling import bits_set, compiled, fetch_ahead

__all__ = ["build_table", "count_keys", "join_all", "join_table", "order_rows", "scan", "search"]

_FULL: Final = 0x1111111111111111
_LOW: Final = 0x0F0F0F0F0F0F0F0F
_ONES: Final = 0x0101010101010101

Array: TypeAlias = Any
"""A NumPy array; the shapes and types are said by each function."""


@compiled
def _key(words: Array, offset: int, width: int) -> Any:
    place, shift = offset >> 6, np.uint64(offset & 63)
    value = words[place] >> shift
    if (offset & 63) + width > 64:
        value |= words[place + 1] << (np.uint64(64) - shift)
    return value & ((np.uint64(1) << np.uint64(width)) - np.uint64(1))


@compiled
def _apart(first: Array, second: Array) -> Any:
    return (
        bits_set(first[0] ^ second[0])
        + bits_set(first[1] ^ second[1])
        + bits_set(first[2] ^ second[2])
        + bits_set(first[3] ^ second[3])
    )


@compiled
def count_keys(hashes: Array, offset: int, width: int, starts: Array) -> None:
    """Fills `starts` (uint32, 2**width + 1, zeros) with where each key begins, were the hashes ordered by it."""
    for row in range(len(hashes)):
        starts[_key(hashes[row], offset, width) + np.uint64(1)] += np.uint32(1)
    for key in range(1, len(starts)):
        starts[key] += starts[key - 1]


@compiled
def build_table(
    hashes: Array, offset: int, width: int, tag_offset: int, tag_width: int, starts: Array, rows: Array, cells: Array
) -> None:
    """Fills `rows` (uint32, n) with the rows in the order of their keys, and `cells` (uint32, 3 * (2**width / 16 + 1)).

    Args:
        starts: Of `count_keys`; spoilt. Sixteen keys share three numbers of `cells`: where the first of them begins, and sixteen counts of
            four bits. A count of 15 says "15 or more". `tag_offset`, `tag_width`: the bits of a hash, in all at most 32 with those that the
            number of a row needs, that stand above that number: see `plan.tag_widths`.
    """
    blocks = (len(starts) - 1) >> 4
    for block in range(blocks):
        counts = np.uint64(0)
        for place in range(16):
            key = block * 16 + place
            count = min(np.uint64(starts[key + 1] - starts[key]), np.uint64(15))
            counts |= count << np.uint64(4 * place)
        cells[3 * block] = starts[block * 16]
        cells[3 * block + 1] = np.uint32(counts & np.uint64(0xFFFFFFFF))
        cells[3 * block + 2] = np.uint32(counts >> np.uint64(32))
    cells[3 * blocks] = starts[len(starts) - 1]
    number_bits = np.uint64(32 - tag_width)
    for row in range(len(hashes)):
        key = _key(hashes[row], offset, width)
        tag = _key(hashes[row], tag_offset, tag_width)
        rows[starts[key]] = np.uint32(np.uint64(row) | tag << number_bits)
        starts[key] += np.uint32(1)


@compiled
def order_rows(hashes: Array, offset: int, width: int, starts: Array, rows: Array, keys: Array) -> None:
    """Fills `rows` (int64, n) with the rows in the order of their keys, and `keys` (uint32, n) with those; `starts` is of `count_keys`."""
    for row in range(len(hashes)):
        key = _key(hashes[row], offset, width)
        rows[starts[key]] = row
        keys[starts[key]] = np.uint32(key)
        starts[key] += np.uint32(1)
    # Each has moved on to where the next one begins.
    for key in range(len(starts) - 1, 0, -1):
        starts[key] = starts[key - 1]
    starts[0] = np.uint32(0)


@compiled
def _crowded(
    key: Any, last: Any, hashes: Array, offset: int, width: int, number: Any, rows: Array, low: Any, high: Any
) -> Any:
    """The first place in `rows[low:high]` whose key is larger than `key` (`last`), else not smaller; of damaged tables any place in them."""
    high = min(high, len(rows))
    low = min(low, high)
    while low < high:
        middle = (low + high) >> 1
        row = np.int64(rows[middle] & number)
        if row >= len(hashes):
            return middle
        there = _key(hashes[row], offset, width)
        if there < key or (last and there == key):
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _fresh(
    first: Array, second: Array, table: int, offsets: Array, widths: Array, radii: Array, tag_widths: Array
) -> Any:
    """Whether no earlier table gives this pair: each pair is given once."""
    for other in range(table):
        if radii[other] >= 0:
            apart = bits_set(_key(first, offsets[other], widths[other]) ^ _key(second, offsets[other], widths[other]))
            if apart <= radii[other]:
                after = (other + 1) % len(radii)
                tag = _key(first, offsets[after], tag_widths[other]) ^ _key(second, offsets[after], tag_widths[other])
                if apart + bits_set(tag) <= radii[other] + radii[after] + 1:
                    return False
    return True


@compiled
def scan(
    queries: Array, first: int, hashes: Array, limit: int, out_query: Array, out_row: Array, out_bits: Array, found: int
) -> Any:
    """Compares queries with every hash, from query `first` on; returns (queries done, results written, `found` of them before)."""
    room = len(out_query)
    for query in range(first, len(queries)):
        before = found
        q0, q1, q2, q3 = queries[query, 0], queries[query, 1], queries[query, 2], queries[query, 3]
        for row in range(len(hashes)):
            apart = (
                bits_set(q0 ^ hashes[row, 0])
                + bits_set(q1 ^ hashes[row, 1])
                + bits_set(q2 ^ hashes[row, 2])
                + bits_set(q3 ^ hashes[row, 3])
            )
            if apart <= limit:
                if found == room:
                    return query, before
                out_query[found] = query
                out_row[found] = row
                out_bits[found] = apart
                found += 1
    return len(queries), found


@compiled
def _places(
    key: Any, offset: int, width: int, hashes: Array, cells: Array, cells_at: int, rows: Array, rows_at: int, number: Any,
    masks: Array, most: int, begins: Array, ends: Array, left: Array,
) -> Any:  # fmt: skip
    """Where the hashes stand whose key differs from `key` by one of the masks; returns how many such places there are.

    Fills `begins`, `ends`, and `left`: of the `most` bits that may differ here and in the tag, those that the mask leaves to the tag.
    """
    # Signed places would be asked each time whether they count from the end.
    start, first = np.uint64(cells_at), np.uint64(rows_at)
    # One loop that asks the memory and one that reads it: the waits overlap instead of following one another.
    for mask in masks:
        fetch_ahead(cells, start + np.uint64(3) * ((key ^ mask) >> np.uint64(4)))
    full = np.uint64(0)
    for mask in masks:
        turned = key ^ mask
        cell = start + np.uint64(3) * (turned >> np.uint64(4))
        counts = np.uint64(cells[cell + np.uint64(1)]) | np.uint64(cells[cell + np.uint64(2)]) << np.uint64(32)
        shift = np.uint64(4) * (turned & np.uint64(15))
        count = counts >> shift & np.uint64(15)
        begin = first + np.uint64(cells[cell])
        if counts & counts >> np.uint64(1) & counts >> np.uint64(2) & counts >> np.uint64(3) & np.uint64(_FULL):
            low, high = np.int64(cells[cell]), np.int64(cells[cell + np.uint64(3)])
            ordered = rows[rows_at : rows_at + len(hashes)]
            low = _crowded(turned, False, hashes, offset, width, number, ordered, low, high)
            begin = first + np.uint64(low)
            end = first + np.uint64(_crowded(turned, True, hashes, offset, width, number, ordered, low, high))
        else:
            lower = counts & ((np.uint64(1) << shift) - np.uint64(1))
            pairs = (lower & np.uint64(_LOW)) + (lower >> np.uint64(4) & np.uint64(_LOW))
            begin += pairs * np.uint64(_ONES) >> np.uint64(56)
            end = begin + count
        begins[full] = begin
        ends[full] = end
        left[full] = np.uint64(most - bits_set(mask))
        fetch_ahead(rows, begin)
        # Without a branch: whether a key occurs is a coin toss that the processor cannot foresee.
        full += np.uint64(count != np.uint64(0))
    return full


@compiled
def search(
    queries: Array, first: int, hashes: Array, limit: int,
    offsets: Array, widths: Array, radii: Array, cells_at: Array, cells: Array, rows: Array,
    masks: Array, masks_at: Array, tag_widths: Array, begins: Array, ends: Array, left: Array, candidates: Array,
    out_query: Array, out_row: Array, out_bits: Array,
) -> Any:  # fmt: skip
    """Finds every hash within `limit` bits of queries, from query `first` on; returns (queries done, results written), (-1, 0) if damaged.

    Args:
        queries, hashes: Shape (n, 4), uint64. `offsets`, `widths`, `radii`: one a table; radius -1: the table is not asked.
        cells_at: Where each table begins in `cells`. `rows`: those of all tables, one after another.
        masks: What to turn in a key, `masks[masks_at[i] : masks_at[i + 1]]` for table i. `tag_widths`: of the bits of the
            table after it (after the last, the first) that stand above each number in `rows`. `begins`, `ends`, `left`: uint64, longer than the most
            masks of a table. `candidates`: uint64, working room.
    """
    found = 0
    room, batch, count = len(out_query), np.uint64(len(candidates)), len(hashes)
    flat = hashes.reshape(hashes.size)
    for query in range(first, len(queries)):
        before = found
        seen: Any = 0
        words = queries[query]
        q0, q1, q2, q3 = words[0], words[1], words[2], words[3]
        for table in range(len(offsets)):
            if radii[table] < 0:
                continue
            after = (table + 1) % len(offsets)
            tag = _key(words, offsets[after], tag_widths[table])
            number_bits = np.uint64(32 - tag_widths[table])
            number = (np.uint64(1) << number_bits) - np.uint64(1)
            full = _places(
                _key(words, offsets[table], widths[table]), offsets[table], widths[table], hashes, cells, cells_at[table],
                rows, table * count, number, masks[masks_at[table] : masks_at[table + 1]], radii[table] + radii[after] + 1, begins, ends, left,
            )  # fmt: skip
            probe = np.uint64(0)
            while probe < full and seen <= count:
                held = np.uint64(0)
                while probe < full and held < batch:
                    place, end = begins[probe], min(ends[probe], begins[probe] + batch - held)
                    if end > len(rows):
                        return -1, 0
                    allowed = left[probe]
                    for there in range(place, end):
                        entry = np.uint64(rows[there])
                        candidates[held] = entry & number
                        # Without a branch, as above.
                        held += np.uint64(np.uint64(bits_set(entry >> number_bits ^ tag)) <= allowed)
                    seen += np.int64(end - place)
                    begins[probe] = end
                    probe += np.uint64(end == ends[probe])
                for item in range(held):
                    if candidates[item] >= np.uint64(count):
                        return -1, 0
                    fetch_ahead(flat, np.uint64(4) * candidates[item])
                for item in range(held):
                    row = candidates[item]
                    word = np.uint64(4) * row
                    apart = (
                        bits_set(q0 ^ flat[word])
                        + bits_set(q1 ^ flat[word + np.uint64(1)])
                        + bits_set(q2 ^ flat[word + np.uint64(2)])
                        + bits_set(q3 ^ flat[word + np.uint64(3)])
                    )
                    if apart <= limit and _fresh(words, hashes[row], table, offsets, widths, radii, tag_widths):
                        if found == room:
                            return query, before
                        out_query[found] = query
                        out_row[found] = row
                        out_bits[found] = apart
                        found += 1
        if seen > count:
            # Crowded keys: this query costs less when it is compared with everything, once.
            end, found = scan(queries[: query + 1], query, hashes, limit, out_query, out_row, out_bits, before)
            if end == query:
                return query, before
    return len(queries), found


@compiled
def join_all(hashes: Array, first: int, limit: int, out_first: Array, out_second: Array, out_bits: Array) -> Any:
    """Every pair of rows within `limit` bits whose smaller row is `first` or later; returns (rows done, results written)."""
    found = 0
    room = len(out_first)
    for row in range(first, len(hashes)):
        before = found
        h0, h1, h2, h3 = hashes[row, 0], hashes[row, 1], hashes[row, 2], hashes[row, 3]
        for other in range(row + 1, len(hashes)):
            apart = (
                bits_set(h0 ^ hashes[other, 0])
                + bits_set(h1 ^ hashes[other, 1])
                + bits_set(h2 ^ hashes[other, 2])
                + bits_set(h3 ^ hashes[other, 3])
            )
            if apart <= limit:
                if found == room:
                    return row, before
                out_first[found] = row
                out_second[found] = other
                out_bits[found] = apart
                found += 1
    return len(hashes), found


@compiled
def join_table(
    ordered: Array, keys: Array, first: int, limit: int, table: int, offsets: Array, widths: Array, radii: Array,
    tag_widths: Array, starts: Array, rows: Array, masks: Array,
    out_first: Array, out_second: Array, out_bits: Array,
) -> Any:  # fmt: skip
    """Every pair that this table, and no earlier one, finds, from place `first` on; returns (places done, results written).

    Args:
        ordered: The hashes in the order of this table, (n, 4) uint64. `keys`: their keys, uint32. `rows`: their rows. `masks`: with 0 first.
    """
    found = 0
    room = len(out_first)
    for place in range(first, len(ordered)):
        before = found
        key = keys[place]
        words = ordered[place]
        for probe in range(len(masks)):
            turned = key ^ np.uint32(masks[probe])
            # Each pair of keys once: from the smaller to the larger, and within one key from the earlier place to the later.
            if turned < key:
                continue
            begin: Any = np.int64(starts[turned])
            if turned == key:
                begin = place + 1
            for other in range(begin, np.int64(starts[turned + 1])):
                apart = _apart(words, ordered[other])
                if apart <= limit and _fresh(words, ordered[other], table, offsets, widths, radii, tag_widths):
                    if found == room:
                        return place, before
                    out_first[found] = min(rows[place], rows[other])
                    out_second[found] = max(rows[place], rows[other])
                    out_bits[found] = apart
                    found += 1
    return len(ordered), found
