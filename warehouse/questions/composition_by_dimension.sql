-- Question: of what does this snapshot consist, by kind of source, origin, language, licence and source?
-- 问题: 这个快照按来源类型、来源地、语言、许可和来源分别由什么构成?
-- Grain: one row per dimension and value; the rows of one dimension add up to the snapshot.
-- Trap: rows of different dimensions must never be added. Kind and origin are those declared now, language and licence
--   those published with each text; origin ZZ is mixed or unknown, and is neither domestic nor overseas.
-- Parameter: snapshot text the snapshot_id
-- Example: laiyuan ask composition_by_dimension --snapshot 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752
WITH held AS (
    SELECT
        current_snapshot_scales.source_id,
        current_snapshot_scales.documents,
        current_snapshot_scales.bytes,
        current_snapshot_scales.tokens,
        map {
            'kind': coalesce(current_sources.kind, 'unknown'),
            'origin': coalesce(current_sources.origin_country, 'ZZ'),
            'language': split_part(current_snapshot_scales.language, '-', 1),
            'license': current_snapshot_scales.license,
            'modality': coalesce(current_sources.modality, 'unknown'),
            'source': current_snapshot_scales.source_id
        } AS dimensions
    FROM current_snapshot_scales
    LEFT JOIN current_sources ON current_snapshot_scales.source_id = current_sources.source_id
    WHERE current_snapshot_scales.snapshot_id = $snapshot
),

unfolded AS (
    SELECT
        held.source_id,
        held.documents,
        held.bytes,
        held.tokens,
        unnest(map_entries(held.dimensions)) AS entry
    FROM held
)

SELECT
    unfolded.entry.key AS dimension,
    unfolded.entry.value AS value,
    count(DISTINCT unfolded.source_id) AS sources,
    CAST(sum(unfolded.documents) AS BIGINT) AS documents,
    CAST(sum(unfolded.bytes) AS BIGINT) AS bytes,
    CAST(sum(unfolded.tokens) AS BIGINT) AS tokens,
    round(sum(unfolded.bytes) / sum(sum(unfolded.bytes)) OVER (PARTITION BY unfolded.entry.key), 4) AS byte_ratio
FROM unfolded
GROUP BY unfolded.entry.key, unfolded.entry.value
ORDER BY dimension, bytes DESC, value;
