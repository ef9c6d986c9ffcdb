"""Gold: items whose right answer is known, mixed unseen among work, asked in exams, and corrected when they were wrong.

A correction is a later row; every exam that asked the item is graded again, and what changed is recorded. Error rates
from gold are computed from the answers whenever they are asked for, so that a corrected item changes them by itself.
"""

import hmac
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from pipeline.adapters.evidence_store import read
from pipeline.domain.digests import canonical_json, fields_digest
from pipeline.domain.labeling import GoldItem, LabelingRule, Purpose, RevisionStatus
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.errors import ConfigurationError, EvidenceError
from pipeline.flows.house import House
from pipeline.flows.labeling_rules import recorded_rule, rules_of_major
from pipeline.flows.policies import active_policies
from pipeline.flows.registers import Row, newest, register_rows
from pipeline.flows.runs import register
from pipeline.stages.compare_results import Result, without_notes
from pipeline.stages.draw_sample import draw
from pipeline.stages.grade_gold import grade_exam, is_gold_right
from pipeline.stages.settle_annotations import settle_annotations

ADDED, CORRECTED, REGRADED = "gold.added", "gold.corrected", "exam.regraded"
_GRADE = ("items", "errors", "illegal_missed", "is_passed")


def gold_rows(rule: LabelingRule, items: Iterable[tuple[Mapping[str, object], Result]], origin: str, why: str) -> list[Row]:
    """Return rows of ``gold_items`` for (payload, right answer) pairs."""
    at = datetime.now(UTC)
    common = {"rule_id": rule.id, "major": rule.major, "origin": origin, "why": why, "recorded_at": at}
    found = []
    for payload, answer in items:
        body = canonical_json(payload)
        right = canonical_json(without_notes(rule, answer))
        found.append({**common, "gold_id": gold_id_of(rule.id, body), "payload": body, "answer": right})
    return found


def gold_id_of(rule_id: str, payload: str) -> str:
    """Return the id of a gold item: digest over the rule's id and the canonical JSON of the task data."""
    return fields_digest("gold", rule_id, payload)


def add_gold(
    house: House, actor: Actor, name: str, items: Iterable[tuple[Mapping[str, object], Result]], why: str, origin: str = "hand"
) -> LedgerEntry:
    """Add items with their right answers to a rule's gold; an item that is there already with the same answer is left out.

    Raises EvidenceError where an item is there with another answer: that is a correction.
    """
    rule = recorded_rule(house, name)
    known = current_gold(house, rule.id, rule.major)
    rows = []
    for row in gold_rows(rule, items, origin, why):
        before = known.get(row["gold_id"])
        if before is not None and before["answer"] not in (None, row["answer"]):
            raise EvidenceError(f"gold {row['gold_id'][:12]}: is there with another answer; correct it by 'laiyuan labeling gold correct'")
        if before is None or before["answer"] is None:
            rows.append(row)
    facts = {"rule_id": rule.id, "major": rule.major, "items": len(rows), "origin": origin, "why": why}
    return register(house, actor, ADDED, rule.id, {"gold_items": rows}, facts)


def current_gold(house: House, rule_id: str, major: int) -> dict[str, Row]:
    """Return gold as it stands by id, withdrawn items (answer None) among it."""
    rows = register_rows(house, "gold_items", rule_id=rule_id, major=major)
    return {gold_id: dict(row) for gold_id, row in newest(rows, lambda row: row["gold_id"]).items()}


def gold_for(house: House, rule_id: str, major: int, count: int, seed: str) -> list[GoldItem]:
    """Return up to ``count`` gold items, fixed by the seed and the project's key, so that nobody without it foresees them."""
    known = {gold_id: row for gold_id, row in current_gold(house, rule_id, major).items() if row["answer"] is not None}
    drawn = draw(sorted(known), hmac.digest(house.key.secret, f"gold/{seed}".encode(), "sha256"), count)
    return [gold_item(known[gold_id]) for gold_id in drawn]


def gold_item(row: Mapping[str, object]) -> GoldItem:
    """Return a row of ``gold_items`` that was not withdrawn as a value."""
    return GoldItem(str(row["gold_id"]), json.loads(str(row["payload"])), result_of(str(row["answer"])))


def result_of(body: str) -> Result:
    """Return a result from its canonical JSON."""
    return tuple(json.loads(body))


def gold_scores(house: House, rule_id: str, major: int, at: datetime) -> dict[str, tuple[int, int]]:
    """Return (errors, checks) on gold by person, over the policy's window before ``at``; a skipped item counts neither way."""
    policy = active_policies(house).labeling
    rule = rules_of_major(house, rule_id, major)
    gold = current_gold(house, rule_id, major)
    placements = register_rows(house, "placements", purpose=Purpose.GOLD.value)
    by_person: dict[str, list[Row]] = defaultdict(list)
    for row in placements:
        if row["record_id"] in gold:
            by_person[row["person"]].append(row)
    since = at - timedelta(days=policy.gold_window_days)
    scores: dict[str, tuple[int, int]] = {}
    for person, mine in sorted(by_person.items()):
        tokens = {row["token"] for row in mine}
        revisions = [row for row in register_rows(house, "annotation_revisions", person=person) if row["token"] in tokens]
        recent = [row for row in revisions if since <= row["updated_at"] <= at]
        # One gold item may be put before a person in two batches: each placement is its own check.
        given = [{**row, "record_id": row["token"]} for row in mine]
        asked = {row["token"]: gold[row["record_id"]]["answer"] for row in mine}
        answers = [each for each in settle_annotations(given, recent).values() if each.status is RevisionStatus.SUBMITTED]
        checks = [(asked[each.token], result_of(each.body)) for each in answers if asked[each.token] is not None]
        wrong = sum(not is_gold_right(rule, result_of(right), result, policy.gold_span_floor) for right, result in checks)
        scores[person] = (wrong, len(checks))
    return scores


def correct_gold(house: House, actor: Actor, gold_id: str, answer: Result | None, why: str, origin: str = "contest") -> list[Row]:
    """Correct a gold item, or withdraw it with answer None, and grade again every exam that asked it.

    Returns the changed grades: who, which attempt, before and after. Raises ConfigurationError where there is no such item.
    """
    row = find_gold(house, gold_id)
    rule = rules_of_major(house, row["rule_id"], row["major"])
    right = None if answer is None else canonical_json(without_notes(rule, answer))
    if right == row["answer"]:
        raise EvidenceError(f"gold {row['gold_id'][:12]}: expected another answer than the one that stands, found the same")
    kept = {name: row[name] for name in ("gold_id", "rule_id", "major", "payload")}
    fresh: Row = {**kept, "answer": right, "origin": origin, "why": why, "recorded_at": datetime.now(UTC)}
    facts = {"gold_id": row["gold_id"], "rule_id": row["rule_id"], "major": row["major"], "is_withdrawn": right is None, "why": why}
    register(house, actor, CORRECTED, row["rule_id"], {"gold_items": [fresh]}, facts)
    return _grade_again(house, actor, rule, row["gold_id"])


def find_gold(house: House, gold_id: str) -> Row:
    """Return a gold item as it stands by its id or the start of it. Raises ConfigurationError when there is not exactly one."""
    found = [
        row for name, row in newest(register_rows(house, "gold_items"), lambda row: row["gold_id"]).items() if name.startswith(gold_id)
    ]
    if len(found) != 1:
        raise ConfigurationError(f"gold {gold_id}: expected one item whose id starts so, found {len(found)}")
    return dict(found[0])


def _grade_again(house: House, actor: Actor, rule: LabelingRule, gold_id: str) -> list[Row]:
    """Grade again the last grade of every exam that asked an item, and record those that came out different."""
    gold = {
        name: None if row["answer"] is None else result_of(row["answer"]) for name, row in current_gold(house, rule.id, rule.major).items()
    }
    policy = active_policies(house).labeling
    rows, changes = [], []
    exams = newest(
        register_rows(house, "exams", rule_id=rule.id), lambda row: (row["person"], row["function"], row["rule_version"], row["attempt"])
    )
    for exam in exams.values():
        results = {name: tuple(result) for name, result in json.loads(read(house.settings.warehouse, exam["answers_sha256"])).items()}
        if gold_id not in results:
            continue
        grade = grade_exam(rule, gold, results, policy)
        now = {name: getattr(grade, name) for name in _GRADE}
        before = {name: exam[name] for name in _GRADE}
        if now != before:
            rows.append(
                {
                    **{name: value for name, value in exam.items() if name not in ("actor", "run_id")},
                    **now,
                    "recorded_at": datetime.now(UTC),
                }
            )
            named = {name: exam[name] for name in ("person", "rule_id", "rule_version", "function", "attempt")}
            changes.append({**named, "before": before, "after": now})
    if rows:
        register(house, actor, REGRADED, rule.id, {"exams": rows}, {"gold_id": gold_id, "changes": changes})
    return changes
