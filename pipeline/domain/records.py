"""Records as they come out of a file: one row in RECORDS or one in REJECTED for every record met, never both.

Ordinals count both kinds together, densely from 0 in file order, so that "how many records does this file hold"
has one answer and a retry cuts exactly the same parts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from pipeline.domain.rights import SiteFile

RECORDS = pa.schema(
    [
        pa.field("ordinal", pa.int64(), nullable=False),
        pa.field("key", pa.string()),
        pa.field("raw_sha256", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("encoding", pa.string(), nullable=False),
        pa.field("title", pa.string()),
        pa.field("metadata", pa.string(), nullable=False),
        pa.field("record_license", pa.string()),
        pa.field("record_language", pa.string()),
        pa.field("captured_at", pa.string()),
        pa.field("published_at", pa.string()),
        pa.field("reservations", pa.string()),
        pa.field("generated", pa.string()),
        pa.field("byte_start", pa.int64()),
        pa.field("byte_count", pa.int64()),
    ]
)
"""What a record says. ``raw_sha256`` is over the bytes the text was read from; ``byte_start`` and ``byte_count`` say
where those bytes stand in the decompressed file, where that is known. ``reservations`` (lists of signal, agent, answer,
read_from, detail, body_sha256) and ``generated`` (a label of generated content) are canonical JSON, null for none."""

REJECTED = pa.schema(
    [
        pa.field("ordinal", pa.int64(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("detail", pa.string()),
        pa.field("byte_start", pa.int64()),
        pa.field("byte_count", pa.int64()),
        pa.field("raw_sha256", pa.string()),
    ]
)
"""What could not become a document: a ``RejectReason``, never any text of the record."""


@dataclass(frozen=True, slots=True)
class Part:
    """One cut of a file: its good records and its rejects, each in file order.

    ``absent`` counts, by declared column, the records of this part in which that column was missing, so that a
    source whose columns drift from its declaration can be stopped before its commit.
    """

    records: pa.RecordBatch
    rejected: pa.RecordBatch
    absent: Mapping[str, int] = field(default_factory=dict)
    site_files: tuple[SiteFile, ...] = ()
    """robots.txt and tdmrep.json met among the records of this part; each is a reject row, too, since it is no document."""
