"""A project with a published snapshot of several sources, made once for the tests that only read it or add to its ledger."""

from pathlib import Path

import pytest

from pipeline.domain.clauses import ClauseVerdict
from pipeline.flows.clauses import judge_clause
from pipeline.flows.house import House
from pipeline.flows.policies import activate
from pipeline.flows.project import init_project
from pipeline.flows.publish import publish
from pipeline.flows.run import run_sources
from tests.conftest import add_source, declaration

LAW = "第{n}条 处理个人信息应当遵循合法、正当、必要和诚信原则，不得通过误导、欺诈、胁迫等方式处理个人信息，本条为第{n}次。"
SPEECH = "Fellow citizens, this is speech number {n}; it says that liberty and union are one, now and for ever, as was said {n} times."
SOLD = "采购文本第{n}段：供应方承诺数据来源合法、质量达标、内容安全，并对由此产生的责任负责，编号为{n}。"


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Three sources (Chinese law, English speeches from overseas, synthetic), personal information masked, one snapshot ``first``."""
    folder = tmp_path_factory.mktemp("released") / "corpus"
    (folder / "sources" / ".keep").mkdir(parents=True)
    house = init_project(folder, alone=True)
    policy = folder / "policies" / "publish.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("needs_approval: true", "needs_approval: false"), encoding="utf-8")
    activate(house, house.os_user(), "first policies")
    laws = [{"id": f"l{n}", "text": LAW.format(n=n)} for n in range(1, 8)]
    laws.append({"id": "l9", "text": "联系人王建国，手机号13912345678，地址不详，请于工作时间来电联系，谢谢配合，此致敬礼。"})
    add_source(house, declaration("laws", kind="public_sector"), {"laws.jsonl": laws})
    speeches = [{"id": f"s{n}", "text": SPEECH.format(n=n)} for n in range(1, 5)]
    add_source(house, declaration("speeches", origin={"country": "US", "dataset": "speeches"}), {"speeches.jsonl": speeches})
    made = [{"id": f"c{n}", "text": SOLD.format(n=n)} for n in range(1, 4)]
    generator = {"generator": {"name": "script", "version": "1", "at": "2026-01-01T00:00:00Z"}, "kind": "synthetic"}
    proof = {**declaration("x")["evidence"][0], "kind": "generator_record"}  # type: ignore[index]
    evidence = [*declaration("x")["evidence"], proof | {"file": "evidence/generator.json", "states": None}]  # type: ignore[misc]
    put_generator = Path(folder / "sources" / "made" / "evidence")
    put_generator.mkdir(parents=True)
    (put_generator / "generator.json").write_text('{"name": "script", "version": "1"}\n', encoding="utf-8")
    add_source(house, declaration("made", **generator, evidence=evidence), {"made.jsonl": made})
    failures = run_sources(house, house.os_user(), ())
    assert not failures
    publish(house, house.os_user(), "first")
    judge = {"why": "evidence of all sources read", "name": "Li Ming"}
    judge_clause(house, house.os_user(), "measures-7-1", ClauseVerdict.CONFORMS, **judge)
    judge_clause(house, house.os_user(), "measures-4-2", ClauseVerdict.DOES_NOT, why="nobody measured it", plan="measure by March")
    return house
