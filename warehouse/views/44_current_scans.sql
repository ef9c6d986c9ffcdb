-- View: the last look for personal information in each document.
-- Grain: one row per scanned document.
-- Trap: is_analysed false means that nothing is known, not that nothing was found.
CREATE OR REPLACE VIEW current_scans AS
SELECT
    scans.document_id,
    scans.source_id,
    scans.rule_pack_sha256,
    scans.is_analysed,
    scans.detail,
    scans.findings,
    scans.run_id,
    committed_runs.ledger_seq
FROM scans
INNER JOIN committed_runs ON scans.run_id = committed_runs.run_id
QUALIFY row_number() OVER (
    PARTITION BY scans.document_id
    ORDER BY committed_runs.ledger_seq DESC, scans.is_analysed ASC, scans.rule_pack_sha256 ASC
) = 1;
