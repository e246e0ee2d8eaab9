"""`safelight import`: decisions into a case, and what was left out on stderr."""

from __future__ import annotations

from pathlib import Path

import orjson
from tests.case.records import begin, examination, record
from tests.cli.conftest import Call

from safelight.case.case import Case
from safelight.exports.vics.header import MODELS


def test_the_command_takes_in_counts_and_refuses(call: Call, tmp_path: Path) -> None:
    with Case.create_or_open(tmp_path / "case") as case:
        case.record(begin(case), [record(number) for number in range(3)])
    media = [{"MediaID": number, "MD5": examination(number).md5, "Category": 1} for number in range(4)]
    (tmp_path / "x.json").write_bytes(
        orjson.dumps({"@odata.context": MODELS["2.0"].context("CUSTOM", "Media"), "value": media})
    )
    unnamed = call("import", "case", "x.json", "--person", "Grace")
    assert unnamed.code == 0 and unnamed.out.startswith("Nothing new") and "which category scheme" in unnamed.err
    taken = call("import", "case", "x.json", "--person", "Grace", "--scheme", "ours", "--examiner", "Ada")
    assert taken.code == 0 and taken.out.startswith("3 decisions taken in from x.json (read as Project VIC JSON), act ")
    assert taken.err == "Left out: 1 (its content is not in the case; record 4)\n"
    again = orjson.loads(call("import", "case", "x.json", "--person", "Grace", "--scheme", "ours", "--json").out)
    assert (again["schema"], again["taken"], again["left"]["it is in the case already"]) == ("safelight.import/1", 0, 3)
    refused = call("import", "case", "case/case.sqlite")
    assert refused.code == 13 and "Kept:" in refused.err and "Next:" in refused.err
    assert call("import", "absent", "x.json").code == 5
    with Case.open(tmp_path / "case") as case:
        actions = [(event.action, event.actor) for event in case.events()]
    assert actions.count(("decisions-taken-in", "Ada")) == 1
