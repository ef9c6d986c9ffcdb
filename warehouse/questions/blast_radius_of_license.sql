-- Question: which documents and snapshots would fall if this licence were no longer accepted?
-- 问题: 如果不再接受该许可,哪些文档和快照会受影响?
-- Grain: one row per source and snapshot that holds documents of it; snapshot_id is null for the documents admitted today.
-- Trap: has_alternative marks an expression with OR, under which the other licence may still do. Licences are matched
--   as whole identifiers of the SPDX expression, whatever their case.
-- Parameter: license text the SPDX identifier
-- Example: laiyuan ask blast_radius_of_license --license CC-BY-4.0
WITH resting_sources AS (
    SELECT
        current_conclusions.source_id,
        current_conclusions.expression,
        current_conclusions.expression ILIKE '% OR %' AS has_alternative
    FROM current_conclusions
    WHERE list_contains(regexp_split_to_array(lower(current_conclusions.expression), '[\s()]+'), lower($license))
),

record_documents AS (
    SELECT
        documents.document_id,
        documents.source_id,
        documents.record_license AS expression,
        documents.record_license ILIKE '% OR %' AS has_alternative
    FROM documents
    WHERE documents.record_license IS NOT NULL
        AND list_contains(regexp_split_to_array(lower(documents.record_license), '[\s()]+'), lower($license))
),

affected_sources AS (
    SELECT resting_sources.source_id
    FROM resting_sources
    UNION
    SELECT record_documents.source_id
    FROM record_documents
),

-- The views admitted_documents rests on, over the affected sources alone: over a million documents they take seconds.
answered AS (
    SELECT
        decisions.source_id,
        decisions.document_id,
        decisions.gate,
        arg_max(decisions.disposition, committed_runs.ledger_seq * 1000 + decisions.stage_version) AS disposition
    FROM decisions
    INNER JOIN active_policies
        ON decisions.gate = active_policies.name AND decisions.policy_sha256 = active_policies.policy_sha256
    INNER JOIN required_gates ON decisions.gate = required_gates.gate
    INNER JOIN committed_runs ON decisions.run_id = committed_runs.run_id
    WHERE decisions.source_id IN (SELECT affected_sources.source_id FROM affected_sources)
    GROUP BY decisions.source_id, decisions.document_id, decisions.gate
),

passed AS (
    SELECT
        answered.document_id,
        answered.source_id
    FROM answered
    WHERE answered.disposition IN ('admit', 'redact')
    GROUP BY answered.document_id, answered.source_id
    HAVING count(*) = (SELECT count(*) FROM required_gates)
),

meetings AS (
    SELECT
        acquisitions.document_id,
        arg_max(acquisitions.meeting, committed_runs.ledger_seq) AS last_meeting,
        max(committed_runs.ledger_seq) FILTER (WHERE acquisitions.meeting <> 'absent') AS met_seq
    FROM acquisitions
    INNER JOIN committed_runs ON acquisitions.run_id = committed_runs.run_id
    WHERE acquisitions.source_id IN (SELECT affected_sources.source_id FROM affected_sources)
    GROUP BY acquisitions.document_id
),

contested AS (
    SELECT
        documents.source_id,
        documents.locator
    FROM documents
    WHERE documents.source_id IN (SELECT affected_sources.source_id FROM affected_sources)
    GROUP BY documents.source_id, documents.locator
    HAVING count(*) > 1
),

older AS (
    SELECT documents.document_id
    FROM documents
    INNER JOIN contested ON documents.source_id = contested.source_id AND documents.locator = contested.locator
    INNER JOIN committed_runs ON documents.run_id = committed_runs.run_id
    LEFT JOIN meetings ON documents.document_id = meetings.document_id
    QUALIFY row_number() OVER (
        PARTITION BY documents.source_id, documents.locator
        ORDER BY coalesce(meetings.met_seq, committed_runs.ledger_seq) DESC, documents.document_id ASC
    ) > 1
),

held AS (
    SELECT
        passed.document_id,
        passed.source_id,
        NULL AS snapshot_id
    FROM passed
    CROSS JOIN publish_policy
    LEFT JOIN meetings ON passed.document_id = meetings.document_id
    WHERE passed.document_id NOT IN (SELECT older.document_id FROM older)
        AND (publish_policy.publish_absent OR coalesce(meetings.last_meeting <> 'absent', TRUE))
    UNION ALL
    SELECT
        snapshot_contents.document_id,
        snapshot_contents.source_id,
        snapshot_contents.snapshot_id
    FROM snapshot_contents
    WHERE snapshot_contents.source_id IN (SELECT affected_sources.source_id FROM affected_sources)
),

falling AS (
    SELECT
        held.source_id,
        held.snapshot_id,
        'source' AS stated_by,
        resting_sources.expression,
        resting_sources.has_alternative
    FROM held
    INNER JOIN resting_sources ON held.source_id = resting_sources.source_id
    UNION ALL
    SELECT
        held.source_id,
        held.snapshot_id,
        'record' AS stated_by,
        record_documents.expression,
        record_documents.has_alternative
    FROM held
    INNER JOIN record_documents ON held.document_id = record_documents.document_id
    LEFT JOIN resting_sources ON held.source_id = resting_sources.source_id
    WHERE resting_sources.source_id IS NULL
)

SELECT
    falling.source_id,
    falling.snapshot_id,
    falling.stated_by,
    falling.expression,
    falling.has_alternative,
    count(*) AS documents
FROM falling
GROUP BY ALL
ORDER BY falling.source_id, falling.snapshot_id NULLS FIRST, falling.expression;
