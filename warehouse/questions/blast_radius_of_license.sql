-- Question: which documents and snapshots would fall if this licence were no longer accepted?
-- 问题: 如果不再接受该许可,哪些文档和快照会受影响?
-- Grain: one row per source and snapshot that holds documents of it; snapshot_id is null for the documents admitted today.
-- Trap: has_alternative marks an expression with OR, under which the other licence may still do. Licences are matched
--   as whole identifiers of the SPDX expression, whatever their case.
-- Parameter: license text the SPDX identifier
-- Example: laiyuan ask blast_radius_of_license --license CC-BY-4.0
WITH resting_sources AS (
    SELECT
        current_conclusions.source_id,
        current_conclusions.expression,
        current_conclusions.expression ILIKE '% OR %' AS has_alternative
    FROM current_conclusions
    WHERE list_contains(regexp_split_to_array(lower(current_conclusions.expression), '[\s()]+'), lower($license))
),

record_documents AS (
    SELECT
        documents.document_id,
        documents.source_id,
        documents.record_license AS expression,
        documents.record_license ILIKE '% OR %' AS has_alternative
    FROM documents
    WHERE documents.record_license IS NOT NULL
        AND list_contains(regexp_split_to_array(lower(documents.record_license), '[\s()]+'), lower($license))
),

held AS (
    SELECT
        admitted_documents.document_id,
        admitted_documents.source_id,
        NULL AS snapshot_id
    FROM admitted_documents
    UNION ALL
    SELECT
        snapshot_contents.document_id,
        snapshot_contents.source_id,
        snapshot_contents.snapshot_id
    FROM snapshot_contents
),

falling AS (
    SELECT
        held.source_id,
        held.snapshot_id,
        'source' AS stated_by,
        resting_sources.expression,
        resting_sources.has_alternative
    FROM held
    INNER JOIN resting_sources ON held.source_id = resting_sources.source_id
    UNION ALL
    SELECT
        held.source_id,
        held.snapshot_id,
        'record' AS stated_by,
        record_documents.expression,
        record_documents.has_alternative
    FROM held
    INNER JOIN record_documents ON held.document_id = record_documents.document_id
    LEFT JOIN resting_sources ON held.source_id = resting_sources.source_id
    WHERE resting_sources.source_id IS NULL
)

SELECT
    falling.source_id,
    falling.snapshot_id,
    falling.stated_by,
    falling.expression,
    falling.has_alternative,
    count(*) AS documents
FROM falling
GROUP BY ALL
ORDER BY falling.source_id, falling.snapshot_id NULLS FIRST, falling.expression;
