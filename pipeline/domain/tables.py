"""Every table of the warehouse, its columns and their meanings, in one place.

The SQL in ``warehouse/schema/tables.sql`` and ``docs/data-dictionary.md`` are written from here and a test holds
them equal. Rows are appended, never changed: a correction is a later row, "current" is a view. ``run_id`` names
the run that wrote a row; until the ledger holds that run's commit entry the row means nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import pyarrow as pa

from pipeline.domain.dispositions import Disposition, Gate, Meeting, Reason, RejectReason
from pipeline.domain.sources import SourceKind, SourceState

TEXT, WHOLE, REAL, YES = pa.string(), pa.int64(), pa.float64(), pa.bool_()
MOMENT = pa.timestamp("us", "UTC")
TEXTS = pa.list_(pa.string())


class Holds(StrEnum):
    """What a person's erasure request must look for in a table."""

    NOTHING = "nothing personal"
    TEXT = "documents' text"
    KEYED_DIGEST = "keyed digests of personal information"
    NAMES = "names of the people who act"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name is its meaning everywhere (same quantity, same name)."""

    name: str
    type: pa.DataType
    meaning: str
    is_optional: bool = False
    allowed: type[StrEnum] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One Delta table; ``digest_skips`` are columns that another column's digest already covers."""

    name: str
    grain: str
    columns: tuple[Column, ...]
    sort_by: tuple[str, ...]
    checks: tuple[str, ...] = ()
    holds: Holds = Holds.NOTHING
    digest_skips: tuple[str, ...] = field(default=())

    @property
    def schema(self) -> pa.Schema:
        """Return the Arrow schema rows must have."""
        return pa.schema([pa.field(c.name, c.type, nullable=c.is_optional) for c in self.columns])

    @property
    def is_by_document(self) -> bool:
        """Tell whether rows are sorted by document id, and so are kept in id-prefix buckets."""
        return self.sort_by[0] == "document_id"


RUN = Column("run_id", TEXT, "The run that wrote this row; it counts once the ledger holds that run's commit.")
SOURCE = Column("source_id", TEXT, "The declared source.")
DOCUMENT = Column("document_id", TEXT, "SHA-256 over source_id, locator and content_sha256, each length-prefixed.")
DELIVERY = Column("delivery_id", TEXT, "SHA-256 over the source and the paths and digests of the files that one delivery held.")
FILE = Column("file_id", TEXT, "SHA-256 over the source and the file's path below the delivery address.")
ORDINAL = Column("ordinal", WHOLE, "Position of the record in its file, from 0.")
ACTOR = Column("actor", TEXT, "Pseudonymous id of who acted; names are in people.")
RECORDED = Column("recorded_at", MOMENT, "When this row was recorded, by this host's clock.")
POLICY = Column("policy_sha256", TEXT, "SHA-256 of the canonical JSON of the policy applied.")
PARAMS = Column("params_sha256", TEXT, "SHA-256 of the parameters that fix the method.")

TABLES: tuple[Table, ...] = (
    Table(
        "ledger",
        "one row per change of state, in order, each hash covering the one before",
        (
            Column("seq", WHOLE, "Position in the chain, from 0 without gaps."),
            Column("at", MOMENT, "When, by this host's clock: order is proved, time is claimed."),
            ACTOR,
            Column("actor_proof", TEXT, "How the actor was proved: os_user, airflow_login, signature or system."),
            Column("event", TEXT, "What happened, as noun.verb."),
            Column("body", TEXT, "Canonical JSON of the facts of the event."),
            Column("prev", TEXT, "Hash of the entry before; 64 zeros for the first."),
            Column("hash", TEXT, "SHA-256 of the canonical JSON of all other columns."),
        ),
        ("seq",),
        ("seq >= 0",),
    ),
    Table(
        "people",
        "one row per pseudonymous actor and name; the only table of names, and erasable",
        (ACTOR, Column("name", TEXT, "The name or login behind the pseudonym."), RECORDED, RUN),
        ("actor",),
        holds=Holds.NAMES,
    ),
    Table(
        "sources",
        "one row per version of a source's declaration",
        (
            SOURCE,
            Column("declaration_sha256", TEXT, "SHA-256 of the canonical JSON of the declaration."),
            Column("kind", TEXT, "Kind of source; each kind demands its own evidence.", allowed=SourceKind),
            Column("title", TEXT, "Title in English."),
            Column("title_zh", TEXT, "Title in Chinese.", is_optional=True),
            Column("publisher", TEXT, "Organisation or person that made the collection."),
            Column("origin_country", TEXT, "ISO 3166-1 alpha-2, ZZ when mixed or unknown."),
            Column("languages", TEXTS, "BCP 47 tags as declared."),
            Column("modality", TEXT, "Modality as declared."),
            Column("license_declared", TEXT, "Terms as the distribution states them, in its own words.", is_optional=True),
            Column("declaration", TEXT, "Canonical JSON of the whole declaration."),
            ACTOR,
            RECORDED,
            RUN,
        ),
        ("source_id",),
    ),
    Table(
        "source_states",
        "one row per change of a source's state",
        (
            SOURCE,
            Column("declaration_sha256", TEXT, "The declaration this state was given to."),
            Column("state", TEXT, "State the source entered.", allowed=SourceState),
            Column("why", TEXT, "Reason in the actor's words."),
            ACTOR,
            RECORDED,
            RUN,
        ),
        ("source_id",),
    ),
    Table(
        "evidence",
        "one row per piece of evidence of a declaration",
        (
            SOURCE,
            Column("declaration_sha256", TEXT, "The declaration that cites it."),
            Column("evidence_sha256", TEXT, "SHA-256 of the bytes, which are kept under this name in the evidence store."),
            Column("name", TEXT, "Path below the declaration's folder."),
            Column("kind", TEXT, "What it is: license_text, package_metadata, readme, statute, contract, ..."),
            Column("about", TEXT, "Whether it speaks of the package or of its data: package | data."),
            Column("read_at", TEXT, "Where in the artifact or on which page it was read."),
            Column("retrieved_at", MOMENT, "When it was read, as declared."),
            Column("media_type", TEXT, "Media type of the bytes."),
            Column("bytes", WHOLE, "Size in bytes."),
            Column("states", TEXT, "SPDX expression it states, as declared or extracted.", is_optional=True),
            RUN,
        ),
        ("source_id", "evidence_sha256"),
    ),
    Table(
        "license_conclusions",
        "one row per conclusion on a source's licence",
        (
            SOURCE,
            Column("declaration_sha256", TEXT, "The declaration concluded upon."),
            Column("expression", TEXT, "SPDX expression for the data, or NOASSERTION."),
            Column("reason", TEXT, "Why nothing could be concluded.", is_optional=True, allowed=Reason),
            Column("explanation", TEXT, "Why the conclusion differs from what is declared (SPDX asks for it).", is_optional=True),
            Column("evidence", TEXTS, "Digests of the evidence the conclusion rests on."),
            ACTOR,
            RECORDED,
            RUN,
        ),
        ("source_id",),
    ),
    Table(
        "legal_bases",
        "one row per legal ground relied on for a source",
        (
            SOURCE,
            Column("declaration_sha256", TEXT, "The declaration that names it."),
            Column("regime", TEXT, "copyright | data_protection | contract: one ground never answers for another regime."),
            Column("basis", TEXT, "The ground, from the regime's closed list."),
            Column("clause", TEXT, "The clause relied on."),
            Column("valid_from", MOMENT, "Holds from; none means from the start.", is_optional=True),
            Column("valid_to", MOMENT, "Holds until; none means no end.", is_optional=True),
            ACTOR,
            RECORDED,
            RUN,
        ),
        ("source_id",),
    ),
    Table(
        "policies",
        "one row per version of one policy file",
        (
            POLICY,
            Column("name", TEXT, "Which policy: source, license, pi, quality, duplicate, publish, acquire, governance."),
            Column("body", TEXT, "Canonical JSON of the policy."),
            ACTOR,
            RECORDED,
            RUN,
        ),
        ("name", "policy_sha256"),
    ),
    Table(
        "policy_sets",
        "one row per policy in an activated set",
        (
            Column("policy_set_sha256", TEXT, "SHA-256 over the names and digests of the set."),
            Column("name", TEXT, "Which policy."),
            POLICY,
            RUN,
        ),
        ("policy_set_sha256", "name"),
    ),
    Table(
        "files",
        "one row per file and run that looked at it",
        (
            SOURCE,
            DELIVERY,
            FILE,
            Column("path", TEXT, "Path below the delivery address; its digest instead where it holds personal information."),
            Column("file_sha256", TEXT, "SHA-256 of the file's bytes; none where it could not be read.", is_optional=True),
            Column("etag", TEXT, "Entity tag or size and time by which an unchanged file is known unread.", is_optional=True),
            Column("bytes", WHOLE, "Size in bytes as listed."),
            Column("status", TEXT, "read | unchanged | removed | unreadable."),
            Column("records", WHOLE, "Records met in it by this run."),
            RUN,
        ),
        ("source_id", "file_id"),
    ),
    Table(
        "documents",
        "one row per document; the only place its text is kept",
        (
            DOCUMENT,
            SOURCE,
            Column("locator", TEXT, "The record's declared key or URL, else path below the source's root and ordinal."),
            Column("content_sha256", TEXT, "SHA-256 of the NFC text in UTF-8."),
            Column("raw_sha256", TEXT, "SHA-256 of the bytes the text was read from."),
            Column("text", TEXT, "The NFC text."),
            Column("chars", WHOLE, "Length in Unicode code points."),
            Column("bytes", WHOLE, "Length in UTF-8 bytes."),
            Column("encoding", TEXT, "Character encoding the bytes were read with."),
            Column("title", TEXT, "Title of the record.", is_optional=True),
            Column("metadata", TEXT, "Canonical JSON object of the declared metadata columns."),
            Column("record_license", TEXT, "Terms stated by the record itself.", is_optional=True),
            Column("record_language", TEXT, "Language stated by the record itself.", is_optional=True),
            Column("captured_at", TEXT, "When the record was captured, as it says (ISO 8601).", is_optional=True),
            Column("published_at", TEXT, "When the record was published, as it says (ISO 8601).", is_optional=True),
            FILE,
            ORDINAL,
            Column("supersedes", TEXT, "The document that held another text under the same locator.", is_optional=True),
            RUN,
        ),
        ("document_id",),
        ("chars >= 0",),
        holds=Holds.TEXT,
        digest_skips=("text",),
    ),
    Table(
        "acquisitions",
        "one row per meeting of a delivery with a document",
        (
            DOCUMENT,
            SOURCE,
            DELIVERY,
            FILE,
            ORDINAL,
            Column("meeting", TEXT, "new, again, or absent (in the last delivery but not in this one).", allowed=Meeting),
            Column("acquired_at", MOMENT, "When the run that met it was opened."),
            RUN,
        ),
        ("document_id",),
    ),
    Table(
        "rejects",
        "one row per record that could not become a document",
        (
            Column("reject_id", TEXT, "SHA-256 over source, delivery, file and ordinal."),
            SOURCE,
            DELIVERY,
            FILE,
            ORDINAL,
            Column("reason", TEXT, "Why it is no document.", allowed=RejectReason),
            Column("detail", TEXT, "What was found, without any text of the record.", is_optional=True),
            Column("byte_start", WHOLE, "Offset of the record in the decompressed file, where known.", is_optional=True),
            Column("byte_count", WHOLE, "Length of the record in bytes, where known.", is_optional=True),
            Column("raw_sha256", TEXT, "SHA-256 of the record's bytes, where they could be read.", is_optional=True),
            RUN,
        ),
        ("reject_id",),
    ),
    Table(
        "scans",
        "one row per document and rule pack that looked for personal information in it",
        (
            DOCUMENT,
            SOURCE,
            Column("rule_pack_sha256", TEXT, "SHA-256 over the ids and versions of all rules of the pack."),
            Column("is_analysed", YES, "False when the analysis failed or gave up: then nothing is known of the document."),
            Column("detail", TEXT, "Why it could not be analysed.", is_optional=True),
            Column("findings", WHOLE, "How many findings the pack gave."),
            RUN,
        ),
        ("document_id",),
    ),
    Table(
        "findings",
        "one row per piece of personal information found; never its value",
        (
            DOCUMENT,
            SOURCE,
            Column("field", TEXT, "Where: text, locator, title or metadata.<column>."),
            Column("kind", TEXT, "Kind of identifier, in Presidio's entity names where it has one."),
            Column("char_start", WHOLE, "First code point."),
            Column("char_end", WHOLE, "Code point after the last."),
            Column("byte_start", WHOLE, "First UTF-8 byte."),
            Column("byte_end", WHOLE, "UTF-8 byte after the last."),
            Column("score", REAL, "Confidence from 0 to 1."),
            Column("rule_id", TEXT, "Rule that found it."),
            Column("rule_version", WHOLE, "Version of that rule."),
            Column("variant", TEXT, "How it was written: plain, fullwidth, spaced, dashed, zero_width or numerals."),
            Column("category_35273", TEXT, "Category under GB/T 35273-2020, as reported."),
            Column("is_sensitive_35273", YES, "Sensitive under GB/T 35273-2020, as reported."),
            Column("is_sensitive_45574", YES, "Sensitive under GB/T 45574-2025, as reported."),
            Column("value_hmac", TEXT, "HMAC-SHA-256 of the normalized value under the project's key."),
            Column("key_id", TEXT, "Which key made value_hmac."),
            Column("rule_pack_sha256", TEXT, "The pack this finding belongs to."),
            RUN,
        ),
        ("document_id",),
        ("char_end > char_start", "byte_end > byte_start"),
        holds=Holds.KEYED_DIGEST,
    ),
    Table(
        "metrics",
        "one row per document and version of the measures",
        (
            DOCUMENT,
            SOURCE,
            Column("measure_version", WHOLE, "Version of the stage that measured."),
            Column("chars", WHOLE, "Length in code points."),
            Column("lines", WHOLE, "Number of non-empty lines."),
            Column("language", TEXT, "BCP 47 primary language found, und when undecided."),
            Column("language_score", REAL, "Confidence in the language from 0 to 1."),
            Column("is_language_declared", YES, "Whether the language found is one its source declares."),
            Column("script", TEXT, "ISO 15924 code of the script most letters have, Zyyy when none."),
            Column("letter_ratio", REAL, "Share of letters, of all non-space characters."),
            Column("digit_ratio", REAL, "Share of digits, of all non-space characters."),
            Column("symbol_ratio", REAL, "Share of neither letters, digits, marks nor punctuation, of all non-space characters."),
            Column("unbroken_ratio", REAL, "Share of characters in runs of 40 or more ASCII letters and digits, of all non-space ones."),
            Column("repeated_line_ratio", REAL, "Share of characters in lines that stood before."),
            Column("repeated_ngram_ratio", REAL, "Share of character 8-grams that stood before in the same block of 4,096."),
            Column("distinct_char_ratio", REAL, "Distinct characters over characters."),
            Column("mean_line_chars", REAL, "Mean length of non-empty lines."),
            Column("max_line_chars", WHOLE, "Length of the longest line."),
            Column("replacement_count", WHOLE, "U+FFFD characters."),
            Column("control_count", WHOLE, "Control characters other than tab and line ends."),
            Column("mojibake_count", WHOLE, "Character pairs that betray text decoded with a wrong encoding."),
            Column("markup_count", WHOLE, "HTML tags and entities left in the text."),
            RUN,
        ),
        ("document_id",),
    ),
    Table(
        "expectation_results",
        "one row per expectation, source and run that checked it",
        (
            SOURCE,
            Column("suite", TEXT, "Name of the suite file."),
            Column("suite_sha256", TEXT, "SHA-256 of the suite file's canonical JSON."),
            Column("expectation_id", TEXT, "Id of the expectation in the suite."),
            Column("expectation_type", TEXT, "Great Expectations' type name."),
            Column("severity", TEXT, "critical (decides documents) or warning (is reported)."),
            Column("clause", TEXT, "The clause it evidences."),
            Column("evaluated_count", WHOLE, "Documents looked at."),
            Column("unexpected_count", WHOLE, "Documents that did not meet it."),
            Column("is_met", YES, "Whether the expectation as a whole was met."),
            Column("observed", TEXT, "What was observed, as canonical JSON of numbers.", is_optional=True),
            RUN,
        ),
        ("source_id", "expectation_id"),
    ),
    Table(
        "signatures",
        "one row per document and signing method",
        (
            DOCUMENT,
            SOURCE,
            PARAMS,
            Column("normalized_sha256", TEXT, "SHA-256 of the text as compared (folded, whitespace removed)."),
            Column("shingle", TEXT, "char or word n-grams, or none for a text below the floor."),
            Column("shingles", WHOLE, "Distinct shingles."),
            Column("signature", pa.binary(), "MinHash values as little-endian uint32, empty below the floor."),
            RUN,
        ),
        ("document_id",),
    ),
    Table(
        "duplicate_edges",
        "one row per verified pair of near-duplicates",
        (
            Column("left_id", TEXT, "The pair's smaller document_id."),
            Column("right_id", TEXT, "The pair's larger document_id."),
            Column("similarity", REAL, "Jaccard similarity of the shingle sets; 1 for equal normalized texts."),
            Column("method", TEXT, "exact or near."),
            PARAMS,
            RUN,
        ),
        ("left_id", "right_id"),
    ),
    Table(
        "duplicate_members",
        "one row per member of a cluster of duplicates",
        (
            DOCUMENT,
            SOURCE,
            Column("cluster_id", TEXT, "SHA-256 over the sorted members."),
            Column("kept_id", TEXT, "The member that is kept for all."),
            Column("is_kept", YES, "Whether this member is the kept one."),
            Column("similarity", REAL, "Jaccard similarity to the kept member."),
            Column("rule", TEXT, "The election rule that decided between this member and the kept one."),
            Column("members", WHOLE, "Size of the cluster."),
            PARAMS,
            RUN,
        ),
        ("document_id",),
    ),
    Table(
        "decisions",
        "one row per document, gate, policy, stage version and inputs",
        (
            DOCUMENT,
            SOURCE,
            Column("gate", TEXT, "The gate that decided.", allowed=Gate),
            Column("disposition", TEXT, "What it decided.", allowed=Disposition),
            Column("reason", TEXT, "The fault found; none exactly when it admits.", is_optional=True, allowed=Reason),
            POLICY,
            Column("stage_version", WHOLE, "Version of the stage that decided."),
            Column("inputs_sha256", TEXT, "SHA-256 of what it decided upon beyond the document itself."),
            RUN,
        ),
        ("document_id", "gate"),
        ("(disposition = 'admit') = (reason IS NULL)",),
    ),
    Table(
        "accounts",
        "one row per run, source, gate, disposition and reason",
        (
            SOURCE,
            Column("gate", TEXT, "The gate, or records for the reading of a delivery, or all for the strictest of all gates."),
            Column("disposition", TEXT, "in, admit, redact, quarantine or reject; new, again and absent for records."),
            Column("reason", TEXT, "Reason code.", is_optional=True),
            Column("documents", WHOLE, "How many documents (records for the reading of a delivery)."),
            RUN,
        ),
        ("source_id", "gate"),
    ),
    Table(
        "snapshots",
        "one row per published snapshot",
        (
            Column("snapshot_id", TEXT, "The snapshot digest: RFC 9162 Merkle root over its sorted leaves."),
            Column("kind", TEXT, "documents, or labels."),
            Column("name", TEXT, "The name it was published under."),
            Column("ledger_seq", WHOLE, "Ledger position it was derived at."),
            Column("ledger_hash", TEXT, "Ledger hash at that position."),
            Column("policy_set_sha256", TEXT, "The policy set it was derived under."),
            Column("documents", WHOLE, "How many documents it holds."),
            Column("chars", WHOLE, "Their length in code points, as published."),
            Column("bytes", WHOLE, "Their length in UTF-8 bytes, as published."),
            Column("manifest_sha256", TEXT, "SHA-256 of its manifest.json."),
            RECORDED,
            RUN,
        ),
        ("snapshot_id",),
    ),
    Table(
        "snapshot_documents",
        "one row per snapshot and document in it",
        (
            DOCUMENT,
            SOURCE,
            Column("snapshot_id", TEXT, "The snapshot digest."),
            Column("leaf_sha256", TEXT, "RFC 9162 leaf hash of the document's lineage record."),
            Column("published_sha256", TEXT, "SHA-256 of the text as published, after redaction."),
            RUN,
        ),
        ("document_id",),
    ),
)

TABLE = {table.name: table for table in TABLES}


def table_of(name: str, rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """Return rows as an Arrow table with a table's columns; a key that is missing is null, and checked when it is written."""
    return pa.Table.from_pylist(list(rows), schema=pa.schema([f.with_nullable(True) for f in TABLE[name].schema]))
