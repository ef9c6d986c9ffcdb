-- View: the clusters of duplicates as last drawn, their members and the kept copy.
-- Grain: one row per member.
-- Trap: only the last committed deduplicate run counts: if it found no duplicates there are no rows here.
CREATE OR REPLACE VIEW current_clusters AS
WITH last_run AS (
    SELECT committed_runs.run_id
    FROM committed_runs
    WHERE committed_runs.flow = 'deduplicate'
    ORDER BY committed_runs.ledger_seq DESC
    LIMIT 1
)

SELECT
    duplicate_members.cluster_id,
    duplicate_members.document_id,
    duplicate_members.source_id,
    duplicate_members.kept_id,
    duplicate_members.is_kept,
    duplicate_members.similarity,
    duplicate_members.rule,
    duplicate_members.members,
    duplicate_members.params_sha256,
    duplicate_members.run_id
FROM duplicate_members
INNER JOIN last_run ON duplicate_members.run_id = last_run.run_id;
