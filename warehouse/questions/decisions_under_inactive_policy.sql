-- Question: which decisions rest on a policy that is no longer in force?
-- 问题: 哪些处置依据的是已失效的策略?
-- Grain: one row per gate and inactive policy.
-- Trap: such a decision is history, not a fault; awaiting_decision counts the documents that have nothing newer, which
--   are therefore out if the gate is required. With no active set every policy is inactive.
-- Example: laiyuan ask decisions_under_inactive_policy
WITH inactive AS (
    SELECT
        decisions.document_id,
        decisions.gate,
        decisions.policy_sha256,
        committed_runs.committed_at
    FROM decisions
    INNER JOIN committed_runs ON decisions.run_id = committed_runs.run_id
    LEFT JOIN active_policies
        ON decisions.gate = active_policies.name AND decisions.policy_sha256 = active_policies.policy_sha256
    WHERE active_policies.name IS NULL
)

SELECT
    inactive.gate,
    inactive.policy_sha256,
    count(*) AS decisions,
    count(DISTINCT inactive.document_id) AS documents,
    count(DISTINCT inactive.document_id) FILTER (WHERE current_decisions.document_id IS NULL) AS awaiting_decision,
    max(inactive.committed_at) AS last_decided_at
FROM inactive
LEFT JOIN current_decisions
    ON inactive.document_id = current_decisions.document_id AND inactive.gate = current_decisions.gate
GROUP BY inactive.gate, inactive.policy_sha256
ORDER BY list_position(['source', 'license', 'pi', 'quality', 'duplicate'], inactive.gate), last_decided_at, inactive.policy_sha256;
