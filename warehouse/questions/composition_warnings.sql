-- Question: is any type of text from too few sources, or too much of the snapshot from overseas?
-- 问题: 是否有某类语料来源过少,或境外来源占比过高?
-- Grain: one row per type (modality and language) and one per share of origin; is_exceeded marks a warning.
-- Trap: the limits are the governance policy's, worded as reported from filing practice; they warn and decide nothing.
--   A share is of bytes; sources of unknown origin (ZZ) are counted apart and in neither share.
-- Parameter: snapshot text the snapshot_id
-- Example: laiyuan ask composition_warnings --snapshot 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752
WITH limits AS (
    SELECT
        coalesce(CAST(max(json_extract_string(policies.body, '$.min_sources_per_type')) AS BIGINT), 2) AS min_sources,
        coalesce(CAST(max(json_extract_string(policies.body, '$.max_overseas_ratio')) AS DOUBLE), 0.3) AS max_overseas,
        coalesce(
            max(from_json(json_extract(policies.body, '$.home_countries'), '["VARCHAR"]')), ['CN']::VARCHAR []
        ) AS home_countries
    FROM active_policies
    INNER JOIN policies
        ON active_policies.policy_sha256 = policies.policy_sha256 AND active_policies.name = policies.name
    WHERE active_policies.name = 'governance'
),

held AS (
    SELECT
        current_snapshot_scales.source_id,
        current_snapshot_scales.bytes,
        coalesce(current_sources.modality, 'unknown') || '/'
        || split_part(current_snapshot_scales.language, '-', 1) AS type,
        CASE
            WHEN coalesce(current_sources.origin_country, '') IN ('', 'ZZ') THEN 'unknown'
            WHEN list_contains(limits.home_countries, current_sources.origin_country) THEN 'domestic'
            ELSE 'overseas'
        END AS origin
    FROM current_snapshot_scales
    CROSS JOIN limits
    LEFT JOIN current_sources ON current_snapshot_scales.source_id = current_sources.source_id
    WHERE current_snapshot_scales.snapshot_id = $snapshot
),

by_source AS (
    SELECT
        held.type,
        held.source_id,
        sum(held.bytes) AS bytes
    FROM held
    GROUP BY held.type, held.source_id
),

by_origin AS (
    SELECT
        held.origin,
        count(DISTINCT held.source_id) AS sources,
        sum(held.bytes) / sum(sum(held.bytes)) OVER () AS share
    FROM held
    GROUP BY held.origin
)

SELECT
    'sources_per_type' AS rule,
    by_source.type AS value,
    count(*) AS sources,
    round(max(by_source.bytes) / sum(by_source.bytes), 4) AS largest_share,
    CAST(any_value(limits.min_sources) AS DOUBLE) AS limit_value,
    count(*) < any_value(limits.min_sources) AS is_exceeded
FROM by_source
CROSS JOIN limits
GROUP BY by_source.type
UNION ALL
SELECT
    'overseas_share' AS rule,
    by_origin.origin AS value,
    by_origin.sources,
    round(by_origin.share, 4) AS largest_share,
    limits.max_overseas AS limit_value,
    by_origin.origin = 'overseas' AND by_origin.share > limits.max_overseas AS is_exceeded
FROM by_origin
CROSS JOIN limits
ORDER BY rule DESC, is_exceeded DESC, value;
