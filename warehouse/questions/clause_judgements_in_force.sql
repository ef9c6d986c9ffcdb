-- Question: what did a named person say of each clause, and with what proof?
-- 问题: 每一条款由谁作出判断?结论和依据是什么?
-- Grain: one row per clause that was judged, under the last judgement.
-- Trap: a clause that is not listed was not judged. The judgement is a person's; clause_checks computes what speaks for or against.
-- Example: laiyuan ask clause_judgements_in_force
WITH names AS (
    SELECT
        people.actor,
        arg_max(people.name, people.recorded_at) AS name
    FROM people
    GROUP BY people.actor
)

SELECT
    current_clause_judgements.clause_id,
    current_clause_judgements.verdict,
    current_clause_judgements.why,
    current_clause_judgements.plan,
    current_clause_judgements.evidence,
    current_clause_judgements.actor,
    names.name,
    current_clause_judgements.recorded_at,
    current_clause_judgements.ledger_seq
FROM current_clause_judgements
LEFT JOIN names ON current_clause_judgements.actor = names.actor
ORDER BY current_clause_judgements.clause_id;
