"""`safelight doctor`: what is installed, which readers and lists, which wall is in force."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from safelight.cli.options import path_argument
from safelight.errors import ExitCode

__all__ = ["doctor"]


@click.command()
@click.option("--settings", "settings_file", type=path_argument(), metavar="FILE", help="Settings file (TOML).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(settings_file: Path | None, as_json: bool) -> int:
    """Say what is installed, which readers run, which wall is in force.

    Starts a real worker and prints the isolation that it reached, not the one that was wished for.
    """
    import orjson

    from safelight.settings import load_settings

    record = _record(load_settings(file=settings_file))
    if as_json:
        print(orjson.dumps(record).decode())
        return ExitCode.DONE
    for title in ("versions", "wall", "settings"):
        print(f"{title.capitalize()}:")
        for name, value in record[title].items():
            print(f"  {name:<28} {value}")
    print("Readers, in order:")
    for reader in record["readers"]:
        print(f"  {reader['name']} {reader['version']}: looks for {reader['looks_for']}")
        print(f"    silence means: {reader['silence_means']}")
        print(f"    checked on:    {reader['checked_on']}")
    print("Watermark decoders that the settings name:")
    for decoder in record["watermark_decoders"] or ["none"]:
        print(f"  {decoder if isinstance(decoder, str) else '{name} {described}'.format(**decoder)}")
    print("Formats that are decoded:")
    print(f"  {', '.join(record['formats'])}")
    print(f"Hash sets in {record['hashset_store']}:")
    for info in record["hashsets"] or ["none"]:
        print(f"  {info}")
    return ExitCode.DONE


def _record(settings: Any) -> dict[str, Any]:
    from dataclasses import replace

    from safelight.decode import formats
    from safelight.decode.wall import Wall
    from safelight.hashsets import HashSetStore, default_directory
    from safelight.pipeline.plan import (
        limits_of,
        plan_of,
        readers_of,
        settings_record,
        versions_of,
        watermark_decoders_of,
    )

    with Wall(plan_of(settings), limits_of(settings), 1) as wall:
        isolation = dict(wall.isolation)
    store = default_directory(settings)
    sets: list[str] = []
    if HashSetStore.is_in(store):
        with HashSetStore(store, create=False) as lists:
            sets = [f"{info.name} ({info.role})" for info in lists.sets()]
    known = {form for form in vars(formats).values() if isinstance(form, formats.FileFormat)}
    readers = [
        {
            name: str(getattr(reader, name))
            for name in ("name", "version", "looks_for", "silence_means", "cost", "source", "checked_on")
        }
        for reader in readers_of(replace(settings, traces=True, cameras=("all",)))
    ]
    return {
        "schema": "safelight.doctor/1",
        "versions": versions_of(settings),
        "wall": isolation,
        "settings": dict(settings_record(settings)),
        "readers": readers,
        "watermark_decoders": [{**one.record(), "described": one.described} for one in watermark_decoders_of(settings)],
        "formats": sorted(form.name for form in known if form.decodable),
        "hashset_store": str(store),
        "hashsets": sets,
    }
