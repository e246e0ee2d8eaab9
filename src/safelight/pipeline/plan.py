"""From settings to what the workers do, under which limits, in which versions."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from safelight import __version__
from safelight.decode.limits import Limits
from safelight.decode.wall import WorkPlan
from safelight.model import JsonValue
from safelight.registry import Registry, load
from safelight.settings import Settings

if TYPE_CHECKING:
    from safelight.origin.camera.store import Camera
    from safelight.origin.detector.store import ModelStore
    from safelight.origin.trust.store import TrustStore
    from safelight.origin.watermarks.outside import OutsideDecoder

__all__ = [
    "FINGERPRINTER",
    "SCENE_FINGERPRINTER",
    "cameras_of",
    "limits_of",
    "plan_of",
    "readers_of",
    "settings_record",
    "trust_store_of",
    "versions_of",
    "watermark_decoders_of",
]

FINGERPRINTER = "safelight.fingerprint.examiner:fingerprint"
SCENE_FINGERPRINTER = "safelight.fingerprint.examiner:fingerprint_and_features"
C2PA_READER = "safelight.origin.readers.c2pa:C2paReader"
WATERMARK_PLUG_INS = "safelight.origin.readers.watermarks:OutsideWatermarkReader"
DETECTOR_READER = "safelight.origin.detector.reader:DetectorReader"

_PACKAGES = (
    "numpy",
    "opencv-python-headless",
    "pillow",
    "pi-heif",
    "simplejpeg",
    "imagecodecs",
    "onnxruntime",
    "c2pa-python",
    "py7zr",
    "sqlalchemy",
    "typst",
)


def readers_of(settings: Settings) -> Registry:
    """Safelight's origin readers, those of pixel traces and of cameras only where they are asked for; then those from outside that are named."""
    from safelight.origin.readers import CAMERA_READER, PIXEL_TRACES, READERS

    unasked = (frozenset() if settings.traces else PIXEL_TRACES) | (
        frozenset() if settings.cameras else {CAMERA_READER}
    )
    ours = tuple(name for name in READERS.names if name not in unasked)
    outside = [*([WATERMARK_PLUG_INS] if settings.watermark_decoders else []), *settings.readers]
    return Registry(READERS.sort, ours).with_extra(outside)


def watermark_decoders_of(settings: Settings) -> tuple[OutsideDecoder, ...]:
    """The decoders of watermarks that the settings name, in order.

    Raises:
        SettingsError: One of them cannot be loaded, is no decoder, or its weights cannot be read.
    """
    if not settings.watermark_decoders:
        return ()
    from safelight.origin.watermarks.outside import outside_decoders
    from safelight.origin.watermarks.slot import DECODERS

    return outside_decoders(settings.watermark_decoders, [one.name for one in DECODERS])


def plan_of(settings: Settings) -> WorkPlan:
    """What every worker runs on every media; local features only where scenes are to be linked.

    Raises:
        SettingsError: A reader that the settings name cannot be loaded, or an installed trust list cannot be used; found out here, it is
            told apart from a broken wall.
    """
    for name in settings.readers:
        load(name)
    return WorkPlan(
        fingerprinter=SCENE_FINGERPRINTER if settings.scenes else FINGERPRINTER,
        readers=readers_of(settings).names,
        options=_options_of(settings),
        dihedral=settings.dihedral,
    )


def _options_of(settings: Settings) -> Mapping[str, JsonValue]:
    """What single readers are made with; nothing where they find all they need in their own package."""
    lists = trust_store_of(settings).lists()
    options: dict[str, JsonValue] = {C2PA_READER: {"trust": lists.record()}} if lists is not None else {}
    if (model := _models_of(settings).used()) is not None:
        options[DETECTOR_READER] = {"folder": str(model.store)}
    if cameras := cameras_of(settings):
        from safelight.origin.readers import CAMERA_READER

        options[CAMERA_READER] = {"cameras": [one.for_workers() for one in cameras]}
    if decoders := watermark_decoders_of(settings):
        options[WATERMARK_PLUG_INS] = {"decoders": [one.record() for one in decoders]}
    return options


def _models_of(settings: Settings) -> ModelStore:
    from safelight.origin.detector.store import ModelStore, folder_of

    return ModelStore(folder_of(settings.model_store).absolute())


def cameras_of(settings: Settings) -> list[Camera]:
    """The enrolled cameras that are asked for, by name.

    Raises:
        CameraError: One of them is not there, or its file is damaged.
    """
    if not settings.cameras:
        return []
    from safelight.origin.camera.store import CameraStore, default_directory

    return CameraStore(default_directory(settings)).asked(settings.cameras)


def trust_store_of(settings: Settings) -> TrustStore:
    """The trust lists in force, without reading them yet."""
    from safelight.origin.trust.store import TrustStore, default_directory

    return TrustStore(default_directory(settings))


def limits_of(settings: Settings) -> Limits:
    """The limits that the workers live under."""
    return Limits(
        memory_bytes=settings.memory_mib << 20,
        cpu_s=settings.cpu_s,
        wall_s=settings.wall_s,
        pixels=settings.pixels,
        archive_depth=settings.archive_depth,
        archive_ratio=settings.archive_ratio,
        archive_total_bytes=settings.archive_total_gib << 30,
    )


def versions_of(settings: Settings) -> dict[str, str]:
    """Versions of Safelight, Python, every reader, every trust list and every library that touches evidence."""
    found = {
        "safelight": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    if (model := _models_of(settings).used()) is not None:
        found["model in use"] = f"{model.card.name} {model.card.version}, SHA-256 {model.sha256}"
    for camera in cameras_of(settings):
        found[f"camera {camera.name}"] = camera.described
    for decoder in watermark_decoders_of(settings):
        found[f"watermark decoder {decoder.name}"] = decoder.described
    for name, reader in zip(readers_of(settings).names, readers_of(settings), strict=True):
        found[f"reader {reader.name}"] = f"{reader.version} ({name})"
    return found | trust_store_of(settings).versions()


def settings_record(settings: Settings) -> Mapping[str, JsonValue]:
    """The settings as JSON, for the custody log."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(settings).items()}
