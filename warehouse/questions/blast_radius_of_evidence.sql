-- Question: which documents and snapshots would fall if this evidence fell?
-- 问题: 如果这份证据失效,哪些文档和快照会受影响?
-- Grain: one row per source and snapshot that holds documents of it; snapshot_id is null for the documents admitted today.
-- Trap: only evidence of a source's newest declaration holds anything up today. other_evidence counts what else the
--   licence conclusion rests on: where it is not 0 a person must judge whether the conclusion still stands.
-- Parameter: evidence text the SHA-256 of the bytes of evidence
-- Example: laiyuan ask blast_radius_of_evidence --evidence e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
WITH resting_sources AS (
    SELECT DISTINCT
        current_evidence.source_id,
        coalesce(len(list_distinct(current_conclusions.evidence)), 0)
        - CASE WHEN list_contains(current_conclusions.evidence, $evidence) THEN 1 ELSE 0 END AS other_evidence
    FROM current_evidence
    LEFT JOIN current_conclusions ON current_evidence.source_id = current_conclusions.source_id
    WHERE current_evidence.evidence_sha256 = $evidence
),

falling AS (
    SELECT
        admitted_documents.source_id,
        NULL AS snapshot_id,
        count(*) AS documents
    FROM admitted_documents
    INNER JOIN resting_sources ON admitted_documents.source_id = resting_sources.source_id
    GROUP BY admitted_documents.source_id
    UNION ALL
    SELECT
        snapshot_contents.source_id,
        snapshot_contents.snapshot_id,
        count(*) AS documents
    FROM snapshot_contents
    INNER JOIN resting_sources ON snapshot_contents.source_id = resting_sources.source_id
    GROUP BY snapshot_contents.source_id, snapshot_contents.snapshot_id
)

SELECT
    resting_sources.source_id,
    falling.snapshot_id,
    coalesce(falling.documents, 0) AS documents,
    resting_sources.other_evidence
FROM resting_sources
LEFT JOIN falling ON resting_sources.source_id = falling.source_id
ORDER BY resting_sources.source_id, falling.snapshot_id NULLS FIRST;
