-- Question: of what do the documents admitted today consist, by source, licence and language?
-- 问题: 目前获准的文档由哪些来源、许可和语言构成?
-- Grain: one row per source and language found.
-- Trap: the language is the one measured, und when undecided or not measured; the licence is today's conclusion.
-- Example: laiyuan ask composition_of_admitted
WITH languages AS (
    SELECT
        metrics.document_id,
        arg_max(metrics.language, committed_runs.ledger_seq * 1000 + metrics.measure_version) AS language
    FROM metrics
    INNER JOIN committed_runs ON metrics.run_id = committed_runs.run_id
    GROUP BY metrics.document_id
)

SELECT
    admitted_documents.source_id,
    current_sources.kind,
    coalesce(current_conclusions.expression, 'NOASSERTION') AS license,
    coalesce(languages.language, 'und') AS language,
    count(*) AS documents,
    CAST(sum(documents.chars) AS BIGINT) AS chars,
    round(count(*) / sum(count(*)) OVER (), 4) AS document_ratio
FROM admitted_documents
INNER JOIN documents ON admitted_documents.document_id = documents.document_id
LEFT JOIN languages ON admitted_documents.document_id = languages.document_id
LEFT JOIN current_sources ON admitted_documents.source_id = current_sources.source_id
LEFT JOIN current_conclusions ON admitted_documents.source_id = current_conclusions.source_id
GROUP BY ALL
ORDER BY documents DESC, admitted_documents.source_id, language;
