-- View: the personal information found by the last look at each document; offsets and kind, never the value.
-- Grain: one row per finding of the document's last scan.
-- Trap: a document without rows here is clean only if current_scans says it was analysed.
CREATE OR REPLACE VIEW current_findings AS
SELECT
    findings.document_id,
    findings.source_id,
    findings.field,
    findings.kind,
    findings.char_start,
    findings.char_end,
    findings.byte_start,
    findings.byte_end,
    findings.score,
    findings.rule_id,
    findings.rule_version,
    findings.variant,
    findings.category_35273,
    findings.is_sensitive_35273,
    findings.is_sensitive_45574,
    findings.value_hmac,
    findings.key_id,
    findings.rule_pack_sha256,
    findings.run_id
FROM findings
INNER JOIN current_scans
    ON findings.document_id = current_scans.document_id
    AND findings.rule_pack_sha256 = current_scans.rule_pack_sha256
    AND findings.run_id = current_scans.run_id;
