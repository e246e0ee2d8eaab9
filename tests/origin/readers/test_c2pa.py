"""Manifests of real files, and of files that are signed here: what they say, and how far it is believed."""

from __future__ import annotations

import csv
import datetime as dt
import random
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.decode.containers.mutation import mutated
from tests.decode.walls import examine
from tests.origin.signing import Authority, Signer, action, opened, picture, signed

from safelight.decode.bounding import bounded
from safelight.decode.content import Content
from safelight.decode.limits import Limits
from safelight.decode.wall import Wall, WorkPlan
from safelight.model import Basis, Finding, Opinion, Outcome, Strength, Supports
from safelight.origin.opinion import weigh
from safelight.origin.readers.c2pa import C2paReader
from safelight.origin.trust import TrustLists, shipped_lists

AI = "trainedAlgorithmicMedia"
AI_PART = "compositeWithTrainedAlgorithmicMedia"
CAPTURE = "digitalCapture"
AI_VERDICTS = {"full_ai": Supports.GENERATED, "ai_edit": Supports.AI_EDITED}
MUST_NOT_BE_GENERATED = (
    "trap",
    "camera-",
    "c2pa-non-ai-edit",
    "negative-",
    "c2pa-capture",
    "c2pa-tampered",
    "c2pa-softbinding",
)


class Office(NamedTuple):
    """An authority whose list the reader uses, and one that nobody knows."""

    reader: C2paReader
    listed: Signer
    unlisted: Signer


@pytest.fixture(scope="module")
def office() -> Office:
    known, unknown = Authority("Known House"), Authority("Unknown House")
    return Office(C2paReader(known.as_lists()), known.signer("Known House"), unknown.signer("Unknown House"))


@pytest.fixture(scope="module")
def shipped() -> C2paReader:
    return C2paReader()


def read(reader: C2paReader, data: bytes) -> list[Finding]:
    return list(reader.read(Content(data, len(data), Limits())))


def one(reader: C2paReader, data: bytes) -> Finding:
    (finding,) = read(reader, data)
    assert bounded([finding]) == [finding]
    return finding


def facts(finding: Finding) -> tuple[Any, ...]:
    """Content, signature, trusted by, time stamp."""
    details: Any = finding.details
    return details["content"], details["signature"], details["signer"]["trusted_by"], details["time"]["time_stamp"]


# Signed here.


def test_what_a_listed_signer_says_of_whole_content_is_signed(office: Office) -> None:
    data = signed(picture(), office.listed, [action("created", AI, "Toy Model")])
    finding = one(office.reader, data)
    assert (finding.supports, finding.basis, finding.strength) == (
        Supports.GENERATED,
        Basis.SIGNED,
        Strength.VERY_STRONG,
    )
    assert facts(finding) == ("matches", "valid", "unit", "none")
    assert finding.details["generator"] == "Known House Drawing Program (Toy Model)"
    assert finding.details["generator_version"] == "1.2"
    assert finding.details["signer"]["list_date"] == "2026-01-01"
    assert "JPEG APP11" in finding.where
    assert "unit trust list vouches" in finding.what


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF", "GIF"])
def test_every_container_of_pictures(office: Office, form: str) -> None:
    data = signed(picture(form=form), office.listed, [action("created", AI)], media_type=f"image/{form.lower()}")
    assert one(office.reader, data).supports is Supports.GENERATED


def test_an_unlisted_signer_counts_as_unsigned_and_is_not_called_tampered(office: Office) -> None:
    data = signed(picture(), office.unlisted, [action("created", AI)])
    finding = one(office.reader, data)
    assert (finding.supports, finding.basis, finding.strength) == (Supports.GENERATED, Basis.DECLARED, Strength.STRONG)
    assert facts(finding) == ("matches", "valid", None, "none")
    assert "on no list" in finding.what
    assert "changed" not in finding.what.replace("model changed", "")
    assert "tampered" not in finding.what


def test_an_expired_signer_is_not_called_tampered() -> None:
    house = Authority("Known House")
    reader = C2paReader(house.as_lists())
    signer = house.signer("Hasty House", valid_for=dt.timedelta(seconds=2))
    data = signed(picture(), signer, [action("created", CAPTURE)])
    assert one(reader, data).basis is Basis.SIGNED
    time.sleep(3)
    finding = one(reader, data)
    assert facts(finding) == ("matches", "valid", None, "none")
    assert finding.details["signer"]["why_not"].startswith("its certificate has expired")
    assert (finding.supports, finding.basis) == (Supports.CAPTURED, Basis.DECLARED)
    assert "The content is what was signed" in finding.what


@pytest.mark.parametrize("source_type", [AI, CAPTURE])
def test_other_pixels_make_the_manifest_say_nothing(office: Office, source_type: str) -> None:
    data = bytearray(signed(picture(), office.listed, [action("created", source_type)]))
    data[-40] ^= 1
    finding = one(office.reader, bytes(data))
    assert (finding.supports, finding.basis, finding.strength) == (Supports.NOTHING, None, Strength.NONE)
    assert facts(finding) == ("does not match", "valid", "unit", "none")
    assert "changed after it was signed" in finding.what
    assert weigh([finding]).opinion is Opinion.UNDETERMINED


def test_a_manifest_that_was_moved_to_another_picture_says_nothing(office: Office) -> None:
    data = signed(picture(), office.listed, [action("created", AI)])
    other = picture(shade=90)
    end = data.index(b"\xff\xdb")
    moved = data[:end] + other[other.index(b"\xff\xdb") :]
    finding = one(office.reader, moved)
    assert finding.details["content"] == "does not match"
    assert finding.supports is Supports.NOTHING


@pytest.mark.parametrize(
    ("term", "supports", "basis", "strength"),
    [
        (AI, Supports.GENERATED, Basis.DECLARED, Strength.WEAK),
        (CAPTURE, Supports.NOTHING, None, Strength.NONE),
    ],
)
def test_a_statement_that_was_changed_is_hardly_believed(
    office: Office, term: str, supports: Supports, basis: Basis | None, strength: Strength
) -> None:
    blank = "x" * len(term)
    data = signed(picture(), office.listed, [action("created", blank)])
    assert one(office.reader, data).supports is Supports.NOTHING
    finding = one(office.reader, data.replace(blank.encode(), term.encode()))
    assert facts(finding) == ("matches", "valid", "unit", "none")
    assert finding.details["statements"] == "changed after they were signed"
    assert "was changed after it was signed" in finding.what
    assert (finding.supports, finding.basis, finding.strength) == (supports, basis, strength)


def test_generated_edited_by_a_model_by_hand_and_captured_are_told_apart(office: Office) -> None:
    photo = signed(picture(), office.listed, [action("created", CAPTURE)], program="Toy Camera")
    painted = signed(picture(), office.listed, [action("created", AI, "Toy Model")])

    def on(parent: bytes, *steps: dict[str, Any]) -> Finding:
        data = signed(picture(shade=9), office.listed, [opened(), *steps], ingredients=[("parentOf", parent)])
        return one(office.reader, data)

    fill = action("edited", AI_PART, "Toy Fill")
    cases = {
        "a capture": (one(office.reader, photo), Supports.CAPTURED),
        "a capture, only converted": (on(photo, action("converted")), Supports.CAPTURED),
        "a capture, cropped": (on(photo, action("cropped")), Supports.EDITED),
        "a capture, filled by a model": (on(photo, fill), Supports.AI_EDITED),
        "a capture, cropped and filled": (on(photo, action("cropped"), fill), Supports.AI_EDITED),
        "something unknown, filled": (on(picture(), fill), Supports.AI_EDITED),
        "something unknown, repainted whole": (on(picture(), action("edited", AI)), Supports.AI_EDITED),
        "something unknown, cropped": (on(picture(), action("cropped")), Supports.EDITED),
        "something unknown, opened": (on(picture()), Supports.NOTHING),
        "a painted one, cropped": (on(painted, action("cropped")), Supports.GENERATED),
        "a painted one, filled": (on(painted, fill), Supports.GENERATED),
        "a painted one, opened": (on(painted), Supports.GENERATED),
    }
    assert {name: found.supports for name, (found, _) in cases.items()} == {
        name: wanted for name, (_, wanted) in cases.items()
    }
    assert {found.basis for found, wanted in cases.values() if wanted is not Supports.NOTHING} == {Basis.SIGNED}
    assert cases["a capture"][0].details["captured_with"] == "Toy Camera"
    assert cases["a capture, filled by a model"][0].details["generator"] == "Known House Drawing Program (Toy Fill)"
    assert cases["a painted one, cropped"][0].details["generator"] == "Known House Drawing Program (Toy Model)"
    assert cases["a capture, filled by a model"][0].details["input_images"] == ["parent.jpg"]


def test_a_program_is_a_camera_only_where_it_says_that_it_captured_and_on_whose_word_is_told(office: Office) -> None:
    def camera(signer: Signer, term: str) -> tuple[Finding, Any]:
        finding = one(office.reader, signed(picture(), signer, [action("created", term)], program="Toy Program"))
        assert finding.supports is Supports.CAPTURED
        return finding, finding.details.get("captured_with")

    finding, named = camera(office.unlisted, CAPTURE)
    assert (
        named == f"Toy Program (so claims {finding.details['captured_with_said_by']}, for whom no trust list vouches)"
    )
    assert f"is the word of {finding.details['captured_with_said_by']}." in finding.what
    assert camera(office.listed, "computationalCapture")[1] == "Toy Program"
    for signer in (office.listed, office.unlisted):
        finding, named = camera(signer, "negativeFilm")
        assert named is None and "Toy Program" not in finding.what, "who scans a negative is no camera"


def test_a_longer_chain_is_followed_to_its_beginning(office: Office) -> None:
    data = signed(picture(), office.listed, [action("created", AI, "Toy Model")])
    for shade in range(3):
        data = signed(
            picture(shade=shade), office.listed, [opened(), action("cropped")], ingredients=[("parentOf", data)]
        )
    finding = one(office.reader, data)
    assert finding.supports is Supports.GENERATED
    assert len(finding.details["manifests"]) == 4


def test_a_part_made_by_a_model_and_a_photograph_as_input(office: Office) -> None:
    photo = signed(picture(), office.listed, [action("created", CAPTURE)])
    painted = signed(picture(), office.listed, [action("created", AI)])
    placed = action("placed", parameters={"ingredientIds": ["parent"]})
    collage = signed(
        picture(), office.listed, [action("created", "digitalCreation"), placed], ingredients=[("componentOf", painted)]
    )
    assert one(office.reader, collage).supports is Supports.AI_EDITED
    redrawn = signed(picture(), office.listed, [action("created", AI)], ingredients=[("inputTo", photo)])
    finding = one(office.reader, redrawn)
    assert finding.supports is Supports.AI_EDITED
    assert "from a picture that is stated to be captured" in finding.what
    guided = signed(picture(), office.listed, [action("created", AI)], ingredients=[("inputTo", picture(shade=5))])
    assert one(office.reader, guided).supports is Supports.GENERATED


def test_a_listed_signer_does_not_launder_what_an_unlisted_one_said(office: Office) -> None:
    photo = signed(picture(), office.unlisted, [action("created", CAPTURE)])
    data = signed(picture(shade=1), office.listed, [opened(), action("converted")], ingredients=[("parentOf", photo)])
    finding = one(office.reader, data)
    assert facts(finding)[2] == "unit"
    assert (finding.supports, finding.basis) == (Supports.CAPTURED, Basis.DECLARED)
    assert "an earlier manifest (Unknown House)" in finding.what
    assert len(finding.details["not_trusted_when_taken_in"]) == 1


def test_nor_what_comes_by_way_of_an_unlisted_one(office: Office) -> None:
    data = signed(picture(), office.listed, [action("created", CAPTURE)])
    for shade, signer in enumerate((office.unlisted, office.listed)):
        steps = [opened(), action("converted")]
        data = signed(picture(shade=shade), signer, steps, ingredients=[("parentOf", data)])
    finding = one(office.reader, data)
    assert (finding.supports, finding.basis) == (Supports.CAPTURED, Basis.DECLARED)


@pytest.mark.parametrize(
    ("term", "supports"),
    [
        ("compositeSynthetic", Supports.AI_EDITED),
        ("computationalCapture", Supports.CAPTURED),
        ("algorithmicMedia", Supports.NOTHING),
        ("digitalArt", Supports.NOTHING),
        ("screenCapture", Supports.NOTHING),
        ("compositeCapture", Supports.EDITED),
        ("ofNobodysInvention", Supports.NOTHING),
    ],
)
def test_source_types(office: Office, term: str, supports: Supports) -> None:
    assert one(office.reader, signed(picture(), office.listed, [action("created", term)])).supports is supports


def test_a_service_that_gives_no_source_type_is_told_by_its_name(office: Office) -> None:
    made = action("created", agent="Bing Image Creator", description="AI Generated Image")
    data = signed(picture(), office.listed, [made], program="Microsoft Responsible AI Image Provenance")
    finding = one(office.reader, data)
    assert (finding.supports, finding.basis, finding.strength) == (Supports.GENERATED, Basis.SIGNED, Strength.STRONG)
    assert finding.details["generator"] == "Known House Bing Image Creator"


def test_watermarks_authors_and_problems_are_kept_as_facts(office: Office) -> None:
    binding = {
        "label": "c2pa.soft-binding",
        "data": {"alg": "com.example.mark", "blocks": [{"scope": {}, "value": "2*01"}]},
    }
    author = {
        "label": "stds.schema-org.CreativeWork",
        "data": {
            "@context": "https://schema.org",
            "@type": "CreativeWork",
            "author": [{"@type": "Person", "name": "A. Painter"}],
        },
    }
    data = signed(
        picture(), office.listed, [action("created", "digitalArt"), action("watermarked")], assertions=[binding, author]
    )
    finding = one(office.reader, data)
    assert finding.supports is Supports.NOTHING
    assert finding.details["watermarks_named"] == [{"algorithm": "com.example.mark", "value": "2*01"}]
    assert finding.details["authors"] == ["A. Painter"]
    assert (
        "names an invisible watermark or fingerprint (com.example.mark); whether the pixels carry it was not looked at"
        in finding.what
    )


def test_every_assertion_is_named_also_one_that_nobody_knows(office: Office) -> None:
    notes = [{"label": "com.example.signals", "data": {"score": number}} for number in range(3)]
    finding = one(office.reader, signed(picture(), office.listed, [action("created", "digitalArt")], assertions=notes))
    (manifest,) = finding.details["manifests"]
    assert manifest["assertions"] == ["c2pa.actions.v2", "com.example.signals", "c2pa.hash.data"]
    assert finding.supports is Supports.NOTHING

    notes = [{"label": f"com.example.signals.{number}", "data": {"score": number}} for number in range(120)]
    finding = one(office.reader, signed(picture(), office.listed, [action("created", "digitalArt")], assertions=notes))
    (manifest,) = finding.details["manifests"]
    assert len(manifest["assertions"]) == 100
    assert manifest["assertions_in_all"] == 122


def test_a_known_watermark_is_named_by_its_product(office: Office) -> None:
    binding = {
        "label": "c2pa.soft-binding",
        "data": {"alg": "com.adobe.trustmark.P", "blocks": [{"scope": {}, "value": "2*01"}]},
    }
    data = signed(picture(), office.listed, [action("created", "digitalArt")], assertions=[binding])
    finding = one(office.reader, data)
    assert finding.details["watermarks_named"] == [
        {"algorithm": "com.adobe.trustmark.P", "product": "Adobe TrustMark", "value": "2*01"}
    ]
    assert finding.supports is Supports.NOTHING


def test_a_capture_of_a_maker_whose_cameras_were_fooled_counts_as_unsigned() -> None:
    """Nikon's revocation of 2025-09 cannot be seen offline, so its word for a capture is not more than unsigned."""
    house = Authority("NIKON CORPORATION")
    reader, signer = C2paReader(house.as_lists()), house.signer("NIKON CORPORATION")
    captured = one(reader, signed(picture(), signer, [action("created", "digitalCapture")]))
    assert (captured.supports, captured.basis, captured.strength) == (
        Supports.CAPTURED,
        Basis.DECLARED,
        Strength.MODERATE,
    )
    assert "September 2025" in captured.could_be_faked_by
    assert "counts as unsigned" in captured.what
    assert facts(captured)[:3] == ("matches", "valid", "unit")
    # What it says of a model would be against its interest, and stays signed.
    made = one(reader, signed(picture(), signer, [action("created", AI)]))
    assert (made.supports, made.basis) == (Supports.GENERATED, Basis.SIGNED)


def test_nothing_is_fetched(office: Office) -> None:
    """A listener on this machine stands for the network: nobody may call."""
    calls: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        stop = threading.Event()

        def listen() -> None:
            while not stop.is_set():
                try:
                    connection, address = server.accept()
                except TimeoutError:
                    continue
                connection.close()
                calls.append(address)

        listener = threading.Thread(target=listen)
        listener.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/manifest"
        made = [action("created", AI)]
        elsewhere = signed(picture(), office.listed, made, remote=url, embed=False)
        both = signed(picture(), office.listed, made, remote=url)
        away, here = one(office.reader, elsewhere), one(office.reader, both)
        stop.set()
        listener.join()
    assert calls == []
    assert (away.supports, away.outcome) == (Supports.NOTHING, Outcome.FOUND)
    assert away.details["remote_manifest"] == url
    assert "not fetched" in away.what
    assert here.supports is Supports.GENERATED
    assert here.details["remote_manifest"] == url


def test_a_drawing_in_svg(office: Office) -> None:
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>'
    data = signed(drawing, office.listed, [action("created", AI)], media_type="image/svg+xml")
    assert one(office.reader, data).supports is Supports.GENERATED


def test_no_manifest_no_finding(office: Office) -> None:
    for data in (picture(), picture(form="PNG"), b"", b"jumdc2pa", b"%PDF-1.7\n"):
        assert read(office.reader, data) == []


def test_a_damaged_store_is_told(office: Office) -> None:
    data = signed(picture(), office.listed, [action("created", AI)])
    broken = bytearray(data)
    broken[data.index(b"cbor", data.index(b"c2pa.claim.v2")) + 4] = 0xFF
    (finding,) = read(office.reader, bytes(broken))
    assert finding.outcome is Outcome.COULD_NOT_LOOK
    assert finding.supports is Supports.NOTHING
    assert finding.details["error"]


def test_endless_texts_and_lists_are_bounded(office: Office) -> None:
    steps = [action("edited", AI_PART, "Toy " * 40, description="again " * 40) for _ in range(100)]
    finding = one(office.reader, signed(picture(), office.listed, [action("created", AI), *steps]))
    assert len(finding.details["manifests"][0]["actions"]) == 30
    assert len(finding.what) < 1000


def test_the_first_list_counts(office: Office) -> None:
    house = Authority("Known House")
    data = signed(picture(), house.signer("Known House"), [action("created", AI)])
    first, second = house.as_lists("first").signers[0], house.as_lists("second").signers[0]
    for _ in range(4):
        assert facts(one(C2paReader(TrustLists((first, second))), data))[2] == "first"
        assert (
            facts(one(C2paReader(TrustLists((Authority("Else").as_lists("other").signers[0], second))), data))[2]
            == "second"
        )


def test_authorities_of_time_stamps_do_not_vouch_for_signers() -> None:
    house, other = Authority("Known House"), Authority("Else")
    data = signed(picture(), house.signer("Known House"), [action("created", AI)])
    lists = TrustLists(other.as_lists("signers").signers, house.as_lists("stamps").signers)
    assert facts(one(C2paReader(lists), data))[2] is None


def test_damaged_files_never_raise(office: Office) -> None:
    photo = signed(picture(16), office.listed, [action("created", CAPTURE)])
    chain = signed(picture(16), office.listed, [opened(), action("edited", AI_PART)], ingredients=[("parentOf", photo)])
    chance = random.Random(20260821)
    outcomes = set()
    for data in (photo, chain):
        start, stop = data.index(b"jumb"), data.index(b"\xff\xdb")
        for number in range(400):
            if number % 4 == 0:
                damaged = mutated(data, chance, photo)
            else:
                changed = bytearray(data)
                for _ in range(chance.randint(1, 3)):
                    changed[chance.randrange(start, stop)] = chance.choice((0, 0x7F, 0x80, 0xFF, chance.randrange(256)))
                damaged = bytes(changed)
            for finding in bounded(read(office.reader, damaged)):
                outcomes.add((finding.outcome, finding.supports))
    assert (Outcome.COULD_NOT_LOOK, Supports.NOTHING) in outcomes
    assert (Outcome.FOUND, Supports.NOTHING) in outcomes


def test_through_the_wall(office: Office) -> None:
    large = signed(picture(2048, form="PNG"), office.unlisted, [action("created", AI)], media_type="image/png")
    contents = [
        signed(picture(), office.unlisted, [action("created", AI)]),
        signed(picture(), office.unlisted, [action("created", CAPTURE)]),
        picture(),
        large,
    ]
    events: list[str] = []
    plan = WorkPlan(fingerprinter=None, readers=("safelight.origin.readers.c2pa:C2paReader",))
    with Wall(plan, Limits(), 1, on_event=events.append) as wall:
        replies = examine(wall, contents)
    assert events == []
    seen = []
    for reply in replies:
        assert reply.examination is not None
        (run,) = reply.examination.runs
        seen.append((run.outcome, [finding.supports for finding in reply.examination.findings]))
    assert seen == [
        (Outcome.FOUND, [Supports.GENERATED]),
        (Outcome.FOUND, [Supports.CAPTURED]),
        (Outcome.NOTHING_FOUND, []),
        (Outcome.FOUND, [Supports.GENERATED]),
    ]


# Real files.


@pytest.fixture(scope="module")
def carriers(shared: Path, shipped: C2paReader) -> Iterator[dict[str, tuple[dict[str, str], list[Finding]]]]:
    folder = shared / "carriers"
    with (folder / "manifest.csv").open(encoding="utf-8") as table:
        rows = [row for row in csv.DictReader(table) if row["file"]]
    yield {row["file"].partition("/")[2]: (row, read(shipped, (folder / row["file"]).read_bytes())) for row in rows}


@pytest.mark.shared
def test_real_files_are_told_as_their_makers_say(carriers: dict[str, tuple[dict[str, str], list[Finding]]]) -> None:
    wrong = []
    for path, (row, findings) in carriers.items():
        assert all(finding.outcome is Outcome.FOUND for finding in findings), path
        if findings and row["verdict"] in AI_VERDICTS:
            found = (findings[0].supports, findings[0].details.get("generator"))
            if found[0] is not AI_VERDICTS[row["verdict"]] or not _named_alike(row["generator"], str(found[1])):
                wrong.append((path, found, row["generator"]))
    assert wrong == []


def _named_alike(wanted: str, found: str) -> bool:
    """Every telling word of the manifest's name is in ours."""
    plain = "".join(char for char in found.lower() if char.isalnum())
    return all("".join(char for char in word.lower() if char.isalnum()) in plain for word in wanted.split())


@pytest.mark.shared
def test_no_real_file_without_a_model_is_called_generated(
    carriers: dict[str, tuple[dict[str, str], list[Finding]]],
) -> None:
    looked_at = 0
    for path, (_, findings) in carriers.items():
        if path.startswith(MUST_NOT_BE_GENERATED):
            looked_at += 1
            assert all(finding.supports not in {Supports.GENERATED, Supports.AI_EDITED} for finding in findings), path
    assert looked_at > 50


@pytest.mark.shared
@pytest.mark.parametrize(
    ("path", "wanted", "basis"),
    [
        ("c2pa-google-image/0389465f9b2693a4.png", ("matches", "valid", "official"), Basis.SIGNED),
        ("c2pa-firefly/a4421ef0454d3016.png", ("matches", "valid", "interim"), Basis.SIGNED),
        ("c2pa-bfl-flux/c3b39b2ac958bb80.jpg", ("matches", "valid", "interim"), Basis.SIGNED),
        ("c2pa-openai-image/ab14ae046a8917fa.png", ("matches", "valid", None), Basis.DECLARED),
        ("grok-c2pa-selfsigned/6e6bef8505bb247c.jpg", ("matches", "valid", None), Basis.DECLARED),
        ("c2pa-capture/721e75362ccc4ff9.jpeg", ("matches", "valid", None), Basis.DECLARED),
        ("c2pa-tampered/4524a15f71dbdd9e.jpg", ("does not match", "valid", None), None),
        ("c2pa-tampered/0d4c2774f1b7e94b.jpg", ("matches", "not valid", None), None),
    ],
)
def test_the_facts_of_real_files_are_kept_apart(
    carriers: dict[str, tuple[dict[str, str], list[Finding]]],
    path: str,
    wanted: tuple[str | None, ...],
    basis: Basis | None,
) -> None:
    (finding,) = carriers[path][1]
    assert facts(finding)[:3] == wanted
    assert finding.basis is basis


@pytest.mark.shared
def test_details_of_real_files(carriers: dict[str, tuple[dict[str, str], list[Finding]]]) -> None:
    def details(path: str) -> Any:
        (finding,) = carriers[path][1]
        return finding.details

    assert details("c2pa-capture/721e75362ccc4ff9.jpeg")["captured_with"] == "NIKON Z 9"
    assert details("c2pa-non-ai-edit/fa0b257c863cb5b3.jpg")["captured_with"] == (
        "c2pa cawg test (so claims C2PA Test Signing Cert, for whom no trust list vouches)"
    )
    assert details("c2pa-openai-image/ab14ae046a8917fa.png")["model"] == "GPT-4o"
    assert details("c2pa-google-image/f536158f7e6a6542.png")["watermarks_named"] == [{"algorithm": "SynthID"}]
    assert details("c2pa-non-ai-edit/e6ad9f51be5bb83f.jpg")["remote_manifest"].startswith("https://")
    assert details("grok-c2pa-selfsigned/6e6bef8505bb247c.jpg")["signer"]["self_made_certificate"] is True
    flux = details("c2pa-bfl-flux/c3b39b2ac958bb80.jpg")
    assert flux["time"] == {
        "signed_at": "2026-06-19T16:29:47+00:00",
        "time_stamp": flux["time"]["time_stamp"],
        "time_stamped_by": "DigiCert SHA256 RSA4096 Timestamp Responder 2025 1",
        "certificate_had_expired": False,
    }
    unsigned = details("c2pa-tampered/0d4c2774f1b7e94b.jpg")
    assert unsigned["statements"] == "under no valid signature"
    odd = details("c2pa-softbinding/268256e9e73469ac.jpg")
    assert odd["problems"] == ["claim.malformed", "assertion.action.ingredientMismatch"]


@pytest.mark.shared
def test_an_expired_certificate_needs_a_time_stamp_of_a_listed_authority(shared: Path) -> None:
    """The certificate of this file ran out on 2026-10-04; a time stamp shows that it signed before."""
    data = (shared / "carriers" / "files" / "c2pa-bfl-flux" / "c3b39b2ac958bb80.jpg").read_bytes()
    lists = shipped_lists()
    without = one(C2paReader(TrustLists(lists.signers)), data)
    if dt.datetime.now(dt.UTC) < dt.datetime(2026, 10, 5, tzinfo=dt.UTC):
        pytest.skip("the clock of this machine stands before the certificate's end")
    assert facts(without) == ("matches", "valid", None, "valid, by an authority on no list")
    assert without.basis is Basis.DECLARED
    assert facts(one(C2paReader(lists), data))[2:] == ("interim", "valid, by a listed authority")


@pytest.mark.shared
def test_the_same_file_gives_the_same_findings(shared: Path) -> None:
    data = (shared / "carriers" / "files" / "c2pa-firefly" / "a4421ef0454d3016.png").read_bytes()
    assert read(C2paReader(), data) == read(C2paReader(), data) == read(C2paReader(), data)
