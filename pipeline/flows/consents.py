"""The consent register: who agreed to what, for which purpose and how long. Rows are added, never changed.

Names do not enter: a person is a pseudonym under the project's key, a purpose its digest, and the record it rests on is
evidence by digest. The personal-information gate asks here, so that a withdrawal decides its documents again.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline.adapters.declarations import moment
from pipeline.adapters.evidence_store import keep
from pipeline.adapters.strict_yaml import read_yaml
from pipeline.domain.digests import fields_digest, json_digest
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.domain.rights import Consented, ConsentEvent, ConsentRow
from pipeline.errors import ConfigurationError, EvidenceError
from pipeline.flows.house import House
from pipeline.flows.policies import active_policies
from pipeline.flows.registers import register_rows
from pipeline.flows.runs import register
from pipeline.flows.sources import read_source
from pipeline.stages.hold_consent import consented_to, consents_in_force

RECORDED, WITHDRAWN = "consent.recorded", "consent.withdrawn"
SCOPE = "consents"
COLUMNS = ("consent", "source", "document", "subject", "purpose", "kinds", "separate", "guardian", "valid_from", "valid_to", "evidence")
_NEEDED = ("consent", "source", "purpose", "kinds")
_YES, _NO = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0", ""})


@dataclass(frozen=True)
class Consents:
    """What is in force at one moment, to be asked for documents."""

    rows: tuple[ConsentRow, ...]
    purposes: tuple[str, ...]

    def of(self, source_id: str, document_id: str | None = None) -> Consented:
        """Return what is agreed to for a document, or with None for its source as a whole."""
        place = (source_id, document_id if (source_id, document_id) in self._named else None)
        if place not in self._answers:
            self._answers[place] = consented_to(self.rows, *place, self.purposes)
        return self._answers[place]

    @cached_property
    def _named(self) -> frozenset[tuple[str, str | None]]:
        return frozenset((row.source_id, row.document_id) for row in self.rows)

    @cached_property
    def _answers(self) -> dict[tuple[str, str | None], Consented]:
        return {}

    def digest_for(self, source_id: str) -> str:
        """Return one digest over what is in force for a source: a gate's decisions rest on it."""
        mine = [row for row in self.rows if row.source_id == source_id]
        known = [[row.consent_id, row.document_id, row.purpose_sha256, sorted(row.kinds), row.is_separate, row.is_guardian] for row in mine]
        return json_digest({"purposes": self.purposes, "consents": known})


def purpose_digest(purpose: str) -> str:
    """Return the digest under which a purpose is recorded."""
    return fields_digest("purpose", purpose)


def consents_at(house: House, valid_at: datetime) -> Consents:
    """Return the consents in force at a moment, as known now, for the purposes that the active governance policy names."""
    rows = house.remembered("consents", lambda: consent_rows(house))
    purposes = tuple(purpose_digest(each) for each in active_policies(house).governance.purposes)
    return Consents(consents_in_force(rows, valid_at), purposes)


def consent_rows(house: House) -> list[ConsentRow]:
    """Return the whole register in ledger order."""
    committed = house.committed_runs()
    return [
        ConsentRow(
            consent_id=row["consent_id"],
            source_id=row["source_id"],
            document_id=row["document_id"],
            event=ConsentEvent(row["event"]),
            purpose_sha256=row["purpose_sha256"],
            kinds=frozenset(row["kinds"]),
            is_separate=row["is_separate"],
            is_guardian=row["is_guardian"],
            is_of_everybody=row["subject"] is None,
            valid_from=row["valid_from"],
            valid_to=row["valid_to"],
            position=committed[row["run_id"]].seq,
        )
        for row in register_rows(house, "consents")
    ]


def add_consents(house: House, actor: Actor, path: Path) -> tuple[LedgerEntry, int]:
    """Record the consents of a CSV or YAML file in one ledger entry; return it and how many there were.

    A consent that is there already is corrected by its new row. Raises ConfigurationError that lists every problem with its
    row, EvidenceError for evidence that is not there.
    """
    stated = _read(path)
    problems = [problem for number, row in enumerate(stated, start=1) for problem in _problems(house, path, number, row)]
    if problems:
        raise ConfigurationError("\n".join(problems))
    missing = [row["evidence"] for row in stated if row.get("evidence") and not (path.parent / row["evidence"]).is_file()]
    if missing:
        raise EvidenceError(f"{path}: expected the evidence beside it, missing: {', '.join(sorted(set(missing)))}")
    if not stated:
        raise ConfigurationError(f"{path}: expected at least one consent, found none; its columns are {', '.join(COLUMNS)}")
    at = datetime.now(UTC)
    rows = [_row(house, path, row, at) for row in stated]
    facts = {"file_sha256": json_digest(stated), "consents": len(rows), "sources": sorted({str(row["source_id"]) for row in rows})}
    return register(house, actor, RECORDED, SCOPE, {"consents": rows}, facts), len(rows)


def withdraw_consent(house: House, actor: Actor, consent: str, why: str, at: datetime | None = None) -> LedgerEntry:
    """Withdraw a consent from a moment on (by default now); what was done before stays lawful (PIPL Art. 15).

    ``consent`` is the name it was recorded under, or the start of its id. Raises ConfigurationError when there is no such one.
    """
    known = [row for row in register_rows(house, "consents") if _is_named(house, row, consent)]
    ids = {row["consent_id"] for row in known}
    if len(ids) != 1:
        raise ConfigurationError(f"expected one consent of that name in the register, found {len(ids)}; see 'laiyuan consents list'")
    now = datetime.now(UTC)
    kept = {name: value for name, value in known[-1].items() if name not in ("actor", "run_id")}
    row = {**kept, "event": ConsentEvent.WITHDRAWN.value, "valid_from": at or now, "valid_to": None, "recorded_at": now}
    facts = {"consent_id": row["consent_id"], "source_id": row["source_id"], "from": (at or now).isoformat(), "why": why}
    return register(house, actor, WITHDRAWN, SCOPE, {"consents": [row]}, facts)


def _is_named(house: House, row: Mapping[str, Any], consent: str) -> bool:
    consent_id = str(row["consent_id"])
    is_start = len(consent) >= 8 and consent_id.startswith(consent)
    return is_start or consent_id == _consent_id(house, str(row["source_id"]), consent)


def _consent_id(house: House, source_id: str, name: str) -> str:
    # Keyed, since the names of consents are often those of people.
    return house.key.pseudonym(fields_digest("consent", source_id, name))


def _read(path: Path) -> list[dict[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: expected a CSV or YAML file in UTF-8 ({type(error).__name__})") from None
    if path.suffix.lower() in {".yaml", ".yml"}:
        value = read_yaml(text, str(path)).value
        items = value.get("consents") if isinstance(value, dict) else value
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise ConfigurationError(f"{path}: expected a list of consents, or one under the key 'consents'")
        return [{str(key): _plain(each) for key, each in item.items()} for item in items]
    rows = list(csv.DictReader(io.StringIO(text), strict=True))
    return [{str(key): _plain(each) for key, each in row.items()} for row in rows]


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ";".join(str(each) for each in value)
    return "" if value is None else str(value).strip()


def _problems(house: House, path: Path, number: int, row: Mapping[str, str]) -> list[str]:
    """Return what is wrong with one row, without a value of it: names of consents and subjects may be people's."""
    where = f"{path}: consent {number}"
    found = [f"{where}: unknown column {name}" for name in row if name not in COLUMNS]
    found += [f"{where}: expected {name}, found nothing" for name in _NEEDED if not row.get(name)]
    found += [
        f"{where}: {name}: expected true or false" for name in ("separate", "guardian") if row.get(name, "").lower() not in _YES | _NO
    ]
    for name in ("valid_from", "valid_to"):
        try:
            _ = moment(row[name]) if row.get(name) else None
        except ValueError:
            found.append(f"{where}: {name}: expected a date, or a date and time with its offset (ISO 8601)")
    if row.get("source"):
        try:
            read_source(house.project, row["source"])
        except ConfigurationError:
            found.append(f"{where}: source: expected a declared source")
    if row.get("separate", "").lower() in _YES and "*" in _kinds(row):
        found.append(f"{where}: kinds: a separate consent names its kinds (PIPL Art. 29), found *")
    return found


def _kinds(row: Mapping[str, str]) -> list[str]:
    return sorted({kind.strip() for kind in row.get("kinds", "").replace(",", ";").split(";") if kind.strip()})


def _row(house: House, path: Path, row: Mapping[str, str], at: datetime) -> dict[str, object]:
    evidence = (path.parent / row["evidence"]).read_bytes() if row.get("evidence") else None
    return {
        "consent_id": _consent_id(house, row["source"], row["consent"]),
        "source_id": row["source"],
        "document_id": row.get("document") or None,
        "subject": house.key.pseudonym(fields_digest("subject", row["subject"])) if row.get("subject") else None,
        "event": ConsentEvent.GRANTED.value,
        "purpose_sha256": purpose_digest(row["purpose"]),
        "kinds": _kinds(row),
        "is_separate": row.get("separate", "").lower() in _YES,
        "is_guardian": row.get("guardian", "").lower() in _YES,
        "valid_from": moment(row["valid_from"]) if row.get("valid_from") else None,
        "valid_to": moment(row["valid_to"]) if row.get("valid_to") else None,
        "evidence_sha256": keep(house.settings.warehouse, evidence) if evidence is not None else None,
        "recorded_at": at,
    }


def listed(house: House, source_id: str | None = None) -> list[dict[str, object]]:
    """Return the register as it stands: one row per consent as last granted, and whether it is in force now."""
    rows = register_rows(house, "consents")
    force = {row.consent_id for row in consents_in_force(consent_rows(house), datetime.now(UTC))}
    granted = {row["consent_id"]: row for row in rows if row["event"] == ConsentEvent.GRANTED.value}
    ended = {row["consent_id"]: row["valid_from"] if row["event"] == ConsentEvent.WITHDRAWN.value else None for row in rows}
    return [
        {**row, "withdrawn_from": ended[consent_id], "in_force": consent_id in force}
        for consent_id, row in granted.items()
        if source_id in (None, row["source_id"])
    ]
