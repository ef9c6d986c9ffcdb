-- View: what rights holders said of each document at the last meeting with it.
-- Grain: one row per document, signal, agent, place and body it was read from.
-- Trap: a reservation that a later delivery no longer carries is history; one that policy does not heed is here too.
CREATE OR REPLACE VIEW current_reservations AS
WITH spoken_of AS (
    SELECT DISTINCT reservations.document_id
    FROM reservations
),

last_meetings AS (
    SELECT
        acquisitions.document_id,
        arg_max(acquisitions.run_id, committed_runs.ledger_seq) AS run_id
    FROM acquisitions
    INNER JOIN spoken_of ON acquisitions.document_id = spoken_of.document_id
    INNER JOIN committed_runs ON acquisitions.run_id = committed_runs.run_id
    WHERE acquisitions.meeting <> 'absent'
    GROUP BY acquisitions.document_id
)

SELECT DISTINCT
    reservations.document_id,
    reservations.source_id,
    reservations.signal,
    reservations.verdict,
    reservations.agent,
    reservations.read_from,
    reservations.detail,
    reservations.body_sha256,
    reservations.read_at,
    reservations.run_id
FROM reservations
INNER JOIN last_meetings
    ON reservations.document_id = last_meetings.document_id AND reservations.run_id = last_meetings.run_id;
