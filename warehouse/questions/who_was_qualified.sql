-- Question: who was qualified to work under a rule at a moment?
-- 问题: 在某一时刻,谁有资格按某条规则工作?
-- Grain: one row per person, major version and function that was qualified then.
-- Trap: of the rows that had begun at the moment the last one recorded counts, so that a revocation may reach back; what is
--   recorded later may change the answer. A day means its first moment in UTC. Names are in people.
-- Parameter: rule text the rule_id
-- Parameter: on text the day or moment asked about
-- Example: laiyuan ask who_was_qualified --rule text-quality-zh --on 2026-01-31
WITH begun AS (
    SELECT
        qualifications.person,
        qualifications.rule_id,
        qualifications.major,
        qualifications.function,
        qualifications.state,
        qualifications.valid_from,
        qualifications.valid_to,
        committed_runs.ledger_seq
    FROM qualifications
    INNER JOIN committed_runs ON qualifications.run_id = committed_runs.run_id
    WHERE qualifications.rule_id = $rule
        AND qualifications.valid_from <= try_cast($on AS TIMESTAMPTZ)
    QUALIFY row_number() OVER (
        PARTITION BY qualifications.person, qualifications.major, qualifications.function ORDER BY committed_runs.ledger_seq DESC
    ) = 1
)

SELECT
    begun.person,
    current_annotators.employment,
    begun.major,
    begun.function,
    begun.valid_from,
    begun.valid_to
FROM begun
INNER JOIN current_annotators ON begun.person = current_annotators.person
WHERE begun.state = 'active'
    AND begun.valid_to > try_cast($on AS TIMESTAMPTZ)
    AND (current_annotators.active_to IS NULL OR current_annotators.active_to > try_cast($on AS TIMESTAMPTZ))
ORDER BY begun.person, begun.major, begun.function;
