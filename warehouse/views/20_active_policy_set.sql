-- View: the policy set in force.
-- Grain: one row, or none before the first activation.
-- Trap: the latest activation by ledger order counts, never by the clock; the same set may be activated again.
-- Kept: as a table, since it is small and much is planned over it.
CREATE OR REPLACE VIEW active_policy_set AS
SELECT
    json_extract_string(ledger.body, '$.policy_set_sha256') AS policy_set_sha256,
    ledger.seq AS ledger_seq,
    ledger."at" AS activated_at,
    ledger.actor,
    json_extract_string(ledger.body, '$.why') AS why
FROM ledger
WHERE ledger.event = 'policy.activated'
ORDER BY ledger.seq DESC
LIMIT 1;
