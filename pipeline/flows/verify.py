"""Plan, commit, draw: three steps by different hands, in an order that the ledger proves.

The plan and the commitment to a secret come before the frame is sealed, the draw after it. So who labels cannot know the
sample, and who holds the secret cannot steer it. Both are final for their round.
"""

import os
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from pipeline.adapters.shipped import shipped
from pipeline.domain.labeling import BatchState, QualificationState, UsedFor
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.domain.sampling import AqlPlan, ClaimPlan, Method, Refusal, Rule, SamplingPlan, Sentence, Severity, SprtPlan
from pipeline.errors import ConfigurationError, EvidenceError
from pipeline.flows.batch_facts import auditor_functions, commitment_of, plan_in, stored_plan
from pipeline.flows.batches import Batch, Move, list_batches, read_batch, subject_of
from pipeline.flows.change_batch import change_batch
from pipeline.flows.house import House
from pipeline.flows.policies import active_policies
from pipeline.flows.registers import Row, newest, register_rows
from pipeline.flows.runs import register
from pipeline.flows.verdicts import frozen_of
from pipeline.stages.draw_sample import SECRET_BYTES, commit, diagnostic, draw, draw_sample
from pipeline.stages.inspect_stream import TablePlan, inspected, parse_plans, switch, table_plan
from pipeline.stages.plan_sample import is_as_strict, plan_lot, say_cost

PLANNED, COMMITTED = "sample.planned", "sample.committed"
REVOKED_DIAGNOSTIC = 30
"""Diagnostic items of a person who was revoked meanwhile."""
_BEFORE_FREEZE = (BatchState.OPEN, BatchState.CLOSED)


def store_plan(house: House, actor: Actor, batch_id: str, rule: Rule | None = None) -> tuple[SamplingPlan, Sentence]:
    """Store the plan of a batch's round and return it with what it costs and proves; without ``rule`` the labeling rule's claim.

    Raises ConfigurationError where no sample can do it or a later round's plan is weaker, EvidenceError where a plan is
    stored already or the frame is sealed: a plan is made before its draw and is final.
    """
    batch = read_batch(house, batch_id)
    _refuse_late(batch, "the plan is stored")
    if stored_plan(house, batch):
        raise EvidenceError(f"batch {batch.batch_id}: round {batch.round} has its plan; a plan is final, another one needs another round")
    plan = plan_for(house, batch, rule or rule_of(batch))
    for row in register_rows(house, "sampling_plans", subject="batch", subject_id=batch.batch_id):
        if not is_as_strict(plan, plan_in(row)):
            raise ConfigurationError(f"batch {batch.batch_id}: the plan is weaker than that of round {row['round']}; plan as strictly")
    row = {
        **subject_of(batch), "method": plan.method.value, "sample_size": plan.sample_size, "max_errors": plan.max_errors,
        "plan_sha256": plan.plan_sha256, "body": plan.line, "recorded_at": datetime.now(UTC),
    }  # fmt: skip
    facts = {"batch_id": batch.batch_id, "round": batch.round, "plan_sha256": plan.plan_sha256, "plan": plan.body()}
    register(house, actor, PLANNED, batch.batch_id, {"sampling_plans": [row]}, facts)
    return plan, say_cost(plan)


def rule_of(batch: Batch) -> ClaimPlan:
    """Return the claim that a labeling rule asks of its batches."""
    wanted = batch.rule.acceptance
    return ClaimPlan(wanted.claim, wanted.confidence, wanted.max_errors)


def rule_named(method: str, stated: Mapping[str, str], batch: Batch) -> Rule:
    """Return a sampling rule from words as a command line states them; what is left out comes from the labeling rule."""
    if Method(method) is Method.AQL:
        return AqlPlan(stated.get("aql", "1.0"))
    if Method(method) is Method.SPRT:
        if "good" not in stated or "bad" not in stated:
            raise ConfigurationError("a sequential plan needs the good and the bad share of wrong items (--good 0.01 --bad 0.06)")
        return SprtPlan(stated["good"], stated["bad"])
    own = rule_of(batch)
    allowed = int(stated.get("max_errors", own.max_errors))
    return ClaimPlan(stated.get("claim", own.claim), stated.get("confidence", own.confidence), allowed)


def plan_for(house: House, batch: Batch, rule: Rule) -> SamplingPlan:
    """Return the plan of a rule for a batch; an AQL plan is as severe as its stream of lots asks. Raises ConfigurationError."""
    tables: tuple[TablePlan, ...] = ()
    if isinstance(rule, AqlPlan):
        tables = parse_plans(shipped("reference", "iso_2859_1_single.csv").read_text(encoding="utf-8"))
        severity = max((rule.severity, stream_severity(house, batch, rule.aql, tables)), key=list(Severity).index)
        rule = AqlPlan(rule.aql, severity)
    plan = plan_lot(rule, batch.size, tables)
    if isinstance(plan, Refusal):
        raise ConfigurationError(f"batch {batch.batch_id}: {plan.en} {plan.zh}")
    return plan


def stream_severity(house: House, batch: Batch, aql: str, tables: Iterable[TablePlan]) -> Severity:
    """Return the inspection that the first rounds of this producer's and rule version's earlier lots have led to."""
    tables = tuple(tables)
    same = {each.batch_id for each in list_batches(house) if (each.producer, each.rule_sha256) == (batch.producer, batch.rule_sha256)}
    lots = []
    judged = newest(register_rows(house, "judgements", subject="batch", round=1), lambda row: row["subject_id"])
    plans = {row["subject_id"]: row for row in register_rows(house, "sampling_plans", subject="batch", round=1)}
    for batch_id, row in judged.items():
        planned = plan_in(plans[batch_id])
        if batch_id in same - {batch.batch_id} and isinstance(planned.rule, AqlPlan) and planned.rule.aql == aql:
            entry = table_plan(tables, planned.size, aql, planned.rule.severity)
            lots.append(inspected(tables, entry, row["errors"]))
    return switch(lots).severity


def commit_secret(house: House, actor: Actor, batch_id: str, file: Path) -> LedgerEntry:
    """Make an auditor's secret, keep it in a new file that only its owner reads, and put its commitment into the ledger.

    Raises EvidenceError where the auditor has a function on the batch, a commitment stands already or the frame is sealed;
    ConfigurationError where the file exists: a secret is never overwritten.
    """
    batch = read_batch(house, batch_id)
    _refuse_late(batch, "the secret is committed")
    if commitment_of(house, batch):
        raise EvidenceError(
            f"batch {batch.batch_id}: round {batch.round} has its commitment, which is final; a lost secret needs a new round"
        )
    if held := auditor_functions(house, batch, actor.actor):
        raise EvidenceError(f"batch {batch.batch_id}: who holds the secret works on it ({', '.join(held)}); another person commits")
    secret = secrets.token_bytes(SECRET_BYTES)
    _write_secret(file, secret)
    row = {**subject_of(batch), "commitment": commit(secret), "secret": None, "recorded_at": datetime.now(UTC)}
    facts = {"batch_id": batch.batch_id, "round": batch.round, "commitment": row["commitment"]}
    try:
        return register(house, actor, COMMITTED, batch.batch_id, {"sampling_seeds": [row]}, facts)
    except BaseException:
        with suppress(OSError):
            file.unlink()
        raise


def read_secret(file: Path) -> bytes:
    """Return the secret in a file. Raises EvidenceError where there is none of the right form; a lost secret needs a new round."""
    try:
        secret = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        secret = b""
    if len(secret) != SECRET_BYTES:
        raise EvidenceError(
            f"{file}: expected the auditor's secret of {SECRET_BYTES} bytes in hex, found none; a lost secret needs a new round"
        )
    return secret


def draw_batch(house: House, actor: Actor, batch_id: str, file: Path) -> LedgerEntry:
    """Draw the sample of a frozen batch with the auditor's secret: what the plan asks, and diagnostic items per annotator.

    Raises EvidenceError where the secret is not the committed one or the batch is not frozen under a plan.
    """
    batch = read_batch(house, batch_id)
    plan, row = stored_plan(house, batch), commitment_of(house, batch)
    if batch.state is not BatchState.FROZEN or plan is None or row is None:
        raise EvidenceError(
            f"batch {batch.batch_id}: is {batch.state}; a sample is drawn once, from a frozen batch with plan and commitment"
        )
    frozen = frozen_of(house, batch)
    names = sorted(frozen)
    contents = [frozen[name]["content_sha256"] for name in names]
    frame = pa.table({"record_id": pa.array(names, pa.string()), "content_sha256": pa.array(contents, pa.string())})
    drawn = draw_sample(frame, read_secret(file), plan.plan_sha256, batch.round, plan.sample_size, row["commitment"])
    order = draw(names, bytes.fromhex(drawn.seed), len(names))
    labelers = {name: frozen[name]["person"] for name in names}
    taken = drawn.sample.num_rows
    more = diagnostic(order, labelers, taken, active_policies(house).labeling.diagnostic_items, _revoked(house, batch, labelers))
    places = {name: place for place, name in enumerate(order)}
    rows: list[Row] = [
        {**subject_of(batch), "position": places[name], "record_id": name, "used_for": used_for.value}
        for listed, used_for in ((order[:taken], UsedFor.ACCEPTANCE), (more, UsedFor.DIAGNOSTIC))
        for name in listed
    ]
    facts = {
        "root": drawn.root, "commitment": drawn.commitment, "plan_sha256": plan.plan_sha256, "size": drawn.size, "sample": taken,
        "diagnostic": len(more),
    }  # fmt: skip
    return change_batch(house, actor, batch, Move(BatchState.SAMPLED, "drawn with the committed secret", {"sample_draws": rows}, facts))


def _revoked(house: House, batch: Batch, labelers: Mapping[str, str]) -> dict[str, int]:
    rows = newest(register_rows(house, "qualifications", rule_id=batch.rule.id, function="label"), lambda row: row["person"])
    fallen = {person for person, row in rows.items() if row["state"] == QualificationState.REVOKED}
    return dict.fromkeys(sorted(fallen & set(labelers.values())), REVOKED_DIAGNOSTIC)


def _refuse_late(batch: Batch, what: str) -> None:
    if batch.state not in _BEFORE_FREEZE:
        raise EvidenceError(
            f"batch {batch.batch_id}: round {batch.round} is {batch.state}; {what} while a round is open or closed, before the freeze"
        )


def _write_secret(file: Path, secret: bytes) -> None:
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ConfigurationError(f"{file}: expected a place for a new file, found {error.strerror}; name another file") from None
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(secret.hex() + "\n")
