-- View: each consent as its last word left it.
-- Grain: one row per consent.
-- Trap: event withdrawn means from valid_from on; what was done before stays lawful (PIPL Art. 15). Whether a consent holds
--   today depends on valid_from and valid_to, and whether it counts on the purpose in force.
CREATE OR REPLACE VIEW current_consents AS
SELECT
    consents.consent_id,
    consents.source_id,
    consents.document_id,
    consents.subject,
    consents.event,
    consents.purpose_sha256,
    consents.kinds,
    consents.is_separate,
    consents.is_guardian,
    consents.valid_from,
    consents.valid_to,
    consents.evidence_sha256,
    consents.recorded_at,
    consents.run_id,
    committed_runs.ledger_seq
FROM consents
INNER JOIN committed_runs ON consents.run_id = committed_runs.run_id
QUALIFY row_number() OVER (PARTITION BY consents.consent_id ORDER BY committed_runs.ledger_seq DESC, consents.recorded_at DESC) = 1;
