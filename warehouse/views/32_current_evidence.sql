-- View: the evidence cited by each source's newest declaration.
-- Grain: one row per source, evidence digest and name.
-- Trap: evidence that only an older declaration cites is not here; it stays in the table evidence.
-- Kept: as a table, since it is small and much is planned over it.
CREATE OR REPLACE VIEW current_evidence AS
SELECT
    evidence.source_id,
    evidence.evidence_sha256,
    evidence.name,
    evidence.kind,
    evidence.about,
    evidence.read_at,
    evidence.retrieved_at,
    evidence.states,
    evidence.declaration_sha256,
    min_by(evidence.run_id, committed_runs.ledger_seq) AS run_id,
    min(committed_runs.ledger_seq) AS ledger_seq
FROM evidence
INNER JOIN current_sources
    ON evidence.source_id = current_sources.source_id AND evidence.declaration_sha256 = current_sources.declaration_sha256
INNER JOIN committed_runs ON evidence.run_id = committed_runs.run_id
GROUP BY ALL;
