-- Question: is the ledger intact: does every entry follow the one before, and does every hash cover what it says?
-- 问题: 账本是否完好:每条记录是否紧接前一条,每个哈希是否与内容相符?
-- Grain: one row.
-- Trap: an empty ledger proves nothing and is not intact. A ledger cut short at its end still is: compare head_seq and
--   head_hash with a head kept elsewhere (a snapshot's manifest names one). The hash is recomputed here from the
--   canonical JSON; the body's own characters are escaped once more, as a JSON string.
-- Example: laiyuan ask ledger_intact
WITH entries AS (
    SELECT
        ledger.seq,
        ledger.prev,
        ledger.hash,
        row_number() OVER (ORDER BY ledger.seq, ledger.hash) - 1 AS place,
        lag(ledger.hash, 1, repeat('0', 64)) OVER (ORDER BY ledger.seq, ledger.hash) AS hash_before,
        sha256(
            '{"actor":' || CAST(to_json(ledger.actor) AS VARCHAR)
            || ',"actor_proof":' || CAST(to_json(ledger.actor_proof) AS VARCHAR)
            || ',"at":"' || strftime(make_timestamp(epoch_us(ledger."at")), '%Y-%m-%dT%H:%M:%S.%fZ')
            || '","body":' || CAST(to_json(ledger.body) AS VARCHAR)
            || ',"event":' || CAST(to_json(ledger.event) AS VARCHAR)
            || ',"prev":' || CAST(to_json(ledger.prev) AS VARCHAR)
            || ',"seq":' || ledger.seq || '}'
        ) AS recomputed_hash
    FROM ledger
),

checked_entries AS (
    SELECT
        entries.seq,
        entries.hash,
        CASE
            WHEN entries.seq <> entries.place THEN 'gap or repeat in seq'
            WHEN entries.prev <> entries.hash_before THEN 'does not follow the entry before'
            WHEN entries.hash <> entries.recomputed_hash THEN 'hash does not cover what the entry says'
        END AS fault
    FROM entries
)

SELECT
    count(*) AS entries,
    count(*) > 0 AND count(checked_entries.fault) = 0 AS is_intact,
    count(checked_entries.fault) AS faults,
    min(checked_entries.seq) FILTER (WHERE checked_entries.fault IS NOT NULL) AS first_fault_seq,
    arg_min(checked_entries.fault, checked_entries.seq) FILTER (WHERE checked_entries.fault IS NOT NULL) AS first_fault,
    max(checked_entries.seq) AS head_seq,
    arg_max(checked_entries.hash, checked_entries.seq) AS head_hash
FROM checked_entries;
