-- View: which documents each published snapshot holds.
-- Grain: one row per snapshot and document.
-- Trap: a snapshot is for ever; a document may be refused or erased today and still stand in an older snapshot.
CREATE OR REPLACE VIEW snapshot_contents AS
WITH published AS (
    SELECT
        snapshots.snapshot_id,
        arg_min(snapshots.name, committed_runs.ledger_seq) AS name,
        arg_min(snapshots.kind, committed_runs.ledger_seq) AS kind,
        arg_min(snapshots.policy_set_sha256, committed_runs.ledger_seq) AS policy_set_sha256,
        arg_min(snapshots.run_id, committed_runs.ledger_seq) AS run_id,
        min(committed_runs.committed_at) AS published_at
    FROM snapshots
    INNER JOIN committed_runs ON snapshots.run_id = committed_runs.run_id
    GROUP BY snapshots.snapshot_id
)

SELECT
    published.snapshot_id,
    published.name,
    published.kind,
    published.policy_set_sha256,
    published.published_at,
    snapshot_documents.document_id,
    snapshot_documents.source_id,
    snapshot_documents.leaf_sha256,
    snapshot_documents.published_sha256,
    published.run_id
FROM snapshot_documents
INNER JOIN published
    ON snapshot_documents.snapshot_id = published.snapshot_id AND snapshot_documents.run_id = published.run_id;
