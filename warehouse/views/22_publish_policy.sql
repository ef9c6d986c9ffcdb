-- View: what the publish policy in force asks of a document.
-- Grain: one row, or none without an active publish policy.
-- Trap: what the policy does not say is not permitted: a missing publish_absent is false, missing gates are none.
-- Kept: as a table, since it is small and much is planned over it.
CREATE OR REPLACE VIEW publish_policy AS
SELECT DISTINCT
    active_policies.policy_sha256,
    coalesce(from_json(json_extract(policies.body, '$.required_gates'), '["VARCHAR"]'), []::VARCHAR []) AS required_gates,
    coalesce(json_extract_string(policies.body, '$.publish_absent') = 'true', FALSE) AS publish_absent,
    coalesce(json_extract_string(policies.body, '$.needs_approval') <> 'false', TRUE) AS needs_approval
FROM active_policies
INNER JOIN policies
    ON active_policies.policy_sha256 = policies.policy_sha256 AND active_policies.name = policies.name
WHERE active_policies.name = 'publish';
