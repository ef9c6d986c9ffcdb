-- Question: who planned, committed, froze, drew, judged and accepted this batch, and in which order?
-- 问题: 该批次由谁制定方案、承诺密钥、冻结、抽样、判定与接收?先后次序如何?
-- Grain: one row per step of the batch, in ledger order.
-- Trap: the order is the ledger's, not the clock's. An accepted batch that was recalled has a later step than its acceptance.
-- Parameter: batch text the batch
-- Example: laiyuan ask who_accepted_batch --batch b-1f2e3d4c5b6a
WITH steps AS (
    SELECT
        sampling_plans.round,
        'planned' AS step,
        sampling_plans.actor,
        sampling_plans.run_id,
        sampling_plans.plan_sha256 AS detail
    FROM sampling_plans
    WHERE sampling_plans.subject = 'batch' AND sampling_plans.subject_id = $batch
    UNION ALL
    SELECT
        sampling_seeds.round,
        CASE WHEN sampling_seeds.secret IS NULL THEN 'committed' ELSE 'revealed' END AS step,
        sampling_seeds.actor,
        sampling_seeds.run_id,
        sampling_seeds.commitment AS detail
    FROM sampling_seeds
    WHERE sampling_seeds.subject = 'batch' AND sampling_seeds.subject_id = $batch
    UNION ALL
    SELECT
        judgements.round,
        'judged' AS step,
        judgements.actor,
        judgements.run_id,
        judgements.outcome AS detail
    FROM judgements
    WHERE judgements.subject = 'batch' AND judgements.subject_id = $batch
    UNION ALL
    SELECT
        batch_states.round,
        batch_states.state AS step,
        batch_states.actor,
        batch_states.run_id,
        batch_states.why AS detail
    FROM batch_states
    WHERE batch_states.batch_id = $batch
)

SELECT
    committed_runs.ledger_seq,
    steps.round,
    steps.step,
    steps.actor,
    steps.detail
FROM steps
INNER JOIN committed_runs ON steps.run_id = committed_runs.run_id
ORDER BY committed_runs.ledger_seq, CASE WHEN steps.step = 'judged' THEN 0 ELSE 1 END, steps.step;
