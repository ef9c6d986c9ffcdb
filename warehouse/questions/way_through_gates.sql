-- Question: what was documents' way through the gates of this run?
-- 问题: 在这次运行中,文档是怎样逐关通过的?
-- Grain: one row per source and gate that the run decided at, in gate order.
-- Trap: still_standing counts documents that this gate and every earlier gate of the same run admitted or redacted;
--   every gate answers for every document, also for those an earlier gate refused.
-- Parameter: run text the run_id
-- Example: laiyuan ask way_through_gates --run 2026-05-01T08-00-00-gate
WITH of_run AS (
    SELECT
        decisions.document_id,
        decisions.source_id,
        decisions.gate,
        decisions.disposition,
        list_position(['source', 'license', 'pi', 'quality', 'duplicate'], decisions.gate) AS position
    FROM decisions
    WHERE (decisions.segment LIKE 'bucket-%' OR decisions.segment = 'run-' || $run)
        AND decisions.run_id = $run
),

on_the_way AS (
    SELECT
        of_run.source_id,
        of_run.gate,
        of_run.position,
        of_run.disposition,
        bool_and(of_run.disposition IN ('admit', 'redact')) OVER (
            PARTITION BY of_run.document_id
            ORDER BY of_run.position
            RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS is_standing
    FROM of_run
)

SELECT
    on_the_way.source_id,
    on_the_way.gate,
    count(*) AS documents,
    count(*) FILTER (WHERE on_the_way.disposition = 'admit') AS admitted,
    count(*) FILTER (WHERE on_the_way.disposition = 'redact') AS redacted,
    count(*) FILTER (WHERE on_the_way.disposition = 'quarantine') AS quarantined,
    count(*) FILTER (WHERE on_the_way.disposition = 'reject') AS rejected,
    count(*) FILTER (WHERE on_the_way.is_standing) AS still_standing
FROM on_the_way
GROUP BY on_the_way.source_id, on_the_way.gate, on_the_way.position
ORDER BY on_the_way.source_id, on_the_way.position;
