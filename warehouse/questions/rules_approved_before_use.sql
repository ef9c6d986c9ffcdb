-- Question: was every rule approved, by another than its author, before a batch was drafted under it?
-- 问题: 每个批次所依据的标注规则,是否都在建批之前由起草人以外的人批准?
-- Grain: one row per batch.
-- Trap: order is the ledger's, not the clock's. is_before is false too where the rule's digest was never approved or was
--   retired when the batch was drafted; has_other_approver is false where governance let one person do both.
-- Example: laiyuan ask rules_approved_before_use
WITH changes AS (
    SELECT
        labeling_rule_states.rule_sha256,
        labeling_rule_states.state,
        labeling_rule_states.actor,
        committed_runs.ledger_seq
    FROM labeling_rule_states
    INNER JOIN committed_runs ON labeling_rule_states.run_id = committed_runs.run_id
),

drafted_batches AS (
    SELECT
        batches.batch_id,
        batches.rule_id,
        batches.rule_version,
        batches.rule_sha256,
        committed_runs.ledger_seq AS batch_seq
    FROM batches
    INNER JOIN committed_runs ON batches.run_id = committed_runs.run_id
),

histories AS (
    SELECT
        drafted_batches.batch_id,
        drafted_batches.rule_id,
        drafted_batches.rule_version,
        drafted_batches.batch_seq,
        max(CASE WHEN changes.state = 'approved' THEN changes.ledger_seq END) AS approved_seq,
        arg_max(changes.state, changes.ledger_seq) FILTER (WHERE changes.ledger_seq < drafted_batches.batch_seq) AS state_at_draft,
        arg_max(changes.actor, changes.ledger_seq) FILTER (WHERE changes.state = 'draft') AS author,
        arg_max(changes.actor, changes.ledger_seq) FILTER (WHERE changes.state = 'approved') AS approver
    FROM drafted_batches
    LEFT JOIN changes ON drafted_batches.rule_sha256 = changes.rule_sha256
    GROUP BY drafted_batches.batch_id, drafted_batches.rule_id, drafted_batches.rule_version, drafted_batches.batch_seq
)

SELECT
    histories.batch_id,
    histories.rule_id,
    histories.rule_version,
    histories.approved_seq,
    histories.batch_seq,
    coalesce(histories.state_at_draft = 'approved', FALSE) AS is_before,
    coalesce(histories.author <> histories.approver, FALSE) AS has_other_approver
FROM histories
ORDER BY histories.batch_seq, histories.batch_id;
