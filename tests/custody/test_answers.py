"""Answers whose certificates are out of order are read as if they were not; nothing else of an answer is touched."""

from __future__ import annotations

import base64
import random
import shutil
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.custody.test_timestamps import Authority

from safelight.custody.answers import in_order
from safelight.custody.timestamps import Stamp, check_stamp, make_request, read_roots, stamp_record
from safelight.errors import CustodyError

HEAD = "9:" + "ef" * 32


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if shutil.which("openssl") is None:
        pytest.skip("the openssl program answers the requests")
    return Authority(tmp_path_factory.mktemp("tsa") / "one").with_chain()


@pytest.fixture(scope="module")
def answer(authority: Authority) -> bytes:
    return authority.answer(make_request("id", HEAD))


@pytest.fixture(scope="module")
def certificates(authority: Authority) -> list[bytes]:
    """Of the authority, and of its root."""
    return [
        base64.b64decode(
            "".join(line for line in (authority.folder / name).read_text().splitlines() if "-" not in line)
        )
        for name in ("tsa.pem", "root.pem")
    ]


def test_certificates_in_any_order_are_read_and_the_answer_is_kept_as_it_came(
    authority: Authority, answer: bytes, certificates: list[bytes]
) -> None:
    roots = read_roots((authority.folder / "root.pem").read_bytes())
    stands = next(b"".join(each) for each in permutations(certificates) if b"".join(each) in answer)
    made = {answer.replace(stands, b"".join(each)) for each in permutations(certificates)}
    assert len(made) == 2 and len({in_order(each) for each in made}) == 1
    for each in made:
        record = stamp_record("id", HEAD, each)
        assert base64.b64decode(str(record["response_base64"])) == each
        found = check_stamp(record, "id", roots)
        assert isinstance(found, Stamp) and found.trusted and "Test authority" in found.authority


def test_another_root_and_a_changed_signature_are_still_refused(
    authority: Authority, answer: bytes, tmp_path: Path
) -> None:
    record = stamp_record("id", HEAD, answer)
    other = Authority(tmp_path / "other")
    assert isinstance(check_stamp(record, "id", read_roots((other.folder / "root.pem").read_bytes())), str)
    # The signature stands last.
    changed = {**record, "response_base64": base64.b64encode(answer[:-1] + bytes([answer[-1] ^ 1])).decode()}
    roots = read_roots((authority.folder / "root.pem").read_bytes())
    assert isinstance(check_stamp(changed, "id", roots), str)


def test_a_bit_turned_over_anywhere_never_makes_a_trusted_stamp_of_another_time_or_head(
    authority: Authority, answer: bytes
) -> None:
    roots = read_roots((authority.folder / "root.pem").read_bytes())
    whole = check_stamp(stamp_record("id", HEAD, answer), "id", roots)
    chance = random.Random(11)
    for at in chance.sample(range(len(answer)), 300):
        changed = bytearray(answer)
        changed[at] ^= 1 << chance.randrange(8)
        try:
            found = check_stamp(stamp_record("id", HEAD, bytes(changed)), "id", roots)
        except CustodyError:
            continue
        assert isinstance(found, str) or (found.head, found.time_utc) == (HEAD, whole.time_utc), at  # type: ignore[union-attr]


def test_only_the_order_of_the_certificates_changes(answer: bytes, certificates: list[bytes]) -> None:
    after = in_order(answer)
    begin = min(answer.index(each) for each in certificates)
    end = begin + sum(map(len, certificates))
    assert after[:begin] == answer[:begin] and after[end:] == answer[end:]
    assert after[begin:end] == b"".join(sorted(certificates))
    assert in_order(after) == after


@given(st.binary(max_size=60))
def test_what_is_no_answer_is_left_as_it_is(content: bytes) -> None:
    assert in_order(content) == content


@given(st.integers(0, 3_000), st.integers(0, 255), st.integers(0, 3_000))
def test_no_damage_ends_in_an_error_and_no_byte_is_lost(answer: bytes, at: int, byte: int, cut: int) -> None:
    damaged = bytearray(answer)
    damaged[at % len(answer)] = byte
    content = bytes(damaged[: len(answer) - cut % 50 * (cut % 3 == 0)])
    assert sorted(in_order(content)) == sorted(content)
