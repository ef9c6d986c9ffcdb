-- Question: which published snapshots hold this document?
-- 问题: 哪些已发布的快照包含这份文档?
-- Grain: one row per snapshot.
-- Trap: published_sha256 is the digest of the text as published: it differs from content_sha256 where it was redacted.
-- Parameter: document text the document_id
-- Example: laiyuan ask snapshots_with_document --document 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
WITH holding AS (
    SELECT
        snapshot_documents.snapshot_id,
        snapshot_documents.leaf_sha256,
        snapshot_documents.published_sha256,
        snapshot_documents.run_id
    FROM snapshot_documents
    WHERE (snapshot_documents.segment NOT LIKE 'bucket-%' OR snapshot_documents.segment = 'bucket-' || left($document, 1))
        AND snapshot_documents.document_id = $document
)

SELECT
    snapshots.snapshot_id,
    snapshots.name,
    snapshots.policy_set_sha256,
    committed_runs.committed_at AS published_at,
    holding.leaf_sha256,
    holding.published_sha256
FROM holding
INNER JOIN snapshots ON holding.snapshot_id = snapshots.snapshot_id AND holding.run_id = snapshots.run_id
INNER JOIN committed_runs ON snapshots.run_id = committed_runs.run_id
ORDER BY committed_runs.ledger_seq, snapshots.snapshot_id;
