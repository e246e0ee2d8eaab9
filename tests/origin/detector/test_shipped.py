"""The model that ships: it is the file of its card, it orders, and whatever it says it is no evidence."""

from __future__ import annotations

import io
import json
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.origin.carriers import content
from tests.origin.detector.onnx_files import written
from tests.origin.detector.pictures import kinds

from safelight.decode.content import Content
from safelight.errors import ModelError
from safelight.model import Basis, Finding, Outcome, Strength, Supports
from safelight.origin.detector.calibration import fit
from safelight.origin.detector.network import digest_of
from safelight.origin.detector.reader import DetectorReader
from safelight.origin.detector.store import SHIPPED, ModelStore
from safelight.origin.opinion import BOUND_KEY, FALSE_ALARMS_KEY, weigh

pytest.importorskip("onnxruntime")

ROOT = Path(__file__).parents[3]


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


@pytest.fixture
def reader(store: ModelStore, tmp_path: Path) -> DetectorReader:
    store.use(SHIPPED)
    return DetectorReader(str(tmp_path / "models"))


def only(reader: DetectorReader, file: Content) -> Finding:
    (finding,) = reader.read(file)
    return finding


def drawn(kind: str) -> np.ndarray:
    """Pictures drawn by code, 300 x 400 px."""
    across, down = np.meshgrid(np.arange(400), np.arange(300))
    noise = np.random.default_rng(0).normal(0, 6, (300, 400, 3))
    plain = {
        "slope": 40 + across / 4 + down / 4,
        "waves": 128 + 60 * np.sin(across / 7) * np.cos(down / 11),
        "board": 60 + 120.0 * ((across // 20 + down // 20) % 2),
    }[kind.removesuffix(" with noise")]
    return np.clip(plain[:, :, None] + noise * kind.endswith("noise"), 0, 255).astype(np.uint8)


def png(pixels: np.ndarray) -> Content:
    kept = io.BytesIO()
    Image.fromarray(pixels).save(kept, "PNG")
    return content(kept.getvalue())


def test_the_file_is_that_of_its_card_and_of_the_model_card(store: ModelStore) -> None:
    model = store.get(SHIPPED)
    card = tomllib.loads((model.folder / "card.toml").read_text())
    assert digest_of(model.folder / "model.onnx") == card["sha256"] == model.sha256 == model.card.sha256
    assert f"`{card['sha256']}`" in (ROOT / "docs" / "model-card.md").read_text()
    assert (model.card.only_orders, model.calibration, model.shipped) == (True, None, True)
    assert (model.folder / "model.onnx").stat().st_size < 1 << 20


def test_it_is_there_in_every_store_and_examines_nothing_before_it_is_turned_on(
    store: ModelStore, tmp_path: Path
) -> None:
    assert [(one.card.name, one.in_use) for one in store.models()] == [(SHIPPED, False)]
    assert not DetectorReader(str(tmp_path / "models")).applies(png(drawn("waves")))
    store.use(SHIPPED)
    assert store.get(SHIPPED).in_use
    store.use(None)
    assert store.used() is None


def test_its_finding_tells_the_score_and_supports_nothing(reader: DetectorReader, store: ModelStore) -> None:
    for kind in ("slope with noise", "waves with noise", "board with noise"):
        finding = only(reader, png(drawn(kind)))
        assert (finding.supports, finding.basis, finding.strength) == (Supports.NOTHING, None, Strength.NONE)
        assert isinstance(finding.details["score"], float)
        assert (finding.details["abstained"], finding.details["outside_range"]) == (True, False)
        assert "only orders" in str(finding.details["abstained_because"])
        assert finding.details["model"] == f"{SHIPPED} 1"
        assert finding.details["model_sha256"] == store.get(SHIPPED).sha256
        assert finding.details["condition"] == "PNG, 400 x 300 px"
        assert not {"log10_lr", BOUND_KEY, FALSE_ALARMS_KEY} & set(finding.details)


def test_no_opinion_takes_notice_of_it(reader: DetectorReader) -> None:
    other = Finding(
        reader="other", version="1", what="Text of a generator.", where="here", supports=Supports.GENERATED, basis=Basis.DECLARED,
        strength=Strength.STRONG, could_be_faked_by="anybody", does_not_show="more",
    )  # fmt: skip
    for kind in ("slope", "waves with noise", "board with noise"):
        finding = only(reader, png(drawn(kind)))
        assert weigh([finding]) == weigh([])
        assert weigh([other, finding]) == weigh([finding, other]) == weigh([other])


def test_a_calibration_laid_beside_it_counts_for_nothing(store: ModelStore, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="only orders"):
        store.keep_calibration(store.get(SHIPPED), fit(np.array([0.0, 1.0]), np.array([False, True]), ["a", "b"]))
    store.add(*written(tmp_path))
    store.keep_calibration(store.get("means"), fit(np.array([0.0, 1.0]), np.array([False, True]), ["a", "b"]))
    beside = (store.get("means").folder / "calibration.json").read_text()
    store.remove("means")
    store.add(*written(tmp_path, "only_orders = true"))
    (store.get("means").folder / "calibration.json").write_text(beside)
    assert json.loads(beside)["model_sha256"] == store.get("means").sha256
    assert store.get("means").calibration is None


def test_every_kind_of_picture_gets_a_score_or_a_reason(reader: DetectorReader) -> None:
    for name, file in kinds().items():
        finding = only(reader, file)
        assert finding.outcome is Outcome.FOUND, name
        assert isinstance(finding.details["score"], float), name
        assert finding.supports is Supports.NOTHING, name
    tiny = only(reader, kinds()["tiny"])
    assert "shorter side has 16 px" in str(tiny.details["abstained_because"])
    assert tiny.details["outside_range"] is True


def test_it_cannot_be_replaced_or_removed_and_its_figures_lie_in_the_store(store: ModelStore, tmp_path: Path) -> None:
    model, card = written(tmp_path)
    card.write_text(card.read_text().replace('"means"', f'"{SHIPPED}"'))
    with pytest.raises(ModelError, match="already"):
        store.add(model, card)
    with pytest.raises(ModelError, match="ships with Safelight"):
        store.remove(SHIPPED)
    before = sorted(store.get(SHIPPED).folder.iterdir())
    store.keep_evaluation(store.get(SHIPPED), {"rows": []})
    assert sorted(store.get(SHIPPED).folder.iterdir()) == before
    assert (tmp_path / "models" / SHIPPED / "evaluation.json").is_file()
    assert [one.card.name for one in store.models()] == [SHIPPED]


def test_without_the_extra_it_says_what_to_install(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.use(SHIPPED)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelError, match="onnxruntime") as refused:
        store.use(SHIPPED)
    assert "safelight[detector]" in str(refused.value.advice)
    finding = only(DetectorReader(str(tmp_path / "models")), png(drawn("waves")))
    assert finding.outcome is Outcome.COULD_NOT_LOOK
    assert "onnxruntime" in finding.what
