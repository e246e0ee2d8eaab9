"""The page on carriers is what the readers say."""

from __future__ import annotations

from tests.conftest import REPOSITORY

from safelight.origin.carriers_page import page
from safelight.origin.readers import READERS
from safelight.origin.stamps import STAMPS


def test_the_page_is_as_generated() -> None:
    assert (REPOSITORY / "docs" / "carriers.md").read_text(encoding="utf-8") == page(), (
        "run: python -m safelight.origin.carriers_page > docs/carriers.md"
    )


def test_every_reader_and_every_stamp_is_on_it() -> None:
    text = page()
    for reader in READERS:
        assert f"## {reader.name}\n" in text
        assert " ".join(reader.source.split()) in text
    assert all((stamp.generator or "(a fact)") in text for stamp in STAMPS)
