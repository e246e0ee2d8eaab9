"""The elements of the CyberTipline in the order that the service enforces, which of them must be there, and what they may hold."""

from __future__ import annotations

from typing import Final

__all__ = [
    "ANNOTATIONS",
    "BOOLEANS",
    "CLASSIFICATIONS",
    "INCIDENT_TYPES",
    "LENGTHS",
    "PLACEHOLDER",
    "RELEVANCE",
    "REPEATED",
    "REQUIRED",
    "ROOT_ATTRIBUTES",
    "SEQUENCES",
    "SUPPLEMENTAL",
    "XSI",
]

XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
ROOT_ATTRIBUTES: Final = {f"{{{XSI}}}noNamespaceSchemaLocation": "https://report.cybertip.org/ispws/xsd"}

PLACEHOLDER: Final = "TO BE FILLED IN BY A PERSON"
"""Begins every text that a person must replace. None of them is a value that the service takes."""

SEQUENCES: Final[dict[str, tuple[str, ...]]] = {
    "report": (
        "incidentSummary", "internetDetails", "lawEnforcement", "reporter", "personOrUserReported", "intendedRecipient", "victim", "additionalInfo",
    ),
    "incidentSummary": (
        "incidentType", "platform", "escalateToHighPriority", "reportAnnotations", "incidentDateTime", "incidentDateTimeDescription",
    ),
    "reporter": ("reportingPerson", "contactPerson", "companyTemplate", "termsOfService", "legalURL"),
    "reportingPerson": ("firstName", "lastName", "email"),
    "fileDetails": (
        "reportId", "fileId", "fileName", "originalFileName", "uploadedToEspTimestamp", "locationOfFile", "fileViewedByEsp", "exifViewedByEsp",
        "publiclyAvailable", "fileRelevance", "fileAnnotations", "industryClassification", "originalFileHash", "ipCaptureEvent", "deviceId",
        "details", "additionalInfo",
    ),
    "details": ("nameValuePair",),
    "nameValuePair": ("name", "value"),
}  # fmt: skip
"""The children of an element, in their order. Those of a report and of its reporter are the ones that open clients write."""

REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "report": ("incidentSummary", "reporter"), "incidentSummary": ("incidentType", "incidentDateTime"), "reporter": ("reportingPerson",),
    "reportingPerson": ("firstName", "lastName", "email"), "fileDetails": ("reportId", "fileId"), "details": ("nameValuePair",),
    "nameValuePair": ("name", "value"),
}  # fmt: skip
REPEATED: Final = frozenset(
    {"originalFileHash", "ipCaptureEvent", "deviceId", "nameValuePair", "personOrUserReported", "victim"}
)
BOOLEANS: Final = frozenset({"fileViewedByEsp", "exifViewedByEsp", "publiclyAvailable"})
LENGTHS: Final = {
    "originalFileName": 2056, "locationOfFile": 2083, "platform": 256, "escalateToHighPriority": 3000, "legalURL": 2083, "name": 64,
}  # fmt: skip
"""Of texts, in characters; `name` is that of a pair."""
RELEVANCE: Final = ("Reported", "Supplemental Reported")
SUPPLEMENTAL: Final = RELEVANCE[1]
CLASSIFICATIONS: Final = frozenset({"A1", "A2", "B1", "B2"})
ANNOTATIONS: Final = frozenset({
    "animeDrawingVirtualHentai", "potentialMeme", "viral", "possibleSelfProduction", "physicalHarm", "violenceGore", "bestiality", "liveStreaming",
    "infant", "generativeAi",
})  # fmt: skip
"""Of files. Empty elements: to be there means yes, to be absent asserts nothing."""
INCIDENT_TYPES: Final = (
    "Child Pornography (possession, manufacture, and distribution)", "Child Sex Trafficking", "Child Sex Tourism", "Child Sexual Molestation",
    "Misleading Domain Name", "Misleading Words or Digital Images on the Internet", "Online Enticement of Children for Sexual Acts",
    "Unsolicited Obscene Material Sent to a Child",
)  # fmt: skip
