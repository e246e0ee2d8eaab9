"""Generation runs in a case: the facts that leads and opinions give, and runs that are stored and read back, on both databases."""

from __future__ import annotations

from tests.case.making import digest, fill_making, made
from tests.databases import Database

from safelight.case.generation import (
    add_generation_runs,
    making_facts,
    run_members,
    run_of_media,
    run_totals,
    stored_runs,
)
from safelight.case.verify import verify
from safelight.grouping.runs import generation_runs
from safelight.model import JsonValue

_DAY_NS = 86_400 * 1_000_000_000


def _details(**changes: JsonValue) -> dict[str, JsonValue]:
    base: dict[str, JsonValue] = {
        "generator": "ComfyUI", "model": "sub/Terra_v1.safetensors", "model_hash": "31E35C80FC4829", "loras": [{"name": "grain", "hash": None}],
        "prompt": "a lighthouse, oil painting", "seed": "18446744073709551615", "workflow": "ab" * 32, "user": "Ada",
    }  # fmt: skip
    return base | changes


def test_facts_are_what_leads_and_opinion_say_in_one_form(database: Database) -> None:
    with database.write() as case:
        fill_making(
            case,
            [
                made(1, _details()),
                made(2, {"software": "paint"}),
                made(3, _details(seed="-1", user=["b", "a"]), modified_ns=9),
            ],
        )
        facts = {item.sha256: item for item in making_facts(case)}
    one, three = facts[digest(1)], facts[digest(3)]
    assert (one.software, one.model, one.model_hash, one.loras) == ("comfyui", "terra_v1", "31e35c80fc", ("grain",))
    assert (one.seed, one.prompt, one.workflow, one.host) == (
        (1 << 64) - 1,
        "a lighthouse, oil painting",
        "ab" * 32,
        "ada",
    )
    assert (one.time_ns, one.folder) == (20_000 * _DAY_NS + 1, "folder")
    # A seed that names none, and the time of a clock that was never set.
    assert (three.seed, three.time_ns, three.host) == (None, None, "a; b")
    assert not any(item.says_enough for item in facts.values() if item.sha256 == digest(2))


def test_runs_are_stored_read_back_and_covered_by_custody(database: Database) -> None:
    with database.write() as case:
        records = [made(number, _details(seed=str(100 + number))) for number in range(4)]
        records += [made(number, _details(seed="9", prompt="hills at dusk, watercolour")) for number in (4, 5)]
        run_id = fill_making(case, [*records, made(6, _details(model="other", model_hash=None))])
        found = generation_runs(making_facts(case))
        assert add_generation_runs(case, run_id, found) == 2
        assert not verify(case).breaks
    with database.read() as case:
        runs = list(stored_runs(case))
        assert [(run.number, run.recipe, run.size) for run in runs] == [(1, 1, 4), (2, 2, 2)]
        assert runs[0].name == "4 images, one model, one LoRA, one prompt, seeds 100 to 103, 4 October 2024"
        assert runs[0].details["seeds"] == [["100", "103", 4]]
        assert runs[0].details["template"] == {"text": "a lighthouse, oil painting", "slots": []}
        assert list(run_members(case, 2)) == sorted([digest(4), digest(5)])
        assert run_of_media(case, digest(3)) == runs[0] and run_of_media(case, digest(6)) is None
        totals = run_totals(case)
        assert (totals.runs, totals.recipes, totals.media, totals.alone, totals.silent) == (2, 2, 6, 1, 0)
        assert list(stored_runs(case, 1)) == runs[:1]


def test_a_later_run_replaces_the_runs_without_removing_them(database: Database) -> None:
    with database.write() as case:
        first = fill_making(case, [made(number, _details()) for number in range(2)])
        add_generation_runs(case, first, generation_runs(making_facts(case)))
        second = fill_making(case, [made(number, _details()) for number in (2, 3)])
        add_generation_runs(case, second, generation_runs(making_facts(case)))
        assert [run.size for run in stored_runs(case)] == [4]
        assert not verify(case).breaks


def test_a_case_without_the_stage_has_no_runs(database: Database) -> None:
    with database.write() as case:
        assert list(stored_runs(case)) == [] and run_totals(case).runs == 0
