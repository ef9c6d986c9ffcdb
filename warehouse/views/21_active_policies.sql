-- View: which version of each policy is in force; a gate's policy has the gate's name.
-- Grain: one row per policy name.
-- Trap: no active set means no policies, and then no document is admitted.
-- Kept: as a table, since it is small and much is planned over it.
CREATE OR REPLACE VIEW active_policies AS
SELECT DISTINCT
    policy_sets.name,
    policy_sets.policy_sha256,
    policy_sets.policy_set_sha256
FROM policy_sets
INNER JOIN active_policy_set ON policy_sets.policy_set_sha256 = active_policy_set.policy_set_sha256;
