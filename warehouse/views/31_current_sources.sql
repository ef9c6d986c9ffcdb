-- View: each source as declared last, with the state of that declaration.
-- Grain: one row per source.
-- Trap: state is null where the newest declaration has none of its own: an older declaration's state is not inherited.
-- Kept: as a table, since it is small and much is planned over it.
CREATE OR REPLACE VIEW current_sources AS
WITH latest_declarations AS (
    SELECT
        sources.source_id,
        sources.declaration_sha256,
        sources.kind,
        sources.title,
        sources.title_zh,
        sources.publisher,
        sources.origin_country,
        sources.languages,
        sources.modality,
        sources.license_declared,
        sources.recorded_at,
        sources.run_id,
        committed_runs.ledger_seq
    FROM sources
    INNER JOIN committed_runs ON sources.run_id = committed_runs.run_id
    QUALIFY row_number() OVER (
        PARTITION BY sources.source_id
        ORDER BY committed_runs.ledger_seq DESC, sources.recorded_at DESC, sources.declaration_sha256 ASC
    ) = 1
)

SELECT
    latest_declarations.source_id,
    latest_declarations.declaration_sha256,
    latest_declarations.kind,
    latest_declarations.title,
    latest_declarations.title_zh,
    latest_declarations.publisher,
    latest_declarations.origin_country,
    latest_declarations.languages,
    latest_declarations.modality,
    latest_declarations.license_declared,
    latest_declarations.recorded_at,
    latest_declarations.run_id,
    latest_declarations.ledger_seq,
    current_source_states.state,
    current_source_states.why AS state_why,
    current_source_states.run_id AS state_run_id
FROM latest_declarations
LEFT JOIN current_source_states
    ON latest_declarations.source_id = current_source_states.source_id
    AND latest_declarations.declaration_sha256 = current_source_states.declaration_sha256;
