-- Question: under which rules was labeled, in full?
-- 问题: 标注依据的是哪些规则?全文如何?
-- Grain: one row per version of a labeling rule, with its last state.
-- Trap: an approved version never changes; a draft binds nobody.
-- Example: laiyuan ask labeling_rules_in_full
WITH last_states AS (
    SELECT
        labeling_rule_states.rule_id,
        labeling_rule_states.rule_version,
        labeling_rule_states.rule_sha256,
        arg_max(labeling_rule_states.state, committed_runs.ledger_seq) AS state,
        arg_max(labeling_rule_states.actor, committed_runs.ledger_seq) AS state_actor,
        max(labeling_rule_states.recorded_at) AS state_at
    FROM labeling_rule_states
    INNER JOIN committed_runs ON labeling_rule_states.run_id = committed_runs.run_id
    GROUP BY labeling_rule_states.rule_id, labeling_rule_states.rule_version, labeling_rule_states.rule_sha256
)

SELECT
    labeling_rules.rule_id,
    labeling_rules.rule_version,
    labeling_rules.kind,
    labeling_rules.stage,
    coalesce(last_states.state, 'draft') AS state,
    last_states.state_at,
    labeling_rules.rule_sha256,
    labeling_rules.body
FROM labeling_rules
INNER JOIN committed_runs ON labeling_rules.run_id = committed_runs.run_id
LEFT JOIN last_states
    ON labeling_rules.rule_id = last_states.rule_id
    AND labeling_rules.rule_version = last_states.rule_version
    AND labeling_rules.rule_sha256 = last_states.rule_sha256
QUALIFY row_number() OVER (
    PARTITION BY labeling_rules.rule_id, labeling_rules.rule_version ORDER BY committed_runs.ledger_seq DESC
) = 1
ORDER BY labeling_rules.rule_id, labeling_rules.rule_version;
