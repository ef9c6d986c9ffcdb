-- Macro: why_not(id): everything that keeps a document out today, and what each refusal rests on.
-- Grain: one row per fact (line); the first says in, out or unknown, and a document that is in has that row alone.
-- Trap: all obstacles are listed, not the first: lifting one may not be enough. A missing decision is an obstacle.
CREATE OR REPLACE MACRO why_not(id) AS TABLE
WITH counted_runs AS MATERIALIZED (
    SELECT
        committed_runs.run_id,
        committed_runs.ledger_seq,
        committed_runs.committed_at,
        committed_runs.flow
    FROM committed_runs
),

presence AS MATERIALIZED (
    SELECT
        present.source_id,
        present.is_absent,
        present.last_run_id,
        present.superseded_by,
        present.run_id
    FROM document_presence(id) AS present
),

gate_decisions AS MATERIALIZED (
    SELECT
        decided.gate,
        decided.disposition,
        decided.reason,
        decided.policy_sha256,
        decided.run_id
    FROM document_decisions(id) AS decided
    WHERE decided.is_current
),

refusals AS MATERIALIZED (
    SELECT
        required_gates.gate,
        required_gates.position,
        gate_decisions.disposition,
        gate_decisions.reason,
        coalesce(gate_decisions.policy_sha256, active_policies.policy_sha256) AS policy_sha256,
        gate_decisions.run_id
    FROM required_gates
    INNER JOIN presence ON TRUE
    LEFT JOIN gate_decisions ON required_gates.gate = gate_decisions.gate
    LEFT JOIN active_policies ON required_gates.gate = active_policies.name
    WHERE coalesce(gate_decisions.disposition NOT IN ('admit', 'redact'), TRUE)
),

refusing_gates AS MATERIALIZED (
    SELECT
        refusals.gate,
        refusals.position
    FROM refusals
    WHERE refusals.disposition IS NOT NULL
),

last_scan AS MATERIALIZED (
    SELECT
        scans.rule_pack_sha256,
        scans.is_analysed,
        scans.detail,
        scans.run_id
    FROM scans
    INNER JOIN counted_runs ON scans.run_id = counted_runs.run_id
    WHERE (scans.segment NOT LIKE 'bucket-%' OR scans.segment = 'bucket-' || left(id, 1))
        AND scans.document_id = id
    ORDER BY counted_runs.ledger_seq DESC, scans.is_analysed ASC, scans.rule_pack_sha256 ASC
    LIMIT 1
),

last_metrics AS MATERIALIZED (
    SELECT
        metrics.language,
        metrics.language_score,
        metrics.chars,
        metrics.symbol_ratio,
        metrics.repeated_line_ratio,
        metrics.repeated_ngram_ratio,
        metrics.replacement_count,
        metrics.control_count,
        metrics.mojibake_count,
        metrics.markup_count,
        metrics.run_id
    FROM metrics
    INNER JOIN counted_runs ON metrics.run_id = counted_runs.run_id
    WHERE (metrics.segment NOT LIKE 'bucket-%' OR metrics.segment = 'bucket-' || left(id, 1))
        AND metrics.document_id = id
    ORDER BY counted_runs.ledger_seq DESC, metrics.measure_version DESC
    LIMIT 1
),

last_deduplication AS MATERIALIZED (
    SELECT counted_runs.run_id
    FROM counted_runs
    WHERE counted_runs.flow = 'deduplicate'
    ORDER BY counted_runs.ledger_seq DESC
    LIMIT 1
),

membership AS MATERIALIZED (
    SELECT
        duplicate_members.kept_id,
        duplicate_members.similarity,
        duplicate_members.rule,
        duplicate_members.params_sha256,
        duplicate_members.run_id
    FROM duplicate_members
    INNER JOIN last_deduplication ON duplicate_members.run_id = last_deduplication.run_id
    WHERE (duplicate_members.segment NOT LIKE 'bucket-%' OR duplicate_members.segment = 'bucket-' || left(id, 1))
        AND duplicate_members.document_id = id
        AND NOT duplicate_members.is_kept
),

gate_count AS MATERIALIZED (
    SELECT count(*) AS gates
    FROM required_gates
),

obstacles AS MATERIALIZED (
    SELECT 10 AS place, 0 AS part, 'document' AS step, 'superseded by' AS fact, presence.superseded_by AS value,
        NULL::VARCHAR AS evidence_sha256, NULL::VARCHAR AS run_id
    FROM presence
    WHERE presence.superseded_by IS NOT NULL
    UNION ALL
    SELECT 10, 1, 'document', 'absent', 'not in the last delivery of ' || presence.source_id, NULL, presence.last_run_id
    FROM presence
    LEFT JOIN publish_policy ON TRUE
    WHERE presence.is_absent AND NOT coalesce(publish_policy.publish_absent, FALSE)
    UNION ALL
    SELECT 20, 0, 'policy', 'required gates', 'none: without required gates nothing is admitted', NULL, NULL
    FROM presence
    CROSS JOIN gate_count
    WHERE gate_count.gates = 0
    UNION ALL
    SELECT 30 + refusals.position, 0, 'gate', refusals.gate,
        coalesce(
            refusals.disposition || coalesce(' (' || refusals.reason || ')', ''), 'not decided under the active policy'
        ),
        refusals.policy_sha256, refusals.run_id
    FROM refusals
    UNION ALL
    SELECT 30 + refusing_gates.position, 1, 'source', 'state',
        coalesce(current_sources.state || ': ' || current_sources.state_why, 'none for the newest declaration'),
        current_sources.declaration_sha256, coalesce(current_sources.state_run_id, current_sources.run_id)
    FROM refusing_gates
    CROSS JOIN presence
    INNER JOIN current_sources ON presence.source_id = current_sources.source_id
    WHERE refusing_gates.gate = 'source'
    UNION ALL
    SELECT 30 + refusing_gates.position, 1, 'license', 'concluded',
        current_conclusions.expression || coalesce(' (' || current_conclusions.reason || ')', '')
        || coalesce(': ' || current_conclusions.explanation, ''),
        nullif(array_to_string(current_conclusions.evidence, ' '), ''), current_conclusions.run_id
    FROM refusing_gates
    CROSS JOIN presence
    INNER JOIN current_conclusions ON presence.source_id = current_conclusions.source_id
    WHERE refusing_gates.gate = 'license'
    UNION ALL
    SELECT 30 + refusing_gates.position, 1, 'personal information', 'scan', 'not analysed: ' || coalesce(last_scan.detail, ''),
        last_scan.rule_pack_sha256, last_scan.run_id
    FROM refusing_gates
    CROSS JOIN last_scan
    WHERE refusing_gates.gate = 'pi' AND NOT last_scan.is_analysed
    UNION ALL
    SELECT 30 + refusing_gates.position, 1 + row_number() OVER (ORDER BY found.kind, found.field), 'personal information',
        found.kind, found.findings || ' in ' || found.field || ', ' || found.distinct_values || ' distinct',
        found.rule_pack_sha256, found.run_id
    FROM refusing_gates
    CROSS JOIN document_findings(id) AS found
    WHERE refusing_gates.gate = 'pi'
    UNION ALL
    SELECT 30 + refusing_gates.position, 1, 'quality', 'measured',
        last_metrics.language || ' ' || round(last_metrics.language_score, 2) || ', ' || last_metrics.chars
        || ' characters, symbols ' || round(last_metrics.symbol_ratio, 3) || ', repeated lines '
        || round(last_metrics.repeated_line_ratio, 3) || ', repeated 8-grams ' || round(last_metrics.repeated_ngram_ratio, 3)
        || ', damaged ' || (last_metrics.replacement_count + last_metrics.control_count + last_metrics.mojibake_count)
        || ', markup ' || last_metrics.markup_count,
        NULL, last_metrics.run_id
    FROM refusing_gates
    CROSS JOIN last_metrics
    WHERE refusing_gates.gate = 'quality'
    UNION ALL
    SELECT 30 + refusing_gates.position, 1, 'duplicates', 'duplicate of',
        membership.kept_id || ', similarity ' || round(membership.similarity, 3) || ', by ' || membership.rule,
        membership.params_sha256, membership.run_id
    FROM refusing_gates
    CROSS JOIN membership
    WHERE refusing_gates.gate = 'duplicate'
),

answer AS (
    SELECT
        0 AS place,
        0 AS part,
        'answer' AS step,
        CASE
            WHEN (SELECT count(*) FROM presence) = 0 THEN 'unknown'
            WHEN (SELECT count(*) FROM obstacles) = 0 THEN 'in'
            ELSE 'out'
        END AS fact
),

facts AS MATERIALIZED (
    SELECT
        answer.place,
        answer.part,
        answer.step,
        answer.fact,
        CASE answer.fact
            WHEN 'unknown' THEN 'no committed run holds this document'
            WHEN 'in' THEN 'nothing keeps it out'
            ELSE 'kept out by what follows'
        END AS value,
        NULL::VARCHAR AS evidence_sha256,
        NULL::VARCHAR AS run_id
    FROM answer
    UNION ALL
    SELECT
        obstacles.place,
        obstacles.part,
        obstacles.step,
        obstacles.fact,
        obstacles.value,
        obstacles.evidence_sha256,
        obstacles.run_id
    FROM obstacles
)

SELECT
    row_number() OVER (ORDER BY facts.place, facts.part) AS line,
    facts.step,
    facts.fact,
    facts.value,
    facts.evidence_sha256,
    facts.run_id,
    counted_runs.committed_at AS "at"
FROM facts
LEFT JOIN counted_runs ON facts.run_id = counted_runs.run_id
ORDER BY facts.place, facts.part;
