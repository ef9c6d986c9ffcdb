-- View: what each gate says of each document under the policy in force.
-- Grain: one row per document and gate that decided under its active policy.
-- Trap: a decision under another policy is history and is not here, however late it was made.
CREATE OR REPLACE VIEW current_decisions AS
SELECT
    decisions.document_id,
    decisions.source_id,
    decisions.gate,
    decisions.disposition,
    decisions.reason,
    decisions.policy_sha256,
    decisions.stage_version,
    decisions.inputs_sha256,
    decisions.run_id,
    committed_runs.ledger_seq,
    committed_runs.committed_at AS decided_at
FROM decisions
INNER JOIN active_policies
    ON decisions.gate = active_policies.name AND decisions.policy_sha256 = active_policies.policy_sha256
INNER JOIN committed_runs ON decisions.run_id = committed_runs.run_id
QUALIFY row_number() OVER (
    PARTITION BY decisions.document_id, decisions.gate
    ORDER BY committed_runs.ledger_seq DESC, decisions.stage_version DESC, decisions.inputs_sha256 ASC
) = 1;
