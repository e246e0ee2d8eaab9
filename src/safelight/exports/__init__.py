"""Exports: a case in one of the formats of the field, one file for each format.

In: a case, opened for reading. Out: files, written whole or not at all. It must never write into evidence, never change a case, never
hold pixels, and never leave out a doubt that the case holds.
"""

from __future__ import annotations

from typing import Final

from safelight.registry import Registry

__all__ = ["FORMATS"]

FORMATS: Final = Registry(
    "export format",
    (
        "safelight.exports.report:ReportFormat",
        "safelight.exports.jsonl:JsonLines",
        "safelight.exports.vics.case_form:CaseForm20",
        "safelight.exports.vics.case_form:CaseForm13",
        "safelight.exports.hashset:HashSetFormat",
        "safelight.exports.case_uco.graph:CaseUco",
        "safelight.exports.cybertip.package:CyberTip",
        "safelight.exports.stix:Stix",
        "safelight.exports.misp:Misp",
        "safelight.exports.table:Table",
        "safelight.exports.counts:Statistics",
    ),
)
"""The formats, in the order in which they are listed. Adding one is a file here and a line in this list.

Each is a class of the shape of `safelight.exports.exporting.Format`.
"""
