-- Question: what personal information was found in the documents of this snapshot, and what was done about it?
-- 问题: 这个快照的文档中发现了哪些个人信息?如何处理?
-- Grain: one row per kind, action and whether the kind is sensitive; kind 'none found' counts documents without findings.
-- Trap: findings are those of the original text under the last scan; what is published was masked and scanned again. A
--   document with two kinds counts under both, so documents must not be added over kinds.
-- Parameter: snapshot text the snapshot_id
-- Example: laiyuan ask personal_information_in_snapshot --snapshot 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752
WITH held AS (
    SELECT snapshot_contents.document_id
    FROM snapshot_contents
    WHERE snapshot_contents.snapshot_id = $snapshot
),

found AS (
    SELECT
        held.document_id,
        coalesce(current_findings.kind, 'none found') AS kind,
        coalesce(current_findings.is_sensitive_45574 OR current_findings.is_sensitive_35273, FALSE) AS is_sensitive,
        current_findings.kind IS NOT NULL AS is_finding
    FROM held
    LEFT JOIN current_findings ON held.document_id = current_findings.document_id
),

pi_decisions AS (
    SELECT
        current_decisions.document_id,
        current_decisions.disposition
    FROM current_decisions
    WHERE current_decisions.gate = 'pi'
)

SELECT
    found.kind,
    found.is_sensitive,
    coalesce(pi_decisions.disposition, 'undecided') AS action,
    count(*) FILTER (WHERE found.is_finding) AS findings,
    count(DISTINCT found.document_id) AS documents
FROM found
LEFT JOIN pi_decisions ON found.document_id = pi_decisions.document_id
GROUP BY found.kind, found.is_sensitive, coalesce(pi_decisions.disposition, 'undecided')
ORDER BY CASE WHEN found.kind = 'none found' THEN 1 ELSE 0 END, documents DESC, found.kind, action;
