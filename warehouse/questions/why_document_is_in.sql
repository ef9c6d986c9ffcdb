-- Question: why is this document in, from its source to its snapshots, each link with its evidence?
-- 问题: 这份文档为什么被收入?从来源到发布快照,每一环节的依据是什么?
-- Grain: one row per fact, in the order of the document's way; no rows for a document no committed run holds.
-- Trap: it tells the way of a document that is out as well; ask why_document_is_not_in for the answer.
-- Parameter: document text the document_id
-- Example: laiyuan ask why_document_is_in --document 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
SELECT
    explained.line,
    explained.step,
    explained.fact,
    explained.value,
    explained.evidence_sha256,
    explained.run_id,
    explained."at"
FROM explain_document($document) AS explained
ORDER BY explained.line;
