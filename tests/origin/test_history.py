"""Stories that no library would sign: cycles, endless chains, old cameras, statements in metadata."""

from __future__ import annotations

from typing import Any

import pytest

from safelight.model import Supports
from safelight.origin.history import camera_of, tell
from safelight.origin.manifests import Action, Ingredient, Manifest, Program, Status, Store

AI, CAPTURE = "trainedalgorithmicmedia", "digitalcapture"
TRUSTED = Status({"signingCredential.trusted": ""}, {}, {})
EXIF: dict[str, Any] = {"stds.exif": {"tiff:Make": "NIKON CORPORATION", "tiff:Model": "NIKON Z 9"}}


def store(*manifests: Manifest) -> Store:
    return Store(manifests[0], {manifest.label: manifest for manifest in manifests})


def parent(label: str, recorded: Status = TRUSTED) -> Ingredient:
    return Ingredient("parentOf", manifest=label, recorded=recorded)


def created(term: str = "", agent: str = "") -> Action:
    return Action("c2pa.created", term, agent=Program(agent))


def test_a_manifest_that_is_its_own_parent_ends_the_walk() -> None:
    again = Manifest("a", ingredients=(parent("a"),), actions=(Action("c2pa.edited", AI),))
    assert tell(store(again))[0].supports is Supports.AI_EDITED
    first = Manifest("a", ingredients=(parent("b"),))
    second = Manifest("b", ingredients=(parent("a"),))
    assert tell(store(first, second))[0].supports is Supports.NOTHING


def test_an_endless_chain_ends_the_walk() -> None:
    chain = [Manifest(str(number), ingredients=(parent(str(number + 1)),)) for number in range(250)]
    chain.append(Manifest("250", actions=(created(AI),)))
    assert tell(store(*chain))[0].supports is Supports.NOTHING
    assert tell(store(*chain[-20:]))[0].supports is Supports.GENERATED


def test_a_model_that_began_from_a_parent_has_edited_it() -> None:
    both = Manifest("a", ingredients=(Ingredient("parentOf", "photo.jpg"),), actions=(created(AI),))
    assert tell(store(both))[0].supports is Supports.AI_EDITED


def test_an_ingredient_that_is_stated_to_be_made_by_a_model() -> None:
    placed = Manifest("a", ingredients=(Ingredient("componentOf", term=AI),), actions=(created("digitalart"),))
    assert tell(store(placed))[0].supports is Supports.AI_EDITED
    # A model or a reference that went in is not a part of the picture.
    guided = Manifest("a", ingredients=(Ingredient("inputTo", types=("c2pa.types.model",)),), actions=(created(AI),))
    found = tell(store(guided))[0]
    assert (found.supports, found.how) == (Supports.GENERATED, "made by a model")


def test_a_camera_that_states_no_action() -> None:
    found = tell(store(Manifest("a", assertions=EXIF)))[0]
    assert found.supports is Supports.CAPTURED
    assert camera_of(Manifest("a", assertions=EXIF)) == "NIKON Z 9"
    edited = Manifest("a", assertions=EXIF, actions=(Action("c2pa.cropped"),))
    assert tell(store(edited))[0].supports is Supports.EDITED
    drawn = Manifest("a", assertions=EXIF, actions=(created("digitalart"),))
    assert tell(store(drawn))[0].supports is Supports.NOTHING
    made_of = Manifest("a", assertions=EXIF, ingredients=(Ingredient("componentOf"),))
    assert tell(store(made_of))[0].supports is Supports.NOTHING


@pytest.mark.parametrize(
    "value", [CAPTURE, "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture", {"@id": "digitalCapture"}]
)
def test_a_source_type_in_metadata_counts_where_no_action_has_one(value: Any) -> None:
    stated: dict[str, Any] = {"c2pa.metadata": {"Iptc4xmpExt:DigitalSourceType": value}}
    assert tell(store(Manifest("a", assertions=stated)))[0].supports is Supports.CAPTURED
    contradicted = Manifest("a", assertions=stated, actions=(created(AI),))
    assert tell(store(contradicted))[0].supports is Supports.GENERATED


def test_names_count_only_where_no_source_type_is_given() -> None:
    named = tell(store(Manifest("a", actions=(created("", "DALL·E"),))))[0]
    assert (named.supports, named.by_name) == (Supports.GENERATED, True)
    assert tell(store(Manifest("a", actions=(created("digitalart", "Adobe Firefly"),))))[0].supports is Supports.NOTHING
    filled = Manifest("a", actions=(Action("c2pa.edited", agent=Program("Adobe Firefly")),))
    assert tell(store(filled))[0].supports is Supports.AI_EDITED
    shown = Manifest("a", actions=(Action("c2pa.published", agent=Program("ChatGPT")),))
    assert tell(store(shown))[0].supports is Supports.NOTHING
    stated = Manifest("a", actions=(created(),), assertions={"c2pa.ai_generated_content": {"ai_generated": True}})
    assert tell(store(stated))[0].supports is Supports.GENERATED


def test_what_an_earlier_manifest_says_is_as_good_as_it_was_then() -> None:
    photo = Manifest("photo", actions=(created(CAPTURE),))
    for recorded, doubtful in (
        (TRUSTED, ()),
        (Status({}, {}, {"signingCredential.untrusted": ""}), (photo,)),
        (Status(), (photo,)),
    ):
        now = Manifest("now", ingredients=(parent("photo", recorded),))
        assert tell(store(now, photo))[1] == doubtful
    # What rests on the active manifest alone does not depend on it.
    filled = Manifest("now", ingredients=(parent("photo", Status()),), actions=(Action("c2pa.edited", AI),))
    assert tell(store(filled, photo))[1] == ()
