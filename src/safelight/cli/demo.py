"""`safelight demo`: a benign seizure drawn on the spot, and the main job on it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from safelight.cli.options import path_argument

__all__ = ["demo"]


@click.command()
@click.argument("directory", type=path_argument(), default=Path("safelight-demo"), metavar="[DIR]")
@click.option(
    "--files", type=click.IntRange(20, 200_000), default=60, show_default=True, help="Number of files to draw."
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed draws the same files.")
@click.option("--workers", type=int, metavar="N", help="Walled workers (one for each core).")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
def demo(directory: Path, files: int, seed: int, workers: int | None, quiet: bool) -> int:
    """Draw a benign seizure and run the main job on it.

    Draws landscapes and shapes into DIR/evidence, hash lists of them into DIR/lists, and takes them into DIR/case. Run it
    again to see that a second run resumes. Nothing is downloaded, and nothing outside DIR is written.
    """
    import orjson

    from safelight.cli.progress import ProgressLine
    from safelight.cli.triage import run_triage
    from safelight.demo.seizure import draw_seizure
    from safelight.errors import ExitCode, OutputError
    from safelight.hashsets import HashSetStore
    from safelight.settings import load_settings

    settings = load_settings({"workers": workers, "hashset_store": str(directory / "hashsets")})
    if not (directory / "truth.json").is_file():
        if directory.exists() and any(directory.iterdir()):
            raise OutputError(
                f"{directory} is not empty and holds no whole demo.",
                kept="It was left as it is.",
                advice="Name another directory, or remove this one if an earlier demo was interrupted in it.",
            )
        with ProgressLine(quiet=quiet) as progress:
            draw_seizure(
                directory, files=files, seed=seed, processes=settings.worker_count, on_progress=progress.update
            )
    elif not quiet:
        print(f"The demo in {directory} is there already and is taken as it is.", file=sys.stderr)
    # An import adds nothing twice, so an interrupted one is made good here.
    with HashSetStore(directory / "hashsets") as store:
        for drawn in orjson.loads((directory / "truth.json").read_bytes())["lists"]:
            store.import_file(
                directory / drawn["path"],
                name=drawn["name"],
                role=drawn["role"],
                kind=drawn["kind"],
                label=drawn["label"],
            )
    code = run_triage(
        (directory / "evidence",), directory / "case", settings, None, report=True, quiet=quiet, as_json=False
    )
    if code == ExitCode.DONE_WITH_PROBLEMS:
        print("(The demo holds an encrypted archive and damaged files on purpose.)", file=sys.stderr)
    return ExitCode.DONE
