-- Question: how many items were labeled, and what share of them was verified by a person?
-- 问题: 标注了多少条?其中人工核验的比例是多少?
-- Grain: one row per kind of rule (functional, safety), over the last frozen round of each batch.
-- Trap: an item counts as verified when a person's verdict on it is recorded; accepted counts items of batches accepted in
--   that round, and only those may be used.
-- Example: laiyuan ask filing_labels
WITH last_rounds AS (
    SELECT
        freezes.batch_id,
        max(freezes.round) AS round
    FROM freezes
    GROUP BY freezes.batch_id
),

labeled AS (
    SELECT
        frozen_items.batch_id,
        frozen_items.round,
        count(*) AS items
    FROM frozen_items
    INNER JOIN last_rounds ON frozen_items.batch_id = last_rounds.batch_id AND frozen_items.round = last_rounds.round
    WHERE frozen_items.status = 'submitted'
    GROUP BY frozen_items.batch_id, frozen_items.round
),

verified AS (
    SELECT
        sample_verdicts.subject_id AS batch_id,
        sample_verdicts.round,
        count(DISTINCT sample_verdicts.record_id) AS items
    FROM sample_verdicts
    WHERE sample_verdicts.subject = 'batch'
    GROUP BY sample_verdicts.subject_id, sample_verdicts.round
),

judged AS (
    SELECT
        judgements.subject_id AS batch_id,
        judgements.round,
        arg_max(judgements.outcome, committed_runs.ledger_seq) AS outcome
    FROM judgements
    INNER JOIN committed_runs ON judgements.run_id = committed_runs.run_id
    WHERE judgements.subject = 'batch'
    GROUP BY judgements.subject_id, judgements.round
)

SELECT
    coalesce(labeling_rules.kind, 'unknown') AS kind,
    'text' AS unit,
    count(DISTINCT labeled.batch_id) AS batches,
    CAST(sum(labeled.items) AS BIGINT) AS labeled,
    CAST(coalesce(sum(verified.items), 0) AS BIGINT) AS verified,
    round(coalesce(sum(verified.items), 0) / sum(labeled.items), 4) AS verified_ratio,
    CAST(coalesce(sum(labeled.items) FILTER (WHERE judged.outcome = 'accepted'), 0) AS BIGINT) AS accepted
FROM labeled
INNER JOIN (SELECT DISTINCT batches.batch_id, batches.rule_sha256 FROM batches) AS batch_rules ON labeled.batch_id = batch_rules.batch_id
LEFT JOIN (SELECT DISTINCT labeling_rules.rule_sha256, labeling_rules.kind FROM labeling_rules) AS labeling_rules
    ON batch_rules.rule_sha256 = labeling_rules.rule_sha256
LEFT JOIN verified ON labeled.batch_id = verified.batch_id AND labeled.round = verified.round
LEFT JOIN judged ON labeled.batch_id = judged.batch_id AND labeled.round = judged.round
GROUP BY coalesce(labeling_rules.kind, 'unknown')
ORDER BY kind;
