"""Imports long lists and looks many media up in them: rows a second, media a second, peak memory.

Run: `python benchmarks/hashsets.py [--rows 1000000] [--records 200000] [--media 40000]`. CPU seconds are printed beside those on the wall: on
a busy machine only the first can be compared. Every step runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from safelight.hashsets import HashSetStore
from safelight.model import Fingerprints, PdqHash


def _md5(word: str) -> str:
    return hashlib.md5(word.encode()).hexdigest()


def _sha256(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()


def _text(rows: int) -> Iterator[str]:
    for row in range(rows):
        yield f"{_md5(f't{row}')}\n"


def _csv(rows: int) -> Iterator[str]:
    yield "File Name,MD5,SHA1,Category,Source\n"
    for row in range(rows):
        sha1 = hashlib.sha1(f"c{row}".encode()).hexdigest()
        yield f"img_{row}.jpg,{_md5(f'c{row}')},{sha1},{row % 4},unit {row % 10}\n"


def _pdq(rows: int) -> Iterator[str]:
    yield "pdq,quality,category\n"
    for row in range(rows):
        yield f"{_sha256(f'p{row}')},{100 - row % 40},{row % 4}\n"


def _vics(records: int) -> Iterator[str]:
    context = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Cases"
    yield f'{{"@odata.context": "{context}", "value": [{{"CaseID": "x", "Media": ['
    for row in range(records):
        md5 = _md5(f"v{row}").upper()
        record = {
            "MediaID": row, "Category": row % 5, "MD5": md5, "SHA1": hashlib.sha1(f"v{row}".encode()).hexdigest().upper(), "PhotoDNA": None,
            "VictimIdentified": None, "OffenderIdentified": None, "IsDistributed": None, "Series": None, "Tags": "hills", "MediaSize": row,
            "DateUpdated": "2026-01-02T03:04:06Z", "RelativeFilePath": f"VIC_Files\\{md5}.png", "IsPrecategorized": False,
            "AlternativeHashes": [{"MD5": md5, "HashName": "SHA256", "HashValue": _sha256(f"v{row}")}],
            "Exifs": [{"MD5": md5, "PropertyName": "Software", "PropertyValue": "drawn"}],
            "MediaFiles": [{
                "MD5": md5, "FileName": f"{row}.png", "FilePath": f"/DCIM/{row}.png", "Created": "2026-01-02T03:04:05Z",
                "Written": "2026-01-02T03:04:05Z", "Accessed": "2026-01-02T03:04:05Z", "Unallocated": False, "Deleted": False,
                "PhysicalLocation": 0, "SourceID": "EX1", "ParentMD5": None, "ParentFileName": None, "ParentFilePath": None,
            }],
        }  # fmt: skip
        yield ("," if row else "") + json.dumps(record)
    yield "]}]}"


def _written(path: Path, lines: Iterator[str]) -> Path:
    with path.open("w") as stream:
        stream.writelines(lines)
    return path


def _import(store: Path, path: Path, name: str) -> int:
    with HashSetStore(store) as lists:
        return sum(lists.import_file(path, name=name).accepted.values())


def _media(number: int) -> tuple[str, str, str, Fingerprints]:
    """A media of which every fourth lies near an entry of the PDQ list, and every tenth is on the CSV list by SHA-1."""
    value = int(_sha256(f"p{number * 25}" if number % 4 == 0 else f"q{number}"), 16)
    for bit in range(number % 20):
        value ^= 1 << bit * 7
    prints = Fingerprints(
        pdq=PdqHash(f"{value:064x}", 90), pdq_nearest512=PdqHash(f"{value ^ 1 << 3 ^ 1 << 90:064x}", 90)
    )
    sha1 = hashlib.sha1((f"c{number}" if number % 10 == 0 else f"none {number}").encode()).hexdigest()
    return _sha256(f"m{number}"), sha1, _md5(f"m{number}"), prints


def _match(store: Path, count: int) -> int:
    found = 0
    with HashSetStore(store, create=False) as lists:
        matcher = lists.matcher(None, 31)
        for start in range(0, count, 2_000):
            found += len(matcher.match([_media(number) for number in range(start, min(start + 2_000, count))]))
    return found


def _measured(pipe: int, step: Callable[..., int], *given: object) -> None:
    started, cpu = time.perf_counter(), time.process_time()
    count = step(*given)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    os.write(pipe, json.dumps([count, time.perf_counter() - started, time.process_time() - cpu, peak_mib]).encode())


def _run(step: Callable[..., int], *given: object) -> tuple[int, float, float, int]:
    reading, writing = os.pipe()
    process = multiprocessing.get_context("fork").Process(target=_measured, args=(writing, step, *given))
    process.start()
    process.join()
    os.close(writing)
    count, wall_s, cpu_s, peak_mib = json.loads(os.read(reading, 1_000))
    os.close(reading)
    return count, wall_s, cpu_s, peak_mib


def main() -> None:
    """Prints one line a step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--media", type=int, default=40_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder, store = Path(scratch), Path(scratch) / "store"
        made = {
            "text, MD5": (_text(given.rows), given.rows), "CSV, MD5 and SHA-1": (_csv(given.rows), given.rows),
            "CSV, PDQ": (_pdq(given.rows), given.rows), "Project VIC": (_vics(given.records), given.records),
        }  # fmt: skip
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        for number, (name, (lines, rows)) in enumerate(made.items()):
            path = _written(folder / f"{number}.list", lines)
            entries, wall_s, cpu_s, peak_mib = _run(_import, store, path, name)
            print(
                f"import {name}: {path.stat().st_size / 1e6:.0f} MB, {rows:,} rows, {entries:,} entries; {wall_s:.1f} s wall, {cpu_s:.1f} s CPU: "
                f"{rows / cpu_s:,.0f} rows and {entries / cpu_s:,.0f} entries a CPU second; peak {peak_mib} MiB"
            )
            path.unlink()
        print(f"store: {sum(path.stat().st_size for path in store.iterdir()) / 1e6:.0f} MB")
        found, wall_s, cpu_s, peak_mib = _run(_match, store, given.media)
        print(
            f"match {given.media:,} media, two PDQ each, with all of them: {found:,} matches; {wall_s:.1f} s wall, {cpu_s:.1f} s CPU: "
            f"{given.media / cpu_s:,.0f} media a CPU second; peak {peak_mib} MiB"
        )


if __name__ == "__main__":
    main()
