-- Question: which documents are duplicates of this one, which copy is kept, and from which sources do they come?
-- 问题: 哪些文档与这份文档重复?保留了哪一份?分别来自哪些来源?
-- Grain: one row per member of the document's cluster, the kept copy first.
-- Trap: no rows means no duplicate in the last committed deduplicate run, which may be older than the document.
-- Parameter: document text the document_id
-- Example: laiyuan ask duplicates_of_document --document 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
WITH own_cluster AS (
    SELECT DISTINCT current_clusters.cluster_id
    FROM current_clusters
    WHERE current_clusters.document_id = $document
)

SELECT
    current_clusters.document_id,
    current_clusters.source_id,
    current_clusters.is_kept,
    current_clusters.similarity,
    current_clusters.rule,
    current_conclusions.expression AS license,
    current_clusters.cluster_id
FROM current_clusters
INNER JOIN own_cluster ON current_clusters.cluster_id = own_cluster.cluster_id
LEFT JOIN current_conclusions ON current_clusters.source_id = current_conclusions.source_id
ORDER BY current_clusters.is_kept DESC, current_clusters.document_id;
