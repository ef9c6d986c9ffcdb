"""The source register: declare, assess, admit, refuse, suspend. Nothing enters on a promise.

Each change of state is a register row and a ledger entry with who and why. The evidence's bytes are kept under
their digest, so that what a conclusion rests on can be opened later.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pipeline.adapters.declarations import evidence_bytes, moment, read_declaration
from pipeline.adapters.evidence_store import keep, media_type
from pipeline.adapters.statements import read_statements
from pipeline.domain.digests import canonical_json, sha256_hex
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.domain.licensing import Statement
from pipeline.domain.policies import DEFAULT_AGENT
from pipeline.domain.sources import TRANSITIONS, Source, SourceState
from pipeline.errors import ConfigurationError, EvidenceError
from pipeline.flows.holdings import holdings_of
from pipeline.flows.house import House
from pipeline.flows.policies import active_digests, active_policies
from pipeline.flows.registers import register_rows
from pipeline.flows.reservations import register_rows_of, source_reservations
from pipeline.flows.runs import register
from pipeline.stages.check_evidence import check_evidence, dropped_evidence, is_reserved
from pipeline.stages.conclude_license import conclude_license

DECLARED = "source.declared"
EVENTS = {state: f"source.{state.value}" for state in SourceState}
"""Ledger event by state entered, as ``source.admitted``."""
PROPOSED_TOGETHER = "sources.proposed"
"""Ledger event of many sources proposed in one entry, each named with its declaration's digest."""
TOGETHER = "sources"
"""Scope of such an entry."""


def declared_paths(project: Path) -> list[Path]:
    """Return the declarations of a project in order of their folders."""
    return sorted((project / "sources").glob("*/source.yaml"))


def read_source(project: Path, source_id: str) -> tuple[Path, Source]:
    """Return one declaration and its path. Raises ConfigurationError when there is none."""
    path = project / "sources" / source_id / "source.yaml"
    if not path.is_file():
        known = ", ".join(each.parent.name for each in declared_paths(project)) or "none"
        raise ConfigurationError(f"{source_id}: expected a declaration sources/{source_id}/source.yaml; declared are: {known}")
    return path, read_declaration(path)


def state_of(house: House, source_id: str) -> tuple[SourceState | None, dict[str, object]]:
    """Return the state of a source and the facts of the entry that gave it, from the ledger."""
    for entry, facts in reversed(house.facts()):
        change = _change(entry, facts, source_id)
        if change is not None:
            return change, {**_facts_of(facts, source_id), "actor": entry.actor}
    return None, {}


def _change(entry: LedgerEntry, facts: Mapping[str, object], source_id: str) -> SourceState | None:
    """Return the state that an entry gives to a source, if it gives one."""
    if entry.event == PROPOSED_TOGETHER:
        declared = facts.get("declarations")
        return SourceState.PROPOSED if isinstance(declared, dict) and source_id in declared else None
    is_change = facts.get("scope") == source_id and entry.event in EVENTS.values()
    return SourceState(entry.event.partition(".")[2]) if is_change else None


def _facts_of(facts: Mapping[str, object], source_id: str) -> dict[str, object]:
    """Return what an entry says of one source; one about many says of each only its declaration."""
    declared = facts.get("declarations")
    if not isinstance(declared, dict):
        return dict(facts)
    named = {"source_id": source_id, "scope": source_id, "declaration_sha256": declared[source_id]}
    return {**named, "why": facts.get("why"), "run_id": facts.get("run_id")}


def declare(house: House, actor: Actor, path: Path) -> LedgerEntry | None:
    """Record a declaration with its evidence and the licence concluded from it; None when it stands already.

    A changed declaration puts the source back to ``proposed``: what was admitted was the old one.
    """
    source = read_declaration(path)
    state, facts = state_of(house, source.source)
    if state is not None and facts.get("declaration_sha256") == source.declaration_sha256:
        return None
    rows = _declared_rows(house, path, source, datetime.now(UTC), agent_of(house))
    named = {"source_id": source.source, "declaration_sha256": source.declaration_sha256}
    return register(house, actor, EVENTS[SourceState.PROPOSED], source.source, rows, {**named, "why": "declared"})


def declare_many(house: House, actor: Actor, paths: Sequence[Path], why: str) -> tuple[LedgerEntry | None, int]:
    """Record many declarations in one entry that names each with its digest; return it and how many were new or changed.

    What stands already is left out; with nothing left there is no entry.
    """
    known: dict[str, object] = {}
    for entry, facts in house.facts():
        if entry.event == PROPOSED_TOGETHER and isinstance(declared := facts.get("declarations"), dict):
            known |= declared
        elif entry.event in EVENTS.values():
            known[str(facts.get("scope"))] = facts.get("declaration_sha256")
    at, agent = datetime.now(UTC), agent_of(house)
    rows: dict[str, list[dict[str, object]]] = {}
    declarations: dict[str, str] = {}
    for path in paths:
        source = read_declaration(path)
        if known.get(source.source) == source.declaration_sha256:
            continue
        declarations[source.source] = source.declaration_sha256
        for table, mine in _declared_rows(house, path, source, at, agent).items():
            rows.setdefault(table, []).extend(mine)
    if not declarations:
        return None, 0
    facts_of_all = {"declarations": declarations, "sources": len(declarations), "why": why}
    return register(house, actor, PROPOSED_TOGETHER, TOGETHER, rows, facts_of_all), len(declarations)


def _declared_rows(house: House, path: Path, source: Source, at: datetime, agent: str) -> dict[str, list[dict[str, object]]]:
    """Keep the evidence of a declaration and return the register rows that propose it."""
    bodies = evidence_bytes(path, source)
    for body in bodies.values():
        keep(house.settings.warehouse, body)
    conclusion = conclude_license(source, _statements(source, bodies))
    named = {"source_id": source.source, "declaration_sha256": source.declaration_sha256}
    return {
        "sources": [
            {
                **named,
                "kind": source.kind.value,
                "title": source.title["en"],
                "title_zh": source.title.get("zh"),
                "publisher": source.publisher["name"],
                "origin_country": source.origin["country"],
                "languages": list(source.languages),
                "modality": source.modality,
                "license_declared": source.license.declared,
                "declaration": canonical_json(source.declaration),
                "recorded_at": at,
            },
        ],
        "evidence": [
            {
                **named,
                "evidence_sha256": sha256_hex(bodies[each.file]),
                "name": each.file,
                "kind": each.kind,
                "about": each.about,
                "read_at": each.read_at,
                "retrieved_at": moment(each.retrieved_at),
                "media_type": media_type(each.file),
                "bytes": len(bodies[each.file]),
                "states": each.states,
            }
            for each in source.evidence
        ],
        "license_conclusions": [
            {
                **named,
                "expression": conclusion.expression,
                "reason": conclusion.reason.value if conclusion.reason else None,
                "explanation": conclusion.explanation,
                "evidence": list(conclusion.evidence),
                "recorded_at": at,
            },
        ],
        "legal_bases": [{**named, "recorded_at": at, **basis} for basis in _bases(source)],
        "source_reservations": [{**named, **row} for row in register_rows_of(source_reservations(source, bodies, agent))],
        "source_states": [{**named, "state": SourceState.PROPOSED.value, "why": "declared", "recorded_at": at}],
    }


def _bases(source: Source) -> list[dict[str, object]]:
    return [
        {
            **{name: getattr(basis, name) for name in ("regime", "basis", "clause", "evidence")},
            **{name: moment(value) for name in ("valid_from", "valid_to") if (value := getattr(basis, name))},
        }
        for basis in source.legal_bases
    ]


def agent_of(house: House) -> str:
    """Return the name by which robots.txt knows our collection: the active policy's, before the first activation the default."""
    return active_policies(house).governance.agent if active_digests(house) else DEFAULT_AGENT


def _statements(source: Source, bodies: dict[str, bytes]) -> list[Statement]:
    return [statement for each in source.evidence for statement in read_statements(each, media_type(each.file), bodies[each.file])]


def lacking(project: Path, source_id: str) -> tuple[str, ...]:
    """Return what a declared source still lacks before it may be admitted, as sentences; empty when complete."""
    path, source = read_source(project, source_id)
    return check_evidence(source, _statements(source, evidence_bytes(path, source)))


def change_state(house: House, actor: Actor, source_id: str, state: SourceState, why: str) -> LedgerEntry:
    """Move a source to another state.

    Raises EvidenceError when evidence is missing or one person would both propose and approve, ConfigurationError
    when the state cannot follow the present one.
    """
    present, facts = state_of(house, source_id)
    if state not in TRANSITIONS.get(present, frozenset()):
        may = ", ".join(sorted(TRANSITIONS.get(present, ()))) or "nothing"
        raise ConfigurationError(f"source {source_id} is {present or 'not declared'}: expected one of {may} next, found {state.value}")
    _, source = read_source(house.project, source_id)
    if source.declaration_sha256 != facts["declaration_sha256"]:
        raise ConfigurationError(
            f"source {source_id}: its declaration changed since it was {present}; run 'laiyuan sources add {source_id}' first"
        )
    if state in (SourceState.ASSESSED, SourceState.ADMITTED):
        missing = (*lacking(house.project, source_id), *_dropped(house, source_id))
        if missing:
            raise EvidenceError(f"source {source_id} cannot be {state.value}; it lacks: " + "; ".join(missing))
    if state is SourceState.ADMITTED:
        _refuse_failed_sample(house, source_id)
    if (
        state is SourceState.ADMITTED
        and active_policies(house).governance.approver_must_differ
        and _proposer(house, source_id) == actor.actor
    ):
        raise EvidenceError(f"source {source_id}: whoever proposed it cannot admit it (policies/governance.yaml: approver_must_differ)")
    named = {"source_id": source_id, "declaration_sha256": source.declaration_sha256}
    rows: dict[str, list[dict[str, object]]] = {
        "source_states": [{**named, "state": state.value, "why": why, "recorded_at": datetime.now(UTC)}]
    }
    told: dict[str, object] = {**named, "why": why}
    if state in (SourceState.SUSPENDED, SourceState.REFUSED):
        told["held_by"] = [each.as_facts() for each in holdings_of(house, source_id)]
    return register(house, actor, EVENTS[state], source_id, rows, told)


def _refuse_failed_sample(house: House, source_id: str) -> None:
    """Refuse to admit a source of which the newest sample, before collection or after, held too much that is unlawful."""
    limit = float(active_policies(house).source.max_unlawful_ratio)
    for when in ("before", "after"):
        judged = register_rows(house, "judgements", subject="source", subject_id=f"{source_id}/{when}")
        if judged and judged[-1]["errors"] > limit * judged[-1]["sample_size"]:
            errors, read = judged[-1]["errors"], judged[-1]["sample_size"]
            raise EvidenceError(
                f"source {source_id}: {errors} of {read} sampled items were wrong {when} collection, more than {limit:.1%} "
                "(policies/source.yaml: max_unlawful_ratio); mend the source and draw another sample"
            )


def _dropped(house: House, source_id: str) -> tuple[str, ...]:
    """Return what earlier declarations cited and the present one may not leave out; a changed file under its name is no loss."""
    path, source = read_source(house.project, source_id)
    digests = {sha256_hex(body) for body in evidence_bytes(path, source).values()}
    names = {each.file for each in source.evidence}
    cited = register_rows(house, "evidence", source_id=source_id)
    gone = {row["name"]: row["kind"] for row in cited if row["name"] not in names and row["evidence_sha256"] not in digests}
    return dropped_evidence(source, gone)


DECISIONS = {"Admit": SourceState.ADMITTED, "Refuse": SourceState.REFUSED}
"""What a person may answer when asked about an assessed source."""


def assessed_facts(house: House, source_id: str) -> dict[str, str]:
    """Return what a person who decides on an assessed source is shown, plain enough to travel through XCom.

    Raises EvidenceError when the source is not assessed or lacks evidence.
    """
    state, facts = state_of(house, source_id)
    path, source = read_source(house.project, source_id)
    if state is not SourceState.ASSESSED:
        raise EvidenceError(f"source {source_id} is {state or 'not declared'}: only an assessed source is decided on")
    bodies = evidence_bytes(path, source)
    statements = _statements(source, bodies)
    missing = check_evidence(source, statements)
    if missing:
        raise EvidenceError(f"source {source_id} cannot be admitted; it lacks: " + "; ".join(missing))
    conclusion = conclude_license(source, statements)
    policy = active_policies(house).source
    said = source_reservations(source, bodies, agent_of(house))
    is_kept_out = is_reserved(statements) or any(policy.reserves(each.signal, each.answer) for each, _ in said)
    return {
        "source": source_id,
        "declaration_sha256": str(facts["declaration_sha256"]),
        "kind": source.kind.value,
        "license": conclusion.expression + (f" ({conclusion.reason})" if conclusion.reason else ""),
        "grounds": ", ".join(f"{each.basis} ({each.regime})" for each in source.legal_bases) or "none",
        "evidence": str(len(source.evidence)),
        "is_reserved": "yes" if is_kept_out else "no",
    }


def decide_source(house: House, actor: Actor, assessed: Mapping[str, str], answer: str, why: str) -> LedgerEntry:
    """Enter a person's answer about the very declaration they were shown. Raises ConfigurationError where it changed since."""
    source_id = assessed["source"]
    _, facts = state_of(house, source_id)
    if facts.get("declaration_sha256") != assessed["declaration_sha256"]:
        raise ConfigurationError(f"source {source_id}: its declaration changed after the question was asked; assess it and ask again")
    entry = change_state(house, actor, source_id, DECISIONS[answer], why)
    house.publish_lineage()
    return entry


def _proposer(house: House, source_id: str) -> str | None:
    for entry, facts in reversed(house.facts()):
        if _change(entry, facts, source_id) is SourceState.PROPOSED:
            return entry.actor
    return None


def admitted_sources(house: House) -> list[str]:
    """Return the ids of sources that are admitted and deliver something."""
    found = []
    for path in declared_paths(house.project):
        source_id = path.parent.name
        if state_of(house, source_id)[0] is SourceState.ADMITTED and read_declaration(path).delivery is not None:
            found.append(source_id)
    return found


def statements_of(project: Path, source_id: str) -> list[Statement]:
    """Return every statement of terms read from a declared source's evidence."""
    path, source = read_source(project, source_id)
    return _statements(source, evidence_bytes(path, source))


def history_of(house: House, source_id: str) -> dict[str, object]:
    """Return a source's declaration, what its evidence states, its licence conclusion and its changes of state."""
    path, source = read_source(house.project, source_id)
    statements = _statements(source, evidence_bytes(path, source))
    conclusion = conclude_license(source, statements)
    changes = [(entry, facts) for entry, facts in house.facts() if _change(entry, facts, source_id) is not None]
    return {
        "declaration": source.declaration,
        "declaration_sha256": source.declaration_sha256,
        "lacks": list(check_evidence(source, statements)),
        "statements": [
            {"file": each.file, "about": each.about, "states": each.expression or each.raw or None, "read_as": each.kind}
            for each in statements
        ],
        "conclusion": {"expression": conclusion.expression, "reason": conclusion.reason, "explanation": conclusion.explanation},
        "history": [
            {"seq": entry.seq, "at": entry.at, "event": entry.event, "actor": entry.actor, "why": facts.get("why")}
            for entry, facts in changes
        ],
    }
