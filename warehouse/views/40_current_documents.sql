-- View: every committed document, and whether its source still delivers it and it is the newest under its locator.
-- Grain: one row per document.
-- Trap: newest means met last, not written last: a text that returns after another took its place is current again.
--   Absent and superseded documents stay here, flagged. The text is in documents alone.
CREATE OR REPLACE VIEW current_documents AS
WITH meetings AS (
    SELECT
        acquisitions.document_id,
        arg_max(acquisitions.meeting, committed_runs.ledger_seq) AS last_meeting,
        max(committed_runs.ledger_seq) FILTER (WHERE acquisitions.meeting <> 'absent') AS met_seq
    FROM acquisitions
    INNER JOIN committed_runs ON acquisitions.run_id = committed_runs.run_id
    GROUP BY acquisitions.document_id
),

contested_locators AS (
    SELECT
        documents.source_id,
        documents.locator
    FROM documents
    GROUP BY documents.source_id, documents.locator
    HAVING count(*) > 1
),

rivals AS (
    SELECT
        documents.document_id,
        documents.source_id,
        documents.locator,
        coalesce(meetings.met_seq, committed_runs.ledger_seq) AS met_seq
    FROM documents
    INNER JOIN contested_locators
        ON documents.source_id = contested_locators.source_id AND documents.locator = contested_locators.locator
    INNER JOIN committed_runs ON documents.run_id = committed_runs.run_id
    LEFT JOIN meetings ON documents.document_id = meetings.document_id
),

superseded_documents AS (
    SELECT
        rivals.document_id,
        first_value(rivals.document_id) OVER newest_first AS newest_id
    FROM rivals
    WINDOW newest_first AS (PARTITION BY rivals.source_id, rivals.locator ORDER BY rivals.met_seq DESC, rivals.document_id ASC)
)

SELECT
    documents.document_id,
    documents.source_id,
    documents.locator,
    documents.content_sha256,
    documents.raw_sha256,
    documents.chars,
    documents.bytes,
    documents.encoding,
    documents.record_license,
    documents.record_language,
    documents.file_id,
    documents.ordinal,
    documents.supersedes,
    documents.run_id,
    coalesce(meetings.last_meeting = 'absent', FALSE) AS is_absent,
    coalesce(superseded_documents.newest_id <> documents.document_id, FALSE) AS is_superseded,
    nullif(superseded_documents.newest_id, documents.document_id) AS superseded_by
FROM documents
LEFT JOIN meetings ON documents.document_id = meetings.document_id
LEFT JOIN superseded_documents ON documents.document_id = superseded_documents.document_id;
