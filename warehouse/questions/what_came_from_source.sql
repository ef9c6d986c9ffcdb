-- Question: what came from this source, run by run?
-- 问题: 每次运行从该来源得到了什么?
-- Grain: one row per committed run that read the source or looked at its files.
-- Trap: records = new_documents + met_again + rejects; absent documents were in an earlier delivery, not in this one.
-- Parameter: source text the source_id
-- Example: laiyuan ask what_came_from_source --source cn-laws
WITH looked_at AS (
    SELECT
        files.run_id,
        count(*) FILTER (WHERE files.status = 'read') AS files_read,
        count(*) FILTER (WHERE files.status = 'unchanged') AS files_unchanged,
        count(*) FILTER (WHERE files.status = 'unreadable') AS files_unreadable
    FROM files
    WHERE files.source_id = $source
    GROUP BY files.run_id
),

met AS (
    SELECT
        acquisitions.run_id,
        count(*) FILTER (WHERE acquisitions.meeting = 'new') AS new_documents,
        count(*) FILTER (WHERE acquisitions.meeting = 'again') AS met_again,
        count(*) FILTER (WHERE acquisitions.meeting = 'absent') AS absent
    FROM acquisitions
    WHERE acquisitions.source_id = $source
    GROUP BY acquisitions.run_id
),

rejected AS (
    SELECT
        rejects.run_id,
        count(*) AS rejects
    FROM rejects
    WHERE rejects.source_id = $source
    GROUP BY rejects.run_id
),

written AS (
    SELECT
        documents.run_id,
        sum(documents.chars) AS chars
    FROM documents
    WHERE documents.source_id = $source
    GROUP BY documents.run_id
)

SELECT
    committed_runs.run_id,
    committed_runs.committed_at,
    coalesce(looked_at.files_read, 0) AS files_read,
    coalesce(looked_at.files_unchanged, 0) AS files_unchanged,
    coalesce(looked_at.files_unreadable, 0) AS files_unreadable,
    coalesce(met.new_documents, 0) AS new_documents,
    coalesce(met.met_again, 0) AS met_again,
    coalesce(met.absent, 0) AS absent,
    coalesce(rejected.rejects, 0) AS rejects,
    CAST(coalesce(written.chars, 0) AS BIGINT) AS new_chars
FROM committed_runs
LEFT JOIN looked_at ON committed_runs.run_id = looked_at.run_id
LEFT JOIN met ON committed_runs.run_id = met.run_id
LEFT JOIN rejected ON committed_runs.run_id = rejected.run_id
LEFT JOIN written ON committed_runs.run_id = written.run_id
WHERE coalesce(looked_at.run_id, met.run_id, rejected.run_id, written.run_id) IS NOT NULL
ORDER BY committed_runs.ledger_seq;
