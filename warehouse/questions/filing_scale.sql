-- Question: how much of each content type comes from which group of sources, as the filing form asks (as reported)?
-- 问题: 按备案表(据报道)的要求,各内容类型分别来自哪类来源、规模多大?
-- Grain: one row per content type and group of sources that has any of it; what is missing is zero.
-- Trap: open_overseas is part of open and is listed apart: leave it out of sums. Groups beyond open, self_collected and
--   commercial are our own kinds, which the form does not name.
-- Parameter: snapshot text the snapshot_id
-- Example: laiyuan ask filing_scale --snapshot 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752
WITH held AS (
    SELECT
        current_snapshot_scales.source_id,
        current_snapshot_scales.documents,
        current_snapshot_scales.bytes,
        current_snapshot_scales.tokens,
        coalesce(current_sources.kind, 'unknown') AS kind,
        coalesce(current_sources.origin_country, '') NOT IN ('CN', 'ZZ', '') AS is_overseas,
        CASE
            WHEN coalesce(current_sources.modality, 'text') <> 'text' THEN current_sources.modality
            WHEN split_part(current_snapshot_scales.language, '-', 1)
                IN ('zh', 'yue', 'lzh', 'wuu', 'nan', 'hak', 'gan', 'hsn', 'cmn') THEN 'text_zh'
            WHEN split_part(current_snapshot_scales.language, '-', 1) = 'en' THEN 'text_en'
            ELSE 'other'
        END AS content_type
    FROM current_snapshot_scales
    LEFT JOIN current_sources ON current_snapshot_scales.source_id = current_sources.source_id
    WHERE current_snapshot_scales.snapshot_id = $snapshot
),

grouped AS (
    SELECT held.content_type, held.kind AS source_group, held.source_id, held.documents, held.bytes, held.tokens
    FROM held
    UNION ALL
    SELECT held.content_type, 'open_overseas' AS source_group, held.source_id, held.documents, held.bytes, held.tokens
    FROM held
    WHERE held.kind = 'open' AND held.is_overseas
)

SELECT
    grouped.content_type,
    grouped.source_group,
    count(DISTINCT grouped.source_id) AS sources,
    CAST(sum(grouped.documents) AS BIGINT) AS documents,
    CAST(sum(grouped.bytes) AS BIGINT) AS bytes,
    CAST(sum(grouped.tokens) AS BIGINT) AS tokens
FROM grouped
GROUP BY grouped.content_type, grouped.source_group
ORDER BY
    CASE grouped.content_type
        WHEN 'text_zh' THEN 1
        WHEN 'text_en' THEN 2
        WHEN 'code' THEN 3
        WHEN 'image' THEN 4
        WHEN 'audio' THEN 5
        WHEN 'video' THEN 6
        ELSE 7
    END,
    grouped.source_group;
