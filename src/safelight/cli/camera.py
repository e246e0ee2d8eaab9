"""`safelight camera`: the sensors of seized cameras, which pictures are compared with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from safelight.cli.options import path_argument
from safelight.errors import ExitCode

if TYPE_CHECKING:
    from safelight.origin.camera.store import Camera, CameraStore
    from safelight.settings import Settings

__all__ = ["camera"]


@click.group()
@click.option("--store", "camera_store", metavar="DIR", help="Directory of the cameras (SAFELIGHT_CAMERA_STORE).")
@click.option("--settings", "settings_file", type=path_argument(), metavar="FILE", help="Settings file (TOML).")
@click.pass_context
def camera(ctx: click.Context, camera_store: str | None, settings_file: Path | None) -> None:
    """Enrol, list and remove cameras whose sensor pictures are compared with.

    A camera is looked for only where `triage` or `inspect` is told so with --camera NAME.
    """
    ctx.obj = {**(ctx.obj or {}), "camera_store": camera_store, "settings_file": settings_file}


def _settings(ctx: click.Context, **flags: object) -> Settings:
    from safelight.settings import load_settings

    return load_settings({"camera_store": ctx.obj["camera_store"], **flags}, file=ctx.obj["settings_file"])


def _store(ctx: click.Context) -> CameraStore:
    from safelight.origin.camera.store import CameraStore, default_directory

    return CameraStore(default_directory(_settings(ctx)))


@camera.command()
@click.argument("name", metavar="NAME")
@click.argument("photos", nargs=-1, required=True, type=path_argument(), metavar="PHOTO...")
@click.option("--workers", type=int, metavar="N", help="Walled workers (one for each core).")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def enrol(
    ctx: click.Context, name: str, photos: tuple[Path, ...], workers: int | None, quiet: bool, as_json: bool
) -> int:
    """Enrol a camera from 20 or more photographs that it took.

    PHOTO is a file or a folder. Photographs are best as the camera wrote them, all of one size, bright and of different
    scenes. They are opened read-only and kept nowhere: of them the noise that they have in common stays, and their digests.
    """
    import datetime as dt

    import orjson

    from safelight.cli.progress import ProgressLine
    from safelight.model import display_text
    from safelight.pipeline.enrol import enrol as run
    from safelight.pipeline.progress import StageCount

    store = _store(ctx)
    store.check_name(name)
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    with ProgressLine(quiet=quiet) as progress:
        made = run(
            name,
            photos,
            _settings(ctx, workers=workers),
            now,
            lambda done, total: progress.update(StageCount("enrol", done=done, total=total)),
        )
    store.add(made.camera)
    one = made.camera
    if as_json:
        left_out = [{"path": path, "why": why} for path, why in made.left_out]
        print(orjson.dumps({**_record(one), "left_out": left_out}).decode())
        return ExitCode.DONE
    for path, why in made.left_out:
        print(f"Left out: {display_text(path.encode('utf-8', 'surrogateescape'))}: {why}")
    print(f"Enrolled {one.name}: {one.described}.")
    print(f"The halves of the photographs agree with a peak-to-correlation energy of {one.agreement:.0f}.")
    print(f"`safelight triage SOURCE... --case DIR --camera {one.name!r}` looks for it.")
    return ExitCode.DONE


@camera.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> int:
    """List the enrolled cameras, and files of the store that cannot be used."""
    import orjson

    found, broken = _store(ctx).cameras()
    for one in found:
        print(orjson.dumps(_record(one)).decode() if as_json else f"{one.name:<24} {one.described}")
    for bad in broken:
        record = {"schema": "safelight.camera/1", "name": bad.name, "error": bad.why}
        print(orjson.dumps(record).decode() if as_json else f"{bad.name:<24} cannot be used: {bad.why}")
    if not found and not broken and not as_json:
        print("No camera is enrolled. `safelight camera enrol NAME PHOTO...` enrols one.")
    return ExitCode.DONE


@camera.command()
@click.argument("name", metavar="NAME")
@click.pass_context
def remove(ctx: click.Context, name: str) -> int:
    """Remove a camera; findings that cases have recorded stay there."""
    _store(ctx).remove(name)
    print(f"Removed {name}. Findings that are recorded in cases stay there.")
    return ExitCode.DONE


def _record(one: Camera) -> dict[str, object]:
    return {
        "schema": "safelight.camera/1", "name": one.name, "width_px": one.fingerprint.width_px, "height_px": one.fingerprint.height_px,
        "digest": one.digest, "photographs": len(one.references), "references": list(one.references), "agreement": round(one.agreement, 2),
        "enrolled_utc": one.enrolled_utc, "error": None,
    }  # fmt: skip
