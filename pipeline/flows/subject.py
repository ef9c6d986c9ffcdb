"""A person asks which documents, snapshots and label tasks hold their number (PIPL Art. 45 and 47).

The value is turned into its keyed digest here and nowhere kept; the answer names documents, never anybody's text. A
retired key still finds what was digested under it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa

from pipeline.adapters.keys import read_keys
from pipeline.adapters.lineage import ask
from pipeline.domain.digests import json_digest
from pipeline.domain.ledger import Actor
from pipeline.errors import ConfigurationError
from pipeline.flows.detection import detector_of
from pipeline.flows.house import House
from pipeline.flows.policies import active_policies
from pipeline.stages.detect_pi import value_hmac
from pipeline.stages.spell_value import spellings

SOUGHT = "subject.sought"

_HELD = """
SELECT DISTINCT findings.document_id, findings.source_id, findings.field, findings.rule_id
FROM findings
WHERE findings.value_hmac IN (SELECT unnest($digests)) AND findings.kind = $kind
ORDER BY ALL
"""
_SNAPSHOTS = """
SELECT snapshot_documents.snapshot_id, count(*) AS documents
FROM snapshot_documents WHERE document_id IN (SELECT unnest($documents))
GROUP BY ALL ORDER BY ALL
"""
_TASKS = """
SELECT batch_items.batch_id, batch_items.record_id, batch_items.document_id,
       count(placements.token) AS tasks, list_sort(list(DISTINCT placements.instance)) AS instances
FROM batch_items LEFT JOIN placements USING (batch_id, record_id)
WHERE batch_items.document_id IN (SELECT unnest($documents))
GROUP BY ALL ORDER BY ALL
"""


def find_subject(house: House, actor: Actor, kind: str, values: Sequence[str]) -> dict[str, object]:
    """Return a receipt of where any of a person's values of one kind was found, and enter into the ledger that it was sought.

    Raises ConfigurationError for a kind that no active rule knows, or without a value. The entry holds the kind, counts and
    the receipt's digest: who reads it learns nothing of the person.
    """
    policies = active_policies(house)
    kinds = sorted({rule.kind for rule in policies.rules})
    wanted = {"mobile": "PHONE_NUMBER", "id-card": "CN_ID_CARD", "email": "EMAIL_ADDRESS"}.get(kind, kind)
    if wanted not in kinds:
        raise ConfigurationError(f"kind {kind}: expected mobile, id-card, email or one of {', '.join(kinds)}")
    if not any(value.strip() for value in values):
        raise ConfigurationError("expected a value to look for, found none")
    detector = detector_of(policies)
    spelled = {each for value in values if value.strip() for each in spellings(wanted, value, detector)}
    digests = sorted(value_hmac(key.secret, wanted, each) for key in read_keys(house.settings.keys) for each in spelled)
    with house.connect() as rows:
        held = ask(rows, _HELD, {"digests": digests, "kind": wanted})
        documents = held["document_id"].unique().to_pylist()
        snapshots, tasks = (ask(rows, question, {"documents": documents}) for question in (_SNAPSHOTS, _TASKS))
    receipt: dict[str, object] = {
        "kind": wanted,
        "asked_at": datetime.now(UTC).isoformat(),
        "documents": _grouped(held),
        "snapshots": snapshots.to_pylist(),
        "label_tasks": tasks.to_pylist(),
        "ledger_seq": house.entries()[-1].seq,
    }
    facts = {"kind": wanted, "documents": len(documents), "snapshots": snapshots.num_rows, "label_tasks": tasks.num_rows}
    entry = house.record(actor, SOUGHT, {"flow": "subject", **facts, "receipt_sha256": json_digest(receipt)})
    return {**receipt, "entered_as": entry.seq}


def _grouped(held: pa.Table) -> list[dict[str, object]]:
    found: dict[tuple[str, str], set[str]] = {}
    for row in held.to_pylist():
        found.setdefault((row["document_id"], row["source_id"]), set()).add(row["field"])
    return [{"document_id": key[0], "source_id": key[1], "fields": sorted(fields)} for key, fields in sorted(found.items())]
