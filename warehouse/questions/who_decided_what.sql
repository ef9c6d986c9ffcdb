-- Question: who decided what, when, and why?
-- 问题: 谁在何时作出了什么决定?理由是什么?
-- Grain: one row per decision of a person that the ledger holds, oldest first.
-- Trap: runs are no decisions and are left out. actor is a pseudonym, actor_proof says how it was proved; the name is in
--   people, which may have been erased.
-- Example: laiyuan ask who_decided_what
WITH names AS (
    SELECT
        people.actor,
        arg_max(people.name, people.recorded_at) AS name
    FROM people
    GROUP BY people.actor
)

SELECT
    ledger.seq,
    ledger."at" AS decided_at,
    ledger.event,
    coalesce(
        json_extract_string(ledger.body, '$.scope'),
        json_extract_string(ledger.body, '$.snapshot_id'),
        json_extract_string(ledger.body, '$.source_id')
    ) AS scope,
    ledger.actor,
    ledger.actor_proof,
    names.name,
    json_extract_string(ledger.body, '$.why') AS why
FROM ledger
LEFT JOIN names ON ledger.actor = names.actor
WHERE json_extract_string(ledger.body, '$.why') IS NOT NULL
    AND ledger.event NOT IN ('run.opened', 'run.committed', 'run.abandoned')
ORDER BY ledger.seq;
