-- View: what each document is and where it comes from: kind, country, modality, languages, times, and whether a machine made it.
-- Grain: one row per document.
-- Trap: country, modality and generator are what its source declares; is_synthetic is true, too, where only the document's
--   own label says so. A label that could not be read counts as one. Nothing is inferred from the text.
CREATE OR REPLACE VIEW document_origins AS
WITH declared AS (
    SELECT
        sources.source_id,
        sources.kind,
        sources.origin_country,
        sources.modality,
        sources.languages,
        CASE WHEN json_valid(sources.declaration) THEN json_extract(sources.declaration, '$.generator') END AS made_by
    FROM sources
    INNER JOIN current_sources
        ON sources.source_id = current_sources.source_id
        AND sources.declaration_sha256 = current_sources.declaration_sha256
        AND sources.run_id = current_sources.run_id
),

labels AS (
    SELECT
        generated_labels.document_id,
        arg_max(
            {
                'read_from': generated_labels.read_from,
                'label': generated_labels.label,
                'content_producer': generated_labels.content_producer,
                'produce_id': generated_labels.produce_id
            },
            committed_runs.ledger_seq
        ) AS newest
    FROM generated_labels
    INNER JOIN committed_runs ON generated_labels.run_id = committed_runs.run_id
    GROUP BY generated_labels.document_id
)

SELECT
    documents.document_id,
    documents.source_id,
    declared.kind,
    declared.origin_country,
    declared.modality,
    declared.languages AS declared_languages,
    documents.record_language,
    documents.captured_at,
    documents.published_at,
    coalesce(declared.kind = 'synthetic' OR json_type(declared.made_by) = 'OBJECT', FALSE) OR labels.newest IS NOT NULL AS is_synthetic,
    json_extract_string(declared.made_by, '$.name') AS generator,
    json_extract_string(declared.made_by, '$.version') AS generator_version,
    json_extract_string(declared.made_by, '$.at') AS generated_at,
    labels.newest.read_from AS label_read_from,
    labels.newest.label AS label,
    labels.newest.content_producer AS content_producer,
    labels.newest.produce_id AS produce_id
FROM documents
LEFT JOIN declared ON documents.source_id = declared.source_id
LEFT JOIN labels ON documents.document_id = labels.document_id;
