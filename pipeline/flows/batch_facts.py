"""Everything a judgement rests on, gathered from the tables: the same tables give the same facts, so that anyone can replay it."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

import pyarrow.compute as pc
import pyarrow.dataset as ds

from pipeline.domain.judging import BatchFacts, JudgePolicy, RaisedAlarm, Scope, Sealing, Verified, VerifierGold, facts_from
from pipeline.domain.labeling import Adjudication, Alarm, ControlType, Outcome, Purpose, RevisionStatus, RuleKind, UsedFor
from pipeline.domain.sampling import SamplingPlan, plan_from
from pipeline.errors import EvidenceError
from pipeline.flows.annotations import placements_of, resolved_alarms, revisions_of
from pipeline.flows.batches import Batch, folder_of, functions_of, items_of, list_batches, subject_of
from pipeline.flows.exams import CORRECTED
from pipeline.flows.gold import current_gold, result_of
from pipeline.flows.hits import illegal_hits
from pipeline.flows.house import House
from pipeline.flows.policies import active_policies
from pipeline.flows.registers import Row, newest, register_rows
from pipeline.flows.verdicts import draws_of, frozen_of, rulings_of, verdicts_of
from pipeline.stages.grade_gold import is_gold_right
from pipeline.stages.judge_batch import is_wrong
from pipeline.stages.settle_annotations import settle_annotations

MANAGE = "manage"
"""The function of who drafted the batch, where governance keeps proposing and controlling apart."""


def gather_facts(house: House, batch: Batch) -> BatchFacts:
    """Return the facts of a batch's drawn round as they are now. Raises EvidenceError where nothing was drawn yet."""
    frozen, drawn, sealing = frozen_of(house, batch), draws_of(house, batch), sealing_of(house, batch)
    plan = stored_plan(house, batch)
    if not drawn or sealing is None or plan is None:
        raise EvidenceError(f"batch {batch.batch_id}: expected a drawn sample in round {batch.round}, found none; 'laiyuan verify draw'")
    policy = active_policies(house).labeling
    strata = _strata(house, batch, frozen)
    return BatchFacts(
        plan=plan,
        size=len(frozen),
        round_number=batch.round,
        sample=tuple(_sample(house, batch, frozen, strata)),
        sealing=sealing,
        policy=JudgePolicy(
            policy.ambiguity_limit, policy.error_limit, policy.warn_at, policy.suspend_at, policy.max_rounds, Scope(policy.relabel_scope),
            does_illegal_void(house, batch), policy.separation, policy.least_sensitivity, policy.least_gold, policy.tampered_to_suspend,
        ),
        alarms=tuple(raised_alarms(house, batch)),
        illegal=illegal_hits(house, batch),
        gold=tuple(_verifier_gold(house, batch)),
        sizes=_sizes(frozen, strata),
        history=_history(house, batch, sealing.planned_seq),
        is_rule_recalled=not is_rule_approved(house, batch),
    )  # fmt: skip


def does_illegal_void(house: House, batch: Batch) -> bool:
    """Tell whether a confirmed unlawful item voids this batch: policy says so, and safety batches are about such items."""
    return active_policies(house).labeling.does_illegal_void and batch.rule.kind is RuleKind.FUNCTIONAL


def is_rule_approved(house: House, batch: Batch) -> bool:
    """Tell whether the batch's exact rule version is approved now."""
    states = newest(register_rows(house, "labeling_rule_states", rule_id=batch.rule.id), lambda row: row["rule_version"])
    row = states.get(batch.rule.version)
    return row is not None and row["state"] == "approved" and row["rule_sha256"] == batch.rule_sha256


def stored_plan(house: House, batch: Batch) -> SamplingPlan | None:
    """Return the plan stored for a batch's round; none where there is none."""
    rows = register_rows(house, "sampling_plans", **subject_of(batch))
    return plan_in(rows[-1]) if rows else None


def plan_in(row: Mapping[str, object]) -> SamplingPlan:
    """Return the plan in a row of ``sampling_plans``."""
    return plan_from(json.loads(str(row["body"])))


def commitment_of(house: House, batch: Batch) -> Row | None:
    """Return the commitment of a batch's round; none where nobody committed."""
    rows = register_rows(house, "sampling_seeds", **subject_of(batch))
    return rows[0] if rows else None


def sealing_of(house: House, batch: Batch) -> Sealing | None:
    """Return the ledger positions of plan, commitment, freeze and draw of a batch's round; none where one is missing."""
    committed = house.committed_runs()
    key = subject_of(batch)
    steps = [register_rows(house, name, **key) for name in ("sampling_plans", "sampling_seeds")]
    steps.append(register_rows(house, "freezes", batch_id=batch.batch_id, round=batch.round))
    steps.append(register_rows(house, "sample_draws", **key))
    if not all(steps):
        return None
    auditor = steps[1][0]["actor"]
    planned, sealed, frozen, drawn = (committed[rows[0]["run_id"]].seq for rows in steps)
    return Sealing(planned, sealed, frozen, drawn, auditor, auditor_functions(house, batch, auditor))


def auditor_functions(house: House, batch: Batch, auditor: str) -> tuple[str, ...]:
    """Return the functions that the keeper of the secret holds on a batch, under any pseudonym of the same name."""
    names = register_rows(house, "people")
    mine = {row["name"] for row in names if row["actor"] == auditor}
    same = {auditor} | {row["actor"] for row in names if row["name"] in mine}
    held = {row["function"] for row in functions_of(house, batch.batch_id) if row["person"] in same}
    if active_policies(house).governance.approver_must_differ and batch.drafter in same:
        held.add(MANAGE)
    return tuple(sorted(held))


def raised_alarms(house: House, batch: Batch) -> Iterator[RaisedAlarm]:
    """Yield the alarms of a batch with the record they are about."""
    settled = resolved_alarms(house)
    records = {row["token"]: row["record_id"] for row in register_rows(house, "placements", batch_id=batch.batch_id)}
    for row in register_rows(house, "labeling_alarms", batch_id=batch.batch_id):
        yield RaisedAlarm(Alarm(row["kind"]), records.get(row["token"]), row["person"], row["alarm_id"] in settled)


def _sample(house: House, batch: Batch, frozen: Mapping[str, Row], strata: Mapping[str, Mapping[str, str]]) -> Iterator[Verified]:
    verdicts, rulings, corrected = verdicts_of(house, batch), rulings_of(house, batch), _corrected(house, batch)
    for row in draws_of(house, batch):
        record = row["record_id"]
        verdict = verdicts.get(record)
        if verdict is None:
            continue
        outcome = Outcome(verdict["outcome"])
        ruled = rulings.get(record)
        # A ruling on labels that agree was asked because of a report: the report holds it, and it says nothing of the label.
        is_asked = ruled is not None and outcome in (Outcome.MISMATCH, Outcome.ILLEGAL)
        said = Adjudication(ruled["result"]) if ruled is not None and is_asked else None
        if record in corrected and said in (Adjudication.LABEL_WRONG, Adjudication.RULE_AMBIGUOUS):
            said = Adjudication.VERIFIER_WRONG
        yield Verified(
            record, row["position"], UsedFor(row["used_for"]), frozen[record]["person"], verdict["verifier"], outcome,
            ruled["adjudicator"] if ruled is not None and is_asked else None, said, strata[record],
        )  # fmt: skip


def _corrected(house: House, batch: Batch) -> set[str]:
    """Return the records whose annotator contested the verdict and was found right."""
    start = f"{batch.batch_id}/{batch.round}/"
    return {
        row["about_id"][len(start) :] for row in register_rows(house, "contests", answer=CORRECTED) if row["about_id"].startswith(start)
    }


def _strata(house: House, batch: Batch, frozen: Mapping[str, Row]) -> dict[str, dict[str, str]]:
    """Return source, language and label of every frozen item."""
    documents = {row["record_id"]: row["document_id"] for row in items_of(house, batch.batch_id)}
    folder = folder_of(house, batch.snapshot_id) / "data"
    wanted = pc.field("document_id").isin(sorted(set(documents.values())))
    rows = ds.dataset(folder, format="parquet").to_table(columns=["document_id", "source_id", "language"], filter=wanted).to_pylist()
    about = {row["document_id"]: {"source": row["source_id"], "language": row["language"] or "und"} for row in rows}
    question = next((control.name for control in batch.rule.controls if control.type is ControlType.CHOICES), None)
    return {record: {**about[documents[record]], "label": label_in(question, row)} for record, row in frozen.items()}


def label_in(question: str | None, row: Row) -> str:
    """Return the answer to the rule's first question in a frozen item, as a stratum's name."""
    if row["status"] == RevisionStatus.SKIPPED:
        return "skipped"
    regions = json.loads(row["body"]) or ()
    chosen = next((region["value"]["choices"] for region in regions if region["from_name"] == question), ())
    return "+".join(chosen) or "none"


def _sizes(frozen: Mapping[str, Row], strata: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for record, row in frozen.items():
        found["annotator"][row["person"]] += 1
        for dimension, name in strata[record].items():
            found[dimension][name] += 1
    return {dimension: dict(sorted(counts.items())) for dimension, counts in sorted(found.items())}


def _verifier_gold(house: House, batch: Batch) -> Iterator[VerifierGold]:
    """Yield how each verifier did on planted items: blind, so that a right answer would have found any wrong label there."""
    placed = placements_of(house, batch, Purpose.VERIFY_GOLD)
    gold = current_gold(house, batch.rule.id, batch.rule.major)
    floor = active_policies(house).labeling.gold_span_floor
    settled = settle_annotations(
        [{**row, "record_id": row["token"]} for row in placed], revisions_of(house, [row["token"] for row in placed])
    )
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in placed:
        right, answer = gold.get(row["record_id"], {}).get("answer"), settled.get(row["token"])
        if right is None or answer is None or answer.status is not RevisionStatus.SUBMITTED:
            continue
        counts[row["person"]][0] += 1
        counts[row["person"]][1] += is_gold_right(batch.rule, result_of(right), result_of(answer.body), floor)
    for person, (planted, found) in sorted(counts.items()):
        yield VerifierGold(person, planted, found, planted, found)


def _history(house: House, batch: Batch, before: int) -> dict[str, tuple[int, int]]:
    """Return errors and checks by annotator over the rounds of this rule that were judged before this round was planned."""
    committed = house.committed_runs()
    same = {each.batch_id: each for each in list_batches(house) if (each.rule.id, each.rule.major) == (batch.rule.id, batch.rule.major)}
    judged = [row for row in register_rows(house, "judgements", subject="batch") if row["subject_id"] in same]
    last = newest((row for row in judged if committed[row["run_id"]].seq < before), lambda row: (row["subject_id"], row["round"]))
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in last.values():
        for item in facts_from(json.loads(row["body"])["facts"]).sample:
            counts[item.labeler][0] += is_wrong(item)
            counts[item.labeler][1] += 1
    return {person: (errors, checks) for person, (errors, checks) in sorted(counts.items())}
