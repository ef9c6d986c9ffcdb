-- Question: how many people label, whose are they, and how many were trained and are qualified?
-- 问题: 标注人员有多少?属于内部还是外包?多少人受过培训、具备资格?
-- Grain: one row per kind of employment.
-- Trap: trained means all four topics; qualified means an active qualification that has not been suspended or revoked since. Hours of
--   training are not recorded, only what was completed and when.
-- Example: laiyuan ask filing_people
WITH registered AS (
    SELECT
        annotators.person,
        annotators.employment
    FROM annotators
    INNER JOIN committed_runs ON annotators.run_id = committed_runs.run_id
    QUALIFY row_number() OVER (PARTITION BY annotators.person ORDER BY committed_runs.ledger_seq DESC) = 1
),

trained AS (
    SELECT trainings.person
    FROM trainings
    GROUP BY trainings.person
    HAVING count(DISTINCT trainings.topic) >= 4
),

last_qualifications AS (
    SELECT
        qualifications.person,
        qualifications.state
    FROM qualifications
    INNER JOIN committed_runs ON qualifications.run_id = committed_runs.run_id
    QUALIFY row_number() OVER (
        PARTITION BY qualifications.person, qualifications.rule_id, qualifications.major, qualifications.function
        ORDER BY committed_runs.ledger_seq DESC
    ) = 1
),

courses AS (
    SELECT
        trainings.person,
        count(*) AS completed
    FROM trainings
    GROUP BY trainings.person
)

SELECT
    registered.employment,
    count(*) AS people,
    count(trained.person) AS trained,
    CAST(coalesce(sum(courses.completed), 0) AS BIGINT) AS courses_completed,
    count(*) FILTER (
        WHERE registered.person IN (SELECT last_qualifications.person FROM last_qualifications WHERE last_qualifications.state = 'active')
    ) AS qualified
FROM registered
LEFT JOIN trained ON registered.person = trained.person
LEFT JOIN courses ON registered.person = courses.person
GROUP BY registered.employment
ORDER BY registered.employment;
