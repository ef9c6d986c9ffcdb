-- View: what is concluded on each source's licence, for its newest declaration.
-- Grain: one row per source that has a conclusion on its newest declaration.
-- Trap: a new declaration has no conclusion until one is drawn; an older one's is not inherited.
-- Kept: as a table, since it is small and much is planned over it.
CREATE OR REPLACE VIEW current_conclusions AS
SELECT
    license_conclusions.source_id,
    license_conclusions.declaration_sha256,
    license_conclusions.expression,
    license_conclusions.reason,
    license_conclusions.explanation,
    license_conclusions.evidence,
    license_conclusions.actor,
    license_conclusions.recorded_at,
    license_conclusions.run_id,
    committed_runs.ledger_seq
FROM license_conclusions
INNER JOIN current_sources
    ON license_conclusions.source_id = current_sources.source_id
    AND license_conclusions.declaration_sha256 = current_sources.declaration_sha256
INNER JOIN committed_runs ON license_conclusions.run_id = committed_runs.run_id
QUALIFY row_number() OVER (
    PARTITION BY license_conclusions.source_id
    ORDER BY committed_runs.ledger_seq DESC, license_conclusions.recorded_at DESC, license_conclusions.expression ASC
) = 1;
