-- Question: which labels of accepted batches rest on an annotator who is suspended or revoked today?
-- 问题: 已接收批次中,哪些标注出自现已暂停或撤销资格的标注员?
-- Grain: one row per accepted batch, round and such annotator, with the number of frozen items.
-- Trap: the suspension may have come long after the labels; it asks for a look and voids nothing by itself. Only the
--   function label of the batch's rule and major version counts.
-- Example: laiyuan ask labels_of_suspended_annotators
WITH last_states AS (
    SELECT
        batch_states.batch_id,
        arg_max(batch_states.state, committed_runs.ledger_seq) AS state,
        arg_max(batch_states.round, committed_runs.ledger_seq) AS round
    FROM batch_states
    INNER JOIN committed_runs ON batch_states.run_id = committed_runs.run_id
    GROUP BY batch_states.batch_id
)

SELECT
    batches.batch_id,
    last_states.round,
    batches.rule_id,
    batches.rule_version,
    frozen_items.person,
    current_qualifications.state,
    current_qualifications.why,
    count(*) AS items
FROM batches
INNER JOIN last_states ON batches.batch_id = last_states.batch_id AND last_states.state = 'accepted'
INNER JOIN frozen_items ON last_states.batch_id = frozen_items.batch_id AND last_states.round = frozen_items.round
INNER JOIN current_qualifications
    ON
        frozen_items.person = current_qualifications.person
        AND batches.rule_id = current_qualifications.rule_id
        AND CAST(split_part(batches.rule_version, '.', 1) AS BIGINT) = current_qualifications.major
        AND current_qualifications.function = 'label'
WHERE current_qualifications.state IN ('suspended', 'revoked')
GROUP BY
    batches.batch_id,
    last_states.round,
    batches.rule_id,
    batches.rule_version,
    frozen_items.person,
    current_qualifications.state,
    current_qualifications.why
ORDER BY batches.batch_id, frozen_items.person;
