"""The files by which anyone re-computes a verdict on a batch: their names, their columns, their exact text.

``standalone/recompute_verdict.py`` reads them without this package and describes the same formats at its head; a contract
test holds the two together. No text of an item and no label is among them, only identifiers and digests.
"""

import csv
from collections.abc import Iterable
from io import StringIO

from pipeline.domain.digests import canonical_json
from pipeline.domain.judging import BatchFacts, Judgement

PLAN, FRAME, SEED, VERDICTS, JUDGEMENT = "plan.json", "frame.tsv", "seed.json", "verdicts.csv", "judgement.json"
VERDICT_COLUMNS = ("position", "record_id", "used_for", "outcome", "adjudication", "labeler", "verifier", "adjudicator")


def verdict_files(
    facts: BatchFacts,
    judgement: Judgement,
    frame: Iterable[tuple[str, str]],
    *,
    commitment: str,
    secret: bytes,
) -> dict[str, str]:
    """Return the text of every file by name; ``frame`` is (record_id, content_sha256) of the frozen items, ``secret`` revealed by now."""
    return {
        PLAN: facts.plan.line + "\n",
        FRAME: "".join(f"{line}\n" for line in sorted(f"{record}\t{content}" for record, content in frame)),
        SEED: canonical_json({"round": facts.round_number, "commitment": commitment, "secret": secret.hex()}) + "\n",
        VERDICTS: _verdicts(facts),
        JUDGEMENT: canonical_json({"round": facts.round_number, "limits": _limits(facts), "judgement": judgement.body()}) + "\n",
    }


def _limits(facts: BatchFacts) -> dict[str, object]:
    policy = facts.policy
    return {
        "ambiguity_limit": policy.ambiguity_limit,
        "does_illegal_void": policy.does_illegal_void,
        "max_rounds": policy.max_rounds,
        "separation": policy.separation,
    }


def _verdicts(facts: BatchFacts) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(VERDICT_COLUMNS)
    for item in sorted(facts.sample, key=lambda item: item.position):
        adjudication = "" if item.adjudication is None else item.adjudication.value
        people = (item.labeler, item.verifier, item.adjudicator or "")
        writer.writerow((item.position, item.record_id, item.used_for.value, item.outcome.value, adjudication, *people))
    return text.getvalue()
