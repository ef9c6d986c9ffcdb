-- View: what a person said last of each clause.
-- Grain: one row per clause that was ever judged.
-- Trap: a clause that is not here was not judged, which is not the same as not applicable.
CREATE OR REPLACE VIEW current_clause_judgements AS
SELECT
    clause_judgements.clause_id,
    clause_judgements.clauses_sha256,
    clause_judgements.verdict,
    clause_judgements.why,
    clause_judgements.plan,
    clause_judgements.evidence,
    clause_judgements.actor,
    clause_judgements.recorded_at,
    clause_judgements.run_id,
    committed_runs.ledger_seq
FROM clause_judgements
INNER JOIN committed_runs ON clause_judgements.run_id = committed_runs.run_id
QUALIFY row_number() OVER (
    PARTITION BY clause_judgements.clause_id ORDER BY committed_runs.ledger_seq DESC, clause_judgements.recorded_at DESC
) = 1;
