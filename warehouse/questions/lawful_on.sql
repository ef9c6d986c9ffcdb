-- Question: was using this source lawful on one day, as it was known on another?
-- 问题: 按某日所掌握的情况, 某一天使用该来源是否合法?
-- Grain: one row per ground of the declaration last recorded by then; one row without a ground where it names none.
-- Trap: valid time (on) and recorded time (as_known) are two questions: a back-dated correction changes the answer for the same
--   day only when asked as known after it. Each regime needs a ground of its own that holds; what was refused or suspended by
--   then is not lawful. Days are midnights in UTC where no time is given.
-- Parameter: source text the source
-- Parameter: on text the day or moment asked about
-- Parameter: as_known text the day or moment whose knowledge counts
-- Example: laiyuan ask lawful_on --source cn-laws --on 2026-03-01 --as_known 2026-04-01
WITH asked AS (
    SELECT
        $source AS source_id,
        try_cast($on AS TIMESTAMPTZ) AS valid_at,
        try_cast($as_known AS TIMESTAMPTZ) AS known_at
),

declared AS (
    SELECT
        sources.source_id,
        sources.declaration_sha256,
        sources.run_id,
        sources.recorded_at
    FROM sources
    INNER JOIN asked ON sources.source_id = asked.source_id
    INNER JOIN committed_runs ON sources.run_id = committed_runs.run_id
    WHERE sources.recorded_at <= asked.known_at
    ORDER BY committed_runs.ledger_seq DESC
    LIMIT 1
),

given_states AS (
    SELECT source_states.state
    FROM source_states
    INNER JOIN asked ON source_states.source_id = asked.source_id
    INNER JOIN committed_runs ON source_states.run_id = committed_runs.run_id
    WHERE source_states.recorded_at <= asked.known_at
    ORDER BY committed_runs.ledger_seq DESC
    LIMIT 1
),

grounds AS (
    SELECT
        legal_bases.regime,
        legal_bases.basis,
        legal_bases.clause,
        legal_bases.valid_from,
        legal_bases.valid_to,
        (legal_bases.valid_from IS NULL OR legal_bases.valid_from <= asked.valid_at)
        AND (legal_bases.valid_to IS NULL OR asked.valid_at < legal_bases.valid_to) AS holds
    FROM legal_bases
    INNER JOIN declared ON legal_bases.source_id = declared.source_id AND legal_bases.run_id = declared.run_id
    CROSS JOIN asked
),

regimes AS (
    SELECT
        grounds.regime,
        bool_or(grounds.holds) AS holds
    FROM grounds
    GROUP BY grounds.regime
),

verdict AS (
    SELECT
        CASE
            WHEN NOT EXISTS (SELECT 1 FROM declared) THEN 'source.not_assessed'
            WHEN (SELECT given_states.state FROM given_states) = 'refused' THEN 'source.refused'
            WHEN (SELECT given_states.state FROM given_states) = 'suspended' THEN 'source.suspended'
            WHEN NOT EXISTS (SELECT 1 FROM regimes) THEN 'source.no_legal_basis'
            WHEN EXISTS (SELECT 1 FROM regimes WHERE NOT regimes.holds) THEN 'source.no_legal_basis'
            ELSE 'lawful'
        END AS why
)

SELECT
    verdict.why = 'lawful' AS is_lawful,
    verdict.why,
    (SELECT given_states.state FROM given_states) AS state,
    grounds.regime,
    grounds.basis,
    grounds.clause,
    grounds.valid_from,
    grounds.valid_to,
    grounds.holds,
    (SELECT declared.declaration_sha256 FROM declared) AS declaration_sha256
FROM verdict
LEFT JOIN grounds ON TRUE
ORDER BY grounds.regime, grounds.basis, grounds.clause, grounds.valid_from;
