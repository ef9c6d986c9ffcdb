-- Question: what do the records themselves say for or against each clause, for this snapshot?
-- 问题: 就这个快照而言,记录本身对每一条款说明了什么?
-- Grain: one row per check: how much was examined, and how many exceptions were found.
-- Trap: no exceptions among none examined says nothing. A check only suggests: a clause is judged by a person. Decisions and
--   findings are those of the ledger position asked at, so that a snapshot is asked about at the position it was published.
-- Parameter: snapshot text the snapshot_id
-- Example: laiyuan ask clause_checks --snapshot 60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752
WITH held AS (
    SELECT
        snapshot_contents.document_id,
        snapshot_contents.source_id,
        snapshot_contents.policy_set_sha256,
        snapshot_contents.published_sha256
    FROM snapshot_contents
    WHERE snapshot_contents.snapshot_id = $snapshot
),

held_sources AS (
    SELECT
        held.source_id,
        any_value(current_sources.kind) AS kind,
        any_value(current_sources.state) AS state,
        any_value(current_conclusions.expression) AS expression,
        any_value(CASE WHEN json_valid(sources.declaration) THEN sources.declaration ELSE '{}' END) AS declaration
    FROM held
    LEFT JOIN current_sources ON held.source_id = current_sources.source_id
    LEFT JOIN current_conclusions ON held.source_id = current_conclusions.source_id
    LEFT JOIN sources
        ON held.source_id = sources.source_id AND current_sources.declaration_sha256 = sources.declaration_sha256
    GROUP BY held.source_id
),

pieces AS (
    SELECT
        current_evidence.source_id,
        list(DISTINCT current_evidence.kind) AS kinds
    FROM current_evidence
    GROUP BY current_evidence.source_id
),

source_checks AS (
    SELECT
        held_sources.kind,
        held_sources.state IS DISTINCT FROM 'admitted' AS not_admitted,
        coalesce(held_sources.expression, 'NOASSERTION') = 'NOASSERTION' AS no_license,
        pieces.kinds IS NULL AS no_evidence,
        NOT EXISTS (
            SELECT 1 AS found
            FROM current_legal_bases
            WHERE current_legal_bases.source_id = held_sources.source_id
        ) AS no_basis,
        NOT coalesce(list_has_any(pieces.kinds, ['collection_record', 'robots']), FALSE) AS no_collection_record,
        NOT coalesce(
            list_has_all(pieces.kinds, ['contract', 'commitment_source', 'commitment_quality', 'commitment_safety']), FALSE
        ) AS no_contract,
        NOT coalesce(list_contains(pieces.kinds, 'authorization_record'), FALSE) AS no_authorization,
        json_extract_string(held_sources.declaration, '$.generator.version') IS NULL AS no_generator
    FROM held_sources
    LEFT JOIN pieces ON held_sources.source_id = pieces.source_id
),

gate_answers AS (
    SELECT
        held.document_id,
        required_gates.gate,
        current_decisions.disposition
    FROM held
    CROSS JOIN required_gates
    LEFT JOIN current_decisions
        ON held.document_id = current_decisions.document_id AND required_gates.gate = current_decisions.gate
),

scanned AS (
    SELECT
        held.document_id,
        coalesce(current_scans.is_analysed, FALSE) AS is_analysed
    FROM held
    LEFT JOIN current_scans ON held.document_id = current_scans.document_id
),

warnings AS (
    SELECT
        coalesce(current_sources.modality, 'unknown') || '/'
        || split_part(current_snapshot_scales.language, '-', 1) AS type,
        count(DISTINCT current_snapshot_scales.source_id) AS sources
    FROM current_snapshot_scales
    LEFT JOIN current_sources ON current_snapshot_scales.source_id = current_sources.source_id
    WHERE current_snapshot_scales.snapshot_id = $snapshot
    GROUP BY ALL
),

last_expectations AS (
    SELECT expectation_results.is_met
    FROM expectation_results
    INNER JOIN committed_runs ON expectation_results.run_id = committed_runs.run_id
    WHERE expectation_results.source_id IN (SELECT held_sources.source_id FROM held_sources)
    QUALIFY rank() OVER (PARTITION BY expectation_results.source_id ORDER BY committed_runs.ledger_seq DESC) = 1
),

approvals AS (
    SELECT count(*) AS entries
    FROM ledger
    WHERE ledger.event = 'snapshot.approved' AND json_extract_string(ledger.body, '$.snapshot_id') = $snapshot
),

frozen AS (
    SELECT
        frozen_items.batch_id,
        frozen_items.round,
        frozen_items.record_id
    FROM frozen_items
    INNER JOIN batches ON frozen_items.batch_id = batches.batch_id
    WHERE batches.snapshot_id = $snapshot AND frozen_items.status = 'submitted'
),

judged AS (
    SELECT
        judgements.subject_id AS batch_id,
        judgements.round,
        arg_max(judgements.outcome, committed_runs.ledger_seq) AS outcome
    FROM judgements
    INNER JOIN committed_runs ON judgements.run_id = committed_runs.run_id
    WHERE judgements.subject = 'batch'
    GROUP BY judgements.subject_id, judgements.round
),

found AS (
    SELECT 'sources_admitted' AS check_id, count(*) AS examined, count(*) FILTER (WHERE not_admitted) AS exceptions
    FROM source_checks
    UNION ALL
    SELECT 'license_concluded', count(*), count(*) FILTER (WHERE no_license) FROM source_checks
    UNION ALL
    SELECT 'evidence_held', count(*), count(*) FILTER (WHERE no_evidence) FROM source_checks
    UNION ALL
    SELECT 'legal_basis_named', count(*), count(*) FILTER (WHERE no_basis) FROM source_checks
    UNION ALL
    SELECT 'open_licenses', count(*), count(*) FILTER (WHERE no_license OR no_evidence) FROM source_checks
    WHERE kind = 'open'
    UNION ALL
    SELECT 'collection_recorded', count(*), count(*) FILTER (WHERE no_collection_record) FROM source_checks
    WHERE kind = 'self_collected'
    UNION ALL
    SELECT 'contracts_complete', count(*), count(*) FILTER (WHERE no_contract) FROM source_checks
    WHERE kind = 'commercial'
    UNION ALL
    SELECT 'users_authorized', count(*), count(*) FILTER (WHERE no_authorization) FROM source_checks
    WHERE kind = 'user_input'
    UNION ALL
    SELECT 'generators_recorded', count(*), count(*) FILTER (WHERE no_generator) FROM source_checks
    WHERE kind = 'synthetic'
    UNION ALL
    SELECT 'documents_sourced', count(*), count(*) FILTER (WHERE documents.locator IS NULL OR documents.locator = '')
    FROM held
    LEFT JOIN documents ON held.document_id = documents.document_id
    UNION ALL
    SELECT 'gates_answered', count(*), count(*) FILTER (WHERE coalesce(disposition NOT IN ('admit', 'redact'), TRUE))
    FROM gate_answers
    UNION ALL
    SELECT 'license_gate', count(*), count(*) FILTER (WHERE coalesce(disposition NOT IN ('admit', 'redact'), TRUE))
    FROM gate_answers
    WHERE gate = 'license'
    UNION ALL
    SELECT 'pi_gate', count(*), count(*) FILTER (WHERE coalesce(disposition NOT IN ('admit', 'redact'), TRUE))
    FROM gate_answers
    WHERE gate = 'pi'
    UNION ALL
    SELECT 'pi_analysed', count(*), count(*) FILTER (WHERE NOT is_analysed) FROM scanned
    UNION ALL
    SELECT 'quality_gate', count(*), count(*) FILTER (WHERE coalesce(disposition NOT IN ('admit', 'redact'), TRUE))
    FROM gate_answers
    WHERE gate = 'quality'
    UNION ALL
    SELECT 'expectations_met', count(*), count(*) FILTER (WHERE NOT is_met) FROM last_expectations
    UNION ALL
    SELECT 'texts_published_once', count(*), count(*) - count(DISTINCT published_sha256) FROM held
    UNION ALL
    SELECT 'sources_per_type', count(*), count(*) FILTER (WHERE sources < 2) FROM warnings
    UNION ALL
    SELECT 'one_policy_set', count(*), greatest(count(DISTINCT policy_set_sha256) - 1, 0) FROM held
    UNION ALL
    SELECT 'approved_by_a_person', count(*), CASE WHEN any_value(approvals.entries) > 0 THEN 0 ELSE count(*) END
    FROM snapshots
    CROSS JOIN approvals
    WHERE snapshots.snapshot_id = $snapshot
    UNION ALL
    SELECT 'residual_pi_audited', count(DISTINCT held.document_id) FILTER (WHERE current_findings.kind IS NOT NULL),
        CASE
            WHEN (SELECT count(*) FROM judgements WHERE judgements.subject = 'residual_pi' AND judgements.subject_id = $snapshot) > 0
                THEN 0
            ELSE count(DISTINCT held.document_id) FILTER (WHERE current_findings.kind IS NOT NULL)
        END
    FROM held
    LEFT JOIN current_findings ON held.document_id = current_findings.document_id
    UNION ALL
    SELECT 'labels_verified', count(*), count(*) FILTER (WHERE judged.outcome IS DISTINCT FROM 'accepted')
    FROM frozen
    LEFT JOIN judged ON frozen.batch_id = judged.batch_id AND frozen.round = judged.round
)

SELECT
    found.check_id,
    found.examined,
    found.exceptions
FROM found
ORDER BY found.check_id;
