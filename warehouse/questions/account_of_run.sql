-- Question: what is the account of this run: how many documents under which disposition, by source, gate and reason?
-- 问题: 这次运行的账目:各来源、各关口、各原因分别有多少份文档?
-- Grain: one row per source, gate, disposition and reason, as entered when the run was committed.
-- Trap: gate 'all' counts each document once under its strictest disposition; do not add gates together. An open or
--   abandoned run has no account.
-- Parameter: run text the run_id
-- Example: laiyuan ask account_of_run --run 2026-05-01T08-00-00-gate
SELECT
    accounts.source_id,
    accounts.gate,
    accounts.disposition,
    accounts.reason,
    accounts.documents
FROM accounts
WHERE accounts.run_id = $run
ORDER BY
    accounts.source_id,
    list_position(['records', 'source', 'license', 'pi', 'quality', 'duplicate', 'all'], accounts.gate) NULLS LAST,
    list_position(['in', 'new', 'again', 'absent', 'admit', 'redact', 'quarantine', 'reject'], accounts.disposition) NULLS LAST,
    accounts.reason NULLS FIRST;
