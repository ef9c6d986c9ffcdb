"""Judge a batch's round: gather the facts, ask the pure function, enter what follows. Nobody can skip a consequence.

The judgement's row holds its facts whole, so that it can be replayed; the batch moves only while those facts still stand.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from pipeline.adapters.shipped import shipped
from pipeline.domain.digests import canonical_json
from pipeline.domain.judging import BatchFacts, Consequence, Judgement, Scope, facts_from
from pipeline.domain.labeling import BatchState, ControlType, Outcome, QualificationState
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.domain.sampling import decimal_text
from pipeline.domain.verdict_files import verdict_files
from pipeline.errors import EvidenceError, LawError
from pipeline.flows.batch_facts import commitment_of, gather_facts, label_in
from pipeline.flows.batches import Batch, Move, items_of, read_batch, subject_of
from pipeline.flows.change_batch import change_batch
from pipeline.flows.hits import REPORTED, illegal_hits
from pipeline.flows.house import House
from pipeline.flows.people import suspend
from pipeline.flows.recall import holdings_of
from pipeline.flows.registers import Row, newest, register_rows
from pipeline.flows.runs import register
from pipeline.flows.verdicts import blind_results, frozen_of, take_verdicts
from pipeline.flows.verify import read_secret
from pipeline.stages.agreement import Agreement, agreement, pairwise_span_f1
from pipeline.stages.compare_results import answers_of
from pipeline.stages.draw_sample import commit
from pipeline.stages.judge_batch import judge_batch

JUDGED, RULE_BACK, REVEALED = "batch.judged", "rule.sent_back", "sample.revealed"
VERIFIER = "recompute_verdict.py"
_WORKING = (
    BatchState.OPEN,
    BatchState.CLOSED,
    BatchState.FROZEN,
    BatchState.SAMPLED,
    BatchState.VERIFYING,
    BatchState.ADJUDICATING,
)
_JUDGED_IN = (BatchState.VERIFYING, BatchState.ADJUDICATING, BatchState.HELD)


def judge(house: House, actor: Actor, batch_id: str) -> tuple[LedgerEntry, Judgement]:
    """Judge a batch's round on everything known now, and move it: accepted, relabel or held; a void waits for a person.

    Verdicts and rulings that were pulled are entered first. Raises EvidenceError where verdicts or rulings are missing, and for
    a held batch whose cause is settled: a person resumes it first.
    """
    batch = read_batch(house, batch_id)
    if batch.state not in _JUDGED_IN:
        raise EvidenceError(f"batch {batch.batch_id}: is {batch.state}; a batch is judged once its sample was verified")
    take_verdicts(house, actor, batch)
    facts = gather_facts(house, batch)
    judgement = judge_batch(facts)
    state = judgement.consequence.state if judgement.consequence is not Consequence.VOID else BatchState.HELD
    row = _row(house, batch, facts, judgement)
    why = ", ".join(judgement.why)
    told = {"outcome": judgement.consequence.value, "reasons": list(judgement.why), "suspend": list(judgement.suspend)}
    if batch.state is not BatchState.HELD:
        entry = change_batch(house, actor, batch, Move(state, why, {"judgements": [row]}, told))
    elif state is BatchState.HELD:
        named = {"batch_id": batch.batch_id, "round": batch.round, "why": why}
        entry = register(house, actor, JUDGED, batch.batch_id, {"judgements": [row]}, {**named, **told})
    else:
        raise EvidenceError(
            f"batch {batch.batch_id}: is held, and nothing holds it any more; 'laiyuan labeling resume', then judge it again"
        )
    _follow(house, actor, batch, judgement)
    return entry, judgement


def _row(house: House, batch: Batch, facts: BatchFacts, judgement: Judgement) -> Row:
    statement = judgement.statement
    body = {
        "facts": facts.body(),
        "judgement": judgement.body(),
        "agreement": agreement_body(house, batch, facts),
        "relabel_records": relabel_records(house, batch, judgement),
    }
    outcome = Consequence.HELD if judgement.consequence is Consequence.RULE_BACK else judgement.consequence
    return {
        **subject_of(batch), "outcome": outcome.value, "size": statement.size, "sample_size": statement.verified,
        "errors": statement.errors, "illegal": judgement.illegal, "point": decimal_text(statement.point),
        "lower_bound": decimal_text(statement.lower_bound), "confidence": statement.confidence, "body": canonical_json(body),
        "recorded_at": datetime.now(UTC),
    }  # fmt: skip


def relabel_records(house: House, batch: Batch, judgement: Judgement) -> list[str] | None:
    """Return the items of the next round: none for all of them, else those of failing people and every drawn error."""
    if judgement.scope is not Scope.FAILING:
        return None
    failing = {record for record, row in frozen_of(house, batch).items() if row["person"] in judgement.relabel}
    return sorted(failing | set(judgement.relabel_records))


def agreement_body(house: House, batch: Batch, facts: BatchFacts) -> dict[str, object]:
    """Return how far annotators and verifiers agree on the sample before adjudication; ``none`` where a measure is not defined."""
    frozen, blind = frozen_of(house, batch), blind_results(house, batch)
    drawn = [item.record_id for item in facts.sample if item.record_id in blind and item.outcome is not Outcome.UNVERIFIABLE]
    question = next((control.name for control in batch.rule.controls if control.type is ControlType.CHOICES), None)
    pairs = [(label_in(question, frozen[r]), label_in(question, {"status": blind[r].status, "body": blind[r].body})) for r in drawn]
    labels = pa.array([label for pair in pairs for label in pair], pa.string())
    people = pa.array(["labeler", "verifier"] * len(pairs), pa.string())
    records = pa.array([record for record in drawn for _ in range(2)], pa.string())
    found = agreement(pa.table({"record_id": records, "person": people, "label": labels}))
    matrix: dict[str, dict[str, int]] = {}
    for own, other in pairs:
        row = matrix.setdefault(own, {})
        row[other] = row.get(other, 0) + 1
    spans = [
        [(r, span) for r in drawn for marked in answers_of(batch.rule, json.loads(body(r)) or ()).spans.values() for span in marked]
        for body in (lambda r: frozen[r]["body"], lambda r: blind[r].body)
    ]
    has_spans = any(control.type is ControlType.LABELS for control in batch.rule.controls)
    return {**_measures(found), "span_f1": decimal_text(pairwise_span_f1(spans)) if has_spans else None, "matrix": matrix}


def _measures(found: Agreement) -> dict[str, object]:
    return {
        "units": found.units,
        "raw": decimal_text(found.raw),
        "krippendorff_alpha": decimal_text(found.krippendorff_alpha),
        "gwet_ac1": decimal_text(found.gwet_ac1),
        "by_label": {label: decimal_text(value) for label, value in found.by_label.items()},
    }


def _follow(house: House, actor: Actor, batch: Batch, judgement: Judgement) -> None:
    """Suspend whom the judgement names, and send the rule back where ambiguity was the cause."""
    held = newest(register_rows(house, "qualifications", rule_id=batch.rule.id), lambda row: (row["person"], row["major"], row["function"]))
    active = {row["person"] for row in held.values() if row["state"] == QualificationState.ACTIVE}
    for person in judgement.suspend:
        if person in active:
            suspend(house, actor, person, f"batch {batch.batch_id}, round {batch.round}: verification", rule_id=batch.rule.id)
    if judgement.consequence is Consequence.RULE_BACK:
        facts = {
            "flow": "labeling", "rule_id": batch.rule.id, "rule_version": batch.rule.version, "rule_sha256": batch.rule_sha256,
            "batch_id": batch.batch_id, "round": batch.round, "ambiguous": judgement.ambiguous, "verified": judgement.statement.verified,
        }  # fmt: skip
        house.record(actor, RULE_BACK, facts)


def report_item(house: House, actor: Actor, batch_id: str, record_id: str, why: str) -> tuple[LedgerEntry, dict[str, list[str]]]:
    """Take a complaint that an item must not be in the data: the batch is held at once, an accepted one is recalled.

    Returns the entry and where an accepted batch's labels went. Raises EvidenceError for an item that the batch does not have.
    """
    batch = read_batch(house, batch_id)
    found = [row["record_id"] for row in items_of(house, batch.batch_id) if row["record_id"].startswith(record_id)]
    if len(found) != 1:
        raise EvidenceError(f"batch {batch.batch_id}: expected one item whose id starts with {record_id}, found {len(found)}")
    holdings = holdings_of(house, batch) if batch.state is BatchState.ACCEPTED else {"snapshots": [], "exports": []}
    facts = {"flow": "labeling", "batch_id": batch.batch_id, "round": batch.round, "record_id": found[0], "why": why}
    entry = house.record(actor, REPORTED, facts)
    if batch.state in (*_WORKING, BatchState.ACCEPTED):
        move = Move(BatchState.HELD, "a report of an unlawful item waits for an adjudicator", {}, {**holdings}, is_by_person=True)
        entry = change_batch(house, actor, batch, move)
    return entry, holdings


def hold_where_reported(house: House, actor: Actor, batches: list[str]) -> list[str]:
    """Hold those of some batches about which a report waits for an adjudicator; return which were held."""
    held = []
    for batch_id in sorted(batches):
        batch = read_batch(house, batch_id)
        if batch.state in _WORKING and any(hit.is_confirmed is None for hit in illegal_hits(house, batch)):
            change_batch(house, actor, batch, Move(BatchState.HELD, "a report of an unlawful item waits for an adjudicator"))
            held.append(batch.batch_id)
    return held


def reveal(house: House, actor: Actor, batch_id: str, file: Path) -> LedgerEntry:
    """Publish the auditor's secret of a judged round, so that anybody can draw the sample again.

    Raises EvidenceError before the judgement, for another secret than the committed one, and the second time.
    """
    batch = read_batch(house, batch_id)
    rows = register_rows(house, "sampling_seeds", **subject_of(batch))
    if not rows or not register_rows(house, "judgements", **subject_of(batch)):
        raise EvidenceError(f"batch {batch.batch_id}: round {batch.round} has no judgement; the secret stays secret until then")
    if any(row["secret"] for row in rows):
        raise EvidenceError(f"batch {batch.batch_id}: the secret of round {batch.round} is revealed already")
    secret = read_secret(file)
    if commit(secret) != rows[0]["commitment"]:
        raise EvidenceError(f"batch {batch.batch_id}: expected the secret of commitment {rows[0]['commitment'][:12]}, found another one")
    row = {**subject_of(batch), "commitment": rows[0]["commitment"], "secret": secret.hex(), "recorded_at": datetime.now(UTC)}
    facts = {"batch_id": batch.batch_id, "round": batch.round, "commitment": rows[0]["commitment"]}
    return register(house, actor, REVEALED, batch.batch_id, {"sampling_seeds": [row]}, facts)


def last_judgement(house: House, batch: Batch) -> dict[str, object]:
    """Return the body of the last judgement of a batch's round. Raises EvidenceError where there is none."""
    rows = register_rows(house, "judgements", **subject_of(batch))
    if not rows:
        raise EvidenceError(f"batch {batch.batch_id}: round {batch.round} has no judgement; 'laiyuan verify judge {batch.batch_id}'")
    body: dict[str, object] = json.loads(rows[-1]["body"])
    return body


def replay(house: House, batch: Batch) -> tuple[BatchFacts, Judgement]:
    """Judge a judged round again from the facts in its row. Raises LawError where another judgement comes out."""
    body = last_judgement(house, batch)
    stated = body["facts"]
    facts = facts_from(stated if isinstance(stated, Mapping) else {})
    judgement = judge_batch(facts)
    if canonical_json(judgement.body()) != canonical_json(body["judgement"]):
        raise LawError(f"batch {batch.batch_id}: round {batch.round} was judged otherwise than its facts say; keep the store as it is")
    return facts, judgement


def write_verdict_files(house: House, batch_id: str, folder: Path, round_number: int | None = None) -> list[Path]:
    """Write the files by which anybody re-computes a verdict without this product, and the script that does it.

    Raises EvidenceError before judgement and reveal.
    """
    batch = read_batch(house, batch_id)
    batch = replace(batch, round=round_number or batch.round)
    facts, judgement = replay(house, batch)
    sealed = commitment_of(house, batch)
    revealed = [row["secret"] for row in register_rows(house, "sampling_seeds", **subject_of(batch)) if row["secret"]]
    if sealed is None or not revealed:
        raise EvidenceError(f"batch {batch.batch_id}: the secret of round {batch.round} is not revealed; 'laiyuan verify reveal' first")
    frame = [(record, row["content_sha256"]) for record, row in frozen_of(house, batch).items()]
    written = verdict_files(facts, judgement, frame, commitment=sealed["commitment"], secret=bytes.fromhex(revealed[-1]))
    written[VERIFIER] = shipped("standalone", VERIFIER).read_text(encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in sorted(written)]
