"""The traces of a case: in one order, each once, the same on both databases, and no prompt among them."""

from __future__ import annotations

from itertools import pairwise

from tests.case.making import digest, fill_making, made
from tests.case.records import matches
from tests.databases import Database

from safelight.case.links import traces
from safelight.model import HashSetRole, LeadKind
from safelight.origin.leads import lead_key


def test_traces_come_in_order_each_once_with_their_counts(database: Database) -> None:
    with database.write() as case:
        fill_making(
            case,
            [
                made(
                    1, {"model": "a/Terra.safetensors", "prompt": "a secret prompt", "loras": ["grain"], "user": "Ada"}
                ),
                made(
                    2, {"model": "terra.ckpt", "prompt": "a secret prompt", "input_images": ["x.png"], "job_id": "j1"}
                ),
                made(
                    3,
                    {"model": "sd_xl_base_1.0.safetensors", "model_hash": "31e35c80fc", "host_paths": ["/home/ada/x"]},
                ),
            ],
        )
        found = list(traces(case))
    assert all((one.kind, one.key) < (two.kind, two.key) for one, two in pairwise(found))
    by = {(item.kind, item.key): item for item in found}
    model = by["model", lead_key(LeadKind.MODEL, "terra").hex()]
    assert (model.media, model.label, model.public) == (2, "a/Terra.safetensors", False)
    prompt = by["prompt", lead_key(LeadKind.PROMPT, "a secret prompt").hex()]
    assert (prompt.media, prompt.label) == (2, "")
    assert not any("secret" in item.label for item in found)
    assert {item.label for item in found if item.public} == {"31e35c80fc", "sd_xl_base_1.0.safetensors"}
    assert [item.key for item in found if item.kind == "media"] == sorted(digest(number) for number in (1, 2, 3))


def test_contents_on_lists_of_irrelevant_files_are_public_unless_they_are_known(database: Database) -> None:
    from dataclasses import replace

    with database.write() as case:
        run_id = fill_making(case, [made(number, {"model": "m"}) for number in range(3)])
        found = list(matches([0, 1]))
        irrelevant = [replace(item, role=HashSetRole.IRRELEVANT, hashset="system") for item in found]
        case.add_matches(run_id, [*irrelevant, found[1]], state={"sets": []})
        public = {item.key for item in traces(case) if item.kind == "media" and item.public}
    assert public == {digest(0)}
