"""Samples that people read: fixed once drawn, complete when judged, with bounds that anybody can recompute."""

import csv
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.domain.sources import SourceState
from pipeline.errors import ConfigurationError, EvidenceError
from pipeline.flows.assessments import draw_source, judge_source
from pipeline.flows.house import House
from pipeline.flows.pi_audit import draw_findings, draw_residual, judge_findings, judge_residual
from pipeline.flows.publish import publish
from pipeline.flows.run import run_sources
from pipeline.flows.sources import change_state, state_of
from pipeline.stages.bound_accuracy import upper_defects
from tests.conftest import add_source, declaration

LONG = "档案馆逐条登记每一次交付的内容，审计人员可以仅凭这些文件重新计算每一个摘要，并核对登记的来源与许可。"


def fill(sheet: Path, said: Callable[[int, dict[str, str]], str]) -> list[str]:
    """Judge a sheet as a person would, and return its items."""
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows):
        row["verdict"] = said(number, row)
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return [next(iter(row.values())) for row in rows]


def declared(house: House, *, admit: bool) -> str:
    texts = [{"id": str(number), "text": f"{LONG[number % 9 :]}第{number}号。"} for number in range(40)]
    return add_source(house, declaration("s"), {"one.jsonl": texts}, admit=admit)


def test_a_source_is_sampled_before_it_is_collected_and_refused_above_the_limit(house: House, tmp_path: Path) -> None:
    declared(house, admit=False)
    change_state(house, house.os_user(), "s", SourceState.ASSESSED, "evidence read")
    sheet = tmp_path / "sheet.csv"
    draw_source(house, house.os_user(), "s", "before", 20, sheet)
    assert sheet.stat().st_mode & 0o077 == 0
    items = fill(sheet, lambda number, _: "wrong" if number < 2 else "right")
    assert len(set(items)) == 20
    result, is_passed = judge_source(house, house.os_user(), "s", "before", sheet)
    assert (result.errors, result.sample_size, result.size, is_passed) == (2, 20, 40, False)
    assert result.upper_defects == upper_defects(2, 20, 40, 0.95)
    with pytest.raises(EvidenceError, match="2 of 20"):
        change_state(house, house.os_user(), "s", SourceState.ADMITTED, "anyway")
    draw_source(house, house.os_user(), "s", "before", 20, sheet)
    assert set(fill(sheet, lambda *_: "right")) != set(items), "another round draws other items"
    assert judge_source(house, house.os_user(), "s", "before", sheet)[1]
    change_state(house, house.os_user(), "s", SourceState.ADMITTED, "the second sample passed")


def test_a_sample_stands_once_drawn_and_needs_every_verdict(house: House, tmp_path: Path) -> None:
    declared(house, admit=True)
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    before = draw_source(house, house.os_user(), "s", "before", 10, first)
    assert draw_source(house, house.os_user(), "s", "before", 10, second) == before
    assert first.read_bytes() == second.read_bytes()
    with pytest.raises(ConfigurationError, match="row 2"):
        judge_source(house, house.os_user(), "s", "before", first)
    fill(first, lambda *_: "right")
    first.write_text("\n".join(first.read_text(encoding="utf-8").splitlines()[:-1]) + "\n", encoding="utf-8")
    with pytest.raises(EvidenceError, match="1 drawn items have no verdict"):
        judge_source(house, house.os_user(), "s", "before", first)
    with pytest.raises(EvidenceError, match="waits for its verdicts"):
        judge_source(house, house.os_user(), "s", "after", first)


def test_a_source_that_fails_after_collection_is_suspended(house: House, tmp_path: Path) -> None:
    declared(house, admit=True)
    run_sources(house, house.os_user())
    sheet = tmp_path / "sheet.csv"
    draw_source(house, house.os_user(), "s", "after", 10, sheet)
    fill(sheet, lambda number, _: "unverifiable" if number == 0 else "right")
    _, is_passed = judge_source(house, house.os_user(), "s", "after", sheet)
    assert not is_passed
    assert state_of(house, "s")[0] is SourceState.SUSPENDED


def test_what_the_gate_missed_is_bounded_and_precision_told_by_rule(house: House, tmp_path: Path) -> None:
    words = "春夏秋冬东南西北天地山川日月星辰风云雷电江河湖海"
    texts = [
        {"id": str(number), "text": f"{''.join(random.Random(number).choices(words, k=80))}。联系手机：1391234{number:04d}。"}
        for number in range(30)
    ]
    add_source(house, declaration("s"), {"one.jsonl": texts})
    run_sources(house, house.os_user())
    publish(house, house.os_user(), "release")
    sheet = tmp_path / "sheet.csv"
    draw_residual(house, house.os_user(), "release", 15, sheet)
    assert "1391234" not in sheet.read_text(encoding="utf-8"), "texts are read as published"
    fill(sheet, lambda number, _: "wrong" if number == 3 else "right")
    result = judge_residual(house, house.os_user(), "release", sheet)
    assert (result.errors, result.upper_defects) == (1, upper_defects(1, 15, result.size, 0.95))
    findings = tmp_path / "findings.csv"
    assert draw_findings(house, 12, findings) == 12
    fill(findings, lambda number, _: "wrong" if number == 0 else "right")
    table = judge_findings(house, house.os_user(), findings)
    assert (table["asked"].to_pylist(), table["right"].to_pylist()) == ([12], [11])
    assert "1391234" not in "".join(entry.body for entry in house.entries())
