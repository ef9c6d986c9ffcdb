-- Macro: document_decisions(id): everything the gates ever decided about one document.
-- Grain: one row per gate, policy, stage version and inputs, newest first within a gate.
-- Trap: only is_current rows count today; a required gate with no such row has not decided.
CREATE OR REPLACE MACRO document_decisions(id) AS TABLE
WITH of_document AS MATERIALIZED (
    SELECT
        decisions.gate,
        decisions.disposition,
        decisions.reason,
        decisions.policy_sha256,
        decisions.stage_version,
        decisions.inputs_sha256,
        decisions.run_id
    FROM decisions
    WHERE (decisions.segment NOT LIKE 'bucket-%' OR decisions.segment = 'bucket-' || left(id, 1))
        AND decisions.document_id = id
),

placed AS (
    SELECT
        of_document.gate,
        of_document.disposition,
        of_document.reason,
        of_document.policy_sha256,
        of_document.stage_version,
        of_document.inputs_sha256,
        of_document.run_id,
        committed_runs.ledger_seq,
        committed_runs.committed_at,
        required_gates.position,
        active_policies.name IS NOT NULL AS is_under_active_policy,
        row_number() OVER (
            PARTITION BY of_document.gate, active_policies.name IS NOT NULL
            ORDER BY committed_runs.ledger_seq DESC, of_document.stage_version DESC, of_document.inputs_sha256 ASC
        ) AS age
    FROM of_document
    INNER JOIN committed_runs ON of_document.run_id = committed_runs.run_id
    LEFT JOIN active_policies
        ON of_document.gate = active_policies.name AND of_document.policy_sha256 = active_policies.policy_sha256
    LEFT JOIN required_gates ON of_document.gate = required_gates.gate
)

SELECT
    placed.gate,
    placed.disposition,
    placed.reason,
    placed.policy_sha256,
    placed.stage_version,
    placed.inputs_sha256,
    placed.run_id,
    placed.ledger_seq,
    placed.committed_at AS decided_at,
    placed.position IS NOT NULL AS is_required,
    placed.is_under_active_policy,
    placed.is_under_active_policy AND placed.age = 1 AS is_current
FROM placed
ORDER BY placed.position NULLS LAST, placed.gate, placed.ledger_seq DESC, placed.stage_version DESC, placed.inputs_sha256;
