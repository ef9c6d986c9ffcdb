-- Question: where did the documents of each source go: into what may be published, or out at which gate?
-- 问题: 各来源的文档去了哪里:获准发布,还是在哪一道关口被挡下?
-- Grain: one row per source, outcome (disposition and gate) and reason; every document is counted once.
-- Trap: the state is that of the ledger position asked at. Superseded and absent documents are out without a decision.
--   source_documents and outcome_documents are totals repeated in every row: never add them.
-- Example: laiyuan ask way_of_documents
SELECT
    account.source_id,
    coalesce(current_sources.kind, 'unknown') AS kind,
    account.disposition,
    CASE
        WHEN account.reason IS NULL OR account.disposition IN ('admit', 'redact') THEN account.disposition
        ELSE account.disposition || ': ' || split_part(account.reason, '.', 1)
    END AS outcome,
    coalesce(account.reason, '') AS reason,
    account.documents,
    CAST(sum(account.documents) OVER (PARTITION BY account.source_id) AS BIGINT) AS source_documents,
    CAST(sum(account.documents) OVER (PARTITION BY outcome) AS BIGINT) AS outcome_documents
FROM account
LEFT JOIN current_sources ON account.source_id = current_sources.source_id
WHERE account.gate = 'all'
ORDER BY
    list_position(['admit', 'redact', 'quarantine', 'reject'], account.disposition) NULLS LAST,
    outcome, account.source_id, reason;
