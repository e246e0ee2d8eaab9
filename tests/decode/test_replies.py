"""The check of untrusted replies: what is well formed passes unchanged, all else is refused without repeating it."""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.decode.bounding import bounded
from safelight.decode.examine import reply_body
from safelight.decode.protocol import BadReplyError
from safelight.decode.replies import ReplyChecker
from safelight.model import Basis, Finding, Fingerprints, MediaKind, Outcome, PdqHash, ReaderRun, Strength, Supports

CHECKER = ReplyChecker()

FINDING = Finding(
    reader="c2pa",
    version="1",
    what="signed",
    supports=Supports.CAPTURED,
    basis=Basis.SIGNED,
    strength=Strength.STRONG,
    where="APP11",
    details={"nested": {"list": [1, 2.5, None, True, "é\u202e"]}, "seed": "18446744073709551615"},
)
MARKS = Fingerprints(
    pdq=PdqHash("0f" * 32, 100),
    pdq_nearest512=PdqHash("a1" * 32, 3),
    pdq_dihedral=("00" * 32,) * 8,
    features=bytes(4 + 2 * 22),
)
DIGESTS = {"sha256": "a" * 64, "sha1": "b" * 40, "md5": "c" * 32, "size_bytes": 5, "findings": []}


def done(**changes: Any) -> dict[str, Any]:
    reply = {
        "media_type": "image/png",
        "kind": MediaKind.IMAGE,
        "width_px": 3,
        "height_px": None,
        "frames": 1,
        "fingerprints": MARKS,
        "findings": [FINDING],
        "runs": [ReaderRun("c2pa", "1", Outcome.FOUND)],
        "memory_bytes": 9,
        "out_of_memory": False,
    }
    return {**orjson.loads(reply_body(reply, 1 << 20)), **changes}


def test_a_true_reply_passes_unchanged() -> None:
    checked = CHECKER.done(orjson.dumps(done()))
    assert checked.findings == (FINDING,)
    assert checked.fingerprints == MARKS
    assert checked.runs == (ReaderRun("c2pa", "1", Outcome.FOUND),)
    assert (checked.kind, checked.media_type, checked.width_px, checked.height_px, checked.frames) == (
        MediaKind.IMAGE,
        "image/png",
        3,
        None,
        1,
    )
    assert CHECKER.digests(orjson.dumps(DIGESTS)).sha256 == "a" * 64
    assert CHECKER.unreadable(orjson.dumps([FINDING])) == (FINDING,)


WRONG: list[Callable[[dict[str, Any]], object]] = [
    lambda reply: reply.update(extra=1),
    lambda reply: reply.pop("kind"),
    lambda reply: reply.update(kind="harmless"),
    lambda reply: reply.update(media_type="text/html; <script>"),
    lambda reply: reply.update(media_type="x" * 200 + "/y"),
    lambda reply: reply.update(width_px=-1),
    lambda reply: reply.update(width_px="3"),
    lambda reply: reply.update(width_px=1 << 50),
    lambda reply: reply.update(out_of_memory="no one knows"),
    lambda reply: reply["fingerprints"]["pdq"].update(hash="g" * 64),
    lambda reply: reply["fingerprints"]["pdq"].update(hash="0f" * 31),
    lambda reply: reply["fingerprints"]["pdq"].update(hash="0F" * 32),
    lambda reply: reply["fingerprints"]["pdq"].update(quality=101),
    lambda reply: reply["fingerprints"]["pdq"].update(quality=True),
    lambda reply: reply["fingerprints"].update(pdq_dihedral=["00" * 32] * 9),
    lambda reply: reply["fingerprints"].update(features="no base64!"),
    lambda reply: reply["fingerprints"].update(features="AAAA"),
    lambda reply: reply["fingerprints"].update(features="A" * (1 << 15)),
    lambda reply: reply["fingerprints"].update(features=base64.b64encode(bytes(4 + 257 * 22)).decode()),
    lambda reply: reply["fingerprints"].pop("features"),
    lambda reply: reply["findings"][0].update(outcome="clean"),
    lambda reply: reply["findings"][0].update(supports="safe"),
    lambda reply: reply["findings"][0].update(what="x" * 5000),
    lambda reply: reply["findings"][0].update(reader="x" * 500),
    lambda reply: reply["findings"][0].update(details=[1]),
    lambda reply: reply.update(findings=reply["findings"] * 5000),
    lambda reply: reply["runs"][0].update(outcome="fine"),
]


@pytest.mark.parametrize("spoil", WRONG)
def test_whatever_is_wrong_is_refused(spoil: Callable[[dict[str, Any]], object]) -> None:
    reply = copy.deepcopy(done())
    spoil(reply)
    with pytest.raises(BadReplyError):
        CHECKER.done(orjson.dumps(reply))


@pytest.mark.parametrize("field", ["sha256", "sha1", "md5"])
@pytest.mark.parametrize("value", ["", "z" * 64, "A" * 64, "a" * 63, None, 5, "a" * 64 + "\n"])
def test_digests_must_be_hex_of_the_right_length(field: str, value: object) -> None:
    with pytest.raises(BadReplyError, match=field):
        CHECKER.digests(orjson.dumps({**DIGESTS, field: value}))


def test_the_refusal_does_not_repeat_what_was_sent() -> None:
    with pytest.raises(BadReplyError) as caught:
        CHECKER.done(orjson.dumps(done(kind="a secret text", another_secret=1)))
    assert "secret text" not in str(caught.value)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b'{"sha256": "\\ud800"}', b"[" * 100_000, b"1e999"]
)
def test_what_is_not_even_json(body: bytes) -> None:
    for check in (CHECKER.done, CHECKER.digests, CHECKER.member, CHECKER.ready):
        with pytest.raises(BadReplyError):
            check(body)


@given(st.binary(max_size=300))
def test_garbage_is_refused_by_every_check(body: bytes) -> None:
    for check in (CHECKER.done, CHECKER.digests, CHECKER.member, CHECKER.ready):
        with pytest.raises(BadReplyError):
            check(body)


def test_a_deep_value_is_refused_or_passes_but_never_breaks() -> None:
    for depth in (10, 150, 250, 5000):
        body = orjson.dumps(done()).replace(b'"seed":"18446744073709551615"', b'"seed":' + b"[" * depth + b"]" * depth)
        try:
            CHECKER.done(body)
        except BadReplyError:
            assert depth > 100


@given(
    st.text(max_size=50),
    st.dictionaries(
        st.text(max_size=10), st.text(max_size=20) | st.integers() | st.floats(allow_nan=False), max_size=4
    ),
)
def test_every_bounded_finding_passes(what: str, details: dict[str, Any]) -> None:
    findings = bounded([Finding(reader="r", version="1", what=what, details=details)])
    assert list(CHECKER.unreadable(orjson.dumps(findings))) == findings


MEMBER = {
    "name": base64.b64encode(b"a\xff/b").decode(),
    "size_bytes": 1,
    "modified_ns": -1,
    "digests": None,
    "findings": [FINDING],
}


def test_members() -> None:
    member = CHECKER.member(orjson.dumps(MEMBER))
    assert (member.name, member.size_bytes, member.modified_ns, member.findings) == (b"a\xff/b", 1, -1, (FINDING,))
    assert CHECKER.member(orjson.dumps({**MEMBER, "name": None})).name is None
    for wrong in (
        {"name": "%%"},
        {"name": "A"},
        {"name": "QUJD" * 30_000},
        {"size_bytes": -1},
        {"digests": ["a", "b", "c"]},
    ):
        with pytest.raises(BadReplyError):
            CHECKER.member(orjson.dumps({**MEMBER, **wrong}))
    with pytest.raises(BadReplyError):
        CHECKER.member(orjson.dumps(MEMBER).replace(b'"modified_ns":-1', b'"modified_ns":1180591620717411303424'))
