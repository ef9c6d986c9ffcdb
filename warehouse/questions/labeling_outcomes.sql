-- Question: how did the verification of each batch end, and with which bound on its accuracy?
-- 问题: 每个标注批次的核验结果如何?准确率的下界是多少?
-- Grain: one row per batch and judged round; batches never judged have one row without a judgement.
-- Trap: lower_bound is what is proved at the stated confidence; point is only an estimate. A void batch is never used.
-- Example: laiyuan ask labeling_outcomes
WITH last_states AS (
    SELECT
        batch_states.batch_id,
        arg_max(batch_states.state, committed_runs.ledger_seq) AS state
    FROM batch_states
    INNER JOIN committed_runs ON batch_states.run_id = committed_runs.run_id
    GROUP BY batch_states.batch_id
),

judged AS (
    SELECT
        judgements.subject_id AS batch_id,
        judgements.round,
        judgements.outcome,
        judgements.size,
        judgements.sample_size,
        judgements.errors,
        judgements.illegal,
        judgements.point,
        judgements.lower_bound,
        judgements.confidence
    FROM judgements
    INNER JOIN committed_runs ON judgements.run_id = committed_runs.run_id
    WHERE judgements.subject = 'batch'
    QUALIFY row_number() OVER (
        PARTITION BY judgements.subject_id, judgements.round ORDER BY committed_runs.ledger_seq DESC
    ) = 1
)

SELECT
    batches.batch_id,
    batches.rule_id,
    batches.rule_version,
    batches.producer,
    coalesce(last_states.state, 'draft') AS state,
    judged.round,
    judged.outcome,
    coalesce(judged.size, batches.size) AS size,
    judged.sample_size,
    judged.errors,
    judged.illegal,
    judged.point,
    judged.lower_bound,
    judged.confidence
FROM batches
LEFT JOIN last_states ON batches.batch_id = last_states.batch_id
LEFT JOIN judged ON batches.batch_id = judged.batch_id
ORDER BY batches.batch_id, judged.round;
