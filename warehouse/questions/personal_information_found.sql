-- Question: what personal information was found, by source and kind, and what was done about it?
-- 问题: 各来源发现了哪些类型的个人信息?如何处理?
-- Grain: one row per source, kind and action; kind 'not analysed' counts documents of which nothing is known.
-- Trap: a document with two kinds counts under both, so documents must not be added over kinds. The action is the
--   pi gate's under the policy in force, undecided where it has not decided.
-- Example: laiyuan ask personal_information_found
WITH found AS (
    SELECT
        current_findings.source_id,
        current_findings.document_id,
        current_findings.kind,
        current_findings.value_hmac
    FROM current_findings
    UNION ALL
    SELECT
        current_scans.source_id,
        current_scans.document_id,
        'not analysed' AS kind,
        NULL AS value_hmac
    FROM current_scans
    WHERE NOT current_scans.is_analysed
),

pi_decisions AS (
    SELECT
        current_decisions.document_id,
        current_decisions.disposition
    FROM current_decisions
    WHERE current_decisions.gate = 'pi'
)

SELECT
    found.source_id,
    found.kind,
    coalesce(pi_decisions.disposition, 'undecided') AS action,
    count(*) FILTER (WHERE found.kind <> 'not analysed') AS findings,
    count(DISTINCT found.value_hmac) AS distinct_values,
    count(DISTINCT found.document_id) AS documents
FROM found
LEFT JOIN pi_decisions ON found.document_id = pi_decisions.document_id
GROUP BY found.source_id, found.kind, coalesce(pi_decisions.disposition, 'undecided')
ORDER BY found.source_id, found.kind, action;
