-- View: every version of every labeling rule, as it stands.
-- Grain: one row per rule and version.
-- Trap: a draft binds nobody and may still change; approved_seq is when this very digest was approved, also after it was retired.
-- Kept: as a table, since it is small and much is planned over it.
CREATE OR REPLACE VIEW current_rules AS
WITH changes AS (
    SELECT
        labeling_rule_states.rule_id,
        labeling_rule_states.rule_version,
        labeling_rule_states.rule_sha256,
        labeling_rule_states.state,
        labeling_rule_states.why,
        labeling_rule_states.actor,
        labeling_rule_states.recorded_at,
        committed_runs.ledger_seq,
        max(CASE WHEN labeling_rule_states.state = 'approved' THEN committed_runs.ledger_seq END) OVER (
            PARTITION BY labeling_rule_states.rule_id, labeling_rule_states.rule_version, labeling_rule_states.rule_sha256
        ) AS approved_seq
    FROM labeling_rule_states
    INNER JOIN committed_runs ON labeling_rule_states.run_id = committed_runs.run_id
)

SELECT
    changes.rule_id,
    changes.rule_version,
    CAST(split_part(changes.rule_version, '.', 1) AS BIGINT) AS major,
    changes.rule_sha256,
    changes.state,
    changes.approved_seq,
    changes.why,
    changes.actor,
    changes.recorded_at,
    changes.ledger_seq
FROM changes
QUALIFY row_number() OVER (PARTITION BY changes.rule_id, changes.rule_version ORDER BY changes.ledger_seq DESC) = 1;
