"""How a picture came to be, as its chain of C2PA manifests tells it.

The chain runs from the active manifest through each parent. How the first one began (made by a model, captured, drawn, unknown) and what
was done since decide together: what a model made stays generated however it is edited; a photograph, or something unknown, in
which a model then changed or added something is edited by AI; a step by hand makes it edited.

Source: C2PA specification 2.2, sections 18.10 to 18.15 (actions, ingredients); IPTC NewsCodes digital source type.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from safelight.model import Supports
from safelight.origin.generators import names_a_model
from safelight.origin.manifests import Action, Ingredient, Manifest, Store
from safelight.origin.readers.iptc import SOURCE_TYPES, source_type
from safelight.origin.validity import stood_then

__all__ = ["History", "camera_of", "captures", "tell"]

# A composite with synthetic parts can hold parts of photographs: calling it generated would be the costlier mistake.
_PART: Final = frozenset(
    {"compositesynthetic", *(term for term, said in SOURCE_TYPES.items() if said[0] is Supports.AI_EDITED)}
)
_WHOLE: Final = frozenset(term for term, said in SOURCE_TYPES.items() if said[0] is Supports.GENERATED) - _PART

# Steps that change no picture, or only its size or wrapping.
_NO_EDIT: Final = frozenset(
    f"c2pa.{name}"
    for name in (
        "created opened converted transcoded repackaged published edited.metadata watermarked watermarked.bound watermarked.unbound "
        "unknown redacted resized resized.proportional"
    ).split()
)
_METADATA: Final = ("stds.iptc", "stds.iptc.photo-metadata", "c2pa.metadata", "cawg.metadata")
_EXIF: Final = ("stds.exif", "c2pa.metadata", "cawg.metadata")
_CAPTURES: Final = frozenset({"digitalcapture", "computationalcapture"})
_DEPTH: Final = 32


@dataclass(frozen=True, slots=True)
class History:
    """What the manifests say.

    Attributes:
        supports: The statement. `how`: the same in words; empty when nothing is said.
        made_by: The manifest and the action that name the program; for a capture or an edit the manifest alone.
        rests_on: Labels of the manifests that the statement rests on, and of those on the way to them.
        by_name: Whether a model is told by the name of its program only, because no digital source type is given.
        edited: Whether steps by hand are stated, besides.
    """

    supports: Supports
    how: str
    made_by: tuple[Manifest, Action | None] | None = None
    rests_on: frozenset[str] = frozenset()
    by_name: bool = False
    edited: bool = False


def tell(store: Store) -> tuple[History, tuple[Manifest, ...]]:
    """Follows the chain of a file's manifests.

    Returns:
        What they say, and the manifests that it rests on whose signer was not trusted, or that did not hold, when they were taken in.
    """
    reader = _Reader(store)
    found = reader.tell(store.active, 0)
    doubtful = [
        store.manifests[label]
        for label in sorted(found.rests_on)
        if label != store.active.label and not reader.stood(label)
    ]
    return found, tuple(doubtful)


def camera_of(manifest: Manifest) -> str | None:
    """Maker and model of the camera that a manifest names in its camera data."""
    for name in _EXIF:
        data = manifest.assertions.get(name)
        if not isinstance(data, dict):
            continue
        make, model = (_plain(data.get(f"tiff:{key}", data.get(f"exif:{key}"))) for key in ("Make", "Model"))
        if make and model:
            return model if model.lower().startswith(make.lower().split()[0]) else f"{make} {model}"
    return None


def captures(manifest: Manifest) -> bool:
    """Whether a manifest says that its own program captured the picture: its first step made it, and by a digital capture."""
    first = next((action for action in manifest.actions if action.name == "c2pa.created"), None)
    return first is not None and first.term in _CAPTURES


class _Reader:
    """Tells each manifest once; a manifest that refers to itself, or too deep a chain, ends the walk."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._told: dict[str, History] = {}
        self._taken_in: dict[str, Ingredient] = {}

    def stood(self, label: str) -> bool:
        """Whether an ingredient's manifest was trusted and held."""
        taken_in = self._taken_in.get(label)
        return taken_in is not None and stood_then(taken_in.recorded, self._store.manifests[label].status)

    def tell(self, manifest: Manifest, depth: int) -> History:
        if (told := self._told.get(manifest.label)) is not None:
            return told
        unknown = History(Supports.NOTHING, "")
        self._told[manifest.label] = unknown
        if depth < _DEPTH:
            self._told[manifest.label] = self._tell(manifest, depth, unknown)
        return self._told[manifest.label]

    def _tell(self, manifest: Manifest, depth: int, unknown: History) -> History:
        by_relationship: dict[str, list[tuple[Ingredient, History | None]]] = {
            "parentOf": [],
            "componentOf": [],
            "inputTo": [],
        }
        for item in manifest.ingredients:
            inner = self._store.manifests.get(item.manifest)
            if inner is not None:
                self._taken_in.setdefault(inner.label, item)
            known = self.tell(inner, depth + 1) if inner is not None else None
            by_relationship.setdefault(item.relationship, []).append((item, known))
        parents = by_relationship["parentOf"]
        own = frozenset({manifest.label})
        generative = [(action, ai) for action in manifest.actions if (ai := _ai(action, manifest)) is not None]
        begun = self._begun(manifest, parents, unknown)
        steps = [pair for pair in generative if begun.made_by is None or pair[0] is not begun.made_by[1]]
        components = [known for _, known in by_relationship["componentOf"] if known and known.supports in _AI]
        stated = [item for item, _ in (*parents, *by_relationship["componentOf"]) if item.term in _WHOLE | _PART]
        edited = begun.edited or any(_by_hand(action) for action in manifest.actions)
        if begun.supports is Supports.GENERATED:
            return self._generated(replace(begun, edited=edited), manifest, by_relationship["inputTo"])
        if steps or components or stated:
            before = _BEFORE.get(begun.supports, "a picture of unknown origin")
            # The step that names its program tells most.
            action, by_name = next((pair for pair in steps if pair[0].agent.name), steps[0] if steps else (None, False))
            made_by = (manifest, action) if steps or not components else components[0].made_by
            rests_on = own if steps or not components else own | components[0].rests_on
            what = "a model changed or added something" if steps or stated else "a part made with a model was placed"
            return History(Supports.AI_EDITED, f"in {before} {what}", made_by, rests_on, by_name, edited)
        if begun.supports is Supports.AI_EDITED:
            return replace(begun, edited=edited)
        if any(_by_hand(action) for action in manifest.actions) or begun.supports is Supports.EDITED:
            rests_on = begun.rests_on if begun.supports is Supports.EDITED else own
            before = "a capture was edited" if begun.supports is Supports.CAPTURED else "it was edited"
            how = begun.how if begun.supports is Supports.EDITED else f"{before} by hand; no step of a model is stated"
            return History(Supports.EDITED, how, (manifest, None), rests_on, edited=True)
        return begun

    def _begun(self, manifest: Manifest, parents: list[tuple[Ingredient, History | None]], unknown: History) -> History:
        """What was there before the steps of this manifest."""
        own = frozenset({manifest.label})
        inherited = next((known for _, known in parents if known is not None), unknown)
        if inherited.supports is not Supports.NOTHING:
            # Every manifest on the way has to be believed for what the first one says.
            return replace(inherited, rests_on=inherited.rests_on | own)
        first = next((action for action in manifest.actions if action.name == "c2pa.created"), None)
        if first is None and parents:
            first = next((action for action in manifest.actions if action.name == "c2pa.opened"), None)
        if first is not None:
            ai = _ai(first, manifest)
            # With a parent, even an unknown one, a model changed something that was there before.
            if ai is not None and not parents and first.term not in _PART:
                return History(Supports.GENERATED, "made by a model", (manifest, first), own, ai)
            supports, meaning = _meant(first.term)
            if ai is None and meaning:
                return History(supports, meaning, (manifest, None), own, edited=supports is Supports.EDITED)
        if parents:
            return inherited
        for term in _metadata_terms(manifest):
            supports, meaning = _meant(term)
            if term not in _PART and supports is not Supports.NOTHING and (first is None or not first.term):
                return History(supports, meaning, (manifest, None), own)
        if camera_of(manifest) is not None and not manifest.ingredients and (first is None or not first.term):
            return History(
                Supports.CAPTURED, "it carries a camera's data and states no other beginning", (manifest, None), own
            )
        return unknown

    def _generated(
        self, begun: History, manifest: Manifest, inputs: list[tuple[Ingredient, History | None]]
    ) -> History:
        own = begun.made_by is not None and begun.made_by[0] is manifest
        if own and any(
            known is not None and known.supports in {Supports.CAPTURED, Supports.EDITED} for _, known in inputs
        ):
            how = "a model made it from a picture that is stated to be captured"
            return replace(begun, supports=Supports.AI_EDITED, how=how)
        how = begun.how
        if own and any(item.format.startswith("image/") or not (item.types or item.format) for item, _ in inputs):
            how += ", with other material as its input"
        if begun.edited and "edited" not in how:
            how += ", then edited"
        return replace(begun, how=how)


_AI: Final = frozenset({Supports.GENERATED, Supports.AI_EDITED})
_BEFORE: Final = {
    Supports.CAPTURED: "a picture that is stated to be captured",
    Supports.EDITED: "a picture that was edited before",
    Supports.AI_EDITED: "a picture that a model had changed before",
}


def _ai(action: Action, manifest: Manifest) -> bool | None:
    """Whether a model did the step: None when not, else whether that is told by a name only."""
    if action.term in _WHOLE | _PART:
        return False
    if action.term or action.unknown_term:
        return None
    if action.name == "c2pa.created":
        said = manifest.assertions.get("c2pa.ai_generated_content")
        if isinstance(said, dict) and said.get("ai_generated") is True:
            return True
        names = (
            action.agent.name,
            action.description,
            *((program.name for program in manifest.programs) if not action.agent.name else ()),
        )
    elif action.name in _NO_EDIT:
        return None
    else:
        names = (action.agent.name, action.description)
    return True if any(names_a_model(name) for name in names) else None


def _meant(term: str) -> tuple[Supports, str]:
    said = SOURCE_TYPES.get(term)
    return (said[0], said[-1]) if said is not None else (Supports.NOTHING, "")


def _by_hand(action: Action) -> bool:
    if _meant(action.term)[0] is Supports.EDITED and action.name != "c2pa.created":
        return True
    return action.name.startswith("c2pa.") and action.name not in _NO_EDIT and action.term not in _WHOLE | _PART


def _metadata_terms(manifest: Manifest) -> Iterator[str]:
    for name in _METADATA:
        data = manifest.assertions.get(name)
        for key, value in data.items() if isinstance(data, dict) else ():
            if key.endswith("DigitalSourceType") and (term := source_type(_plain(value))) is not None:
                yield term


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("@id", value.get("@value"))
    return value.strip()[:200] if isinstance(value, str) else ""
