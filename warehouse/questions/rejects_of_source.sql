-- Question: which records of this source could not become documents, by reason?
-- 问题: 该来源有多少记录因何种原因未能成为文档?
-- Grain: one row per run, file and reason.
-- Trap: a record is a reject in every delivery that holds it; do not add runs together to count distinct records.
-- Parameter: source text the source_id
-- Example: laiyuan ask rejects_of_source --source cn-laws
WITH rejected AS (
    SELECT
        rejects.run_id,
        rejects.file_id,
        rejects.reason,
        count(*) AS records,
        min(rejects.ordinal) AS first_ordinal,
        min(rejects.byte_start) AS first_byte
    FROM rejects
    WHERE rejects.source_id = $source
    GROUP BY rejects.run_id, rejects.file_id, rejects.reason
),

file_paths AS (
    SELECT
        files.run_id,
        files.file_id,
        min(files.path) AS path
    FROM files
    WHERE files.source_id = $source
    GROUP BY files.run_id, files.file_id
)

SELECT
    rejected.run_id,
    coalesce(file_paths.path, rejected.file_id) AS file,
    rejected.reason,
    rejected.records,
    rejected.first_ordinal,
    rejected.first_byte
FROM rejected
INNER JOIN committed_runs ON rejected.run_id = committed_runs.run_id
LEFT JOIN file_paths ON rejected.run_id = file_paths.run_id AND rejected.file_id = file_paths.file_id
ORDER BY committed_runs.ledger_seq, file, rejected.reason;
