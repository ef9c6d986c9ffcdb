-- View: every run the ledger knows, and how it ended.
-- Grain: one row per run.
-- Trap: an open run may be working, killed or forgotten; its rows count for nothing until it is committed.
-- Kept: as a table, since it is small and much is planned over it.
CREATE OR REPLACE VIEW runs AS
WITH run_entries AS (
    SELECT
        ledger.seq,
        ledger."at",
        ledger.actor,
        ledger.event,
        json_extract_string(ledger.body, '$.run_id') AS run_id,
        json_extract_string(ledger.body, '$.flow') AS flow,
        json_extract_string(ledger.body, '$.scope') AS scope,
        json_extract_string(ledger.body, '$.why') AS why
    FROM ledger
    WHERE ledger.event IN ('run.opened', 'run.abandoned')
),

opened_runs AS (
    SELECT
        run_entries.run_id,
        run_entries.flow,
        run_entries.scope,
        run_entries."at" AS opened_at,
        run_entries.actor AS opened_by
    FROM run_entries
    WHERE run_entries.event = 'run.opened'
    QUALIFY row_number() OVER (PARTITION BY run_entries.run_id ORDER BY run_entries.seq) = 1
),

abandoned_runs AS (
    SELECT
        run_entries.run_id,
        run_entries."at" AS abandoned_at,
        run_entries.why
    FROM run_entries
    WHERE run_entries.event = 'run.abandoned'
    QUALIFY row_number() OVER (PARTITION BY run_entries.run_id ORDER BY run_entries.seq) = 1
)

SELECT
    coalesce(opened_runs.run_id, committed_runs.run_id, abandoned_runs.run_id) AS run_id,
    coalesce(committed_runs.flow, opened_runs.flow) AS flow,
    coalesce(committed_runs.scope, opened_runs.scope) AS scope,
    CASE
        WHEN committed_runs.run_id IS NOT NULL THEN 'committed'
        WHEN abandoned_runs.run_id IS NOT NULL THEN 'abandoned'
        ELSE 'open'
    END AS state,
    opened_runs.opened_at,
    opened_runs.opened_by,
    coalesce(committed_runs.committed_at, abandoned_runs.abandoned_at) AS ended_at,
    committed_runs.ledger_seq,
    abandoned_runs.why
FROM opened_runs
FULL JOIN committed_runs ON opened_runs.run_id = committed_runs.run_id
FULL JOIN abandoned_runs ON coalesce(opened_runs.run_id, committed_runs.run_id) = abandoned_runs.run_id;
