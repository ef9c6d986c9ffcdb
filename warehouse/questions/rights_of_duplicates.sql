-- Question: which rights do all copies of this document have together: whose terms, who is kept, who must be named?
-- 问题: 这份文档的所有副本合起来涉及哪些权利?各来源的许可条款是什么,保留了哪一份?
-- Grain: one row per source and terms among the members of the document's cluster, that of the kept copy first.
-- Trap: no rows means no duplicate in the last committed deduplicate run. Terms are those concluded for a source; what
--   a record states of itself is record_license in documents. A cluster may be joined by a chain: similarity is to the kept copy.
-- Parameter: document text the document_id
-- Example: laiyuan ask rights_of_duplicates --document 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
WITH own_cluster AS (
    SELECT DISTINCT current_clusters.cluster_id
    FROM current_clusters
    WHERE current_clusters.document_id = $document
),

grounds AS (
    SELECT
        current_legal_bases.source_id,
        string_agg(DISTINCT current_legal_bases.basis, ' ' ORDER BY current_legal_bases.basis ASC) AS bases
    FROM current_legal_bases
    GROUP BY current_legal_bases.source_id
)

SELECT
    current_clusters.source_id,
    current_sources.publisher,
    current_conclusions.expression AS license,
    grounds.bases AS legal_bases,
    count(*) AS members,
    bool_or(current_clusters.is_kept) AS has_kept,
    min(current_clusters.similarity) AS least_similarity,
    min(coalesce(documents.published_at, documents.captured_at)) AS first_dated
FROM current_clusters
INNER JOIN own_cluster ON current_clusters.cluster_id = own_cluster.cluster_id
INNER JOIN documents ON current_clusters.document_id = documents.document_id
LEFT JOIN current_sources ON current_clusters.source_id = current_sources.source_id
LEFT JOIN current_conclusions ON current_clusters.source_id = current_conclusions.source_id
LEFT JOIN grounds ON current_clusters.source_id = grounds.source_id
GROUP BY
    current_clusters.source_id, current_sources.publisher, current_conclusions.expression, grounds.bases
ORDER BY has_kept DESC, current_clusters.source_id ASC;
