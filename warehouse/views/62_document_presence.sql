-- Macro: document_presence(id): where one document was read, and whether it still stands for its locator.
-- Grain: one row, or none where no committed run holds the document.
-- Trap: the file's path is shown, never the locator, which may hold personal information. superseded_by looks one step
--   each way (the texts that took its place and the one it replaced); current_documents looks at the whole locator.
CREATE OR REPLACE MACRO document_presence(id) AS TABLE
WITH counted_runs AS MATERIALIZED (
    SELECT
        committed_runs.run_id,
        committed_runs.ledger_seq
    FROM committed_runs
),

this_document AS MATERIALIZED (
    SELECT
        documents.document_id,
        documents.source_id,
        documents.locator,
        documents.content_sha256,
        documents.raw_sha256,
        documents.chars,
        documents.encoding,
        documents.record_license,
        documents.file_id,
        documents.ordinal,
        documents.supersedes,
        documents.run_id
    FROM documents
    WHERE (documents.segment NOT LIKE 'bucket-%' OR documents.segment = 'bucket-' || left(id, 1))
        AND documents.document_id = id
),

-- Constant predicates only: a join on the locator would decode that column for every row group with a successor.
rivals AS MATERIALIZED (
    SELECT documents.document_id
    FROM documents
    WHERE documents.supersedes = id
    UNION
    SELECT this_document.supersedes AS document_id
    FROM this_document
    WHERE this_document.supersedes IS NOT NULL
),

-- DISTINCT holds the optimizer to joining the few rivals, not the many runs, to acquisitions first.
rival_acquisitions AS (
    SELECT DISTINCT
        acquisitions.document_id,
        acquisitions.run_id
    FROM acquisitions
    WHERE acquisitions.document_id IN (SELECT rivals.document_id FROM rivals)
        AND acquisitions.meeting <> 'absent'
),

rival_meetings AS (
    SELECT
        rival_acquisitions.document_id,
        max(counted_runs.ledger_seq) AS met_seq
    FROM rival_acquisitions
    INNER JOIN counted_runs ON rival_acquisitions.run_id = counted_runs.run_id
    GROUP BY rival_acquisitions.document_id
),

newest_rival AS (
    SELECT
        rival_meetings.document_id,
        rival_meetings.met_seq
    FROM rival_meetings
    ORDER BY rival_meetings.met_seq DESC, rival_meetings.document_id ASC
    LIMIT 1
),

meetings AS (
    SELECT
        count(*) FILTER (WHERE acquisitions.meeting <> 'absent') AS times_met,
        arg_max(acquisitions.meeting, counted_runs.ledger_seq) AS last_meeting,
        arg_max(acquisitions.run_id, counted_runs.ledger_seq) AS last_run_id,
        max(counted_runs.ledger_seq) FILTER (WHERE acquisitions.meeting <> 'absent') AS met_seq
    FROM acquisitions
    INNER JOIN counted_runs ON acquisitions.run_id = counted_runs.run_id
    WHERE (acquisitions.segment NOT LIKE 'bucket-%' OR acquisitions.segment = 'bucket-' || left(id, 1))
        AND acquisitions.document_id = id
),

paths AS (
    SELECT
        files.path,
        files.file_sha256
    FROM files
    INNER JOIN this_document ON files.file_id = this_document.file_id
    INNER JOIN counted_runs ON files.run_id = counted_runs.run_id
    WHERE files.status <> 'removed'
    ORDER BY files.run_id = this_document.run_id DESC, counted_runs.ledger_seq ASC
    LIMIT 1
)

SELECT
    this_document.document_id,
    this_document.source_id,
    this_document.content_sha256,
    this_document.raw_sha256,
    this_document.chars,
    this_document.encoding,
    this_document.record_license,
    this_document.supersedes,
    this_document.run_id,
    paths.path,
    paths.file_sha256,
    this_document.ordinal,
    coalesce(meetings.times_met, 0) AS times_met,
    meetings.last_meeting,
    meetings.last_run_id,
    coalesce(meetings.last_meeting = 'absent', FALSE) AS is_absent,
    CASE
        WHEN newest_rival.met_seq > meetings.met_seq THEN newest_rival.document_id
        WHEN newest_rival.met_seq = meetings.met_seq AND newest_rival.document_id < id THEN newest_rival.document_id
    END AS superseded_by
FROM this_document
CROSS JOIN meetings
LEFT JOIN newest_rival ON TRUE
LEFT JOIN paths ON TRUE;
