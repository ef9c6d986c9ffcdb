-- Question: for how many removed duplicates do the documents of this snapshot stand, and why were these kept?
-- 问题: 这个快照的文档代表了多少被去除的重复文档?为何保留的是它们?
-- Grain: one row per rule that decided, kept source and removed source.
-- Trap: clusters are those of the last run; a rule decided between the removed copy and the kept one.
-- Parameter: snapshot text the snapshot_id
-- Example: laiyuan ask duplicates_in_snapshot --snapshot 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752
WITH held AS (
    SELECT
        snapshot_contents.document_id,
        snapshot_contents.source_id
    FROM snapshot_contents
    WHERE snapshot_contents.snapshot_id = $snapshot
)

SELECT
    current_clusters.rule,
    held.source_id AS kept_source,
    current_clusters.source_id AS removed_source,
    count(DISTINCT current_clusters.cluster_id) AS clusters,
    count(*) AS removed,
    round(min(current_clusters.similarity), 4) AS least_similarity
FROM held
INNER JOIN current_clusters ON held.document_id = current_clusters.kept_id
WHERE NOT current_clusters.is_kept
GROUP BY current_clusters.rule, held.source_id, current_clusters.source_id
ORDER BY removed DESC, current_clusters.rule, kept_source, removed_source;
