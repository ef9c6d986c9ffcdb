"""What the election knows of each document: its other gates, and its source's ground, terms, consent, authority and dates."""

from datetime import datetime

import pyarrow as pa
from duckdb import DuckDBPyConnection

from pipeline.adapters.lineage import ask
from pipeline.domain.duplicates import STANDINGS, DuplicatePolicy, Ground
from pipeline.domain.licensing import LicensePolicy, UnreadableExpressionError, license_ids
from pipeline.domain.sources import Basis, EvidenceKind, SourceKind

_AUTHORITY = {SourceKind.PUBLIC_SECTOR: 3, SourceKind.COMMERCIAL: 2, SourceKind.OPEN: 1}
"""The body that made a text law or sold it stands above whoever passed it on."""
INDEPENDENT_EVIDENCE = (EvidenceKind.AUTHORIZATION, EvidenceKind.CONTRACT, EvidenceKind.AUTHORIZATION_RECORD)
"""Evidence that somebody other than the publisher of this copy granted the terms; it counts where it speaks of the data."""


def standings_of(rows: DuckDBPyConnection, policy: DuplicatePolicy, licenses: LicensePolicy, at: datetime) -> pa.Table:
    """Return the ``STANDINGS`` of every document that the other gates answered for; grounds and consents are those that hold ``at``."""
    of_source = ask(
        rows,
        """
        -- A ground counts while it holds. Copyright's is the one ranked: another regime's says nothing of who may pass a text on.
        WITH held AS (
            SELECT source_id, regime, basis FROM current_legal_bases
            WHERE (valid_from IS NULL OR valid_from <= $at) AND (valid_to IS NULL OR valid_to > $at)
        ),
        bases AS (
            SELECT source_id, list(DISTINCT basis ORDER BY basis) AS bases,
                   list(DISTINCT basis ORDER BY basis) FILTER (WHERE regime = 'copyright') AS ranked
            FROM held GROUP BY source_id
        ),
        granted AS (SELECT DISTINCT source_id FROM current_evidence WHERE about = 'data' AND kind IN (SELECT unnest($independent)))
        SELECT sources.source_id, sources.kind, current_conclusions.expression, bases.bases, bases.ranked,
               granted.source_id IS NOT NULL AS is_independent, json_extract_string(sources.declaration, '$.obtained.at') AS obtained_at
        FROM current_sources JOIN sources USING (source_id, declaration_sha256, run_id) LEFT JOIN current_conclusions USING (source_id)
        LEFT JOIN bases USING (source_id) LEFT JOIN granted USING (source_id)
        """,
        {"at": at, "independent": [kind.value for kind in INDEPENDENT_EVIDENCE]},
    )
    known = [
        {
            "source_id": row["source_id"],
            "legal_basis": _best(row["ranked"] or row["bases"] or [], policy),
            "license_class": license_class(row["expression"], policy, licenses),
            "terms_ground": _ground(row["bases"] or [], is_independent=row["is_independent"]).value,
            "authority": _AUTHORITY.get(SourceKind(row["kind"]), 0),
            "obtained_at": row["obtained_at"],
            "has_basis_of_consent": Basis.CONSENT in (row["bases"] or []),
        }
        for row in of_source.to_pylist()
    ]
    types = {"authority": pa.int64(), "has_basis_of_consent": pa.bool_()}
    names = ("source_id", "legal_basis", "license_class", "terms_ground", "authority", "obtained_at", "has_basis_of_consent")
    rows.register("of_source", pa.Table.from_pylist(known, schema=pa.schema([(name, types.get(name, pa.string())) for name in names])))
    found = ask(rows, _STANDINGS, {"at": at})
    rows.unregister("of_source")
    return found.select(STANDINGS.names).cast(STANDINGS)


_STANDINGS = """
WITH spoken AS (
    SELECT document_id, arg_max(disposition, list_position(['admit', 'redact', 'quarantine', 'reject'], disposition)) AS disposition
    FROM current_decisions WHERE gate <> 'duplicate' GROUP BY document_id
),
-- What cannot be published any more must not be kept in the place of a copy that can.
gone AS (
    SELECT document_id FROM current_documents CROSS JOIN publish_policy
    WHERE is_superseded OR (is_absent AND NOT publish_absent)
),
measured AS (SELECT document_id, 1 - max(repeated_ngram_ratio) AS quality FROM metrics GROUP BY document_id),
last_consents AS (
    SELECT consents.source_id, consents.document_id, consents.event, consents.valid_from, consents.valid_to
    FROM consents JOIN committed_runs USING (run_id)
    QUALIFY row_number() OVER (
        PARTITION BY consents.source_id, consents.consent_id ORDER BY committed_runs.ledger_seq DESC, consents.recorded_at DESC
    ) = 1
),
agreed AS (
    SELECT DISTINCT source_id, document_id FROM last_consents
    WHERE event = 'granted' AND (valid_from IS NULL OR valid_from <= $at) AND (valid_to IS NULL OR valid_to > $at)
)
SELECT documents.document_id, documents.source_id, of_source.legal_basis, of_source.license_class,
       CASE WHEN gone.document_id IS NULL THEN spoken.disposition ELSE 'reject' END AS disposition,
       of_source.terms_ground, coalesce(of_source.authority, 0) AS authority,
       coalesce(of_source.has_basis_of_consent, false)
           OR documents.source_id IN (SELECT source_id FROM agreed WHERE document_id IS NULL)
           OR documents.document_id IN (SELECT document_id FROM agreed WHERE document_id IS NOT NULL) AS has_consent,
       coalesce(try_cast(documents.published_at AS TIMESTAMPTZ), try_cast(documents.captured_at AS TIMESTAMPTZ)) AS published_at,
       try_cast(of_source.obtained_at AS TIMESTAMPTZ) AS acquired_at, measured.quality, documents.chars
FROM document_standing JOIN documents USING (document_id) JOIN spoken USING (document_id) LEFT JOIN gone USING (document_id)
LEFT JOIN of_source ON of_source.source_id = documents.source_id
LEFT JOIN measured ON measured.document_id = documents.document_id
ORDER BY documents.document_id
"""


def _best(bases: list[str], policy: DuplicatePolicy) -> str | None:
    """Return the ground that the policy ranks best, the first by name where it lists none."""
    rank = {basis: place for place, basis in enumerate(policy.legal_bases)}
    return min(bases, key=lambda basis: (rank.get(basis, len(rank)), basis), default=None)


def _ground(bases: list[str], *, is_independent: bool) -> Ground:
    """Return what a source's terms rest on: the law, somebody else's grant, or its publisher's word."""
    if Basis.PUBLIC_DOMAIN_BY_LAW in bases:
        return Ground.LAW
    return Ground.INDEPENDENT if is_independent else Ground.STATEMENT


def license_class(expression: str | None, policy: DuplicatePolicy, licenses: LicensePolicy) -> str | None:
    """Return the class of an expression: the least favourable of its licences' classes, as the duplicate policy ranks them."""
    try:
        ids = license_ids(expression or "")
    except UnreadableExpressionError:
        return None
    names = [name for each in ids for name, listed in licenses.licenses.items() if each in listed]
    if len(names) < len(ids) or not names:
        return None
    rank = {name: place for place, name in enumerate(policy.license_classes)}
    return max(names, key=lambda name: (rank.get(name, len(rank)), name))
