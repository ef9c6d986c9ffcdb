"""What stands in a dossier, section by section: answers, pictures drawn from them, the clause register, and the gaps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.adapters.templates import trusted
from pipeline.domain.pictures import Bar, Flow, Number, bars, sankey
from pipeline.flows.clauses import LATER, Standing, standings
from pipeline.flows.dossier_answers import FEW, Answer, Asker, Cell

_WORDED = frozenset(
    {"dimension", "value", "content_type", "source_group", "kind", "disposition", "action", "outcome", "rule", "verdict", "change"}
)
SECTIONS: tuple[tuple[str, str, str, str], ...] = (
    ("filing", "filing-scale", "published", "content_type source_group sources documents bytes tokens"),
    ("synthetic", "synthetic-share", "published", "source_id generator generator_version generated_at documents tokens token_ratio"),
    (
        "sources",
        "sources-of-snapshot",
        "published",
        "source_id kind publisher origin_country license bases clauses evidence digests documents bytes",
    ),
    ("personal_information", "personal-information-in-snapshot", "published", "kind is_sensitive action findings documents"),
    ("residual", "residual-personal-information", "today", "round size sample_size errors point lower_bound confidence"),
    ("duplicates", "duplicates-in-snapshot", "published", "rule kept_source removed_source clusters removed least_similarity"),
    ("quality", "expectations-by-clause", "published", "clause expectation_id severity sources evaluated unexpected sources_not_met"),
    ("rules", "labeling-rules-in-full", "today", "rule_id rule_version kind stage state rule_sha256 body"),
    ("people", "filing-people", "today", "employment people trained courses_completed qualified"),
    ("labels", "filing-labels", "today", "kind unit batches labeled verified verified_ratio accepted"),
    (
        "outcomes",
        "labeling-outcomes",
        "today",
        "batch_id rule_id rule_version producer state round outcome size sample_size errors illegal point lower_bound confidence",
    ),
    ("decisions", "who-decided-what", "today", "seq decided_at event scope actor actor_proof name why"),
    ("exports", "exports-of-snapshot", "today", "seq made_at event format audience sha256 bytes"),
)
"""Section, question, position asked at, and columns shown; filing tables first."""
PRIVATE_SECTIONS = frozenset({"people", "decisions", "outcomes"})
PRIVATE_COLUMNS: Mapping[str, frozenset[str]] = {
    "rules": frozenset({"body"}),
    "exports": frozenset({"audience"}),
    "personal_information": frozenset({"findings"}),
}
_OF_THE_STORE = frozenset(
    {
        "way-of-documents",
        "expectations-by-clause",
        "labeling-rules-in-full",
        "filing-people",
        "filing-labels",
        "labeling-outcomes",
        "who-decided-what",
    },
)
"""Questions about the whole store, which take no snapshot."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What every section needs: words in the reader's language, the snapshot, and the two positions asked at."""

    asker: Asker
    words: Mapping[str, Any]
    lang: str
    snapshot_id: str
    published: int
    derived: int
    today: int
    is_full: bool

    def word(self, group: str, name: object) -> str:
        """Return a word of a group, or the name itself where it has none."""
        found = self.words[group].get(str(name)) if isinstance(name, str) else None
        return str(found[self.lang]) if found else str(name)

    def ask(self, question: str, position: str) -> Answer:
        """Ask a question about the snapshot: ``published``, ``derived`` or ``today``."""
        named = {} if question in _OF_THE_STORE else {"snapshot": self.snapshot_id}
        return self.asker.ask(question, getattr(self, position), **named)


@dataclass(slots=True)
class Section:
    """One section of the page."""

    id: str
    title: str
    intro: str
    pictures: list[Any] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    clauses: list[dict[str, Any]] = field(default_factory=list)


def sections(frame: Frame) -> list[Section]:
    """Return every section for the frame's audience, in order."""
    made = [_scale(frame), _account(frame), _composition(frame), _warnings(frame)]
    plain = [_plain(frame, *each) for each in SECTIONS if frame.is_full or each[0] not in PRIVATE_SECTIONS]
    made += plain[:3]
    made.append(_clauses(frame))
    return made + plain[3:]


def gaps(frame: Frame) -> list[dict[str, Any]]:
    """Return what is missing or speaks against the snapshot; each number in it is a cell of an answer."""
    words = frame.words["gaps"]

    def said(name: str, cells: Sequence[Cell] = (), clauses: Sequence[str] = ()) -> dict[str, Any]:
        return {"words": words[name][frame.lang], "cells": list(cells), "clauses": list(clauses)}

    found = []
    register = _standings(frame)
    for name, is_in in _CLAUSE_GAPS.items():
        if named := [each.clause.id for each in register if is_in(each)]:
            found.append(said(name, clauses=named))
    checks = frame.ask("clause-checks", "published")
    for place, row in enumerate(checks.table):
        if row["exceptions"] and row["check_id"] not in LATER:
            found.append(said("exceptions", [checks.cell(place, "check_id"), checks.cell(place, "exceptions")]))
    limits = frame.ask("composition-warnings", "published")
    for place, row in enumerate(limits.table):
        if row["is_exceeded"]:
            shown = limits.cell(place, "sources" if row["rule"] == "sources_per_type" else "largest_share")
            found.append(said("exceeded", [_cell(frame, limits, place, "rule"), limits.cell(place, "value"), shown]))
    if not frame.ask("residual-personal-information", "today").table:
        found.append(said("no_residual"))
    if not frame.ask("filing-labels", "today").table:
        found.append(said("no_labels"))
    return [*found, said("content")]


_CLAUSE_GAPS: Mapping[str, Callable[[Standing], bool]] = {
    "not_judged": lambda each: each.judgement is None,
    "does_not": lambda each: each.judgement is not None and each.judgement["verdict"] == "does_not",
    "differs": lambda each: (
        each.judgement is not None
        and each.judgement["verdict"] == "conforms"
        and each.suggestion is not None
        and each.suggestion.value == "does_not"
    ),
}


def _headed(frame: Frame, name: str) -> Section:
    words = frame.words["sections"][name]
    return Section(name, words["title"][frame.lang], words["intro"][frame.lang])


def _plain(frame: Frame, name: str, question: str, position: str, columns: str) -> Section:
    section = _headed(frame, name)
    hidden = frozenset() if frame.is_full else PRIVATE_COLUMNS.get(name, frozenset())
    shown = [column for column in columns.split() if column not in hidden]
    section.answers.append(shown_answer(frame, name, frame.ask(question, position), shown))
    return section


def shown_answer(frame: Frame, name: str, answer: Answer, columns: Sequence[str]) -> dict[str, Any]:
    """Return an answer as the template shows it: heads and cells in the reader's language."""
    none = frame.words["sections"][name].get("none", frame.words["none"])[frame.lang]
    rows = [[_cell(frame, answer, place, column) for column in columns] for place in range(len(answer.table))]
    heads = [
        {"words": frame.word("columns", column).replace("_", " "), "is_number": any(row[place].is_number for row in rows)}
        for place, column in enumerate(columns)
    ]
    return {"ask": answer.ask, "columns": heads, "rows": rows, "none": none, "has_query": True}


def _cell(frame: Frame, answer: Answer, place: int, column: str) -> Cell:
    value = answer.table[place][column]
    if isinstance(value, bool):
        return answer.cell(place, column, frame.words["yes" if value else "no"][frame.lang])
    is_of_people = answer.ask.question.startswith("personal-information") and column == "documents"
    if not frame.is_full and is_of_people and answer.table[place]["kind"] != "none found" and value < FEW:
        return Cell(frame.words["suppressed"][frame.lang])
    if column in _WORDED and isinstance(value, str):
        first, _, gate = value.partition(": ")
        return answer.cell(place, column, frame.word("values", first) + (f" ({gate})" if gate else ""))
    return answer.cell(place, column)


def _scale(frame: Frame) -> Section:
    section = _headed(frame, "scale")
    columns = ["snapshot_id", "name", "documents", "chars", "bytes", "tokens", "counter", "sources", "languages", "published_at"]
    full = ["ledger_seq", "ledger_hash", "policy_set_sha256", "manifest_sha256"]
    answer = frame.ask("snapshot-scale", "published")
    # One row with many columns reads better as two tables of one row.
    counts, names = (
        shown_answer(frame, "scale", answer, columns[2:8]),
        shown_answer(frame, "scale", answer, [*columns[:2], *columns[8:], *full]),
    )
    section.answers += [counts | {"has_query": False}, names]
    return section


def _picture(title: str, svg: str) -> dict[str, Any]:
    return {"title": title, "svg": trusted(svg)}


def _number(answer: Answer, place: int, column: str) -> Number:
    cell = answer.cell(place, column)
    return Number(float(answer.table[place][column] or 0), cell.shown, cell.marks)


def _account(frame: Frame) -> Section:
    section = _headed(frame, "account")
    answer = frame.ask("way-of-documents", "derived")
    flows, totals = [], {}
    for place, row in enumerate(answer.table):
        outcome = _cell(frame, answer, place, "outcome").shown
        flows.append(Flow(row["source_id"], outcome, row["disposition"], _number(answer, place, "documents")))
        totals["left", row["source_id"]] = _number(answer, place, "source_documents")
        totals["right", outcome] = _number(answer, place, "outcome_documents")
    if flows:
        section.pictures.append(_picture(section.title, sankey(section.title, flows, totals)))
    section.answers.append(shown_answer(frame, "account", answer, ["source_id", "kind", "outcome", "reason", "documents"]))
    return section


def _composition(frame: Frame) -> Section:
    section = _headed(frame, "composition")
    answer = frame.ask("composition-by-dimension", "published")
    for dimension in ("kind", "origin", "language", "license"):
        mine = [place for place, row in enumerate(answer.table) if row["dimension"] == dimension]
        rows = [Bar(frame.word("values", answer.table[place]["value"]), _number(answer, place, "bytes")) for place in mine]
        title = f"{frame.word('values', dimension)} ({frame.word('columns', 'bytes')})"
        section.pictures.append(_picture(title, bars(title, rows)))
    columns = ["dimension", "value", "sources", "documents", "bytes", "tokens", "byte_ratio"]
    section.answers.append(shown_answer(frame, "composition", answer, columns))
    return section


def _warnings(frame: Frame) -> Section:
    section = _headed(frame, "warnings")
    columns = ["rule", "value", "sources", "largest_share", "limit_value", "is_exceeded"]
    section.answers.append(shown_answer(frame, "warnings", frame.ask("composition-warnings", "published"), columns))
    return section


def _found(answer: Answer) -> dict[str, tuple[int, int]]:
    return {row["check_id"]: (row["examined"], row["exceptions"]) for row in answer.table}


def _standings(frame: Frame) -> list[Standing]:
    judged = {row["clause_id"]: row for row in frame.asker.ask("clause-judgements-in-force", frame.today).table}
    evidence: dict[str, tuple[str, ...]] = {}
    for row in frame.ask("evidence-of-snapshot", "published").table:
        evidence[row["kind"]] = (*evidence.get(row["kind"], ()), row["evidence_sha256"])
    at_publication, today = (_found(frame.ask("clause-checks", position)) for position in ("published", "today"))
    return standings(at_publication, today, judged, evidence)


def _clauses(frame: Frame) -> Section:
    section = _headed(frame, "clauses")
    asked = {position: frame.ask("clause-checks", position) for position in ("published", "today")}
    judged = frame.asker.ask("clause-judgements-in-force", frame.today)
    pieces = frame.ask("evidence-of-snapshot", "published")
    for each in _standings(frame):
        verdict = each.judgement["verdict"] if each.judgement else "not_judged"
        section.clauses.append(
            {
                "id": each.clause.id,
                "instrument": each.clause.instrument[frame.lang],
                "number": each.clause.number,
                "certainty": frame.word("values", each.clause.certainty.value),
                "asks": each.clause.asks[frame.lang],
                "verdict_id": verdict,
                "verdict": frame.word("values", verdict),
                "suggestion": frame.word("values", each.suggestion.value) if each.suggestion else None,
                "computed": [_check(asked["today" if name in LATER else "published"], name) for name in each.checks],
                "documented": [
                    pieces.cell(place, "evidence_sha256")
                    for place, row in enumerate(pieces.table)
                    if row["evidence_sha256"] in each.evidence and row["kind"] in each.clause.evidence
                ],
                "attested": _attested(frame, judged, each),
                "vouched": _vouched(frame, each.clause.events),
            },
        )
    columns = ["check_id", "examined", "exceptions"]
    section.answers += [shown_answer(frame, "checks", asked[position], columns) for position in ("published", "today")]
    section.answers.append(shown_answer(frame, "clauses", judged, ["clause_id", "verdict", "why", "plan", "recorded_at"]))
    section.answers.append(shown_answer(frame, "clauses", pieces, ["kind", "source_id", "evidence_sha256"]))
    return section


def _check(answer: Answer, name: str) -> dict[str, Any]:
    place = answer.where("check_id", name)
    if place is None:
        raise KeyError(name)
    return {"name": name, "examined": answer.cell(place, "examined"), "exceptions": answer.cell(place, "exceptions")}


def _vouched(frame: Frame, events: Sequence[str]) -> list[list[Cell]]:
    """Return what persons vouched for by ledger entries of some kinds, concerning the snapshot's sources or the store."""
    answer = frame.ask("who-decided-what", "today")
    mine = {row["source_id"] for row in frame.ask("sources-of-snapshot", "published").table}
    columns = ["event", "scope", "actor", "decided_at"] if frame.is_full else ["event", "decided_at"]
    return [
        [answer.cell(place, column) for column in columns]
        for place, row in enumerate(answer.table)
        if row["event"] in events and (not row["event"].startswith("source.") or row["scope"] in mine)
    ]


def _attested(frame: Frame, judged: Answer, standing: Standing) -> dict[str, Any] | None:
    place = judged.where("clause_id", standing.clause.id)
    if place is None:
        return None
    row = judged.table[place]
    who = judged.cell(place, "name" if row["name"] else "actor") if frame.is_full else Cell("·")
    return {
        "why": judged.cell(place, "why"),
        "plan": judged.cell(place, "plan") if row["plan"] else None,
        "who": who,
        "at": judged.cell(place, "recorded_at"),
        "proof": [judged.cell(place, "evidence")] if row["evidence"] else [],
    }
