-- Question: which samples were drawn out of order: before plan and commitment, before the freeze, or by who works on the batch?
-- 问题: 哪些抽样不合次序:早于方案与承诺、早于冻结,或密钥保管人参与了该批次?
-- Grain: one row per batch and round with a fault; a sound record has none.
-- Trap: the order is the ledger's. A draw of a batch without plan, commitment or freeze is named too.
-- Example: laiyuan ask draws_not_sealed
WITH drawn AS (
    SELECT
        sample_draws.subject_id AS batch_id,
        sample_draws.round,
        min(committed_runs.ledger_seq) AS drawn_seq
    FROM sample_draws
    INNER JOIN committed_runs ON sample_draws.run_id = committed_runs.run_id
    WHERE sample_draws.subject = 'batch'
    GROUP BY sample_draws.subject_id, sample_draws.round
),

planned AS (
    SELECT
        sampling_plans.subject_id AS batch_id,
        sampling_plans.round,
        max(committed_runs.ledger_seq) AS planned_seq
    FROM sampling_plans
    INNER JOIN committed_runs ON sampling_plans.run_id = committed_runs.run_id
    WHERE sampling_plans.subject = 'batch'
    GROUP BY sampling_plans.subject_id, sampling_plans.round
),

sealed AS (
    SELECT
        sampling_seeds.subject_id AS batch_id,
        sampling_seeds.round,
        max(committed_runs.ledger_seq) AS committed_seq,
        arg_max(sampling_seeds.actor, committed_runs.ledger_seq) AS auditor
    FROM sampling_seeds
    INNER JOIN committed_runs ON sampling_seeds.run_id = committed_runs.run_id
    WHERE sampling_seeds.subject = 'batch' AND sampling_seeds.secret IS NULL
    GROUP BY sampling_seeds.subject_id, sampling_seeds.round
),

frozen AS (
    SELECT
        freezes.batch_id,
        freezes.round,
        max(committed_runs.ledger_seq) AS frozen_seq
    FROM freezes
    INNER JOIN committed_runs ON freezes.run_id = committed_runs.run_id
    GROUP BY freezes.batch_id, freezes.round
),

workers AS (
    SELECT DISTINCT
        assignments.batch_id,
        assignments.person
    FROM assignments
),

ordered AS (
    SELECT
        drawn.batch_id,
        drawn.round,
        planned.planned_seq,
        sealed.committed_seq,
        frozen.frozen_seq,
        drawn.drawn_seq,
        sealed.auditor,
        workers.person IS NOT NULL AS is_auditor_at_work
    FROM drawn
    LEFT JOIN planned ON drawn.batch_id = planned.batch_id AND drawn.round = planned.round
    LEFT JOIN sealed ON drawn.batch_id = sealed.batch_id AND drawn.round = sealed.round
    LEFT JOIN frozen ON drawn.batch_id = frozen.batch_id AND drawn.round = frozen.round
    LEFT JOIN workers ON drawn.batch_id = workers.batch_id AND sealed.auditor = workers.person
)

SELECT
    ordered.batch_id,
    ordered.round,
    ordered.planned_seq,
    ordered.committed_seq,
    ordered.frozen_seq,
    ordered.drawn_seq,
    ordered.auditor,
    ordered.is_auditor_at_work
FROM ordered
WHERE
    ordered.is_auditor_at_work
    OR NOT coalesce(
        ordered.planned_seq < ordered.frozen_seq
        AND ordered.committed_seq < ordered.frozen_seq
        AND ordered.frozen_seq < ordered.drawn_seq,
        FALSE
    )
ORDER BY ordered.batch_id, ordered.round;
