"""One media as Project VIC has it, in the order of the fields that the samples of the field have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from safelight.exports.gate import Passed
from safelight.exports.items import Item
from safelight.exports.vics.facts import PREFIX, case_facts, comment, file_fields, set_facts, tags
from safelight.exports.vics.header import Model, category_number

__all__ = ["case_media", "set_media"]


def case_media(model: Model, number: int, passed: Passed, scheme: str) -> dict[str, Any]:
    """The record of a case file.

    Args:
        model: The data model. `number`: of the media in its file. `scheme`: the category scheme that the numbers of the file are of.
    """
    item, md5 = passed.item, passed.item.md5.upper()
    facts = list(case_facts(passed, everything=model.has_metadata))
    decided = passed.decision.decided_utc if passed.decision is not None else ""
    record: dict[str, Any] = {
        "MediaID": number, "Category": category_number(passed.decision, scheme), "MD5": md5, "SHA1": item.sha1.upper(),
    }  # fmt: skip
    if model.has_metadata:
        record |= {"PhotoDNA": None}
    record |= {"VictimIdentified": None, "OffenderIdentified": None, "IsDistributed": None}
    if model.has_metadata:
        record |= {"SelfGenerated": None}
    said = comment(passed, () if model.has_metadata else _with_type(item, facts))
    record |= {
        "Comments": said, "Series": None, "Tags": tags(passed), "DateUpdated": decided or None,
        "MediaSize": item.size_bytes,
    }  # fmt: skip
    if model.has_metadata:
        record |= {"MimeType": item.media_type}
    # No files go with the export, and no list's category was taken over: that is known, so it is false.
    record |= {"RelativeFilePath": None, "IsPrecategorized": False}
    if model.has_metadata:
        record |= {"PrecategorizationSource": None}
    record |= {"IsSuspected": None, "AlternativeHashes": _hashes(item, md5), "Exifs": []}
    if model.has_metadata:
        record |= {"MediaMetadata": _metadata(md5, facts)}
    record |= {"MediaFiles": [{"MD5": md5, **file_fields(place)} for place in item.places]}
    return record if model.has_metadata else record | _links(md5)


def set_media(model: Model, number: int, passed: Passed, scheme: str) -> dict[str, Any]:
    """The record of a hash set; arguments as in `case_media`."""
    item, md5 = passed.item, passed.item.md5.upper()
    facts = list(set_facts(passed))
    record: dict[str, Any] = {
        "MediaID": number, "Category": category_number(passed.decision, scheme), "MD5": md5, "SHA1": item.sha1.upper(),
        "VictimIdentified": None, "OffenderIdentified": None, "IsDistributed": None, "Series": None, "Tags": tags(passed),
        "MediaSize": item.size_bytes,
    }  # fmt: skip
    if model.has_metadata:
        return record | {
            "MimeType": item.media_type, "AlternativeHashes": _hashes(item, md5), "MediaMetadata": _metadata(md5, facts),
        }  # fmt: skip
    return record | {"Comments": comment(passed, _with_type(item, facts)), "AlternativeHashes": _hashes(item, md5)}


def _hashes(item: Item, md5: str) -> list[dict[str, str]]:
    """SHA-256, and PDQ where its quality suffices for matching: others would match whatever stands here."""
    found = [("SHA256", item.sha256)]
    pdq = item.fingerprints.pdq if item.fingerprints is not None else None
    if pdq is not None and pdq.matchable:
        found.append(("PDQ", pdq.hash))
    return [{"MD5": md5, "HashName": name, "HashValue": value} for name, value in found]


def _metadata(md5: str, facts: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"MD5": md5, "PropertyName": f"{PREFIX}{name}", "PropertyValue": value} for name, value in facts]


def _with_type(item: Item, facts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Model 1.3 has no field for the media type."""
    return [("media_type", item.media_type), *facts]


def _links(md5: str) -> dict[str, str]:
    """The links of OData 3 that files of model 1.3 have."""
    return {
        "odata.id": f'Media("{md5}")', "odata.editLink": f'Media("{md5}")',
        **{f"{name}@odata.navigationLinkUrl": f"/Media({md5})/{name}" for name in ("AlternativeHashes", "Exifs", "MediaFiles")},
    }  # fmt: skip
