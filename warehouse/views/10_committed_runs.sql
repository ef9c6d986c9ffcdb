-- View: the runs whose rows count, with the ledger position that made them count.
-- Grain: one row per committed run.
-- Trap: a run commits once; were it entered twice, the first entry counts. An abandoned or open run is not here.
-- Kept: as a table, since it is small and much is planned over it.
CREATE OR REPLACE VIEW committed_runs AS
WITH commit_entries AS (
    SELECT
        ledger.seq,
        ledger."at",
        ledger.actor,
        ledger.event,
        ledger.hash,
        ledger.body,
        json_extract_string(ledger.body, '$.run_id') AS run_id
    FROM ledger
    WHERE ledger.event NOT IN ('run.opened', 'run.abandoned')
        AND json_type(ledger.body, '$.tables') = 'OBJECT'
)

SELECT
    commit_entries.run_id,
    coalesce(json_extract_string(commit_entries.body, '$.flow'), split_part(commit_entries.event, '.', 1)) AS flow,
    coalesce(
        json_extract_string(commit_entries.body, '$.scope'), json_extract_string(commit_entries.body, '$.source_id')
    ) AS scope,
    commit_entries.seq AS ledger_seq,
    commit_entries.hash AS ledger_hash,
    commit_entries."at" AS committed_at,
    commit_entries.actor,
    commit_entries.event
FROM commit_entries
WHERE commit_entries.run_id IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY commit_entries.run_id ORDER BY commit_entries.seq) = 1;
