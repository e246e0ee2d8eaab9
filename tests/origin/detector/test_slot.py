"""The slot: a unit's own model is pinned, runs, abstains, and says no more than was measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.origin.carriers import content
from tests.origin.detector.onnx_files import written
from tests.origin.detector.pictures import kinds

from safelight.decode.content import Content
from safelight.errors import ModelError
from safelight.model import Basis, Finding, Outcome, Strength, Supports
from safelight.origin.detector.calibration import fit
from safelight.origin.detector.card import read_card
from safelight.origin.detector.reader import DetectorReader
from safelight.origin.detector.store import SHIPPED, ModelStore
from safelight.origin.opinion import BOUND_KEY, FALSE_ALARMS_KEY

pytest.importorskip("onnxruntime")


def picture(level: int, side_px: int = 80, form: str = "PNG", noise: int = 20, **options: object) -> Content:
    import io

    from PIL import Image

    pixels = np.random.default_rng(0).integers(max(0, level - noise), level + 1, (side_px, side_px, 3), np.uint8)
    kept = io.BytesIO()
    Image.fromarray(pixels).save(kept, form, **options)
    return content(kept.getvalue())


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    store = ModelStore(tmp_path / "models")
    store.add(*written(tmp_path))
    return store


def calibrated(store: ModelStore) -> None:
    made = np.arange(400) % 2 == 0
    scores = np.random.default_rng(0).normal(0, 0.2, 400) + np.where(made, 0.8, -0.8)
    store.keep_calibration(store.get("means"), fit(scores, made, [str(one) for one in range(400)]))


def only(store: ModelStore, file: Content) -> Finding:
    reader = DetectorReader(str(store.get("means").folder.parent))
    (finding,) = reader.read(file)
    assert finding.version == reader.version
    return finding


def test_with_no_model_in_use_nothing_is_run(store: ModelStore) -> None:
    for reader in (DetectorReader(), DetectorReader(str(store.get("means").folder.parent))):
        assert not reader.applies(picture(200))
        assert list(reader.read(picture(200))) == []


def test_a_score_is_told_and_supports_nothing_before_a_calibration(store: ModelStore) -> None:
    store.use("means")
    finding = only(store, picture(250))
    assert (finding.supports, finding.basis, finding.strength) == (Supports.NOTHING, None, Strength.NONE)
    assert finding.details["abstained"] is True
    assert finding.details["score"] > 0.5  # type: ignore[operator]
    assert finding.details["model"] == "means 1"
    assert finding.details["model_sha256"] == store.get("means").sha256
    assert finding.details["condition"] == "PNG, 80 x 80 px"


def test_a_calibrated_score_is_worth_no_more_than_its_bound(store: ModelStore) -> None:
    calibrated(store)
    store.use("means")
    finding = only(store, picture(255))
    assert (finding.supports, finding.basis) == (Supports.GENERATED, Basis.STATISTICAL)
    assert 0 < finding.details[BOUND_KEY] <= np.log10(200 / 2.9)  # type: ignore[operator]
    assert 0 < finding.details[FALSE_ALARMS_KEY] < 0.05  # type: ignore[operator]
    assert finding.details["abstained"] is False


def test_a_low_score_never_says_photograph(store: ModelStore) -> None:
    calibrated(store)
    store.use("means")
    finding = only(store, picture(20))
    assert finding.supports is Supports.NOTHING
    assert "supports nothing" in finding.what
    assert finding.details["log10_lr"] < 0  # type: ignore[operator]


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (picture(255, 48), "shorter side has 48 px"),
        (picture(255, form="JPEG", quality=30), "JPEG at a quality"),
        (picture(255, noise=0), "flat colour"),
    ],
)
def test_outside_the_validated_range_it_abstains_with_its_reason_and_the_score(
    store: ModelStore, file: Content, why: str
) -> None:
    calibrated(store)
    store.use("means")
    finding = only(store, file)
    assert finding.supports is Supports.NOTHING
    assert why in finding.what
    assert finding.details["abstained"] is True
    assert isinstance(finding.details["score"], float)


def test_a_classifier_of_another_kind_is_kept_out_of_the_text(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "models")
    store.add(*written(tmp_path, 'says = "beach"'))
    store.use("means")
    finding = only(store, picture(255))
    assert finding.supports is Supports.NOTHING
    assert "beach" not in finding.what
    assert finding.details["says"] == "beach"


def test_a_changed_file_is_refused(store: ModelStore) -> None:
    store.use("means")
    path = store.get("means").folder / "model.onnx"
    path.write_bytes(path.read_bytes().replace(b"means", b"meant"))
    with pytest.raises(ModelError, match="changed"):
        store.use("means")
    finding = only(store, picture(255))
    assert finding.outcome is Outcome.COULD_NOT_LOOK
    assert "changed" in finding.what


def test_a_changed_card_is_refused(store: ModelStore) -> None:
    path = store.get("means").folder / "card.toml"
    path.write_text(path.read_text().replace("64", "16"))
    with pytest.raises(ModelError, match="changed"):
        store.use("means")


def test_a_calibration_of_another_file_does_not_count(store: ModelStore, tmp_path: Path) -> None:
    calibrated(store)
    path = store.get("means").folder / "calibration.json"
    path.write_text(path.read_text().replace(store.get("means").sha256, "0" * 64))
    assert store.get("means").calibration is None


def test_the_digest_of_the_card_holds(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="SHA-256"):
        ModelStore(tmp_path / "models").add(*written(tmp_path, f'sha256 = "{"0" * 64}"'))
    assert [one.card.name for one in ModelStore(tmp_path / "models").models()] == [SHIPPED]


def test_names_cannot_leave_the_store_and_are_used_once(store: ModelStore, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="already"):
        store.add(*written(tmp_path))
    for name in ("../models", "..", "", "other"):
        with pytest.raises(ModelError, match="no model"):
            store.get(name)
        with pytest.raises(ModelError, match="no model"):
            store.remove(name)
    store.use("means")
    store.remove("means")
    assert [one.card.name for one in store.models()] == [SHIPPED]
    assert store.used() is None


@pytest.mark.parametrize(
    "text",
    ["", "name = 1", "name = '../x'\nversion = '1'\nlicence = 'MIT'", "name = 'x'\nversion = '1'\nlicence = 'MIT'\nother = 1", "\xff",
     "name = 'x'\nversion = '1'\nlicence = 'MIT'\n[output]\nkind = 'oracle'", "name = 'x'\nversion = '1'\nlicence = 'MIT'\n[input]\nmean = [1.0]",
     "name = 'x'\nversion = '1'\nlicence = 'MIT'\n[input]\nside_px = 1"],
)  # fmt: skip
def test_a_wrong_card_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "card.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(ModelError, match="card"):
        read_card(tmp_path / "card.toml")


def test_no_model_at_all_is_refused(tmp_path: Path) -> None:
    _, card = written(tmp_path)
    (tmp_path / "broken.onnx").write_bytes(b"no model")
    with pytest.raises(ModelError, match="cannot be run"):
        ModelStore(tmp_path / "models").add(tmp_path / "broken.onnx", card)


def test_every_kind_of_picture_gets_a_score_or_a_reason(store: ModelStore) -> None:
    calibrated(store)
    store.use("means")
    for name, file in kinds().items():
        finding = only(store, file)
        assert isinstance(finding.details["score"], float), name
        assert (finding.details["abstained"] is True) == ("abstains" in finding.what), name
    assert "shorter side has 16 px" in only(store, kinds()["tiny"]).what


def test_the_same_picture_in_another_form_gets_the_same_score(store: ModelStore) -> None:
    import io

    from PIL import Image

    store.use("means")
    grey = np.random.default_rng(0).integers(100, 256, (90, 100), np.uint8)
    base = Image.fromarray(grey)
    forms: dict[str, tuple[Image.Image, str, dict[str, object]]] = {
        "grey": (base, "PNG", {}),
        "RGB": (base.convert("RGB"), "PNG", {}),
        "alpha": (base.convert("RGBA"), "PNG", {}),
        "16 bits": (Image.fromarray(grey.astype(np.uint16) * 257), "PNG", {}),
        "animated": (base, "GIF", {"save_all": True, "append_images": [Image.new("L", base.size)]}),
        "animated WebP": (base.convert("RGB"), "WEBP", {"lossless": True, "save_all": True, "append_images": [Image.new("RGB", base.size)]}),
        "CMYK": (base.convert("RGB").convert("CMYK"), "JPEG", {"quality": 98, "subsampling": 0}),
    }  # fmt: skip
    scores = {}
    for name, (image, form, options) in forms.items():
        kept = io.BytesIO()
        image.save(kept, form, **options)
        scores[name] = only(store, content(kept.getvalue())).details["score"]
    wanted = scores.pop("RGB")
    assert isinstance(wanted, float)
    for name, score in scores.items():
        assert score == pytest.approx(wanted, abs=0.01), name


def test_two_hundred_megapixels_are_scored_and_a_flat_one_is_no_photograph(store: ModelStore) -> None:
    import io

    from PIL import Image

    calibrated(store)
    store.use("means")
    kept = io.BytesIO()
    Image.new("L", (16_000, 12_500), 250).save(kept, "JPEG")
    finding = only(store, content(kept.getvalue()))
    assert finding.outcome is Outcome.FOUND
    assert finding.details["score"] == pytest.approx((250 / 255 - 0.498) / 0.502, abs=0.01)
    assert finding.details["abstained"] is True
    assert "flat colour" in finding.what


def test_a_picture_beyond_the_limit_of_pixels_is_told_to_be_unseen(store: ModelStore) -> None:
    from PIL import Image

    store.use("means")
    import io

    kept = io.BytesIO()
    Image.new("1", (20_000, 16_000)).save(kept, "PNG")
    finding = only(store, content(kept.getvalue()))
    assert finding.outcome is Outcome.COULD_NOT_LOOK
    assert "could not be decoded" in finding.what
