"""Exams and contests: gold asked of a person before work, and a person's answer when gold or a verdict was wrong.

An exam's items follow from the rule, the person and the attempt under the project's key, so that nobody chooses them.
One person contests one thing once; a contest that is answered "corrected" corrects gold, and exams are graded again.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from pipeline.adapters.evidence_store import keep
from pipeline.domain.digests import canonical_json
from pipeline.domain.labeling import Function, GoldItem, LabelingRule
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.errors import ConfigurationError, EvidenceError
from pipeline.flows.gold import correct_gold, current_gold, find_gold, gold_for, result_of
from pipeline.flows.house import House
from pipeline.flows.labeling_rules import approved_rule
from pipeline.flows.people import missing_topics, show_person
from pipeline.flows.policies import active_policies
from pipeline.flows.registers import Row, register_rows
from pipeline.flows.runs import register
from pipeline.stages.compare_results import Result, without_notes
from pipeline.stages.grade_gold import Grade, grade_exam

SAT, CONTESTED, ANSWERED = "exam.sat", "contest.raised", "contest.answered"
GOLD, VERDICT = "gold", "verdict"
UPHELD, CORRECTED = "upheld", "corrected"


def draw_exam(house: House, person: str, name: str, function: Function) -> tuple[LabelingRule, int, list[GoldItem]]:
    """Return the rule, the attempt and the gold items of a person's next exam; the same until that exam was sat.

    Raises EvidenceError where training is missing, the attempts are spent or the rule has too little gold.
    """
    show_person(house, person)
    rule, _ = approved_rule(house, name)
    policy = active_policies(house).labeling
    if missing := missing_topics(house, person):
        raise EvidenceError(f"{person}: expected training in all four topics before the exam, missing: {', '.join(missing)}")
    attempt = 1 + _attempts(house, person, rule, function)
    if attempt > policy.exam_attempts:
        raise EvidenceError(
            f"{person}: sat {attempt - 1} exams of {rule.id} {rule.major} for {function}; "
            f"policies/labeling.yaml allows {policy.exam_attempts}"
        )
    items = gold_for(house, rule.id, rule.major, policy.exam_items, f"exam/{rule.id}/{rule.major}/{function}/{person}/{attempt}")
    if len(items) < policy.exam_items:
        raise EvidenceError(f"rule {rule.name}: expected {policy.exam_items} gold items for an exam, found {len(items)}; add gold first")
    return rule, attempt, items


def record_exam(
    house: House, actor: Actor, person: str, name: str, function: Function, results: Mapping[str, Result]
) -> tuple[LedgerEntry, Grade]:
    """Grade a person's answers by gold id and record the exam; an item that was not answered counts as wrong.

    Raises EvidenceError for answers to items that this exam did not ask.
    """
    rule, attempt, items = draw_exam(house, person, name, function)
    asked = {item.gold_id for item in items}
    if foreign := set(results) - asked:
        raise EvidenceError(f"exam of {person}: expected answers to its own items, found {len(foreign)} others; draw the exam again")
    given = {gold_id: without_notes(rule, results.get(gold_id, ())) for gold_id in sorted(asked)}
    gold = {gold_id: result_of(row["answer"]) for gold_id, row in current_gold(house, rule.id, rule.major).items() if row["answer"]}
    grade = grade_exam(rule, gold, given, active_policies(house).labeling)
    answers_sha256 = keep(house.settings.warehouse, canonical_json(given).encode())
    facts: Row = {
        "person": person, "rule_id": rule.id, "rule_version": rule.version, "function": function.value, "attempt": attempt,
        "items": grade.items, "errors": grade.errors, "illegal_missed": grade.illegal_missed, "is_passed": grade.is_passed,
        "answers_sha256": answers_sha256,
    }  # fmt: skip
    return register(house, actor, SAT, person, {"exams": [{**facts, "recorded_at": datetime.now(UTC)}]}, facts), grade


def _attempts(house: House, person: str, rule: LabelingRule, function: Function) -> int:
    rows = register_rows(house, "exams", person=person, rule_id=rule.id, function=function.value)
    return max((row["attempt"] for row in rows if int(row["rule_version"].partition(".")[0]) == rule.major), default=0)


def contest(house: House, actor: Actor, person: str, about: str, about_id: str, why: str) -> LedgerEntry:
    """Record that a person contests a gold item or a verdict. Raises EvidenceError the second time."""
    show_person(house, person)
    named = {"person": person, "about": about, "about_id": _about(house, about, about_id)}
    if register_rows(house, "contests", person=person, about_id=named["about_id"]):
        raise EvidenceError(f"{person}: contested {about} {about_id} before; it is contested once and answered once")
    row: Row = {**named, "answer": None, "why": why, "recorded_at": datetime.now(UTC)}
    return register(house, actor, CONTESTED, person, {"contests": [row]}, {**named, "why": why})


def uphold(house: House, actor: Actor, person: str, about_id: str, why: str) -> LedgerEntry:
    """Answer an open contest: things stay as they are. Raises EvidenceError where there is no open contest."""
    return _answer(house, actor, _open_contest(house, person, about_id), UPHELD, why)


def correct(house: House, actor: Actor, person: str, about_id: str, right: Result | None, why: str) -> list[Row]:
    """Answer an open contest: the person was right. Gold gets the right answer, or is withdrawn where it is None.

    Returns the grades that changed with it. A corrected verdict is only recorded here: the batch's next judgement is what
    applies it. Raises EvidenceError where there is no open contest.
    """
    named = _open_contest(house, person, about_id)
    # The correction first: a contest that says "corrected" must never stand beside gold that was not.
    changes = correct_gold(house, actor, named["about_id"], right, why) if named["about"] == GOLD else []
    _answer(house, actor, named, CORRECTED, why)
    return changes


def _open_contest(house: House, person: str, about_id: str) -> Row:
    rows = [row for row in register_rows(house, "contests", person=person) if row["about_id"].startswith(about_id)]
    if len({row["about_id"] for row in rows}) != 1 or rows[-1]["answer"] is not None:
        raise EvidenceError(f"{person}: expected one open contest about {about_id}, found none or another; see 'laiyuan people show'")
    return {name: rows[-1][name] for name in ("person", "about", "about_id")}


def _answer(house: House, actor: Actor, named: Row, answer: str, why: str) -> LedgerEntry:
    row: Row = {**named, "answer": answer, "why": why, "recorded_at": datetime.now(UTC)}
    return register(house, actor, ANSWERED, named["person"], {"contests": [row]}, {**named, "answer": answer, "why": why})


def _about(house: House, about: str, about_id: str) -> str:
    if about == GOLD:
        return str(find_gold(house, about_id)["gold_id"])
    parts = about_id.split("/")
    if len(parts) != 3 or not parts[1].isdigit():
        raise ConfigurationError(f"verdict {about_id}: expected batch, round and record joined by slashes")
    rows = register_rows(house, "sample_verdicts", subject_id=parts[0], round=int(parts[1]), record_id=parts[2])
    if not rows:
        raise ConfigurationError(f"verdict {about_id}: expected it in the register, found none")
    return about_id


def plain_tasks(items: list[GoldItem]) -> str:
    """Return exam items as JSON lines without their answers, for a person or a screen to answer."""
    return "".join(json.dumps({"gold_id": item.gold_id, **item.payload}, ensure_ascii=False) + "\n" for item in items)
