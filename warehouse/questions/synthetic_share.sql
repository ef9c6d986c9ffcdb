-- Question: how much of this snapshot was made by a machine, by what, which version and when?
-- 问题: 这个快照中有多少是机器生成的?由什么、哪个版本、何时生成?
-- Grain: one row per synthetic source, and one row with generator null for all the rest.
-- Trap: what counts is what a source declares of itself; a text that carries a label of its own in another source is not here.
-- Parameter: snapshot text the snapshot_id
-- Example: laiyuan ask synthetic_share --snapshot 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752
WITH stated AS (
    SELECT DISTINCT
        sources.source_id,
        current_sources.kind,
        CASE WHEN json_valid(sources.declaration) THEN sources.declaration ELSE '{}' END AS declaration
    FROM sources
    INNER JOIN current_sources
        ON sources.source_id = current_sources.source_id
        AND sources.declaration_sha256 = current_sources.declaration_sha256
),

declared AS (
    SELECT
        stated.source_id,
        json_extract_string(stated.declaration, '$.generator.name') AS generator,
        json_extract_string(stated.declaration, '$.generator.version') AS generator_version,
        json_extract_string(stated.declaration, '$.generator.at') AS generated_at
    FROM stated
    WHERE stated.kind = 'synthetic' OR json_type(stated.declaration, '$.generator') = 'OBJECT'
),

held AS (
    SELECT
        declared.source_id,
        declared.generator,
        declared.generator_version,
        declared.generated_at,
        CAST(sum(current_snapshot_scales.documents) AS BIGINT) AS documents,
        CAST(sum(current_snapshot_scales.tokens) AS BIGINT) AS tokens
    FROM current_snapshot_scales
    LEFT JOIN declared ON current_snapshot_scales.source_id = declared.source_id
    WHERE current_snapshot_scales.snapshot_id = $snapshot
    GROUP BY ALL
)

SELECT
    held.source_id,
    held.generator,
    held.generator_version,
    held.generated_at,
    held.documents,
    held.tokens,
    round(held.tokens / sum(held.tokens) OVER (), 4) AS token_ratio
FROM held
ORDER BY held.source_id NULLS LAST;
