"""Labeling rules from file to approval: linted, piloted, approved by a named person, then immutable.

A version is one digest: approved, it never changes, and any change is a new version that lists the labels to revisit.
A pilot shows that people who read only the rule agree; its adjudicated items become the rule's first gold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from pipeline.adapters.evidence_store import keep
from pipeline.adapters.label_studio import check_config
from pipeline.adapters.labeling_rules import parse_rule, read_rule, unquoted_words
from pipeline.domain.digests import canonical_json
from pipeline.domain.labeling import Finding, LabelingRule, PilotAnswer, Revisit, RuleFault, RuleState, Topic
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.errors import ConfigurationError, EvidenceError
from pipeline.flows.house import House
from pipeline.flows.policies import active_policies
from pipeline.flows.registers import Row, newest, register_rows
from pipeline.flows.runs import register
from pipeline.stages.compare_results import Result, without_notes
from pipeline.stages.compare_rules import labels_to_revisit
from pipeline.stages.lint_rule import lint_rule
from pipeline.stages.measure_pilot import measure_pilot
from pipeline.stages.render_rule import render_config

DRAFTED, APPROVED, RETIRED, PILOTED = "rule.drafted", "rule.approved", "rule.retired", "rule.piloted"


def rule_paths(project: Path) -> list[Path]:
    """Return the rule files of a project in order of their names."""
    return sorted((project / "labeling_rules").glob("*.yaml"))


def rule_path(project: Path, name: str) -> Path:
    """Return a rule's file by its path, its file name or the rule's id. Raises ConfigurationError when there is none."""
    for path in (Path(name), project / "labeling_rules" / name, project / "labeling_rules" / f"{name}.yaml"):
        if path.is_file():
            return path
    known = ", ".join(path.stem for path in rule_paths(project)) or "none"
    raise ConfigurationError(f"{name}: expected a rule file, found none; labeling_rules/ holds: {known}")


def check_rule(path: Path) -> tuple[Finding, ...]:
    """Return everything that is wrong with a rule file: what cannot be read first, then what is not clear or operable."""
    try:
        unquoted = unquoted_words(path.read_bytes(), path.name)
        if unquoted:
            return tuple(_at_line(RuleFault.UNQUOTED_WORD, problem) for problem in unquoted)
        return lint_rule(read_rule(path))
    except ConfigurationError as error:
        return tuple(_at_line(RuleFault.UNREADABLE, line) for line in str(error).splitlines())


def _at_line(code: RuleFault, problem: str) -> Finding:
    place, separator, what = problem.partition(": ")
    return Finding(code, place.rpartition("/")[2] if separator else "", what or problem)


def draft_rule(house: House, actor: Actor, path: Path) -> LedgerEntry | None:
    """Record a rule file as a draft; None when this very draft stands already.

    Raises EvidenceError where the version was approved or retired before, or an approved version is newer.
    """
    rule = read_rule(path)
    states = _versions(house, rule.id)
    present = states.get(rule.version)
    if present and present["rule_sha256"] == rule.sha256:
        return None
    if present and present["state"] != RuleState.DRAFT:
        raise EvidenceError(
            f"rule {rule.name}: {present['state']} with digest {present['rule_sha256'][:12]}, found {rule.sha256[:12]}; "
            "an approved rule never changes: give the file a new version"
        )
    newer = [version for version, row in states.items() if row["state"] != RuleState.DRAFT and _order(version) > _order(rule.version)]
    if newer:
        raise EvidenceError(f"rule {rule.name}: version {max(newer, key=_order)} was approved before; give the file a newer version")
    at = datetime.now(UTC)
    body = {"kind": rule.kind.value, "stage": rule.stage.value, "body": canonical_json(rule.body), "recorded_at": at}
    rows: dict[str, list[Row]] = {
        "labeling_rules": [{**_named(rule), **body}],
        "labeling_rule_states": [{**_named(rule), "state": RuleState.DRAFT.value, "why": "drafted", "recorded_at": at}],
    }
    return register(house, actor, DRAFTED, rule.id, rows, _named(rule))


def approve_rule(house: House, actor: Actor, name: str, why: str) -> tuple[LedgerEntry, tuple[Revisit, ...]]:
    """Approve a draft; return the entry and which labels of the version before are to be revisited.

    Raises EvidenceError where the linter finds something, the pilot is missing or fell below the floor, or the same
    person would both propose and approve; ConfigurationError where Label Studio would refuse the rule's screen.
    """
    rule, row = _recorded(house, name)
    if row["state"] != RuleState.DRAFT:
        raise EvidenceError(f"rule {rule.name}: is {row['state']}; only a draft is approved")
    if findings := lint_rule(rule):
        found = "; ".join(f"{each.where}: {each.code}" for each in findings)
        raise EvidenceError(f"rule {rule.name}: expected nothing unclear, found {found}; see 'laiyuan labeling rules check'")
    check_config(render_config(rule))  # a screen that the server would refuse is found out before anybody is asked to label
    if active_policies(house).governance.approver_must_differ and actor.actor == row["actor"]:
        raise EvidenceError(f"rule {rule.name}: whoever drafted it cannot approve it (policies/governance.yaml: approver_must_differ)")
    before = _approved_before(house, rule)
    revisit = labels_to_revisit(before, rule) if before else ()
    pilot = _pilot_that_holds(house, rule, before if not revisit else None)
    facts = {**_named(rule), "why": why, "pilot": pilot, "revisit": [asdict(each) for each in revisit]}
    return _enter(house, actor, rule, RuleState.APPROVED, why, facts), revisit


def retire_rule(house: House, actor: Actor, name: str, why: str) -> LedgerEntry:
    """Retire an approved rule: no batch is opened under it any more. Raises EvidenceError where it is not approved."""
    rule, row = _recorded(house, name)
    if row["state"] != RuleState.APPROVED:
        raise EvidenceError(f"rule {rule.name}: is {row['state']}; only an approved rule is retired")
    return _enter(house, actor, rule, RuleState.RETIRED, why, {**_named(rule), "why": why})


def _enter(house: House, actor: Actor, rule: LabelingRule, state: RuleState, why: str, facts: Mapping[str, object]) -> LedgerEntry:
    row: Row = {**_named(rule), "state": state.value, "why": why, "recorded_at": datetime.now(UTC)}
    return register(house, actor, f"rule.{state.value}", rule.id, {"labeling_rule_states": [row]}, facts)


def approved_rule(house: House, name: str) -> tuple[LabelingRule, str]:
    """Return an approved rule and its digest; of an id alone the newest approved version. Raises EvidenceError where there is none."""
    rule_id, _, version = name.partition("@")
    found = [row for row in _versions(house, rule_id).values() if row["state"] == RuleState.APPROVED]
    wanted = [row for row in found if not version or row["rule_version"] == version]
    if not wanted:
        known = ", ".join(f"{rule_id}@{row['rule_version']}" for row in found) or "none"
        raise EvidenceError(f"rule {name}: expected an approved rule, found none; approved are: {known}. See 'laiyuan labeling rules list'")
    row = max(wanted, key=lambda row: _order(row["rule_version"]))
    return rule_of_digest(house, row["rule_sha256"]), row["rule_sha256"]


def rule_of_digest(house: House, rule_sha256: str) -> LabelingRule:
    """Return a recorded rule by its digest, whatever its state. Raises ConfigurationError when none was recorded."""
    return house.remembered(f"labeling rule {rule_sha256}", lambda: _rule_of_digest(house, rule_sha256))


def _rule_of_digest(house: House, rule_sha256: str) -> LabelingRule:
    rows = register_rows(house, "labeling_rules", rule_sha256=rule_sha256)
    if not rows:
        raise ConfigurationError(f"rule with digest {rule_sha256[:12]}: expected it in the register, found none")
    return parse_rule(rows[-1]["body"], f"{rows[-1]['rule_id']}@{rows[-1]['rule_version']}")


def recorded_rule(house: House, name: str) -> LabelingRule:
    """Return a recorded rule by ``id@version``, or the newest version of an id, whatever its state."""
    return _recorded(house, name)[0]


def rules_of_major(house: House, rule_id: str, major: int) -> LabelingRule:
    """Return the newest recorded version of one major version of a rule. Raises ConfigurationError when there is none."""
    found = [row for version, row in _versions(house, rule_id).items() if _order(version)[0] == major]
    if not found:
        raise ConfigurationError(f"rule {rule_id}: expected major version {major} in the register, found none")
    return rule_of_digest(house, max(found, key=lambda row: _order(row["rule_version"]))["rule_sha256"])


def list_rules(house: House) -> list[Row]:
    """Return every version of every rule as it stands, in order of id and version."""
    states = newest(register_rows(house, "labeling_rule_states"), lambda row: (row["rule_id"], row["rule_version"]))
    pilots = newest(register_rows(house, "rule_pilots"), lambda row: row["rule_sha256"])
    found = [{**row, "agreement": pilots.get(row["rule_sha256"], {}).get("agreement")} for row in states.values()]
    return sorted(found, key=lambda row: (row["rule_id"], _order(row["rule_version"])))


def record_pilot(
    house: House, actor: Actor, name: str, answers: Sequence[PilotAnswer], payloads: Mapping[str, Mapping[str, object]],
    adjudicated: Mapping[str, Result],
) -> tuple[LedgerEntry, float | None, bool]:  # fmt: skip
    """Record what a pilot of a draft showed; return the entry, the agreement and whether the rule's floor was reached.

    ``payloads`` are the task data by item, ``adjudicated`` the right results: these become the rule's first gold. Raises
    EvidenceError where a person lacks a training topic or is qualified already: who knows the answers proves nothing.
    """
    from pipeline.flows.gold import gold_rows

    rule, row = _recorded(house, name)
    if row["state"] != RuleState.DRAFT:
        raise EvidenceError(f"rule {rule.name}: is {row['state']}; a pilot is run on a draft")
    _refuse_unfit_pilots(house, rule, sorted({answer.person for answer in answers}))
    if missing := sorted(set(adjudicated) - set(payloads)):
        raise EvidenceError(f"pilot of {rule.name}: expected the text of each adjudicated item, found none of {', '.join(missing[:5])}")
    result = measure_pilot(rule, answers)
    kept = [{"item": each.item, "person": each.person, "result": without_notes(rule, each.result)} for each in answers]
    answers_sha256 = keep(house.settings.warehouse, canonical_json(sorted(kept, key=lambda each: (each["item"], each["person"]))).encode())
    agreement = None if result.agreement is None else f"{result.agreement:.4f}"
    facts: Row = {
        **_named(rule), "people": len(result.people), "items": len(result.items), "measure": result.measure, "agreement": agreement,
        "floor": rule.pilot.floor, "is_met": result.is_met, "answers_sha256": answers_sha256,
    }  # fmt: skip
    gold = gold_rows(rule, [(payloads[item], answer) for item, answer in sorted(adjudicated.items())], "pilot", "adjudicated in the pilot")
    rows: dict[str, list[Row]] = {"rule_pilots": [{**facts, "recorded_at": datetime.now(UTC)}], "gold_items": gold}
    entry = register(house, actor, PILOTED, rule.id, rows, {**facts, "who": list(result.people), "gold": len(gold)})
    return entry, result.agreement, result.is_met


def _refuse_unfit_pilots(house: House, rule: LabelingRule, people: Sequence[str]) -> None:
    faults = []
    known = {row["person"] for row in register_rows(house, "annotators")}
    qualified = {row["person"] for row in register_rows(house, "qualifications", rule_id=rule.id, major=rule.major)}
    for person in people:
        trained = {row["topic"] for row in register_rows(house, "trainings", person=person)}
        missing = [topic.value for topic in Topic if topic.value not in trained]
        if person not in known:
            faults.append(f"{person} is not registered")
        elif missing:
            faults.append(f"{person} lacks training in {', '.join(missing)}")
        elif person in qualified:
            faults.append(f"{person} was qualified for {rule.id} {rule.major} already")
    if faults:
        raise EvidenceError(f"pilot of {rule.name}: expected trained people who sat no exam of it yet; {'; '.join(faults)}")


def _pilot_that_holds(house: House, rule: LabelingRule, same_meaning: LabelingRule | None) -> dict[str, object]:
    """Return the pilot that shows a rule operable: its own, or that of the version before where no label changed its meaning."""
    digests = [rule.sha256, *([same_meaning.sha256] if same_meaning else [])]
    for digest in digests:
        rows = register_rows(house, "rule_pilots", rule_sha256=digest)
        if rows:
            last = rows[-1]
            if not last["is_met"]:
                value = last["agreement"] or "not defined (one label only)"
                raise EvidenceError(
                    f"rule {rule.name}: expected {last['measure']} of at least {last['floor']} in its pilot, found {value}; "
                    "make the rule clearer and pilot it again"
                )
            return {name: last[name] for name in ("rule_version", "measure", "agreement", "floor", "people", "items", "answers_sha256")}
    carried = _carried(house, same_meaning)
    if carried:
        return carried
    raise EvidenceError(f"rule {rule.name}: expected a pilot, found none; run 'laiyuan labeling rules pilot {rule.name} --answers FILE'")


def _carried(house: House, before: LabelingRule | None) -> dict[str, object] | None:
    """Return the pilot that the version before was approved with, itself perhaps carried over."""
    if before is None:
        return None
    for entry, facts in reversed(house.facts()):
        if entry.event == APPROVED and facts.get("rule_sha256") == before.sha256:
            pilot = facts["pilot"]
            return dict(pilot) if isinstance(pilot, dict) else None
    return None


def _approved_before(house: House, rule: LabelingRule) -> LabelingRule | None:
    older = [row for row in _versions(house, rule.id).values() if row["state"] != RuleState.DRAFT]
    older = [row for row in older if _order(row["rule_version"]) < _order(rule.version)]
    return rule_of_digest(house, max(older, key=lambda row: _order(row["rule_version"]))["rule_sha256"]) if older else None


def _recorded(house: House, name: str) -> tuple[LabelingRule, Mapping[str, object]]:
    """Return a recorded version and its present state; ``actor`` in it is who entered that state."""
    rule_id, _, version = name.partition("@")
    states = _versions(house, rule_id)
    if not states or (version and version not in states):
        known = ", ".join(f"{rule_id}@{known}" for known in states) or "none"
        raise ConfigurationError(
            f"rule {name}: expected it in the register, found none; recorded are: {known}. Add it with 'laiyuan labeling rules add'"
        )
    row = states[version or max(states, key=_order)]
    return rule_of_digest(house, row["rule_sha256"]), row


def _versions(house: House, rule_id: str) -> dict[str, Row]:
    rows = newest(register_rows(house, "labeling_rule_states", rule_id=rule_id), lambda row: row["rule_version"])
    return {version: dict(row) for version, row in rows.items()}


def _named(rule: LabelingRule) -> Row:
    return {"rule_id": rule.id, "rule_version": rule.version, "rule_sha256": rule.sha256}


def _order(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return int(major), int(minor)


def history_of_rule(house: House, name: str) -> dict[str, object]:
    """Return a rule's body, its state and every entry about it."""
    rule, row = _recorded(house, name)
    events = {DRAFTED, APPROVED, RETIRED, PILOTED}
    entries = [(entry, facts) for entry, facts in house.facts() if entry.event in events and facts.get("rule_id") == rule.id]
    return {
        "rule": rule.body,
        "rule_sha256": rule.sha256,
        "state": row["state"],
        "history": [
            {"seq": entry.seq, "at": entry.at, "event": entry.event, "actor": entry.actor}
            | {name: facts.get(name) for name in ("rule_version", "why", "agreement", "revisit") if facts.get(name) is not None}
            for entry, facts in entries
        ],
    }
