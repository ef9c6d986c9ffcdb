"""What a table is and what a column is, with the columns that many tables share.

The tables themselves are in ``tables`` (the corpus) and ``labeling_tables`` (labeling and verification).
"""

from dataclasses import dataclass, field
from enum import StrEnum

import pyarrow as pa

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
    looked_up_by: tuple[str, ...] = ()
    """Columns beside the document's id by whose exact value rows are looked up: each gets a Bloom filter."""

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
