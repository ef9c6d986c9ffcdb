-- Question: what did a change from one policy set to another move?
-- 问题: 策略集由旧变新,哪些文档的处置发生了变化?
-- Grain: one row per source, gate and pair of different dispositions or reasons; gate 'all' is the standing over the
--   gates that each set requires.
-- Trap: undecided means that the gate has not run under that set, so an activation that was not followed by its gates
--   moves everything there. A gate whose policy is the same in both sets moves nothing.
-- Parameter: before text the policy_set_sha256 compared from
-- Parameter: after text the policy_set_sha256 compared to
-- Example: laiyuan ask policy_change --before 2c26b46b68ffc68f --after fcde2b2edba56bf4
WITH sides AS (
    SELECT DISTINCT
        FALSE AS is_after,
        policy_sets.name,
        policy_sets.policy_sha256
    FROM policy_sets
    WHERE policy_sets.policy_set_sha256 = $before
    UNION ALL
    SELECT DISTINCT
        TRUE AS is_after,
        policy_sets.name,
        policy_sets.policy_sha256
    FROM policy_sets
    WHERE policy_sets.policy_set_sha256 = $after
),

demanded AS (
    SELECT DISTINCT
        sides.is_after,
        unnest(from_json(json_extract(policies.body, '$.required_gates'), '["VARCHAR"]')) AS gate
    FROM sides
    INNER JOIN policies ON sides.policy_sha256 = policies.policy_sha256 AND sides.name = policies.name
    WHERE sides.name = 'publish'
),

demanded_counts AS (
    SELECT
        demanded.is_after,
        count(*) AS gates
    FROM demanded
    GROUP BY demanded.is_after
),

decided AS (
    SELECT
        decisions.document_id,
        decisions.source_id,
        decisions.gate,
        sides.is_after,
        decisions.disposition,
        decisions.reason
    FROM decisions
    INNER JOIN sides ON decisions.gate = sides.name AND decisions.policy_sha256 = sides.policy_sha256
    INNER JOIN committed_runs ON decisions.run_id = committed_runs.run_id
    QUALIFY row_number() OVER (
        PARTITION BY decisions.document_id, decisions.gate, sides.is_after
        ORDER BY committed_runs.ledger_seq DESC, decisions.stage_version DESC, decisions.inputs_sha256 ASC
    ) = 1
),

standing AS (
    SELECT
        decided.document_id,
        decided.source_id,
        decided.is_after,
        count(*) AS gates,
        arg_max(
            {'disposition': decided.disposition, 'reason': decided.reason},
            list_position(['admit', 'redact', 'quarantine', 'reject'], decided.disposition) * 1000
            - list_position(['source', 'license', 'pi', 'quality', 'duplicate'], decided.gate)
        ) AS strictest
    FROM decided
    INNER JOIN demanded ON decided.gate = demanded.gate AND decided.is_after = demanded.is_after
    GROUP BY decided.document_id, decided.source_id, decided.is_after
),

answers AS (
    SELECT
        decided.document_id,
        decided.source_id,
        decided.gate,
        decided.is_after,
        decided.disposition,
        decided.reason
    FROM decided
    UNION ALL
    SELECT
        standing.document_id,
        standing.source_id,
        'all' AS gate,
        standing.is_after,
        standing.strictest.disposition AS disposition,
        standing.strictest.reason AS reason
    FROM standing
    INNER JOIN demanded_counts ON standing.is_after = demanded_counts.is_after
    WHERE standing.gates = demanded_counts.gates OR standing.strictest.disposition IN ('quarantine', 'reject')
),

pairs AS (
    SELECT
        answers.document_id,
        answers.source_id,
        answers.gate,
        coalesce(min(answers.disposition) FILTER (WHERE NOT answers.is_after), 'undecided') AS before_disposition,
        min(answers.reason) FILTER (WHERE NOT answers.is_after) AS before_reason,
        coalesce(min(answers.disposition) FILTER (WHERE answers.is_after), 'undecided') AS after_disposition,
        min(answers.reason) FILTER (WHERE answers.is_after) AS after_reason
    FROM answers
    GROUP BY answers.document_id, answers.source_id, answers.gate
)

SELECT
    pairs.source_id,
    pairs.gate,
    pairs.before_disposition,
    pairs.before_reason,
    pairs.after_disposition,
    pairs.after_reason,
    count(*) AS documents
FROM pairs
LEFT JOIN (
    SELECT sides.name
    FROM sides
    GROUP BY sides.name
    HAVING count(DISTINCT sides.is_after) = 2 AND count(DISTINCT sides.policy_sha256) = 1
) AS unchanged ON pairs.gate = unchanged.name
WHERE unchanged.name IS NULL
    AND (
        pairs.before_disposition <> pairs.after_disposition
        OR pairs.before_reason IS DISTINCT FROM pairs.after_reason
    )
GROUP BY
    pairs.source_id,
    pairs.gate,
    pairs.before_disposition,
    pairs.before_reason,
    pairs.after_disposition,
    pairs.after_reason
ORDER BY
    pairs.source_id,
    list_position(['source', 'license', 'pi', 'quality', 'duplicate', 'all'], pairs.gate),
    pairs.before_disposition,
    pairs.before_reason,
    pairs.after_disposition,
    pairs.after_reason;
