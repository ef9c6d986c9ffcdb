-- Question: which evidence speaks for the sources of this snapshot, by kind?
-- 问题: 哪些证据(按类型)支持这个快照的各个来源?
-- Grain: one row per kind, source and digest.
-- Trap: evidence of a source's newest declaration; an older declaration's is in the table evidence.
-- Parameter: snapshot text the snapshot_id
-- Example: laiyuan ask evidence_of_snapshot --snapshot 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752
SELECT DISTINCT
    current_evidence.kind,
    current_evidence.source_id,
    current_evidence.evidence_sha256,
    current_evidence.about,
    current_evidence.read_at,
    current_evidence.retrieved_at
FROM current_evidence
WHERE current_evidence.source_id IN (
    SELECT snapshot_contents.source_id
    FROM snapshot_contents
    WHERE snapshot_contents.snapshot_id = $snapshot
)
ORDER BY
    current_evidence.kind, current_evidence.source_id, current_evidence.evidence_sha256,
    current_evidence.about, current_evidence.read_at, current_evidence.retrieved_at;
