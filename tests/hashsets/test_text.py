"""Lists as plain text and as CSV."""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.hashsets.lists import MD5, PDQ, SHA1, SHA256, md5, read

from safelight.errors import HashSetError
from safelight.hashsets.entry import Entry
from safelight.hashsets.text import csv_header
from safelight.model import MatchHow

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        (MD5, Entry(MatchHow.MD5, MD5)),
        (f"  {SHA1.upper()}\t", Entry(MatchHow.SHA1, SHA1)),
        (f"SHA-256:{SHA256}", Entry(MatchHow.SHA256, SHA256)),
        (f"md5 : {MD5}", Entry(MatchHow.MD5, MD5)),
        (f"pdq:{PDQ},77", Entry(MatchHow.PDQ, PDQ, quality=77)),
        (f"pdq:{PDQ}; 77.5", Entry(MatchHow.PDQ, PDQ, quality=77)),
        (f"{MD5}  a name.jpg", Entry(MatchHow.MD5, MD5)),
        (f"{MD5} *a name.jpg", Entry(MatchHow.MD5, MD5)),
        (f"\\{MD5}  a\\nname.jpg", Entry(MatchHow.MD5, MD5)),
        (f"SHA256 (a name) = {SHA256}", Entry(MatchHow.SHA256, SHA256)),
        (f"MD5 (a (copy)) = {MD5}", Entry(MatchHow.MD5, MD5)),
        (f'"{MD5}"', Entry(MatchHow.MD5, MD5)),
    ],
)
def test_one_line_of_plain_text(tmp_path: Path, line: str, entry: Entry) -> None:
    entries, rejected, report = read(tmp_path, line + "\n")
    assert entries == [entry] and not rejected
    assert report.form == "plain text"


def test_rows_are_counted_as_lines_of_the_file(tmp_path: Path) -> None:
    entries, rejected, report = read(tmp_path, f"# one\n\n\n{MD5}\n// five\nnonsense\n% seven\n{MD5}x\n{SHA1} words\n")
    assert [item.hash for item in entries] == [MD5, SHA1]
    assert [item.row for item in rejected] == [6, 8]
    assert report.unused == {"words behind a hash": 1}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system(tmp_path: Path, end: str) -> None:
    entries, _, _ = read(tmp_path, end.join([MD5, SHA1]))
    assert [item.how for item in entries] == [MatchHow.MD5, MatchHow.SHA1]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = f"Name;MD5;Kategorie ;Label\n\u5c71.jpg;{MD5};x;h\u00fcgel\n"
    marks = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
    entries, rejected, _ = read(tmp_path, marks.get(encoding, b"") + text.encode(encoding))
    assert entries == [Entry(MatchHow.MD5, MD5, label="h\u00fcgel")] and not rejected


def test_other_encodings_stay_visible_and_are_told_apart(tmp_path: Path) -> None:
    content = f"md5,label\n{md5(1)},h".encode() + b"\xfc" + f"gel\n{md5(2)},h".encode() + b"\xf6" + b"gel\n"
    entries, _, _ = read(tmp_path, content)
    assert [item.label for item in entries] == ["h\\xfcgel", "h\\xf6gel"]
    with pytest.raises(HashSetError, match="byte order mark"):
        read(tmp_path, f"{MD5}\n".encode("utf-16-le"))


def test_64_digits_must_be_named(tmp_path: Path) -> None:
    for content in (f"{MD5}\n\n{SHA256}\n", f"hash,label\n{MD5},a\n{SHA256},a\n"):
        with pytest.raises(HashSetError, match=r"Row 3 .* SHA-256 or PDQ") as raised:
            read(tmp_path, content)
        assert "--kind" in raised.value.advice
    entries, rejected, _ = read(tmp_path, f"{SHA256}\n{MD5}\n", MatchHow.SHA256)
    assert entries == [Entry(MatchHow.SHA256, SHA256)]
    assert [item.row for item in rejected] == [2], "an MD5 in what was said to be a list of SHA-256"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_every_delimiter_quoted_and_not(tmp_path: Path, delimiter: str, quoting: int) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(["File Name", "SHA-1", "MD5 hash", "SHA256", "pdq_hash", "Quality", "Category", "Series Name"])
    writer.writerow([f'a{delimiter} "b".jpg', SHA1, MD5, SHA256, PDQ, 90, "B", "hills"])
    writer.writerow(["two\nlines", "", md5(1), "", "", "", "", ""])
    writer.writerow(["last", "", md5(2), "", "", "", "A", ""])
    entries, rejected, report = read(tmp_path, out.getvalue())
    assert report.form == "CSV with a header" and not rejected
    assert entries[:4] == [
        Entry(MatchHow.SHA1, SHA1, "hills", "B"),
        Entry(MatchHow.MD5, MD5, "hills", "B"),
        Entry(MatchHow.SHA256, SHA256, "hills", "B"),
        Entry(MatchHow.PDQ, PDQ, "hills", "B", 90),
    ]
    assert entries[4:] == [Entry(MatchHow.MD5, md5(1)), Entry(MatchHow.MD5, md5(2), label="A")]


def test_what_may_stand_above_a_header(tmp_path: Path) -> None:
    entries, rejected, report = read(tmp_path, f"\n\nsep=;\n# exported today\nmd5;label\n{MD5};A\nzz;B\n")
    assert report.form == "CSV with a header"
    assert entries == [Entry(MatchHow.MD5, MD5, label="A")]
    assert [item.row for item in rejected] == [7]


def test_a_column_of_hashes_of_any_kind(tmp_path: Path) -> None:
    text = f"Type,Hash,Tag\nPDQ,{PDQ},a\nsha256,{SHA256},b\nphoto,{MD5},c\n,{SHA1},d\nmd5,{SHA1},e\n"
    entries, rejected, _ = read(tmp_path, text)
    assert [(item.how, item.label) for item in entries] == [
        (MatchHow.PDQ, "a"),
        (MatchHow.SHA256, "b"),
        (MatchHow.MD5, "c"),
        (MatchHow.SHA1, "d"),
    ]
    assert [(item.row, item.why) for item in rejected] == [(6, "the md5 is not 32 hex digits")]
    entries, _, _ = read(tmp_path, f"hash value\n{PDQ}\n", MatchHow.PDQ)
    assert entries == [Entry(MatchHow.PDQ, PDQ)]


def test_the_kind_that_is_said_leaves_named_columns_alone(tmp_path: Path) -> None:
    entries, _, _ = read(tmp_path, f"md5,sha1\n{MD5},{SHA1}\n", MatchHow.SHA1)
    assert [item.how for item in entries] == [MatchHow.MD5, MatchHow.SHA1]


def test_a_list_of_icse_as_iped_reads_it(tmp_path: Path) -> None:
    head = (
        "MD5;SHA1;PhotoDNA;Image ID;Is distributed;Victim identified;Offender identified;Series name;Number of submissions;"
        "File Available;Media Type;Baseline"
    )
    entries, _, report = read(
        tmp_path, f"{head}\n{MD5};{SHA1};AAAA;7;;;;hills;2;1;image;true\n{md5(1)};;;8;;;;;1;1;image;\n"
    )
    assert {(item.bank, item.label) for item in entries} == {("hills", "baseline true"), ("", "")}
    assert report.unused == {"PhotoDNA hashes": 1}


def test_errors_of_single_rows_are_said_and_cost_only_their_row(tmp_path: Path) -> None:
    rows = [
        "md5,sha1,pdq,quality,label",
        f"zz,{SHA1},,,A",
        ",,,,B",
        "",
        f"{md5(1)},,{PDQ},high,C",
        f"{md5(2)},short",
        md5(3),
    ]
    entries, rejected, _ = read(tmp_path, "\n".join(rows))
    assert [(item.row, item.why) for item in rejected] == [
        (2, "the md5 is not 32 hex digits"),
        (3, "no hash in the row"),
        (5, "the quality is not a number from 0 to 100; the hash was imported without it"),
        (6, "the sha1 is not 40 hex digits"),
    ]
    assert [(item.hash, item.label) for item in entries] == [
        (SHA1, "A"),
        (md5(1), "C"),
        (PDQ, "C"),
        (md5(2), ""),
        (md5(3), ""),
    ]


def test_a_delimiter_in_a_name_costs_the_label_and_not_the_hash(tmp_path: Path) -> None:
    text = f"md5;name;label\n{md5(1)};a; b.jpg;category 1\n{md5(2)};c.jpg;category 2;\n"
    entries, rejected, _ = read(tmp_path, text)
    assert [(item.hash, item.label) for item in entries] == [(md5(1), ""), (md5(2), "category 2")]
    assert [(item.row, item.why) for item in rejected] == [
        (2, "more fields than the header has: bank and label were left out")
    ]


def test_a_quotation_mark_left_open_costs_its_own_row_only(tmp_path: Path) -> None:
    rows = [f'{md5(number)},"name {number}",A' for number in range(60)]
    rows[5] = f'{md5(5)},"name 5,A'
    rows[30] = f'"{md5(30)},name,A'
    rows[40] = f'{md5(40)},"name" 40,A'
    rows[50] = f'{md5(50)},a 5" disk,A'
    entries, rejected, _ = read(tmp_path, "\n".join(["md5,name,label", *rows]))
    assert {item.hash for item in entries} == {md5(number) for number in range(60)} - {md5(30)}
    assert {(item.row, item.why[:16]) for item in rejected} == {
        (7, "a quotation mark"),
        (32, "a quotation mark"),
        (32, "the md5 is not 3"),
    }
    assert {item.label for item in entries if item.hash in {md5(40), md5(50)}} == {"A"}


@quick
@given(
    rows=st.lists(
        st.tuples(
            st.text(max_size=30), st.binary(min_size=16, max_size=16), st.sampled_from(["", "A", "B c", "d,e", 'f"g'])
        ),
        max_size=20,
    ),
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
)
def test_what_a_csv_writer_writes_comes_back(
    tmp_path: Path, rows: list[tuple[str, bytes, str]], delimiter: str, quoting: int
) -> None:
    # Line breaks and NUL in names are met by tests of their own: universal line ends would change them here.
    named = [("".join(char for char in name if char.isprintable()), raw.hex(), label) for name, raw, label in rows]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator="\n")  # type: ignore[arg-type]
    writer.writerows([("name", "md5", "label"), *named])
    entries, rejected, _ = read(tmp_path, out.getvalue())
    assert [(item.hash, item.label) for item in entries] == [(raw, label) for _, raw, label in named]
    assert not rejected


@pytest.mark.parametrize("line", ["", "name,size", "0a0a", MD5, f"{MD5},label", "shape,mad5"])
def test_lines_that_are_no_header(line: str) -> None:
    assert csv_header(line) is None


def test_headers() -> None:
    header = csv_header('"SHA-1","MD5","CRC32","FileName","ProductCode"')
    assert header is not None and header.delimiter == ","
    assert header.hashes == ((0, MatchHow.SHA1), (1, MatchHow.MD5)) and header.bank == 4
    # A column "hash" beside one with a kind is something else, a hash of the record for instance.
    header = csv_header("hash;pdq;type")
    assert header is not None and header.hashes == ((1, MatchHow.PDQ),) and header.kind is None
