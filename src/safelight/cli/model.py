"""`safelight model`: the unit's own detector, measured before it is used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from safelight.cli.options import path_argument
from safelight.errors import ExitCode

if TYPE_CHECKING:
    from safelight.origin.detector.evaluation import Evaluation
    from safelight.origin.detector.store import ModelStore
    from safelight.pipeline.trial import Trial
    from safelight.settings import Settings

__all__ = ["model"]

_HARD = ("photo-edited", "computer-graphics", "art", "screenshot-or-scan")


@click.group()
@click.option("--store", "model_store", metavar="DIR", help="Directory of the models (SAFELIGHT_MODEL_STORE).")
@click.pass_context
def model(ctx: click.Context, model_store: str | None) -> None:
    """Add, evaluate, calibrate and use the unit's own detector.

    The one model that ships only orders what to look at first. Any other that is used without a calibration tells its score and supports nothing.
    """
    ctx.obj = {**(ctx.obj or {}), "model_store": model_store}


def _settings(ctx: click.Context) -> Settings:
    from safelight.settings import load_settings

    return load_settings({"model_store": ctx.obj["model_store"]})


def _store(ctx: click.Context) -> ModelStore:
    from safelight.origin.detector.store import ModelStore, folder_of

    return ModelStore(folder_of(_settings(ctx).model_store).absolute())


@model.command()
@click.argument("file", type=path_argument(), metavar="FILE")
@click.option(
    "--card", type=path_argument(), required=True, metavar="CARD.toml", help="What it wants and what it says."
)
@click.pass_context
def add(ctx: click.Context, file: Path, card: Path) -> int:
    """Add a model: it is run once, copied, and its digest pinned."""
    added = _store(ctx).add(file, card)
    print(f"Added {added.card.name} {added.card.version}, SHA-256 {added.sha256}.")
    print("It examines nothing before `safelight model use`, and supports nothing before `safelight model calibrate`.")
    return ExitCode.DONE


@model.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> int:
    """List the models."""
    import orjson

    for one in _store(ctx).models():
        card = one.card
        if as_json:
            record = {
                "schema": "safelight.model/1", "name": card.name, "version": card.version, "licence": card.licence, "says": card.says,
                "sha256": one.sha256, "calibrated": one.calibration is not None, "in_use": one.in_use,
                "only_orders": card.only_orders, "shipped": one.shipped,
            }  # fmt: skip
            print(orjson.dumps(record).decode())
        else:
            holding = (
                ("shipped", one.shipped),
                ("only orders", card.only_orders),
                ("in use", one.in_use),
                ("calibrated", one.calibration is not None),
            )
            states = [word for word, holds in holding if holds]
            print(
                f"{card.name:<24} {card.version:<10} {card.licence:<12} {one.sha256[:16]} {', '.join(states) or 'neither used nor calibrated'}"
            )
    return ExitCode.DONE


def _trial_options(function: Any) -> Any:
    for option in (
        click.option("--workers", type=int, metavar="N", help="Walled workers (one for each core)."),
        click.option("-q", "--quiet", is_flag=True, help="Show no progress."),
        click.option(
            "--hard", "hard", multiple=True, type=(click.Choice(_HARD), path_argument()), metavar="KIND DIR",
            help="Hard negatives: photo-edited, computer-graphics, art or screenshot-or-scan; may be repeated.",
        ),
        click.option("--generated", type=path_argument(), required=True, metavar="DIR", help="Generated pictures, a subfolder for each generator."),
        click.option("--photographs", type=path_argument(), required=True, metavar="DIR", help="Benign photographs, a subfolder for each source."),
        click.argument("name", metavar="NAME"),
    ):  # fmt: skip
        function = option(function)
    return function


@model.command()
@_trial_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def evaluate(
    ctx: click.Context,
    name: str,
    photographs: Path,
    generated: Path,
    hard: tuple[tuple[str, Path], ...],
    workers: int | None,
    quiet: bool,
    as_json: bool,
) -> int:
    """Measure a model on the unit's own benign pictures, beside two controls that know nothing of how a picture was made."""
    import orjson

    from safelight.origin.detector.table import figures_record, lines

    trial = _trial(ctx, name, photographs, generated, hard, workers, quiet)
    found = _evaluated(trial)
    store = _store(ctx)
    record = {
        "schema": "safelight.model-evaluation/1",
        "model": name,
        "left_out": trial.left_out,
        **figures_record(found),
    }
    store.keep_evaluation(store.get(name), record)
    if as_json:
        print(orjson.dumps(record).decode())
        return ExitCode.DONE
    print("\n".join(lines(found)))
    print()
    print(_verdict(found))
    return ExitCode.DONE


@model.command()
@_trial_options
@click.pass_context
def calibrate(
    ctx: click.Context,
    name: str,
    photographs: Path,
    generated: Path,
    hard: tuple[tuple[str, Path], ...],
    workers: int | None,
    quiet: bool,
) -> int:
    """Measure what a score is worth, and keep that with the model.

    Hard negatives count as pictures that were not generated. Pictures outside the range of the card are left out, as the model abstains there.
    """
    from safelight.origin.detector.calibration import fit
    from safelight.origin.detector.evaluation import FIXED_IN
    from safelight.origin.detector.store import only_orders

    store = _store(ctx)
    if (card := store.get(name).card).only_orders:
        raise only_orders(card)
    trial = _trial(ctx, name, photographs, generated, hard, workers, quiet)
    found = _evaluated(trial)
    here = trial.inside
    calibration = fit(
        trial.scores[FIXED_IN][here],
        _generated(trial)[here],
        [picture.cluster for picture, inside in zip(trial.pictures, here, strict=True) if inside],
    )
    if not found.beats_the_thumbnail:
        print(_verdict(found))
        print("No calibration was kept: its scores will be told and support nothing.")
        return ExitCode.MODEL
    store.keep_calibration(store.get(name), calibration)
    print(f"Calibrated {name} on {calibration.generated} generated pictures and {calibration.photographs} others.")
    print(
        f"A score is worth at most a log10 likelihood ratio of {max(bound for _, bound, _ in calibration.steps):.2f}."
    )
    return ExitCode.DONE


@model.command()
@click.argument("name", metavar="NAME", required=False)
@click.option("--none", "no_model", is_flag=True, help="Use none.")
@click.pass_context
def use(ctx: click.Context, name: str | None, no_model: bool) -> int:
    """Let a model examine from now on, or none (--none)."""
    if (name is None) != no_model:
        raise click.UsageError("Give the name of a model, or --none.")
    store = _store(ctx)
    store.use(name)
    if name is None:
        print("No model examines.")
        return ExitCode.DONE
    used = store.get(name)
    worth = "" if used.calibration else " It is not calibrated: its scores support nothing."
    if used.card.only_orders:
        worth = " It only orders what to look at first: its scores support nothing."
    print(f"{name} examines from now on.{worth}")
    return ExitCode.DONE


@model.command()
@click.argument("name", metavar="NAME")
@click.pass_context
def remove(ctx: click.Context, name: str) -> int:
    """Remove a model and its calibration; findings that cases have recorded stay there."""
    _store(ctx).remove(name)
    print(f"Removed {name}. Findings that are recorded in cases stay there.")
    return ExitCode.DONE


def _trial(
    ctx: click.Context,
    name: str,
    photographs: Path,
    generated: Path,
    hard: tuple[tuple[str, Path], ...],
    workers: int | None,
    quiet: bool,
) -> Trial:
    from dataclasses import replace

    from safelight.cli.progress import ProgressLine
    from safelight.pipeline.progress import StageCount
    from safelight.pipeline.trial import measure

    settings = _settings(ctx)
    if workers is not None:
        settings = replace(settings, workers=workers)
    with ProgressLine(quiet=quiet) as progress:
        return measure(
            _store(ctx).get(name),
            [("photo", photographs), ("generated", generated), *hard],
            settings,
            lambda done, total: progress.update(StageCount("score", done=done, total=total)),
        )


def _evaluated(trial: Trial) -> Evaluation:
    from safelight.errors import ModelError
    from safelight.origin.detector.evaluation import evaluate as measured

    try:
        return measured(trial.pictures, trial.scores, trial.thumbnails)
    except ValueError as error:
        raise ModelError(f"The pictures do not suffice: {error}.", advice="Give more sources of each class.") from error


def _generated(trial: Trial) -> Any:
    import numpy as np

    return np.array([picture.generated for picture in trial.pictures])


def _verdict(found: Evaluation) -> str:
    own, control = (found.row(scorer, "B", "content-matched").auc for scorer in ("scorer", "thumbnail"))
    if found.beats_the_thumbnail:
        return f"Content-matched, the model ({own}) beats the thumbnail control ({control.value:.3f})."
    return (
        f"Content-matched, the model ({own}) does not beat the thumbnail control ({control.value:.3f}): it knows no more of how a picture was made "
        "than what it shows. It must not be used as evidence."
    )
