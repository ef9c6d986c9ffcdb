-- Question: how large is this snapshot: documents, characters, bytes and tokens?
-- 问题: 这个快照的规模有多大:文档、字符、字节和词元各多少?
-- Grain: one row per snapshot, under the name it was first published under.
-- Trap: tokens are null until the snapshot was measured; they are counted by the simple rule that counter names (a Han
--   or kana character, or a run of other letters and digits), not by a model's tokenizer.
-- Parameter: snapshot text the snapshot_id
-- Example: laiyuan ask snapshot_scale --snapshot 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752
WITH published AS (
    SELECT
        snapshots.snapshot_id,
        arg_min(snapshots.name, committed_runs.ledger_seq) AS name,
        arg_min(snapshots.documents, committed_runs.ledger_seq) AS documents,
        arg_min(snapshots.chars, committed_runs.ledger_seq) AS chars,
        arg_min(snapshots.bytes, committed_runs.ledger_seq) AS bytes,
        arg_min(snapshots.ledger_seq, committed_runs.ledger_seq) AS ledger_seq,
        arg_min(snapshots.ledger_hash, committed_runs.ledger_seq) AS ledger_hash,
        arg_min(snapshots.policy_set_sha256, committed_runs.ledger_seq) AS policy_set_sha256,
        arg_min(snapshots.manifest_sha256, committed_runs.ledger_seq) AS manifest_sha256,
        min(committed_runs.committed_at) AS published_at
    FROM snapshots
    INNER JOIN committed_runs ON snapshots.run_id = committed_runs.run_id
    WHERE snapshots.snapshot_id = $snapshot
    GROUP BY snapshots.snapshot_id
),

scale AS (
    SELECT
        current_snapshot_scales.snapshot_id,
        CAST(sum(current_snapshot_scales.tokens) AS BIGINT) AS tokens,
        min(current_snapshot_scales.counter) AS counter,
        count(DISTINCT current_snapshot_scales.source_id) AS sources,
        count(DISTINCT split_part(current_snapshot_scales.language, '-', 1)) AS languages
    FROM current_snapshot_scales
    WHERE current_snapshot_scales.snapshot_id = $snapshot
    GROUP BY current_snapshot_scales.snapshot_id
)

SELECT
    published.snapshot_id,
    published.name,
    published.documents,
    published.chars,
    published.bytes,
    scale.tokens,
    scale.counter,
    scale.sources,
    scale.languages,
    published.ledger_seq,
    published.ledger_hash,
    published.policy_set_sha256,
    published.manifest_sha256,
    published.published_at
FROM published
LEFT JOIN scale ON published.snapshot_id = scale.snapshot_id;
