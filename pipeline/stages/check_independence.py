"""Who may say what of whose label, and in which order things were sealed: the checks nobody can judge around."""

from pipeline.domain.judging import BatchFacts, Sealing

ITEM = "item"


def sealing_faults(sealing: Sealing) -> tuple[str, ...]:
    """Return what was out of order: plan and commitment come before the freeze, the freeze before the draw, the auditor has no function."""
    faults = {
        "the plan was stored after the freeze": sealing.planned_seq >= sealing.frozen_seq,
        "the secret was committed after the freeze": sealing.committed_seq >= sealing.frozen_seq,
        "the sample was drawn before the freeze": sealing.drawn_seq <= sealing.frozen_seq,
        "who holds the secret works on the batch": bool(sealing.auditor_functions),
    }
    return tuple(fault for fault, holds in faults.items() if holds)


def independence_faults(facts: BatchFacts) -> tuple[str, ...]:
    """Return the records, or the people, by which verification was not independent of labeling (one function a person)."""
    records = [
        item.record_id
        for item in facts.sample
        if item.verifier == item.labeler or (item.adjudicator is not None and item.adjudicator in {item.labeler, item.verifier})
    ]
    people: set[str] = set()
    labelers = {item.labeler for item in facts.sample} | set(facts.sizes.get("annotator", {}))
    verifiers = {item.verifier for item in facts.sample}
    adjudicators = {item.adjudicator for item in facts.sample if item.adjudicator is not None}
    if facts.policy.separation != ITEM:
        people = (labelers & verifiers) | (labelers & adjudicators) | (verifiers & adjudicators)
    if facts.sealing.auditor in labelers | verifiers | adjudicators:
        people.add(facts.sealing.auditor)
    return (*sorted(records), *sorted(people))
