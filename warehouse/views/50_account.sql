-- View: the account of today: every document, by source, under what each required gate and all gates together say.
-- Grain: one row per source, gate, disposition and reason.
-- Trap: gate 'all' counts each document of the source once, absent and superseded ones under those words; the other
--   gates count only the rest. undecided means that a required gate has not decided under the active policy.
CREATE OR REPLACE VIEW account AS
WITH standing AS (
    SELECT
        document_standing.document_id,
        document_standing.source_id,
        CASE
            WHEN current_documents.is_superseded THEN 'superseded'
            WHEN current_documents.is_absent AND NOT coalesce(publish_policy.publish_absent, FALSE) THEN 'absent'
            WHEN document_standing.is_admitted THEN document_standing.disposition
            WHEN document_standing.disposition IN ('quarantine', 'reject') THEN document_standing.disposition
            ELSE 'undecided'
        END AS disposition,
        document_standing.reason
    FROM document_standing
    INNER JOIN current_documents ON document_standing.document_id = current_documents.document_id
    LEFT JOIN publish_policy ON TRUE
),

living AS (
    SELECT
        standing.document_id,
        standing.source_id
    FROM standing
    WHERE standing.disposition NOT IN ('superseded', 'absent')
),

by_gate AS (
    SELECT
        living.source_id,
        current_decisions.gate,
        current_decisions.disposition,
        current_decisions.reason,
        count(*) AS documents
    FROM living
    INNER JOIN current_decisions ON living.document_id = current_decisions.document_id
    INNER JOIN required_gates ON current_decisions.gate = required_gates.gate
    GROUP BY living.source_id, current_decisions.gate, current_decisions.disposition, current_decisions.reason
),

living_by_source AS (
    SELECT
        living.source_id,
        count(*) AS documents
    FROM living
    GROUP BY living.source_id
),

undecided AS (
    SELECT
        living_by_source.source_id,
        required_gates.gate,
        living_by_source.documents - coalesce(sum(by_gate.documents), 0) AS documents
    FROM living_by_source
    CROSS JOIN required_gates
    LEFT JOIN by_gate ON living_by_source.source_id = by_gate.source_id AND required_gates.gate = by_gate.gate
    GROUP BY living_by_source.source_id, required_gates.gate, living_by_source.documents
),

overall AS (
    SELECT
        standing.source_id,
        standing.disposition,
        CASE WHEN standing.disposition IN ('redact', 'quarantine', 'reject') THEN standing.reason END AS reason,
        count(*) AS documents
    FROM standing
    GROUP BY ALL
),

entries AS (
    SELECT source_id, gate, disposition, reason, documents
    FROM by_gate
    UNION ALL
    SELECT source_id, gate, 'undecided' AS disposition, NULL AS reason, documents
    FROM undecided
    WHERE documents > 0
    UNION ALL
    SELECT source_id, 'all' AS gate, disposition, reason, documents
    FROM overall
)

SELECT
    entries.source_id,
    entries.gate,
    entries.disposition,
    entries.reason,
    CAST(entries.documents AS BIGINT) AS documents
FROM entries;
