-- Question: what was made of this snapshot and handed on: dossiers and exports?
-- 问题: 这个快照产出并交出了哪些卷宗和导出文件?
-- Grain: one row per dossier or export made, oldest first.
-- Trap: the ledger says what was made and its digest, not who received it.
-- Parameter: snapshot text the snapshot_id
-- Example: laiyuan ask exports_of_snapshot --snapshot 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752
SELECT
    ledger.seq,
    ledger."at" AS made_at,
    ledger.event,
    json_extract_string(ledger.body, '$.format') AS format,
    json_extract_string(ledger.body, '$.sha256') AS sha256,
    CAST(json_extract_string(ledger.body, '$.bytes') AS BIGINT) AS bytes,
    json_extract_string(ledger.body, '$.audience') AS audience,
    ledger.actor
FROM ledger
WHERE ledger.event IN ('export.made', 'dossier.made')
    AND json_extract_string(ledger.body, '$.snapshot_id') = $snapshot
ORDER BY ledger.seq;
