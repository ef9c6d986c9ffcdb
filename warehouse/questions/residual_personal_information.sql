-- Question: how much personal information is left in this snapshot, as people found by reading a sample of it?
-- 问题: 人工抽读样本后,这个快照中还残留多少个人信息?
-- Grain: one row per round of the audit; no rows means that nobody looked.
-- Trap: errors counts sampled documents in which something was left; lower_bound is the exact bound on the share of clean
--   documents at the stated confidence, which is what may be claimed, and not the point estimate.
-- Parameter: snapshot text the snapshot_id
-- Example: laiyuan ask residual_personal_information --snapshot 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752
SELECT
    judgements.round,
    judgements.size,
    judgements.sample_size,
    judgements.errors,
    judgements.point,
    judgements.lower_bound,
    judgements.confidence,
    judgements.recorded_at
FROM judgements
INNER JOIN committed_runs ON judgements.run_id = committed_runs.run_id
WHERE judgements.subject = 'residual_pi' AND judgements.subject_id = $snapshot
ORDER BY judgements.round, committed_runs.ledger_seq;
