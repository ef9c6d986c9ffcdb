-- Question: what rests on this piece of evidence: declarations, licence conclusions, documents and snapshots?
-- 问题: 哪些来源声明、许可结论、文档和快照以这份证据为依据?
-- Grain: one row per declaration, conclusion, source with documents, or snapshot that rests on it.
-- Trap: history counts: is_current tells whether the link stands on the source's newest declaration, and a snapshot
--   rests on evidence that was since replaced. Documents are those of the source, in or out.
-- Parameter: evidence text the SHA-256 of the bytes of evidence
-- Example: laiyuan ask what_rests_on_evidence --evidence e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
WITH citing AS (
    SELECT DISTINCT
        evidence.source_id,
        evidence.declaration_sha256,
        evidence.name
    FROM evidence
    WHERE evidence.evidence_sha256 = $evidence
),

concluding AS (
    SELECT DISTINCT
        license_conclusions.source_id,
        license_conclusions.declaration_sha256,
        license_conclusions.expression
    FROM license_conclusions
    WHERE list_contains(license_conclusions.evidence, $evidence)
),

resting_sources AS (
    SELECT citing.source_id
    FROM citing
    UNION
    SELECT concluding.source_id
    FROM concluding
),

resting_documents AS (
    SELECT
        documents.source_id,
        count(*) AS documents
    FROM documents
    INNER JOIN resting_sources ON documents.source_id = resting_sources.source_id
    GROUP BY documents.source_id
),

resting_snapshots AS (
    SELECT
        snapshot_contents.snapshot_id,
        snapshot_contents.source_id,
        count(*) AS documents
    FROM snapshot_contents
    INNER JOIN resting_sources ON snapshot_contents.source_id = resting_sources.source_id
    GROUP BY snapshot_contents.snapshot_id, snapshot_contents.source_id
),

resting AS (
    SELECT 1 AS place, 'declaration' AS what, citing.declaration_sha256 AS name, citing.source_id, NULL::BIGINT AS documents,
        citing.declaration_sha256, citing.name AS detail
    FROM citing
    UNION ALL
    SELECT 2, 'conclusion', concluding.expression, concluding.source_id, NULL, concluding.declaration_sha256, NULL
    FROM concluding
    UNION ALL
    SELECT 3, 'documents', resting_documents.source_id, resting_documents.source_id, resting_documents.documents, NULL, NULL
    FROM resting_documents
    UNION ALL
    SELECT 4, 'snapshot', resting_snapshots.snapshot_id, resting_snapshots.source_id, resting_snapshots.documents, NULL, NULL
    FROM resting_snapshots
)

SELECT
    resting.what,
    resting.name,
    resting.source_id,
    resting.detail,
    resting.documents,
    CASE
        WHEN resting.declaration_sha256 IS NOT NULL
            THEN coalesce(resting.declaration_sha256 = current_sources.declaration_sha256, FALSE)
        ELSE current_evidence.source_id IS NOT NULL
    END AS is_current
FROM resting
LEFT JOIN current_sources ON resting.source_id = current_sources.source_id
LEFT JOIN (
    SELECT DISTINCT current_evidence.source_id
    FROM current_evidence
    WHERE current_evidence.evidence_sha256 = $evidence
) AS current_evidence ON resting.source_id = current_evidence.source_id
ORDER BY resting.place, resting.source_id, resting.name, resting.detail;
