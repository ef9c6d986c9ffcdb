-- View: which documents may be labelled or published today.
-- Grain: one row per document that every required gate admits or redacts.
-- Trap: no required gates means no documents, never all documents. A superseded document is out; one that its
--   source no longer delivers is out unless the publish policy says publish_absent.
CREATE OR REPLACE VIEW admitted_documents AS
SELECT
    document_standing.document_id,
    document_standing.source_id,
    document_standing.disposition
FROM document_standing
INNER JOIN current_documents ON document_standing.document_id = current_documents.document_id
CROSS JOIN publish_policy
WHERE document_standing.is_admitted
    AND NOT current_documents.is_superseded
    AND (publish_policy.publish_absent OR NOT current_documents.is_absent);
