-- View: what each annotator was last qualified, suspended or revoked for.
-- Grain: one row per person, rule, major version and function.
-- Trap: active says nothing of expiry: compare valid_to with the moment asked about. A past moment needs who_was_qualified.
CREATE OR REPLACE VIEW current_qualifications AS
SELECT
    qualifications.person,
    qualifications.rule_id,
    qualifications.major,
    qualifications.function,
    qualifications.state,
    qualifications.valid_from,
    qualifications.valid_to,
    qualifications.why,
    qualifications.actor,
    qualifications.recorded_at,
    qualifications.run_id,
    committed_runs.ledger_seq
FROM qualifications
INNER JOIN committed_runs ON qualifications.run_id = committed_runs.run_id
QUALIFY row_number() OVER (
    PARTITION BY qualifications.person, qualifications.rule_id, qualifications.major, qualifications.function
    ORDER BY committed_runs.ledger_seq DESC
) = 1;
