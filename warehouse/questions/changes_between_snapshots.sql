-- Question: what changed between two snapshots, source by source?
-- 问题: 两个快照之间各来源发生了哪些变化?
-- Grain: one row per source and change: added, removed, rewritten or same.
-- Trap: rewritten is the same document published with another text, as after a changed rule on personal information; a
--   changed original is one document removed and another added.
-- Parameter: before text the snapshot_id of the older snapshot
-- Parameter: after text the snapshot_id of the newer snapshot
-- Example: laiyuan ask changes_between_snapshots --before 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752 --after 9f0c
WITH older AS (
    SELECT
        snapshot_contents.document_id,
        snapshot_contents.source_id,
        snapshot_contents.published_sha256
    FROM snapshot_contents
    WHERE snapshot_contents.snapshot_id = $before
),

newer AS (
    SELECT
        snapshot_contents.document_id,
        snapshot_contents.source_id,
        snapshot_contents.published_sha256
    FROM snapshot_contents
    WHERE snapshot_contents.snapshot_id = $after
)

SELECT
    coalesce(older.source_id, newer.source_id) AS source_id,
    CASE
        WHEN older.document_id IS NULL THEN 'added'
        WHEN newer.document_id IS NULL THEN 'removed'
        WHEN older.published_sha256 <> newer.published_sha256 THEN 'rewritten'
        ELSE 'same'
    END AS change,
    count(*) AS documents
FROM older
FULL JOIN newer ON older.document_id = newer.document_id
GROUP BY ALL
ORDER BY source_id, change;
