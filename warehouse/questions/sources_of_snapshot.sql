-- Question: on whom and on what does this snapshot rest, source by source?
-- 问题: 这个快照逐一依赖哪些来源、许可、法律依据和证据?
-- Grain: one row per source that has documents in the snapshot.
-- Trap: terms, ground and state are those of the source's newest declaration; evidence counts digests, and their bytes
--   lie in the evidence store under them.
-- Parameter: snapshot text the snapshot_id
-- Example: laiyuan ask sources_of_snapshot --snapshot 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752
WITH held AS (
    SELECT
        current_snapshot_scales.source_id,
        CAST(sum(current_snapshot_scales.documents) AS BIGINT) AS documents,
        CAST(sum(current_snapshot_scales.bytes) AS BIGINT) AS bytes
    FROM current_snapshot_scales
    WHERE current_snapshot_scales.snapshot_id = $snapshot
    GROUP BY current_snapshot_scales.source_id
),

bases AS (
    SELECT
        current_legal_bases.source_id,
        string_agg(DISTINCT current_legal_bases.basis, ', ' ORDER BY current_legal_bases.basis) AS bases,
        string_agg(DISTINCT current_legal_bases.clause, '; ' ORDER BY current_legal_bases.clause) AS clauses
    FROM current_legal_bases
    GROUP BY current_legal_bases.source_id
),

pieces AS (
    SELECT
        current_evidence.source_id,
        count(DISTINCT current_evidence.evidence_sha256) AS evidence,
        list_sort(list(DISTINCT current_evidence.evidence_sha256)) AS digests
    FROM current_evidence
    GROUP BY current_evidence.source_id
)

SELECT
    held.source_id,
    current_sources.title,
    coalesce(current_sources.title_zh, current_sources.title) AS title_zh,
    current_sources.kind,
    current_sources.publisher,
    current_sources.origin_country,
    current_sources.state,
    current_conclusions.expression AS license,
    bases.bases,
    bases.clauses,
    coalesce(pieces.evidence, 0) AS evidence,
    coalesce(pieces.digests, []::VARCHAR []) AS digests,
    held.documents,
    held.bytes
FROM held
LEFT JOIN current_sources ON held.source_id = current_sources.source_id
LEFT JOIN current_conclusions ON held.source_id = current_conclusions.source_id
LEFT JOIN bases ON held.source_id = bases.source_id
LEFT JOIN pieces ON held.source_id = pieces.source_id
ORDER BY held.source_id;
