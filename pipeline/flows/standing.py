"""What is known of a source when its documents are decided: its state, its evidence, its licence."""

import json

from pipeline.domain.licensing import LicenseConclusion, SourceStanding
from pipeline.domain.sources import SourceState
from pipeline.errors import EvidenceError
from pipeline.flows.house import House
from pipeline.flows.sources import read_source, state_of, statements_of
from pipeline.stages.check_evidence import check_evidence, is_reserved


def standing_of(house: House, source_id: str) -> SourceStanding:
    """Return the standing of a source under the declaration its present state was given to."""
    return house.remembered(f"standing of {source_id}", lambda: _standing(house, source_id))


def _standing(house: House, source_id: str) -> SourceStanding:
    state, facts = state_of(house, source_id)
    _, source = read_source(house.project, source_id)
    statements = statements_of(house.project, source_id)
    return SourceStanding(
        state=state or SourceState.PROPOSED,
        declaration_sha256=str(facts.get("declaration_sha256", "")),
        lacking=check_evidence(source, statements),
        has_legal_basis=source.legal_basis is not None,
        is_reserved=is_reserved(statements),
    )


def conclusion_of(house: House, source_id: str) -> LicenseConclusion:
    """Return the licence concluded for a source's present declaration. Raises EvidenceError when none was recorded."""
    row = _latest(house, "license_conclusions", source_id)
    if row is None:
        raise EvidenceError(f"source {source_id}: no licence was concluded; run 'laiyuan sources add {source_id}'")
    return LicenseConclusion.from_row(row)


def declared_languages(house: House, source_id: str) -> list[str]:
    """Return the languages that a source's present declaration names."""
    row = _latest(house, "sources", source_id)
    languages = json.loads(str(row["declaration"]))["languages"] if row else []
    return [str(language) for language in languages]


def _latest(house: House, table: str, source_id: str) -> dict[str, object] | None:
    _, facts = state_of(house, source_id)
    rows = house.remembered(table, lambda: house.warehouse.rows(table, house.segments()).to_pylist())
    mine = [row for row in rows if row["source_id"] == source_id and row["declaration_sha256"] == facts.get("declaration_sha256")]
    return mine[-1] if mine else None
