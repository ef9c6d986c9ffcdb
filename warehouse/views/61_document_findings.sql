-- Macro: document_findings(id): what personal information the last scan found in one document, by kind.
-- Grain: one row per kind and field.
-- Trap: no rows means clean only if the document's last scan is_analysed; never shows a value.
CREATE OR REPLACE MACRO document_findings(id) AS TABLE
WITH last_scan AS MATERIALIZED (
    SELECT
        scans.rule_pack_sha256,
        scans.run_id
    FROM scans
    INNER JOIN committed_runs ON scans.run_id = committed_runs.run_id
    WHERE (scans.segment NOT LIKE 'bucket-%' OR scans.segment = 'bucket-' || left(id, 1))
        AND scans.document_id = id
    ORDER BY committed_runs.ledger_seq DESC, scans.is_analysed ASC, scans.rule_pack_sha256 ASC
    LIMIT 1
),

of_document AS MATERIALIZED (
    SELECT
        findings.kind,
        findings.field,
        findings.score,
        findings.value_hmac,
        findings.is_sensitive_35273,
        findings.is_sensitive_45574,
        findings.rule_pack_sha256,
        findings.run_id
    FROM findings
    WHERE (findings.segment NOT LIKE 'bucket-%' OR findings.segment = 'bucket-' || left(id, 1))
        AND findings.document_id = id
)

SELECT
    of_document.kind,
    of_document.field,
    count(*) AS findings,
    count(DISTINCT of_document.value_hmac) AS distinct_values,
    min(of_document.score) AS lowest_score,
    bool_or(of_document.is_sensitive_35273) AS is_sensitive_35273,
    bool_or(of_document.is_sensitive_45574) AS is_sensitive_45574,
    of_document.rule_pack_sha256,
    of_document.run_id
FROM of_document
INNER JOIN last_scan
    ON of_document.rule_pack_sha256 = last_scan.rule_pack_sha256 AND of_document.run_id = last_scan.run_id
GROUP BY of_document.kind, of_document.field, of_document.rule_pack_sha256, of_document.run_id
ORDER BY of_document.kind, of_document.field;
