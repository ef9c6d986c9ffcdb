-- View: the legal grounds relied on for each source's newest declaration.
-- Grain: one row per source, regime, basis and clause.
-- Trap: one ground never answers for another regime; whether it holds today depends on valid_from and valid_to.
-- Kept: as a table, since it is small and much is planned over it.
CREATE OR REPLACE VIEW current_legal_bases AS
SELECT
    legal_bases.source_id,
    legal_bases.declaration_sha256,
    legal_bases.regime,
    legal_bases.basis,
    legal_bases.clause,
    legal_bases.valid_from,
    legal_bases.valid_to,
    legal_bases.actor,
    legal_bases.recorded_at,
    legal_bases.run_id,
    committed_runs.ledger_seq
FROM legal_bases
INNER JOIN current_sources
    ON legal_bases.source_id = current_sources.source_id
    AND legal_bases.declaration_sha256 = current_sources.declaration_sha256
INNER JOIN committed_runs ON legal_bases.run_id = committed_runs.run_id
QUALIFY row_number() OVER (
    PARTITION BY legal_bases.source_id, legal_bases.regime, legal_bases.basis, legal_bases.clause
    ORDER BY committed_runs.ledger_seq DESC, legal_bases.recorded_at DESC, legal_bases.valid_to ASC
) = 1;
