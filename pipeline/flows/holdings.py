"""Where a source's documents are held beyond the corpus, so that a suspension says at once what it reaches.

One entry per store. A store that holds documents adds itself to ``STORES``; its question answers name and count.
"""

from dataclasses import dataclass
from typing import Any

from pipeline.adapters.lineage import ask
from pipeline.flows.house import House


@dataclass(frozen=True, slots=True)
class Store:
    """A kind of place that holds documents; ``sql`` takes ``$source_id`` and gives ``name, documents``, by name."""

    kind: str
    sql: str


STORES: tuple[Store, ...] = (
    Store(
        "snapshot",
        """
        SELECT snapshot_documents.snapshot_id AS name, count(DISTINCT snapshot_documents.document_id) AS documents
        FROM snapshot_documents WHERE snapshot_documents.source_id = $source_id GROUP BY ALL ORDER BY ALL
        """,
    ),
    Store(
        "batch",
        """
        SELECT batch_items.batch_id AS name, count(DISTINCT batch_items.document_id) AS documents
        FROM batch_items JOIN documents USING (document_id) WHERE documents.source_id = $source_id GROUP BY ALL ORDER BY ALL
        """,
    ),
    Store(
        "export",
        """
        SELECT json_extract_string(made.body, '$.format') || ' of snapshot ' || held.snapshot_id AS name, max(held.documents) AS documents
        FROM ledger AS made JOIN (
            SELECT snapshot_id, count(DISTINCT document_id) AS documents FROM snapshot_documents WHERE source_id = $source_id GROUP BY ALL
        ) AS held ON json_extract_string(made.body, '$.snapshot_id') = held.snapshot_id
        WHERE made.event = 'export.made' GROUP BY ALL ORDER BY ALL
        """,
    ),
)


@dataclass(frozen=True, slots=True)
class Holding:
    """How many documents of a source one place holds."""

    kind: str
    name: str
    documents: int

    def as_facts(self) -> dict[str, Any]:
        """Return it as the ledger records it."""
        return {"kind": self.kind, "name": self.name, "documents": self.documents}


def holdings_of(house: House, source_id: str) -> list[Holding]:
    """Return every place that holds documents of a source, in order of the stores; none when it was never published."""
    with house.connect() as rows:
        return [
            Holding(store.kind, row["name"], row["documents"])
            for store in STORES
            for row in ask(rows, store.sql, {"source_id": source_id}).to_pylist()
        ]
