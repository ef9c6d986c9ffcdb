-- View: every annotator by pseudonym, as they stand.
-- Grain: one row per person.
-- Trap: who left is here too, with active_to; names are in people alone.
CREATE OR REPLACE VIEW current_annotators AS
SELECT
    annotators.person,
    annotators.employment,
    annotators.vendor,
    annotators.contract_sha256,
    annotators.active_from,
    annotators.active_to,
    annotators.active_to IS NULL AS is_here,
    annotators.recorded_at,
    annotators.run_id,
    committed_runs.ledger_seq
FROM annotators
INNER JOIN committed_runs ON annotators.run_id = committed_runs.run_id
QUALIFY row_number() OVER (PARTITION BY annotators.person ORDER BY committed_runs.ledger_seq DESC) = 1;
