"""The register of annotators: who they are only here, what they were trained in, which exam let them do which work.

Only the qualified get work, and what others submit is refused at the pull. Names are asked for and kept in ``people``
alone; everything else, the ledger among it, holds the pseudonym.
"""

import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.adapters.evidence_store import keep
from pipeline.domain.labeling import BatchState, Employment, Function, QualificationState, RevisionStatus, Topic, Unfit
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.domain.sampling import Posterior
from pipeline.errors import ConfigurationError, EvidenceError
from pipeline.flows.gold import gold_scores
from pipeline.flows.house import House
from pipeline.flows.labeling_rules import approved_rule
from pipeline.flows.policies import active_policies
from pipeline.flows.registers import Row, newest, register_rows
from pipeline.flows.runs import register
from pipeline.stages.annotator_posterior import annotator_posteriors
from pipeline.stages.check_qualification import PeopleRegister, is_here, may_work
from pipeline.stages.settle_annotations import settle_annotations

ADDED, MAPPED, TRAINED, LEFT = "person.added", "person.mapped", "person.trained", "person.left"
QUALIFIED, SUSPENDED, REVOKED, WARNED = "person.qualified", "person.suspended", "person.revoked", "person.warned"
_HELD = ("rule_id", "major", "function")
_EVENTS = {QualificationState.SUSPENDED: SUSPENDED, QualificationState.REVOKED: REVOKED}


@dataclass(frozen=True, slots=True)
class GoldActions:
    """What gold led to: who was suspended, who was warned, and what is believed of everybody."""

    suspended: tuple[str, ...]
    warned: tuple[str, ...]
    posteriors: tuple[Posterior, ...]


def people_register(house: House) -> PeopleRegister:
    """Return the registers that decide who may work, in ledger order."""
    return PeopleRegister(tuple(register_rows(house, "annotators")), tuple(register_rows(house, "qualifications")))


def add_person(house: House, actor: Actor, name: str, *, vendor: str | None = None, contract: Path | None = None) -> str:
    """Register an annotator under a new pseudonym and return it; a vendor's people need the contract as evidence.

    Raises EvidenceError without a contract, ConfigurationError where somebody of this name is registered already.
    """
    name = name.strip()
    if not name:
        raise ConfigurationError("expected a name, found none; it is kept in one erasable table only")
    if (vendor is None) != (contract is None):
        raise EvidenceError("a vendor's annotator needs both the vendor's name and the contract (--vendor NAME --contract FILE)")
    here = {row["person"] for row in _current(house) if row["active_to"] is None}
    namesakes = {row["actor"] for row in register_rows(house, "people") if row["name"] == name} & here
    if namesakes:
        raise ConfigurationError(f"somebody of this name is {', '.join(sorted(namesakes))}; add what tells namesakes apart to the name")
    person = "p-" + secrets.token_hex(5)
    contract_sha256 = None if contract is None else _kept(house, contract, "contract")
    at = datetime.now(UTC)
    about: Row = {
        "person": person,
        "employment": (Employment.VENDOR if vendor else Employment.INTERNAL).value,
        "vendor": vendor,
        "contract_sha256": contract_sha256,
    }
    rows: dict[str, list[Row]] = {
        "annotators": [{**about, "active_from": at, "active_to": None, "recorded_at": at}],
        "people": [{"actor": person, "name": name, "recorded_at": at}],
    }
    register(house, actor, ADDED, person, rows, about)
    return person


def map_account(house: House, actor: Actor, person: str, instance: str, studio_user: int) -> LedgerEntry:
    """Say that a Label Studio account is a person's. Raises EvidenceError where it is somebody else's or the person left."""
    _refuse_absent(house, person)
    at = datetime.now(UTC)
    rows = newest(register_rows(house, "studio_accounts", instance=instance, studio_user=studio_user), lambda row: row["studio_user"])
    present = rows.get(studio_user)
    if present and present["valid_to"] is None and present["person"] != person:
        raise EvidenceError(f"account {studio_user} on {instance}: is {present['person']}'s; one account is one person's")
    named = {"instance": instance, "studio_user": studio_user, "person": person}
    row: Row = {**named, "valid_from": at, "valid_to": None, "recorded_at": at}
    return register(house, actor, MAPPED, person, {"studio_accounts": [row]}, named)


def train(house: House, actor: Actor, person: str, topics: tuple[Topic, ...], material: Path, completed_at: datetime) -> LedgerEntry:
    """Record that a person completed training topics with a given material, whose bytes are kept as evidence."""
    _refuse_absent(house, person)
    if completed_at > datetime.now(UTC):
        raise EvidenceError(f"training of {person}: expected a time that has come, found {completed_at:%Y-%m-%d %H:%M}")
    digest = _kept(house, material, "training material")
    common = {"person": person, "material_sha256": digest, "completed_at": completed_at, "recorded_at": datetime.now(UTC)}
    rows: list[Row] = [{**common, "topic": topic.value} for topic in topics]
    facts = {"person": person, "topics": [topic.value for topic in topics], "material_sha256": digest}
    return register(house, actor, TRAINED, person, {"trainings": rows}, facts)


def missing_topics(house: House, person: str) -> list[str]:
    """Return the training topics that a person has not completed, in their order."""
    done = {row["topic"] for row in register_rows(house, "trainings", person=person)}
    return [topic.value for topic in Topic if topic.value not in done]


def qualify(house: House, actor: Actor, person: str, name: str, function: Function, why: str) -> LedgerEntry:
    """Let a person do one function under a rule's major version until the policy's expiry.

    Raises EvidenceError where training, a passed exam or an approved rule is missing, after a revocation, and after a
    suspension for as long as gold still speaks against the person and no later exam was passed.
    """
    _refuse_absent(house, person)
    rule, _ = approved_rule(house, name)
    if missing := missing_topics(house, person):
        raise EvidenceError(f"{person}: expected training in all four topics, missing: {', '.join(missing)}")
    exam = _passed_exam(house, person, rule.id, rule.major, function)
    if exam is None:
        raise EvidenceError(f"{person}: expected a passed exam of {rule.id} {rule.major} for {function}; see 'laiyuan people exam'")
    _refuse_fallen(house, person, rule.id, rule.major, function, exam)
    at = datetime.now(UTC)
    until = at + timedelta(days=active_policies(house).labeling.qualification_days)
    about = {"person": person, "rule_id": rule.id, "major": rule.major, "function": function.value}
    row: Row = {**about, "state": QualificationState.ACTIVE.value, "valid_from": at, "valid_to": until, "why": why, "recorded_at": at}
    return register(house, actor, QUALIFIED, person, {"qualifications": [row]}, {**about, "why": why, "attempt": exam["attempt"]})


def _passed_exam(house: House, person: str, rule_id: str, major: int, function: Function) -> Row | None:
    """Return the last exam that is passed as graded now; ``sat_at`` is when it was first recorded."""
    rows = register_rows(house, "exams", person=person, rule_id=rule_id, function=function.value)
    rows = [row for row in rows if int(row["rule_version"].partition(".")[0]) == major]
    sat = {row["attempt"]: row["recorded_at"] for row in reversed(rows)}
    passed = [{**row, "sat_at": sat[number]} for number, row in newest(rows, lambda row: row["attempt"]).items() if row["is_passed"]]
    return passed[-1] if passed else None


def _refuse_fallen(house: House, person: str, rule_id: str, major: int, function: Function, exam: Row) -> None:
    rows = register_rows(house, "qualifications", person=person, rule_id=rule_id, major=major, function=function.value)
    if not rows or rows[-1]["state"] == QualificationState.ACTIVE:
        return
    if rows[-1]["state"] == QualificationState.REVOKED:
        raise EvidenceError(f"{person}: was revoked for {rule_id} {major}, {function}; a revocation is final for this major version")
    if exam["sat_at"] > rows[-1]["recorded_at"]:
        return
    policy = active_policies(house).labeling
    believed = {each.person: each.over_limit for each in gold_posteriors(house, rule_id, major, datetime.now(UTC))}
    if believed.get(person, 0.0) >= float(policy.suspend_at):
        raise EvidenceError(
            f"{person}: suspended, and gold still says an error rate over {policy.error_limit} with probability {believed[person]:.2f}; "
            "train and pass another exam first"
        )


def suspend(house: House, actor: Actor, person: str, why: str, *, rule_id: str | None = None) -> list[Row]:
    """Suspend a person's active qualifications, of one rule or of all; return them."""
    return _end(house, actor, person, _Ending(QualificationState.SUSPENDED, why, datetime.now(UTC), rule_id))


def revoke(house: House, actor: Actor, person: str, why: str, *, rule_id: str | None = None, since: datetime | None = None) -> list[Row]:
    """Revoke a person's qualifications, of one rule or of all, for fraud back to when it began; return them."""
    at = datetime.now(UTC)
    if since is not None and since > at:
        raise EvidenceError(f"{person}: expected a time that has come, found {since:%Y-%m-%d %H:%M}")
    return _end(house, actor, person, _Ending(QualificationState.REVOKED, why, since or at, rule_id))


@dataclass(frozen=True, slots=True)
class _Ending:
    """How qualifications end: in which state, why, from when, and of which rule (none for all)."""

    state: QualificationState
    why: str
    since: datetime
    rule_id: str | None = None


def _end(house: House, actor: Actor, person: str, ending: _Ending) -> list[Row]:
    _known(house, person)
    rows = _ended_rows(house, person, ending)
    if not rows:
        of_rule = f" for {ending.rule_id}" if ending.rule_id else ""
        raise EvidenceError(f"{person}: expected a qualification{of_rule} that is not {ending.state} yet, found none")
    facts = {"person": person, "why": ending.why, "ended": [{name: row[name] for name in _HELD} for row in rows]}
    register(house, actor, _EVENTS[ending.state], person, {"qualifications": rows}, facts)
    return rows


def _ended_rows(house: House, person: str, ending: _Ending) -> list[Row]:
    held = newest(register_rows(house, "qualifications", person=person), lambda row: tuple(row[name] for name in _HELD))
    ends = {QualificationState.REVOKED, ending.state}
    found = [row for row in held.values() if row["state"] not in ends and ending.rule_id in (None, row["rule_id"])]
    fresh = {"state": ending.state.value, "valid_from": ending.since, "why": ending.why, "recorded_at": datetime.now(UTC)}
    return [{**{name: row[name] for name in ("person", *_HELD, "valid_to")}, **fresh} for row in found]


def leave(house: House, actor: Actor, person: str, why: str) -> dict[str, int]:
    """Let a person go: accounts end, qualifications are revoked, unfinished work is taken back; return freed items by batch."""
    last = _refuse_absent(house, person)
    at = datetime.now(UTC)
    accounts = newest(register_rows(house, "studio_accounts", person=person), lambda row: (row["instance"], row["studio_user"]))
    freed = [{**row, "revoked_at": at, "why": why} for row in unfinished(house, person)]
    rows: dict[str, list[Row]] = {
        "annotators": [{**_plain(last), "active_to": at, "recorded_at": at}],
        "studio_accounts": [{**_plain(row), "valid_to": at, "recorded_at": at} for row in accounts.values() if row["valid_to"] is None],
        "qualifications": _ended_rows(house, person, _Ending(QualificationState.REVOKED, f"left: {why}", at)),
        "assignments": [_plain(row) for row in freed],
    }
    count = dict(Counter(row["batch_id"] for row in freed))
    register(
        house,
        actor,
        LEFT,
        person,
        {name: values for name, values in rows.items() if values},
        {"person": person, "why": why, "freed": count},
    )
    return count


def unfinished(house: House, person: str) -> list[Row]:
    """Return a person's assignments in open batches for which nothing that counts was submitted yet."""
    rows = newest(
        register_rows(house, "assignments", person=person), lambda row: (row["batch_id"], row["record_id"], row["round"], row["function"])
    )
    states = newest(register_rows(house, "batch_states"), lambda row: row["batch_id"])
    working = {BatchState.OPEN, BatchState.VERIFYING, BatchState.ADJUDICATING, BatchState.HELD}
    held = [dict(row) for row in rows.values() if row["revoked_at"] is None]
    held = [row for row in held if _is_current(states.get(row["batch_id"]), row["round"], working)]
    done = _submitted(house, person) if held else set()
    return [row for row in held if (row["batch_id"], row["round"], row["record_id"]) not in done]


def _is_current(state: Mapping[str, object] | None, number: int, working: set[BatchState]) -> bool:
    return state is not None and state["round"] == number and BatchState(str(state["state"])) in working


def _submitted(house: House, person: str) -> set[tuple[str, int, str]]:
    placements = [row for row in register_rows(house, "placements", person=person) if row["batch_id"] is not None]
    revisions = register_rows(house, "annotation_revisions", person=person)
    by_token = {row["token"]: (row["batch_id"], row["round"], row["record_id"]) for row in placements}
    settled = settle_annotations([{**row, "record_id": row["token"]} for row in placements], revisions)
    return {by_token[token] for token, each in settled.items() if each.status is not RevisionStatus.DELETED}


def gold_posteriors(house: House, rule_id: str, major: int, at: datetime) -> tuple[Posterior, ...]:
    """Return what gold says of everybody's error rate under a rule, shrunk towards everyone's."""
    scores = {person: score for person, score in gold_scores(house, rule_id, major, at).items() if score[1]}
    return annotator_posteriors(scores, float(active_policies(house).labeling.error_limit)) if scores else ()


def act_on_gold(house: House, actor: Actor, rule_id: str, major: int, at: datetime | None = None) -> GoldActions:
    """Suspend whom gold speaks against beyond the policy's probability, and record who is warned; doing it twice changes nothing."""
    moment = at or datetime.now(UTC)
    policy = active_policies(house).labeling
    posteriors = gold_posteriors(house, rule_id, major, moment)
    known = people_register(house)
    suspended, warned = [], []
    for each in posteriors:
        if may_work(known, each.person, rule_id, major, Function.LABEL, moment) is not None:
            continue
        if each.over_limit >= float(policy.suspend_at):
            why = f"gold: {each.errors} of {each.checks} wrong; rate over {policy.error_limit} with probability {each.over_limit:.2f}"
            suspend(house, actor, each.person, why, rule_id=rule_id)
            suspended.append(each.person)
        elif each.over_limit >= float(policy.warn_at):
            _warn(house, actor, each, rule_id, major)
            warned.append(each.person)
    return GoldActions(tuple(suspended), tuple(warned), posteriors)


def _warn(house: House, actor: Actor, each: Posterior, rule_id: str, major: int) -> None:
    facts = {"person": each.person, "rule_id": rule_id, "major": major, "errors": each.errors, "checks": each.checks}
    told = any(entry.event == WARNED and {**facts, **known} == known for entry, known in house.facts())
    if not told:
        house.record(actor, WARNED, facts)


def list_people(house: House) -> list[Row]:
    """Return every annotator as they stand: whether here, training missing, and active qualifications."""
    at = datetime.now(UTC)
    known = people_register(house)
    found = []
    for row in _current(house):
        person = row["person"]
        held = newest((q for q in known.qualifications if q["person"] == person), lambda q: (q["rule_id"], q["major"], q["function"]))
        may = [
            f"{rule}@{major} {function}"
            for rule, major, function in held
            if not may_work(known, person, rule, major, Function(function), at)
        ]
        unfit: Unfit | None = is_here(known.annotators, person, at)
        found.append(
            {
                "person": person,
                "employment": row["employment"],
                "vendor": row["vendor"],
                "state": unfit.value if unfit else "here",
                "training_missing": ", ".join(missing_topics(house, person)),
                "may": ", ".join(sorted(may)),
            }
        )
    return found


def show_person(house: House, person: str) -> dict[str, object]:
    """Return everything the registers hold of a person, their name not among it."""
    _known(house, person)
    names = ("annotators", "studio_accounts", "trainings", "exams", "qualifications", "contests")
    return {name: [_plain(row) for row in register_rows(house, name, person=person)] for name in names} | {
        "unfinished": dict(Counter(row["batch_id"] for row in unfinished(house, person)))
    }


def _current(house: House) -> list[Row]:
    return [dict(row) for row in newest(register_rows(house, "annotators"), lambda row: row["person"]).values()]


def _known(house: House, person: str) -> Row:
    rows = register_rows(house, "annotators", person=person)
    if not rows:
        raise ConfigurationError(f"{person}: expected a registered annotator, found none; see 'laiyuan people list'")
    return rows[-1]


def _refuse_absent(house: House, person: str) -> Row:
    row = _known(house, person)
    if row["active_to"] is not None:
        raise EvidenceError(f"{person}: left on {row['active_to']:%Y-%m-%d}; who comes back is registered anew")
    return row


def _plain(row: Mapping[str, object]) -> Row:
    return {name: value for name, value in row.items() if name not in ("actor", "run_id")}


def _kept(house: House, path: Path, what: str) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise EvidenceError(f"{path}: expected the {what}, found no readable file ({error.strerror}); nothing was recorded") from None
    if not content:
        raise EvidenceError(f"{path}: expected the {what}, found an empty file; nothing was recorded")
    return keep(house.settings.warehouse, content)
