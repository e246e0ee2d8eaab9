"""C2PA manifests ("Content Credentials"): what they say of a picture, and how far that can be believed."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from safelight.decode import formats
from safelight.decode.containers.jumbf import is_c2pa
from safelight.decode.content import Content
from safelight.decode.metadata import BlockKind, MetadataBlock
from safelight.model import Finding, Outcome
from safelight.origin.credentials import Credential
from safelight.origin.history import tell
from safelight.origin.manifests import Manifest, Store, read_store
from safelight.origin.trust import TrustList, TrustLists, shipped_lists
from safelight.origin.validity import facts_of, has_expired

__all__ = ["C2paReader"]

_DCTERMS: Final = "http://purl.org/dc/terms/"
_URL_CHARS: Final = 1000
_STORE_TYPE: Final = "application/c2pa"
# Formats that the metadata pass does not walk, and what shows that a manifest store is in them.
_UNWALKED: Final = {formats.PDF: (b"jumdc2pa", b"C2PA_Manifest"), formats.SVG: (b"c2pa:manifest",)}
_TRUSTED: Final = "signingCredential.trusted"
_STAMPED: Final = "timeStamp.validated"


class C2paReader:
    """Reads the manifest store of a file and checks it, offline.

    Args:
        trust: Who vouches for signers, also in the form of `TrustLists.record`; the lists that ship with Safelight when left out. No names are
            looked up anywhere else.
    """

    name: ClassVar[str] = "c2pa"
    version: ClassVar[str] = "5"
    looks_for: ClassVar[str] = (
        "C2PA manifests: how the picture was made, by which program, whether it is unchanged since, and who signed that"
    )
    silence_means: ClassVar[str] = (
        "no manifest is there; saving again, uploading or a screenshot removes it, and most programs write none"
    )
    cost: ClassVar[str] = (
        "well under 1 ms where there is no manifest; 2 to 40 ms of CPU where there is one, by its signatures and the file's size"
    )
    source: ClassVar[str] = "C2PA specification 2.2, read by c2pa-python 0.38.1 (c2pa-rs 0.91.3)"
    checked_on: ClassVar[str] = (
        "see benchmarks/carriers.py: 27 files with a manifest by OpenAI, Google, Adobe, Black Forest Labs, xAI, Samsung, Nikon and test signers, "
        "4 of them tampered with, and 1 with a manifest kept elsewhere"
    )

    where: ClassVar[str] = (
        "JUMBF in JPEG APP11, PNG caBX, WebP, HEIF, AVIF, MP4, TIFF, PDF, SVG and audio; dcterms:provenance in XMP"
    )
    keys: ClassVar[str] = (
        "claim, actions, ingredients, digitalSourceType, soft-binding, signature, time stamp; the labels of all assertions, unknown ones too"
    )
    weighs: ClassVar[str] = (
        "signed: very strong for a model, strong for a capture or an edit, where the content is whole and a listed signer vouches to the last "
        "link; else declared: strong to weak; nothing when the content is another"
    )
    survives: ClassVar[str] = "copying and mailing; not saving again, most platforms, messengers or a screenshot"
    faked_by: ClassVar[str] = (
        "the key of a listed signer, or a listed program or camera brought to sign what is not so (a photographed screen; Nikon's multiple "
        "exposure); unlisted: a certificate made in minutes"
    )

    def __init__(self, trust: TrustLists | Mapping[str, Any] | None = None) -> None:
        # The native library is loaded here, before a worker locks itself in.
        import c2pa

        self._c2pa = c2pa
        if trust is None:
            trust = shipped_lists()
        self._trust = trust if isinstance(trust, TrustLists) else TrustLists.from_record(trust)
        self._every = self._context([(one, "manifest") for one in self._trust.signers], stamps_by_anybody=True)
        self._single = [self._context([(one, "manifest")], stamps_by_anybody=True) for one in self._trust.signers[:-1]]
        # The library lets authorities of time stamps vouch for signers as well, whatever kind they are listed as. They are
        # kept in a context of their own, of which only what it says of time stamps is believed.
        self._stamps = self._context([(one, "tsa") for one in self._trust.time_stamps], stamps_by_anybody=False)

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for a manifest store, or for the address of one that is kept elsewhere."""
        block = next((item for item in content.metadata.of(BlockKind.JUMBF) if is_c2pa(item.data)), None)
        remote = _remote(content)
        if block is None and not any(mark in content.data for mark in _UNWALKED.get(content.format, ())):
            if remote is not None:
                yield self._elsewhere(*remote)
            return
        where = block.where if block is not None else content.format.name
        stream = content.stream()
        try:
            store = self._store(self._every, _hint(content), stream)
            if store is None:
                yield self._unread(where, "its report cannot be taken apart", "")
                return
            listed = self._listed(store, content, block)
            decisive = listed is not None and has_expired(store.active)
            stamp_listed = self._stamp_listed(store, content, block) if decisive else None
            facts = facts_of(store.active, listed, stamp_listed)
        except self._c2pa.C2paError as error:
            closed_why = getattr(stream, "closed_why", "")
            why = f"the file is large, and {closed_why}" if closed_why else "it is damaged or of an unknown form"
            yield self._unread(where, why, str(error))
            return
        history, doubtful = tell(store)
        date = next((one.date for one in self._trust.signers if one.name == facts.trust.listed), None)
        address = remote[0] if remote else None
        credential = Credential(store, facts, history, doubtful, date, address, content.format.kind)
        supports, basis, strength = credential.weight()
        yield Finding(
            reader=self.name,
            version=self.version,
            what=credential.sentence(),
            where=f"{where}, manifest {store.active.label}",
            supports=supports,
            basis=basis,
            strength=strength,
            could_be_faked_by=credential.could_be_faked_by(),
            does_not_show=credential.does_not_show(),
            details=credential.details(),
        )

    def _context(self, lists: Sequence[tuple[TrustList, str]], *, stamps_by_anybody: bool) -> Any:
        anchors = [
            {
                "trust_uri": one.name,
                "trust_kind": kind,
                "trust_anchors": one.anchors,
                **({"allowed_list": one.allowed} if one.allowed and kind == "manifest" else {}),
                **({"trust_config": one.usages} if one.usages else {}),
            }
            for one, kind in lists
        ]
        settings = {
            "trust": {"anchors": anchors},
            "verify": {
                "remote_manifest_fetch": False,
                "ocsp_fetch": False,
                "verify_timestamp_trust": not stamps_by_anybody,
            },
            # Identity assertions can name addresses to be looked up; they are not decoded.
            "core": {"allowed_network_hosts": [], "decode_identity_assertions": False},
        }
        return self._c2pa.Context(self._c2pa.Settings.from_dict(settings))

    def _store(self, context: Any, media_type: str | None, stream: io.IOBase) -> Store | None:
        with self._c2pa.Reader(media_type, stream, None, context) as reader:
            return read_store(reader.crjson())

    def _again(self, context: Any, store: Store, content: Content, block: MetadataBlock | None) -> Manifest | None:
        """The same active manifest under another context; without the content, whose hash was computed once already."""
        data, media_type = (block.data, _STORE_TYPE) if block is not None else (content.data, _hint(content))
        found = self._store(context, media_type, io.BytesIO(data))
        return found.active if found is not None and found.active.label == store.active.label else None

    def _listed(self, store: Store, content: Content, block: MetadataBlock | None) -> str | None:
        """The first list that the signer is on. The library names any of several, and not always the same."""
        if _TRUSTED not in store.active.status.success:
            return None
        names = [one.name for one in self._trust.signers]
        if f"[{names[0]}]" in store.active.status.success[_TRUSTED]:
            return names[0]
        for name, context in zip(names[:-1], self._single, strict=True):
            again = self._again(context, store, content, block)
            if again is not None and _TRUSTED in again.status.success:
                return name
        return names[-1]

    def _stamp_listed(self, store: Store, content: Content, block: MetadataBlock | None) -> bool | None:
        """Whether the time stamp's authority is on a list; None for first-version claims, where the library does not look."""
        if _STAMPED not in store.active.status.success or store.active.version < 2:
            return None
        again = self._again(self._stamps, store, content, block)
        return again is not None and "timeStamp.trusted" in again.status.success

    def _unread(self, where: str, why: str, error: str) -> Finding:
        return Finding(
            reader=self.name,
            version=self.version,
            outcome=Outcome.COULD_NOT_LOOK,
            what=f"A C2PA manifest is there but was not read: {why}.",
            where=where,
            does_not_show="Whether it says how the picture came to be.",
            details={"error": error[:500]} if error else {},
        )

    def _elsewhere(self, url: str, where: str) -> Finding:
        return Finding(
            reader=self.name,
            version=self.version,
            what="The file says that its C2PA manifest is kept at an address on the network. It was not fetched.",
            where=where,
            could_be_faked_by="writing the address with any metadata editor",
            does_not_show="Whether that manifest exists, or what it says.",
            details={"remote_manifest": url},
        )


def _hint(content: Content) -> str | None:
    """The media type, where the library does not tell it by the bytes."""
    return content.format.media_type if content.format in _UNWALKED else None


def _remote(content: Content) -> tuple[str, str] | None:
    """Address and place of a manifest that the XMP says is kept elsewhere."""
    for packet in content.metadata.xmp_packets:
        for item in packet.properties:
            url = item.value.strip()
            if (
                item.name == "provenance"
                and item.namespace == _DCTERMS
                and url.lower().startswith(("http://", "https://"))
            ):
                return url[:_URL_CHARS], f"{packet.block.where}, {item.path}"
    return None
