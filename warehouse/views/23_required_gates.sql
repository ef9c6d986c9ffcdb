-- View: the gates that must each admit or redact a document before it may be published.
-- Grain: one row per required gate.
-- Trap: no rows here means no documents, never all documents.
-- Kept: as a table, since it is small and much is planned over it.
CREATE OR REPLACE VIEW required_gates AS
WITH listed_gates AS (
    SELECT
        unnest(publish_policy.required_gates) AS gate,
        generate_subscripts(publish_policy.required_gates, 1) AS position
    FROM publish_policy
)

SELECT
    listed_gates.gate,
    min(listed_gates.position) AS position
FROM listed_gates
GROUP BY listed_gates.gate;
