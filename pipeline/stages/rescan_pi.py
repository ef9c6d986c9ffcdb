"""A changed rule is scanned for alone: what it finds now is joined to what the others found before.

A document keeps its earlier findings only where the changed rules had none among them and find nothing that overlaps
one; for overlapping candidates are chosen together. Every other document is left to a whole scan. The result is that
of a whole scan. A document that comes near a limit of the scan (very many findings) is scanned whole as well.
"""

from collections.abc import Set as AbstractSet

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain.pi import Scan
from pipeline.stages.detect_pi import FINDINGS, SCANS

_FEW = 500
ORDER = ("document_id", "field", "char_start", "char_end", "kind", "rule_id")
"""Of findings in a scan."""


def rescan_pi(
    documents: pa.RecordBatch, partial: Scan, before: pa.Table, *, changed: AbstractSet[str], key_id: str, rule_pack_sha256: str
) -> tuple[Scan, pa.RecordBatch]:
    """Return the scan of the documents that are settled, and the documents that need a whole scan, in order.

    Args:
        documents: Documents that were analysed whole under an earlier pack.
        partial: What the changed and added rules find in them.
        before: Rows of ``findings`` of that earlier scan, of these and no other documents.
        changed: Ids of the rules that were changed, added or taken out since.
        key_id: The key in use; values digested under another are digested anew.
        rule_pack_sha256: The pack that the result stands for.

    """
    open_ids = _unsettled(partial, before, changed, key_id)
    ids = documents["document_id"]
    is_open = pc.is_in(ids, pa.array(sorted(open_ids), pa.string()))
    kept = [_of(pa.Table.from_batches([partial.findings]), open_ids), _of(before.select(FINDINGS.names), open_ids)]
    findings = pa.concat_tables([each.cast(FINDINGS) for each in kept]).sort_by([(name, "ascending") for name in ORDER])
    packs = pa.repeat(pa.scalar(rule_pack_sha256), findings.num_rows)
    findings = findings.set_column(FINDINGS.get_field_index("rule_pack_sha256"), FINDINGS.field("rule_pack_sha256"), packs)
    counts: dict[str, int] = {}
    for document_id in findings["document_id"].to_pylist():
        counts[document_id] = counts.get(document_id, 0) + 1
    settled = documents.filter(pc.invert(is_open))
    scans = {
        "document_id": settled["document_id"],
        "source_id": settled["source_id"],
        "rule_pack_sha256": pa.repeat(pa.scalar(rule_pack_sha256), settled.num_rows),
        "is_analysed": pa.repeat(pa.scalar(value=True), settled.num_rows),
        "detail": pa.nulls(settled.num_rows, pa.string()),
        "findings": pa.array([counts.get(one, 0) for one in settled["document_id"].to_pylist()], pa.int64()),
    }
    whole = findings.combine_chunks().to_batches()
    batch = whole[0] if whole else pa.RecordBatch.from_pylist([], schema=FINDINGS)
    return Scan(pa.RecordBatch.from_arrays([scans[name] for name in SCANS.names], schema=SCANS), batch), documents.filter(is_open)


def _unsettled(partial: Scan, before: pa.Table, changed: AbstractSet[str], key_id: str) -> set[str]:
    """Return the ids of documents whose earlier findings cannot stand as they are."""
    found: set[str] = set()
    for document_id, is_analysed in zip(*(partial.scans[name].to_pylist() for name in ("document_id", "is_analysed")), strict=True):
        if not is_analysed:
            found.add(document_id)
    places: dict[tuple[str, str], list[tuple[int, int]]] = {}
    counts: dict[str, int] = {}
    names = ("document_id", "field", "char_start", "char_end", "rule_id", "key_id")
    for document_id, name, start, end, rule_id, key in zip(*(before[one].to_pylist() for one in names), strict=True):
        counts[document_id] = counts.get(document_id, 0) + 1
        places.setdefault((document_id, name), []).append((start, end))
        if rule_id in changed or key != key_id:
            found.add(document_id)
    for document_id, name, start, end in zip(*(partial.findings[one].to_pylist() for one in names[:4]), strict=True):
        counts[document_id] = counts.get(document_id, 0) + 1
        if any(start < high and low < end for low, high in places.get((document_id, name), ())):
            found.add(document_id)
    return found | {document_id for document_id, count in counts.items() if count > _FEW}


def _of(findings: pa.Table, without: AbstractSet[str]) -> pa.Table:
    return findings.filter(pc.invert(pc.is_in(findings["document_id"], pa.array(sorted(without), pa.string()))))
