"""What may be decided about a document or a record, and every reason that may be given for it.

These enums are closed: the same sets are checked in Arrow before a write, in the Delta tables' constraints
and in the ENUM types of ``lineage.duckdb``. A reason states the fault found, as ``gate.fault``.
"""

from enum import StrEnum


class Disposition(StrEnum):
    """What a gate says of a document, mildest first; ``redact`` counts as admitted."""

    ADMIT = "admit"
    REDACT = "redact"
    QUARANTINE = "quarantine"
    REJECT = "reject"


SEVERITY = {disposition: rank for rank, disposition in enumerate(Disposition)}


class Gate(StrEnum):
    """The gates a document passes, in order; ``duplicate`` comes last because it sees the others' decisions."""

    SOURCE = "source"
    LICENSE = "license"
    PI = "pi"
    QUALITY = "quality"
    DUPLICATE = "duplicate"


class Reason(StrEnum):
    """Why a gate did not simply admit."""

    SOURCE_NOT_ASSESSED = "source.not_assessed"
    SOURCE_NOT_ADMITTED = "source.not_admitted"
    SOURCE_REFUSED = "source.refused"
    SOURCE_SUSPENDED = "source.suspended"
    SOURCE_NO_EVIDENCE = "source.no_evidence"
    SOURCE_RESERVED = "source.reserved"
    SOURCE_NO_LEGAL_BASIS = "source.no_legal_basis"

    LICENSE_NO_EVIDENCE = "license.no_evidence"
    LICENSE_NO_CONCLUSION = "license.no_conclusion"
    LICENSE_CONFLICT = "license.conflict"
    LICENSE_NOT_CLASSED = "license.not_classed"
    LICENSE_NOT_PERMITTED = "license.not_permitted"
    LICENSE_RECORD_DIFFERS = "license.record_differs"

    PI_REDACTED = "pi.redacted"
    PI_NOT_ANALYSED = "pi.not_analysed"
    PI_FORBIDDEN_KIND = "pi.forbidden_kind"
    PI_TOO_DENSE = "pi.too_dense"
    PI_SENSITIVE_COMBINATION = "pi.sensitive_combination"
    PI_CONSENT_MISSING = "pi.consent_missing"
    PI_MINOR = "pi.minor"

    QUALITY_NOT_MEASURED = "quality.not_measured"
    QUALITY_TOO_SHORT = "quality.too_short"
    QUALITY_TOO_LONG = "quality.too_long"
    QUALITY_LANGUAGE_UNDECLARED = "quality.language_undeclared"
    QUALITY_REPETITIVE = "quality.repetitive"
    QUALITY_SYMBOLS = "quality.symbols"
    QUALITY_FRAGMENTED = "quality.fragmented"
    QUALITY_ENCODING_DAMAGE = "quality.encoding_damage"
    QUALITY_MARKUP_LEFT = "quality.markup_left"

    DUPLICATE_MEMBER = "duplicate.member"
    DUPLICATE_LAUNDERING = "duplicate.laundering"
    DUPLICATE_UNDATED = "duplicate.undated"

    @property
    def gate(self) -> Gate:
        """Return the gate that may give this reason."""
        return Gate(self.value.partition(".")[0])


class RejectReason(StrEnum):
    """Why a record could not become a document."""

    TRUNCATED_STREAM = "record.truncated_stream"
    DAMAGED_STREAM = "record.damaged_stream"
    BROKEN_JSON = "record.broken_json"
    BROKEN_ROW = "record.broken_row"
    NOT_AN_OBJECT = "record.not_an_object"
    MISSING_FIELD = "record.missing_field"
    NOT_TEXT = "record.not_text"
    EMPTY_TEXT = "record.empty_text"
    INVALID_BYTES = "record.invalid_bytes"
    OVER_LONG = "record.over_long"
    DAMAGED_WARC = "record.damaged_warc"
    WARC_REVISIT = "record.warc_revisit"
    WARC_NOT_CONTENT = "record.warc_not_content"
    UNREADABLE_FILE = "record.unreadable_file"
    KEY_CONFLICT = "record.key_conflict"


class Meeting(StrEnum):
    """How a delivery met a document."""

    NEW = "new"
    AGAIN = "again"
    ABSENT = "absent"
