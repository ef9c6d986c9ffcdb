-- Question: why is this document not in: everything that keeps it out today?
-- 问题: 这份文档为什么没有被收入?目前有哪些阻碍?
-- Grain: one row per fact; the first row's fact is in, out or unknown.
-- Trap: every obstacle is listed; lifting the first may not be enough.
-- Parameter: document text the document_id
-- Example: laiyuan ask why_document_is_not_in --document 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
SELECT
    obstacles.line,
    obstacles.step,
    obstacles.fact,
    obstacles.value,
    obstacles.evidence_sha256,
    obstacles.run_id,
    obstacles."at"
FROM why_not($document) AS obstacles
ORDER BY obstacles.line;
