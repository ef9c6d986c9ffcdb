-- View: the scale of each published snapshot, as measured last over its text as published.
-- Grain: one row per snapshot, source, language and licence.
-- Trap: a snapshot nobody has measured is not here: 'laiyuan report composition' measures it. Tokens are counted by the
--   simple rule that counter names, not by a model's tokenizer.
CREATE OR REPLACE VIEW current_snapshot_scales AS
SELECT
    snapshot_scales.snapshot_id,
    snapshot_scales.source_id,
    snapshot_scales.language,
    snapshot_scales.license,
    snapshot_scales.documents,
    snapshot_scales.chars,
    snapshot_scales.bytes,
    snapshot_scales.tokens,
    snapshot_scales.counter
FROM snapshot_scales
INNER JOIN committed_runs ON snapshot_scales.run_id = committed_runs.run_id
QUALIFY committed_runs.ledger_seq = max(committed_runs.ledger_seq) OVER (PARTITION BY snapshot_scales.snapshot_id);
