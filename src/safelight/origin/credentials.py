"""What a C2PA manifest comes to as a finding: the statement, how strong it is, one sentence, and the facts as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from safelight.model import Basis, JsonValue, MediaKind, Strength, Supports, display_text
from safelight.origin.bindings import product_of
from safelight.origin.generators import name_generator, software_of
from safelight.origin.history import History, camera_of, captures
from safelight.origin.manifests import Manifest, Program, Store
from safelight.origin.validity import Content, Facts

__all__ = ["Credential"]

_SHOWN: Final = 30
_LABELS: Final = 100
_VALUE_CHARS: Final = 300
_AI: Final = frozenset({Supports.GENERATED, Supports.AI_EDITED})
_FAKED_SIGNED: Final = (
    "the private key of a listed signer, or bringing a listed program to sign what is not so (a screen that was photographed again is signed as "
    "a capture)"
)
# Nikon withdrew every certificate of its service in September 2025: a camera had signed, as its own capture, a picture laid into a multiple
# exposure that it had not taken. Revocation is looked up on the network only, so it cannot be seen here.
_FOOLED_SIGNERS: Final = ("nikon",)
_FOOLED: Final = (
    "laying a picture into a multiple exposure, for which the camera signed it as its own; the maker revoked all certificates in September "
    "2025, which cannot be seen without the network"
)
_FAKED_DECLARED: Final = "signing with a certificate that anybody can make in minutes with free tools, or copying a manifest onto another file"


@dataclass(frozen=True, slots=True)
class Credential:
    """The manifests of one file, read and checked.

    Attributes:
        store: The manifests. `facts`: those of the active one. `history`: what they say of the picture.
        doubtful: Manifests that the statement rests on and that were not trusted or did not hold.
        list_date: Date of the list that the signer is on.
        remote: Address of a manifest that is kept elsewhere; it was not fetched.
        kind: What the file is.
    """

    store: Store
    facts: Facts
    history: History
    doubtful: Sequence[Manifest]
    list_date: str | None
    remote: str | None
    kind: MediaKind = MediaKind.OTHER

    def weight(self) -> tuple[Supports, Basis | None, Strength]:
        """The statement that the finding supports, on which basis and how strongly.

        Signed counts only what is whole and vouched for to the last link. A manifest on other content than was signed says nothing
        of this content. One whose own signature does not hold is worth less than unsigned metadata: as a lead to a model it stays,
        as a word for a capture, which is what a forger would want, it does not.
        """
        supports, facts = self.history.supports, self.facts
        if supports is Supports.NOTHING or facts.content is Content.DIFFERS:
            return Supports.NOTHING, None, Strength.NONE
        if not facts.intact:
            return (
                (supports, Basis.DECLARED, Strength.WEAK)
                if supports in _AI
                else (Supports.NOTHING, None, Strength.NONE)
            )
        if self._vouched():
            if supports is Supports.CAPTURED and self._fooled():
                return supports, Basis.DECLARED, Strength.MODERATE
            full = supports in _AI and not self.history.by_name
            return supports, Basis.SIGNED, Strength.VERY_STRONG if full else Strength.STRONG
        if supports not in _AI:
            return supports, Basis.DECLARED, Strength.MODERATE if facts.sound else Strength.WEAK
        full = facts.sound and not self.history.by_name
        return supports, Basis.DECLARED, Strength.STRONG if full else Strength.MODERATELY_STRONG

    def sentence(self) -> str:
        """What was found, in words: the statement, the content, the signature, the signer."""
        facts, signer = self.facts, self.store.active.signer
        named = self._generator().get("generator")
        who = f"A C2PA manifest names {named} and says" if named else "A C2PA manifest says"
        how = self.history.how
        parts = [f"{who}: {how}." if how else "A C2PA manifest is there; it does not say how the picture came to be."]
        if facts.content is Content.DIFFERS:
            parts.append(
                "The file was changed after it was signed: its content does not match the signed hash, so this may speak of another picture."
            )
        elif facts.content is Content.NOT_CHECKED:
            parts.append("Whether the content is what was signed could not be checked.")
        elif facts.signature == "valid":
            parts.append("The content is what was signed.")
        else:
            parts.append("The content matches the hash in it.")
        if facts.changed:
            parts.append("A statement in the manifest was changed after it was signed.")
        if facts.signature != "valid":
            parts.append(f"The signature is {facts.signature}, so anybody could have written this.")
        elif facts.trust.listed is not None:
            parts.append(
                f"The signature of {signer.shown} is valid, and the {facts.trust.listed} trust list vouches for it."
            )
        else:
            why = facts.trust.why_not
            parts.append(f"The signature of {signer.shown} is valid, but {why}: this counts as unsigned.")
        if camera := self._camera():
            parts.append(f"That {camera} took it is the word of {self._capturer().signer.shown}.")
        if facts.unexplained:
            parts.append(f"Other checks failed: {', '.join(facts.unexplained[:5])}.")
        if self.doubtful and facts.trust.listed is not None:
            names = ", ".join(manifest.signer.shown for manifest in self.doubtful[:3])
            parts.append(
                f"The statement comes from an earlier manifest ({names}) that was not trusted when it was taken in."
            )
        if self.history.supports is Supports.CAPTURED and self._fooled():
            parts.append(
                "Cameras of this maker have signed pictures that they did not take: its word for a capture counts as unsigned."
            )
        if marks := self._marks():
            names = ", ".join(dict.fromkeys(str(mark.get("product") or mark["algorithm"]) for mark in marks[:5]))
            parts.append(
                f"It names an invisible watermark or fingerprint ({names}); whether the pixels carry it was not looked at."
            )
        return " ".join(parts)

    def could_be_faked_by(self) -> str:
        """What it would take."""
        if self.history.supports is Supports.CAPTURED and self._fooled():
            return _FOOLED
        return _FAKED_SIGNED if self.weight()[1] is Basis.SIGNED else _FAKED_DECLARED

    def does_not_show(self) -> str:
        """What must not be concluded."""
        if self.facts.content is Content.DIFFERS:
            return "What was changed: a caption added to the metadata breaks the hash as much as other pixels do."
        return "That the statement is true: it is the signer's word. An unknown or expired signer does not mean that anything was tampered with."

    def details(self) -> dict[str, JsonValue]:
        """The facts as JSON, within bounds."""
        active = self.store.active
        details: dict[str, JsonValue] = {**self.facts.details(active.signer, self.list_date), **self._generator()}
        if camera := self._camera():
            details["captured_with"] = camera
            details["captured_with_said_by"] = self._capturer().signer.shown
        if software := ", ".join(dict.fromkeys(filter(None, (_program(software_of(one)) for one in self._chain())))):
            details["software"] = software
        if inputs := [
            item.title for manifest in self._chain() for item in manifest.ingredients if item.title and not item.types
        ]:
            details["input_images"] = list[JsonValue](dict.fromkeys(inputs))[:_SHOWN]
        if authors := list(dict.fromkeys(name for manifest in self._chain() for name in _authors(manifest)))[:_SHOWN]:
            details["authors"] = list(authors)
        if marks := self._marks():
            details["watermarks_named"] = list[JsonValue](marks)
        if self.remote:
            details["remote_manifest"] = self.remote
        if self.doubtful:
            details["not_trusted_when_taken_in"] = [manifest.label for manifest in self.doubtful[:_SHOWN]]
        details["manifests"] = [_shown(manifest) for manifest in self._chain()]
        if self.store.truncated or len(self.store.manifests) > _SHOWN:
            details["manifests_in_all"] = len(self.store.manifests)
        return details

    def _marks(self) -> list[dict[str, JsonValue]]:
        return [mark for manifest in self._chain() for mark in _watermarks(manifest)][:_SHOWN]

    def _fooled(self) -> bool:
        """Whether the capture is vouched for by a signer whose cameras are known to have signed what they did not take."""
        names = {signer.organisation.lower() for signer in (self.store.active.signer, self._capturer().signer)}
        return any(name.startswith(_FOOLED_SIGNERS) for name in names)

    def _camera(self) -> str | None:
        if self.history.made_by is None or self.history.supports is not Supports.CAPTURED:
            return None
        manifest = self._capturer()
        if (named := camera_of(manifest)) is not None:
            return named
        # A program is no camera; only one that says of itself that it captured the picture stands for one, and on whose word is told.
        program = software_of(manifest).name if captures(manifest) else ""
        if not program or self._vouched():
            return program or None
        return f"{program} (so claims {manifest.signer.shown}, for whom no trust list vouches)"

    def _capturer(self) -> Manifest:
        """The manifest that states the capture, where one does; else the active one."""
        return self.history.made_by[0] if self.history.made_by is not None else self.store.active

    def _vouched(self) -> bool:
        """Whether the statement counts as signed: everything holds, and a list vouches to the last link."""
        return self.facts.sound and self.facts.trust.listed is not None and not self.doubtful

    def _generator(self) -> dict[str, JsonValue]:
        if self.history.supports not in _AI or self.history.made_by is None:
            return {}
        named = name_generator(*self.history.made_by, self.kind)
        found = {
            "generator": named.generator,
            "generator_version": named.version,
            "model": named.model,
            "prompt": named.prompt,
            "generation_mode": named.operation,
        }
        return {key: value for key, value in found.items() if value}

    def _chain(self) -> list[Manifest]:
        """The active manifest, then the others in the order of the store."""
        return list(self.store.manifests.values())[:_SHOWN]


def _program(program: Program) -> str:
    return f"{program.name} {program.version}".strip()


def _shown(manifest: Manifest) -> dict[str, JsonValue]:
    steps: list[JsonValue] = []
    for action in manifest.actions[:_SHOWN]:
        fields = {
            "action": action.name, "digital_source_type": action.term, "agent": _program(action.agent),
            "description": action.description,
        }  # fmt: skip
        steps.append({key: value for key, value in fields.items() if value})
    made_of: list[JsonValue] = [
        {
            key: value
            for key, value in {
                "relationship": item.relationship,
                "title": item.title,
                "manifest": item.manifest,
            }.items()
            if value
        }
        for item in manifest.ingredients[:_SHOWN]
    ]
    shown: dict[str, JsonValue] = {
        "label": manifest.label,
        "title": manifest.title,
        "signer": manifest.signer.shown,
        "programs": [_program(program) for program in manifest.programs[:_SHOWN]],
        "actions": steps,
        "ingredients": made_of,
        "assertions": list[JsonValue](manifest.labels[:_LABELS]),
    }
    if len(manifest.labels) > _LABELS:
        shown["assertions_in_all"] = len(manifest.labels)
    if manifest.status.failure:
        shown["problems"] = list[JsonValue](manifest.status.failure)[:_SHOWN]
    return shown


def _authors(manifest: Manifest) -> Iterator[str]:
    """Names of people that a manifest states; leads, not facts."""
    for name in ("stds.schema-org.CreativeWork", "c2pa.creative_work"):
        data = manifest.assertions.get(name)
        authors = data.get("author") if isinstance(data, dict) else None
        for author in authors[:_SHOWN] if isinstance(authors, list) else []:
            if isinstance(author, dict) and (said := _line(author.get("name"))):
                yield said


def _watermarks(manifest: Manifest) -> Iterator[dict[str, JsonValue]]:
    """Watermarks that a manifest says it goes with; whether they are there is not looked at here."""
    for label, data in manifest.assertions.items():
        if label.partition("__")[0] != "c2pa.soft-binding" or not isinstance(data, dict):
            continue
        blocks = data.get("blocks")
        first = blocks[0] if isinstance(blocks, list) and blocks else None
        algorithm = _line(data.get("alg"))
        fields = {
            "algorithm": algorithm or "not named",
            "product": product_of(algorithm) or "",
            "value": _line(first.get("value")) if isinstance(first, dict) else "",
        }
        yield {key: value for key, value in fields.items() if value}
    if any("synthid" in action.description.lower() for action in manifest.actions):
        yield {"algorithm": "SynthID"}


def _line(value: Any) -> str:
    return display_text(value[:_VALUE_CHARS].encode("utf-8", "surrogatepass")) if isinstance(value, str) else ""
