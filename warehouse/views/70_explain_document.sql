-- Macro: explain_document(id): the chain from a document's source to its snapshots, each link with its evidence.
-- Grain: one row per fact, in the order of the document's way (line); no rows where no committed run holds it.
-- Trap: facts of the source are those of today. evidence_sha256 names what the fact rests on: bytes of evidence, a
--   declaration, a policy, a rule pack, parameters or a leaf. Never shows text, locator, title or metadata.
CREATE OR REPLACE MACRO explain_document(id) AS TABLE
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
        present.content_sha256,
        present.raw_sha256,
        present.chars,
        present.encoding,
        present.record_license,
        present.supersedes,
        present.run_id,
        present.path,
        present.file_sha256,
        present.ordinal,
        present.times_met,
        present.last_meeting,
        present.last_run_id,
        present.superseded_by
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

source_now AS MATERIALIZED (
    SELECT
        current_sources.source_id,
        current_sources.title,
        current_sources.kind,
        current_sources.publisher,
        current_sources.declaration_sha256,
        current_sources.run_id,
        current_sources.state,
        current_sources.state_why,
        current_sources.state_run_id
    FROM current_sources
    INNER JOIN presence ON current_sources.source_id = presence.source_id
),

last_scan AS MATERIALIZED (
    SELECT
        scans.rule_pack_sha256,
        scans.is_analysed,
        scans.detail,
        scans.findings,
        scans.run_id
    FROM scans
    INNER JOIN counted_runs ON scans.run_id = counted_runs.run_id
    WHERE (scans.segment NOT LIKE 'bucket-%' OR scans.segment = 'bucket-' || left(id, 1))
        AND scans.document_id = id
    ORDER BY counted_runs.ledger_seq DESC, scans.is_analysed ASC, scans.rule_pack_sha256 ASC
    LIMIT 1
),

-- As document_findings(id) says it, over the scan found above: a macro within would look for that scan again.
found AS MATERIALIZED (
    SELECT
        findings.kind,
        findings.field,
        count(*) AS findings,
        count(DISTINCT findings.value_hmac) AS distinct_values,
        findings.rule_pack_sha256,
        findings.run_id
    FROM findings
    INNER JOIN last_scan ON findings.rule_pack_sha256 = last_scan.rule_pack_sha256 AND findings.run_id = last_scan.run_id
    WHERE (findings.segment NOT LIKE 'bucket-%' OR findings.segment = 'bucket-' || left(id, 1))
        AND findings.document_id = id
    GROUP BY findings.kind, findings.field, findings.rule_pack_sha256, findings.run_id
),

last_metrics AS MATERIALIZED (
    SELECT
        metrics.language,
        metrics.language_score,
        metrics.chars,
        metrics.lines,
        metrics.measure_version,
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
        duplicate_members.cluster_id,
        duplicate_members.kept_id,
        duplicate_members.is_kept,
        duplicate_members.similarity,
        duplicate_members.rule,
        duplicate_members.members,
        duplicate_members.params_sha256,
        duplicate_members.run_id
    FROM duplicate_members
    INNER JOIN last_deduplication ON duplicate_members.run_id = last_deduplication.run_id
    WHERE (duplicate_members.segment NOT LIKE 'bucket-%' OR duplicate_members.segment = 'bucket-' || left(id, 1))
        AND duplicate_members.document_id = id
),

held_by AS MATERIALIZED (
    SELECT
        snapshot_documents.snapshot_id,
        snapshot_documents.leaf_sha256,
        snapshot_documents.run_id
    FROM snapshot_documents
    WHERE (snapshot_documents.segment NOT LIKE 'bucket-%' OR snapshot_documents.segment = 'bucket-' || left(id, 1))
        AND snapshot_documents.document_id = id
),

-- Of every run that met it the last counts; a page has a handful of signals.
said_of_rights AS MATERIALIZED (
    SELECT
        reservations.signal,
        reservations.verdict,
        reservations.agent,
        reservations.read_from,
        reservations.detail,
        reservations.body_sha256,
        reservations.run_id
    FROM reservations
    INNER JOIN presence ON reservations.run_id = presence.last_run_id
    WHERE (reservations.segment NOT LIKE 'bucket-%' OR reservations.segment = 'bucket-' || left(id, 1))
        AND reservations.document_id = id
),

label_of_generated AS MATERIALIZED (
    SELECT
        generated_labels.read_from,
        generated_labels.label,
        generated_labels.content_producer,
        generated_labels.produce_id,
        generated_labels.run_id
    FROM generated_labels
    WHERE (generated_labels.segment NOT LIKE 'bucket-%' OR generated_labels.segment = 'bucket-' || left(id, 1))
        AND generated_labels.document_id = id
    ORDER BY generated_labels.run_id DESC, generated_labels.read_from ASC
    LIMIT 1
),

made_by AS MATERIALIZED (
    SELECT
        CASE WHEN json_valid(sources.declaration) THEN json_extract(sources.declaration, '$.generator') END AS it,
        sources.declaration_sha256,
        sources.run_id
    FROM sources
    INNER JOIN source_now
        ON sources.source_id = source_now.source_id
        AND sources.declaration_sha256 = source_now.declaration_sha256
        AND sources.run_id = source_now.run_id
),

facts AS MATERIALIZED (
    SELECT 10 AS place, 0 AS part, 'source' AS step, 'source' AS fact, source_now.source_id || ': ' || source_now.title AS value,
        source_now.declaration_sha256 AS evidence_sha256, source_now.run_id
    FROM source_now
    UNION ALL
    SELECT 10, 1, 'source', 'kind and publisher', source_now.kind || ', ' || source_now.publisher, NULL, source_now.run_id
    FROM source_now
    UNION ALL
    SELECT 10, 2, 'source', 'state', coalesce(source_now.state || ': ' || source_now.state_why, 'none for this declaration'),
        source_now.declaration_sha256, source_now.state_run_id
    FROM source_now
    UNION ALL
    SELECT 20, row_number() OVER (ORDER BY current_evidence.name, current_evidence.evidence_sha256), 'evidence',
        current_evidence.kind, current_evidence.name || coalesce(' states ' || current_evidence.states, ''),
        current_evidence.evidence_sha256, current_evidence.run_id
    FROM current_evidence
    INNER JOIN presence ON current_evidence.source_id = presence.source_id
    UNION ALL
    SELECT 30, 0, 'license', 'concluded',
        current_conclusions.expression || coalesce(' (' || current_conclusions.reason || ')', '')
        || coalesce(': ' || current_conclusions.explanation, ''),
        nullif(array_to_string(current_conclusions.evidence, ' '), ''), current_conclusions.run_id
    FROM current_conclusions
    INNER JOIN presence ON current_conclusions.source_id = presence.source_id
    UNION ALL
    SELECT 30, 1, 'license', 'stated by the record', presence.record_license, NULL, presence.run_id
    FROM presence
    WHERE presence.record_license IS NOT NULL
    UNION ALL
    SELECT 40, row_number() OVER (ORDER BY current_legal_bases.regime, current_legal_bases.basis), 'legal basis',
        current_legal_bases.regime, current_legal_bases.basis || ', ' || current_legal_bases.clause,
        current_legal_bases.declaration_sha256, current_legal_bases.run_id
    FROM current_legal_bases
    INNER JOIN presence ON current_legal_bases.source_id = presence.source_id
    UNION ALL
    SELECT 50, 0, 'acquisition', 'read from', coalesce(presence.path, 'unknown file') || ' record ' || presence.ordinal,
        presence.file_sha256, presence.run_id
    FROM presence
    UNION ALL
    SELECT 50, 1, 'acquisition', 'bytes', presence.encoding, presence.raw_sha256, presence.run_id
    FROM presence
    UNION ALL
    SELECT 50, 2, 'acquisition', 'text', presence.chars || ' characters', presence.content_sha256, presence.run_id
    FROM presence
    UNION ALL
    SELECT 50, 3, 'acquisition', 'last meeting', presence.last_meeting || ', met ' || presence.times_met || ' times', NULL,
        presence.last_run_id
    FROM presence
    UNION ALL
    SELECT 50, 4, 'acquisition', 'takes the place of', presence.supersedes, NULL, presence.run_id
    FROM presence
    WHERE presence.supersedes IS NOT NULL
    UNION ALL
    SELECT 50, 5, 'acquisition', 'superseded by', presence.superseded_by, NULL, NULL
    FROM presence
    WHERE presence.superseded_by IS NOT NULL
    UNION ALL
    SELECT 54, 0, 'generated', 'declared generator',
        concat_ws(', ', json_extract_string(made_by.it, '$.name'), json_extract_string(made_by.it, '$.version'),
            json_extract_string(made_by.it, '$.at')),
        made_by.declaration_sha256, made_by.run_id
    FROM made_by
    WHERE json_type(made_by.it) = 'OBJECT'
    UNION ALL
    SELECT 54, 1, 'generated', 'label in ' || label_of_generated.read_from,
        coalesce('label ' || label_of_generated.label, 'no label value') || coalesce(', by ' || label_of_generated.content_producer, '')
        || coalesce(', id ' || label_of_generated.produce_id, ''),
        NULL, label_of_generated.run_id
    FROM label_of_generated
    UNION ALL
    SELECT 55,
        row_number() OVER (ORDER BY said_of_rights.signal, said_of_rights.verdict, said_of_rights.read_from, said_of_rights.body_sha256),
        'reservation', said_of_rights.signal,
        said_of_rights.verdict || ' for ' || said_of_rights.agent || ', by ' || said_of_rights.read_from
        || coalesce(' (' || said_of_rights.detail || ')', ''),
        said_of_rights.body_sha256, said_of_rights.run_id
    FROM said_of_rights
    UNION ALL
    SELECT 60, 0, 'personal information', 'scan',
        CASE WHEN last_scan.is_analysed THEN last_scan.findings || ' findings' ELSE 'not analysed: ' || coalesce(last_scan.detail, '') END,
        last_scan.rule_pack_sha256, last_scan.run_id
    FROM last_scan
    UNION ALL
    SELECT 60, row_number() OVER (ORDER BY found.kind, found.field), 'personal information', found.kind,
        found.findings || ' in ' || found.field || ', ' || found.distinct_values || ' distinct', found.rule_pack_sha256, found.run_id
    FROM found
    UNION ALL
    SELECT 70, 0, 'quality', 'measured',
        last_metrics.language || ' ' || round(last_metrics.language_score, 2) || ', ' || last_metrics.chars || ' characters, '
        || last_metrics.lines || ' lines', NULL, last_metrics.run_id
    FROM last_metrics
    UNION ALL
    SELECT 80, 0, 'duplicates', CASE WHEN membership.is_kept THEN 'kept copy' ELSE 'duplicate of' END,
        CASE
            WHEN membership.is_kept THEN 'of ' || membership.members || ' members, by ' || membership.rule
            ELSE membership.kept_id || ', similarity ' || round(membership.similarity, 3) || ', by ' || membership.rule
        END,
        membership.params_sha256, membership.run_id
    FROM membership
    UNION ALL
    SELECT 90, required_gates.position, 'gate', required_gates.gate,
        coalesce(
            gate_decisions.disposition || coalesce(' (' || gate_decisions.reason || ')', ''),
            'not decided under the active policy'
        ),
        coalesce(gate_decisions.policy_sha256, active_policies.policy_sha256), gate_decisions.run_id
    FROM required_gates
    INNER JOIN presence ON TRUE
    LEFT JOIN gate_decisions ON required_gates.gate = gate_decisions.gate
    LEFT JOIN active_policies ON required_gates.gate = active_policies.name
    UNION ALL
    SELECT 100, row_number() OVER (ORDER BY counted_runs.ledger_seq, held_by.snapshot_id), 'snapshot', 'published in',
        held_by.snapshot_id, held_by.leaf_sha256, held_by.run_id
    FROM held_by
    INNER JOIN counted_runs ON held_by.run_id = counted_runs.run_id
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
