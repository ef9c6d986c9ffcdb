-- View: where each document stands: its strictest disposition over the required gates, and which gates are missing.
-- Grain: one row per document.
-- Trap: a missing gate never admits, and where no gate is required nothing is admitted. Absent and superseded
--   documents have a standing too; admitted_documents leaves them out.
CREATE OR REPLACE VIEW document_standing AS
WITH all_gates AS (
    SELECT coalesce(bit_or(1 << required_gates.position), 0) AS gates
    FROM required_gates
),

ranked_decisions AS (
    SELECT
        current_decisions.document_id,
        current_decisions.gate,
        current_decisions.disposition,
        current_decisions.reason,
        1 << required_gates.position AS gate_bit,
        list_position(['admit', 'redact', 'quarantine', 'reject'], current_decisions.disposition) AS severity,
        required_gates.position
    FROM current_decisions
    INNER JOIN required_gates ON current_decisions.gate = required_gates.gate
),

strictest AS (
    SELECT
        ranked_decisions.document_id,
        bit_or(ranked_decisions.gate_bit) AS gates,
        arg_max(
            {
                'gate': ranked_decisions.gate,
                'disposition': ranked_decisions.disposition,
                'reason': ranked_decisions.reason
            },
            ranked_decisions.severity * 1000 - ranked_decisions.position
        ) AS decision
    FROM ranked_decisions
    GROUP BY ranked_decisions.document_id
),

decided_sets AS (
    SELECT DISTINCT strictest.gates
    FROM strictest
    UNION
    SELECT 0 AS gates
),

missing_sets AS (
    SELECT
        decided_sets.gates,
        list(required_gates.gate ORDER BY required_gates.position) AS missing_gates
    FROM decided_sets
    INNER JOIN required_gates ON (decided_sets.gates & (1 << required_gates.position)) = 0
    GROUP BY decided_sets.gates
)

SELECT
    documents.document_id,
    documents.source_id,
    strictest.decision.disposition AS disposition,
    strictest.decision.gate AS deciding_gate,
    strictest.decision.reason AS reason,
    coalesce(missing_sets.missing_gates, []::VARCHAR []) AS missing_gates,
    coalesce(
        all_gates.gates <> 0
        AND strictest.gates = all_gates.gates
        AND strictest.decision.disposition IN ('admit', 'redact'),
        FALSE
    ) AS is_admitted
FROM documents
CROSS JOIN all_gates
LEFT JOIN strictest ON documents.document_id = strictest.document_id
LEFT JOIN missing_sets ON coalesce(strictest.gates, 0) = missing_sets.gates;
