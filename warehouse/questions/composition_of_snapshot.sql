-- Question: of what does this snapshot consist, by source, licence and language?
-- 问题: 这个快照由哪些来源、许可和语言构成?
-- Grain: one row per source and language found.
-- Trap: kind, licence and language are those known today; the snapshot's own leaves hold what was known when it was published.
-- Parameter: snapshot text the snapshot_id
-- Example: laiyuan ask composition_of_snapshot --snapshot 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752
WITH held AS (
    SELECT
        snapshot_contents.document_id,
        snapshot_contents.source_id
    FROM snapshot_contents
    WHERE snapshot_contents.snapshot_id = $snapshot
),

languages AS (
    SELECT
        metrics.document_id,
        arg_max(metrics.language, committed_runs.ledger_seq * 1000 + metrics.measure_version) AS language
    FROM metrics
    INNER JOIN committed_runs ON metrics.run_id = committed_runs.run_id
    GROUP BY metrics.document_id
)

SELECT
    held.source_id,
    current_sources.kind,
    coalesce(current_conclusions.expression, 'NOASSERTION') AS license,
    coalesce(languages.language, 'und') AS language,
    count(*) AS documents,
    CAST(sum(documents.chars) AS BIGINT) AS chars,
    round(count(*) / sum(count(*)) OVER (), 4) AS document_ratio
FROM held
LEFT JOIN documents ON held.document_id = documents.document_id
LEFT JOIN languages ON held.document_id = languages.document_id
LEFT JOIN current_sources ON held.source_id = current_sources.source_id
LEFT JOIN current_conclusions ON held.source_id = current_conclusions.source_id
GROUP BY ALL
ORDER BY documents DESC, held.source_id, language;
