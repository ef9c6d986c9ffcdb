"""What is known of a source when its documents are decided: its state, its evidence, its licence."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.adapters.declarations import moment, recorded_declaration
from pipeline.adapters.evidence_store import media_type, read
from pipeline.adapters.lineage import ask, first_row
from pipeline.adapters.statements import read_statements
from pipeline.domain.digests import json_digest
from pipeline.domain.licensing import LicenseConclusion, SourceStanding
from pipeline.domain.rights import LawfulAt, LegalGround
from pipeline.domain.sources import LegalBasis, Source, SourceState
from pipeline.errors import EvidenceError
from pipeline.flows.house import House
from pipeline.flows.registers import register_rows
from pipeline.flows.reservations import source_reservations
from pipeline.flows.sources import agent_of, state_of
from pipeline.stages.check_evidence import check_evidence, is_reserved
from pipeline.stages.hold_consent import KnownDeclaration, KnownState, standing_at

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def standing_of(house: House, source_id: str) -> SourceStanding:
    """Return the standing of a source under the declaration its present state was given to."""
    return house.remembered(f"standing of {source_id}", lambda: _standing(house, source_id))


def _standing(house: House, source_id: str) -> SourceStanding:
    # From the registers and the evidence store: an edited file changes nothing until it is declared.
    state, facts = state_of(house, source_id)
    declared = _latest(house, "sources", source_id)
    if state is None or declared is None:
        return SourceStanding(SourceState.PROPOSED, "", ("a declaration",), ())
    source = recorded_declaration(str(declared["declaration"]))
    bodies = recorded_evidence(house, source)
    statements = [each for piece in source.evidence for each in read_statements(piece, media_type(piece.file), bodies[piece.file])]
    return SourceStanding(
        state=state,
        declaration_sha256=str(facts.get("declaration_sha256", "")),
        lacking=check_evidence(source, statements),
        grounds=grounds_of(source.legal_bases),
        is_reserved=is_reserved(statements),
        reservations=tuple(said for said, _ in source_reservations(source, bodies, agent_of(house))),
    )


def recorded_evidence(house: House, source: Source) -> dict[str, bytes]:
    """Return the bytes of a recorded declaration's evidence by name, from the evidence store. Raises DataError when they are gone."""
    cited = register_rows(house, "evidence", source_id=source.source, declaration_sha256=source.declaration_sha256)
    return {row["name"]: read(house.settings.warehouse, row["evidence_sha256"]) for row in cited}


def grounds_of(bases: Iterable[LegalBasis]) -> tuple[LegalGround, ...]:
    """Return declared grounds with the time in which each holds."""
    return tuple(LegalGround(each.regime, each.basis, each.clause, _moment(each.valid_from), _moment(each.valid_to)) for each in bases)


def _moment(written: str | None) -> datetime | None:
    return None if written is None else moment(written)


def standing_on(house: House, source_id: str, valid_at: datetime, known_at: datetime) -> LawfulAt:
    """Answer whether using a source was lawful at one time, as known at another, from the registers and not from today's files."""
    bases = register_rows(house, "legal_bases", source_id=source_id)
    declarations = [
        KnownDeclaration(
            row["declaration_sha256"],
            tuple(
                LegalGround(*(basis[name] for name in ("regime", "basis", "clause", "valid_from", "valid_to")))
                for basis in bases
                if basis["run_id"] == row["run_id"]
            ),
            row["recorded_at"],
        )
        for row in register_rows(house, "sources", source_id=source_id)
    ]
    states = [
        KnownState(row["declaration_sha256"], SourceState(row["state"]), row["recorded_at"])
        for row in register_rows(house, "source_states", source_id=source_id)
    ]
    return standing_at(declarations, states, valid_at, known_at)


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


def with_reservations(rows: "DuckDBPyConnection", documents: pa.Table) -> pa.Table:
    """Return documents with the last moment they were met and what then spoke against or for them, as the source gate reads it."""
    rows.register("asked", documents.select(["document_id"]))
    known = ask(
        rows,
        """
        WITH met AS (
            SELECT acquisitions.document_id, max(acquisitions.acquired_at) AS acquired_at
            FROM acquisitions SEMI JOIN asked USING (document_id) WHERE acquisitions.meeting <> 'absent' GROUP BY ALL
        ),
        spoken AS (
            SELECT document_id, to_json(list([signal, verdict, body_sha256] ORDER BY signal, verdict, body_sha256))::VARCHAR AS reservations
            FROM (
                SELECT DISTINCT document_id, signal, verdict, body_sha256
                FROM current_reservations SEMI JOIN asked USING (document_id)
            )
            GROUP BY document_id
        )
        SELECT asked.document_id, met.acquired_at, spoken.reservations
        FROM asked LEFT JOIN met USING (document_id) LEFT JOIN spoken USING (document_id)
        """,
    )
    at = pc.index_in(documents["document_id"], known["document_id"])
    documents = documents.append_column("acquired_at", pc.take(known["acquired_at"].cast(pa.timestamp("us", "UTC")), at))
    return documents.append_column("reservations", pc.take(known["reservations"].cast(pa.string()), at))


def met_digest(house: House, source_id: str, standing: SourceStanding) -> str:
    """Return one digest over what the source gate rests on beyond the source: reservations of its documents, and lapsed meetings.

    An order-independent sum over rows, so that a page met again under another word is decided again.
    """
    bounds = sorted({moment for ground in standing.grounds for moment in (ground.valid_from, ground.valid_to) if moment is not None})
    with house.connect() as rows:
        spoken = first_row(
            rows,
            """
            SELECT count(*), bit_xor(md5_number(concat_ws(' ', document_id, signal, verdict, body_sha256)))::VARCHAR
            FROM (
                SELECT DISTINCT document_id, signal, verdict, body_sha256 FROM current_reservations
                WHERE source_id = $source_id AND verdict <> 'allowed'
            )
            """,
            {"source_id": source_id},
        )
        times = None
        if bounds:
            # Which ground holds depends only on the last moment of meeting; the runs are few.
            times = ask(
                rows,
                "SELECT run_id, max(acquired_at) AS acquired_at FROM acquisitions WHERE source_id = $source_id AND meeting <> 'absent' "
                "GROUP BY run_id ORDER BY run_id",
                {"source_id": source_id},
            ).to_pylist()
    return json_digest([list(spoken or ()), [[row["run_id"], row["acquired_at"].isoformat()] for row in times or ()]])
