"""A bundle of certificates is checked whole before it can be installed."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.origin.signing import Authority
from tests.origin.trust.bundles import NOW, OFFICIAL, bundle, renewed, written

from safelight.errors import SettingsError
from safelight.origin.trust.bundle import BYTES_MAX, CERTIFICATES_MAX, read_bundle

ONE = Authority("Drawn Works")


def test_a_whole_list_is_read_with_its_certificates_and_its_date(tmp_path: Path) -> None:
    found = bundle(tmp_path, f"# as of 2026-11-02, replaces 2026-08-21\n{renewed(ONE)}{ONE.pem}")
    assert len(found.fingerprints) == 31  # the same certificate twice counts once
    assert found.authorities == 31
    assert found.stated_date == "2026-11-02"
    assert found.file == "list.pem"
    assert found.sha256 == hashlib.sha256((tmp_path / "list.pem").read_bytes()).hexdigest()


def test_a_date_that_lies_ahead_or_is_no_day_is_not_taken_from_the_text(tmp_path: Path) -> None:
    found = bundle(tmp_path, f"# 2026-02-31, next review 2027-01-01\n{OFFICIAL}")
    assert found.stated_date is None
    assert found.newest_date == "2026-07-24"


def test_what_has_run_out_is_counted(tmp_path: Path) -> None:
    later = NOW + dt.timedelta(days=365 * 40)
    assert read_bundle(written(tmp_path, OFFICIAL), later).expired == 30
    assert 0 <= bundle(tmp_path, OFFICIAL).expired < 30


def test_a_list_with_line_ends_of_windows_is_the_same_list(tmp_path: Path) -> None:
    path = tmp_path / "list.pem"
    path.write_bytes(OFFICIAL.replace("\n", "\r\n").encode())
    assert read_bundle(path, NOW).fingerprints == bundle(tmp_path, OFFICIAL, "other.pem").fingerprints


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no certificate"),
        ("hills at dusk", "no certificate"),
        (ONE.signer("A").key + ONE.pem, "PRIVATE KEY"),
        (ONE.pem[:-40], "cut off or damaged"),
        (ONE.pem + ONE.pem.partition("\n")[0], "cut off or damaged"),
        (ONE.pem.replace("MII", "AAA", 1), "certificate 1 of 1 cannot be read"),
        (ONE.pem * (CERTIFICATES_MAX + 1), "more than 2,000|larger than"),
        ("#" * (BYTES_MAX + 1), "larger than"),
    ],
)
def test_what_is_no_list_is_refused_with_its_name_what_was_kept_and_what_to_do(
    tmp_path: Path, text: str, why: str
) -> None:
    with pytest.raises(SettingsError, match=why) as caught:
        bundle(tmp_path, text, "odd\u202ename.pem")
    assert "odd\\u202ename.pem" in caught.value.what
    assert "Nothing was installed" in caught.value.kept and caught.value.advice


def test_bytes_that_are_no_text_and_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    (tmp_path / "list.der").write_bytes(b"\x30\x82\xff\xff")
    for name in ("list.der", "nothing.pem", "."):
        with pytest.raises(SettingsError, match=r"no text|cannot be read"):
            read_bundle(tmp_path / name, NOW)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(0, len(ONE.pem)), st.integers(0, 80), st.binary(max_size=40) | st.just(b"-----BEGIN CERTIFICATE-----\n")
)
def test_a_damaged_list_is_refused_or_still_holds_the_same_certificate(
    tmp_path: Path, at: int, length: int, other: bytes
) -> None:
    raw = ONE.pem.encode()
    path = tmp_path / "list.pem"
    path.write_bytes(raw[:at] + other + raw[at + length :])
    try:
        found = read_bundle(path, NOW)
    except SettingsError as error:
        assert error.kept and error.advice
    else:
        assert len(found.fingerprints) == 1
