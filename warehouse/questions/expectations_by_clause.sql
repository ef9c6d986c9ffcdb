-- Question: which expectations on quality evidence which clause, and were they met?
-- 问题: 哪些质量期望佐证了哪一条款?是否达到?
-- Grain: one row per clause and expectation, over the last check of each source.
-- Trap: a critical expectation decides documents (those not meeting it are out, and still counted here as unexpected); a
--   warning is reported only. sources_not_met counts sources, unexpected counts documents.
-- Example: laiyuan ask expectations_by_clause
WITH last_checks AS (
    SELECT
        expectation_results.source_id,
        expectation_results.expectation_id,
        expectation_results.expectation_type,
        expectation_results.severity,
        expectation_results.clause,
        expectation_results.evaluated_count,
        expectation_results.unexpected_count,
        expectation_results.is_met
    FROM expectation_results
    INNER JOIN committed_runs ON expectation_results.run_id = committed_runs.run_id
    QUALIFY rank() OVER (
        PARTITION BY expectation_results.source_id ORDER BY committed_runs.ledger_seq DESC
    ) = 1
)

SELECT
    last_checks.clause,
    last_checks.expectation_id,
    last_checks.severity,
    count(DISTINCT last_checks.source_id) AS sources,
    CAST(sum(last_checks.evaluated_count) AS BIGINT) AS evaluated,
    CAST(sum(last_checks.unexpected_count) AS BIGINT) AS unexpected,
    count(*) FILTER (WHERE NOT last_checks.is_met) AS sources_not_met
FROM last_checks
GROUP BY last_checks.clause, last_checks.expectation_id, last_checks.severity
ORDER BY last_checks.clause, last_checks.severity, last_checks.expectation_id;
