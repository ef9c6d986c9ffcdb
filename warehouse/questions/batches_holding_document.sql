-- Question: which batches hold this document, in which state are they, and who labeled it last?
-- 问题: 哪些标注批次包含该文档?状态如何?最近由谁标注?
-- Grain: one row per batch that holds the document.
-- Trap: person and round are those of the last freeze; they are null before it. A batch is drawn from one snapshot, so that
--   the same document in two snapshots may be in two batches.
-- Parameter: document text the document_id
-- Example: laiyuan ask batches_holding_document --document 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752
WITH last_states AS (
    SELECT
        batch_states.batch_id,
        arg_max(batch_states.state, committed_runs.ledger_seq) AS state
    FROM batch_states
    INNER JOIN committed_runs ON batch_states.run_id = committed_runs.run_id
    GROUP BY batch_states.batch_id
),

last_frozen AS (
    SELECT
        frozen_items.batch_id,
        frozen_items.record_id,
        max(frozen_items.round) AS round,
        arg_max(frozen_items.person, frozen_items.round) AS person
    FROM frozen_items
    GROUP BY frozen_items.batch_id, frozen_items.record_id
)

SELECT
    batch_items.batch_id,
    batch_items.record_id,
    batches.rule_id,
    batches.rule_version,
    batches.snapshot_id,
    last_states.state,
    last_frozen.round,
    last_frozen.person
FROM batch_items
INNER JOIN batches ON batch_items.batch_id = batches.batch_id
INNER JOIN last_states ON batch_items.batch_id = last_states.batch_id
LEFT JOIN last_frozen ON batch_items.batch_id = last_frozen.batch_id AND batch_items.record_id = last_frozen.record_id
WHERE batch_items.document_id = $document
ORDER BY batch_items.batch_id;
