-- View: the state each source entered last.
-- Grain: one row per source.
-- Trap: the state was given to one version of the declaration; compare declaration_sha256 with current_sources.
-- Kept: as a table, since it is small and much is planned over it.
CREATE OR REPLACE VIEW current_source_states AS
SELECT
    source_states.source_id,
    source_states.declaration_sha256,
    source_states.state,
    source_states.why,
    source_states.actor,
    source_states.recorded_at,
    source_states.run_id,
    committed_runs.ledger_seq
FROM source_states
INNER JOIN committed_runs ON source_states.run_id = committed_runs.run_id
QUALIFY row_number() OVER (
    PARTITION BY source_states.source_id
    ORDER BY
        committed_runs.ledger_seq DESC,
        source_states.recorded_at DESC,
        list_position(['proposed', 'assessed', 'admitted', 'suspended', 'refused'], source_states.state) DESC
) = 1;
