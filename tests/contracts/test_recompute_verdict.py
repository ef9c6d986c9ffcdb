"""The auditor's script, run alone on published files, agrees with the package; every changed fact is noticed."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

import pipeline
from pipeline.domain.judging import BatchFacts, Consequence, JudgePolicy, Scope, Sealing, Verified
from pipeline.domain.labeling import Adjudication, Outcome, UsedFor
from pipeline.domain.sampling import AqlPlan, ClaimPlan, Rule, SprtPlan
from pipeline.domain.verdict_files import verdict_files
from pipeline.stages.draw_sample import commit, draw, draw_seed, frame_root
from pipeline.stages.inspect_stream import parse_plans
from pipeline.stages.judge_batch import judge_batch
from pipeline.stages.plan_sample import plan_lot
from pipeline.standalone import recompute_verdict as alone

PACKAGE = Path(pipeline.__file__).parent
TABLES = parse_plans((PACKAGE / "reference" / "iso_2859_1_single.csv").read_text(encoding="utf-8"))
SECRET = bytes(range(32))
RULES = (
    ClaimPlan("0.90"),
    ClaimPlan("0.98", "0.99", 0),
    ClaimPlan("0.8", "0.9", 3),
    AqlPlan("1.5"),
    SprtPlan("0.01", "0.10", look_every=5, longest=60),
)
BAD = ((Outcome.MISMATCH, Adjudication.LABEL_WRONG), (Outcome.MISMATCH, Adjudication.VERIFIER_WRONG), (Outcome.UNVERIFIABLE, None))


def batch(rule: Rule, size: int, rate: float, *, number: int = 1, ambiguous: float = 0.0) -> tuple[BatchFacts, list[tuple[str, str]]]:
    """Return the facts and the frame of a batch drawn as the product draws, with verdicts by a seeded die."""
    random = Random(f"{rule}{size}{rate}{number}")
    frame = [(f"rec-{i:05d}", sha256(f"{size}{i}".encode()).hexdigest()) for i in range(size)]
    plan = plan_lot(rule, size, TABLES)
    columns = {"record_id": [record for record, _ in frame], "content_sha256": [content for _, content in frame]}
    seed = draw_seed(SECRET, frame_root(pa.table(columns)), plan.plan_sha256, number)
    order = draw([record for record, _ in frame], seed, min(size, plan.sample_size + 10))
    sample = []
    for position, record in enumerate(order):
        outcome, adjudication = random.choice(BAD) if random.random() < rate else (Outcome.MATCH, None)
        if random.random() < ambiguous:
            outcome, adjudication = Outcome.MISMATCH, Adjudication.RULE_AMBIGUOUS
        used_for = UsedFor.ACCEPTANCE if position < plan.sample_size else UsedFor.DIAGNOSTIC
        people = random.choice(["ann", "bob"]), "vera"
        sample.append(Verified(record, position, used_for, *people, outcome, "judge" if adjudication else None, adjudication))
    policy = JudgePolicy("0.07", "0.05", "0.80", "0.95", 3, Scope.ALL)
    return BatchFacts(plan, size, number, tuple(sample), Sealing(1, 2, 3, 4, "auditor"), policy), frame


def publish(folder: Path, facts: BatchFacts, frame: list[tuple[str, str]]) -> Consequence:
    judgement = judge_batch(facts)
    for name, text in verdict_files(facts, judgement, frame, commitment=commit(SECRET), secret=SECRET).items():
        (folder / name).write_text(text, encoding="utf-8")
    return judgement.consequence


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule)[:40])
def test_script_and_package_agree(rule, tmp_path):
    seen = set()
    for case, (size, rate, ambiguous) in enumerate(((31, 0.0, 0), (200, 0.02, 0), (500, 0.3, 0), (90, 0.05, 0.2), (1000, 0.01, 0.01))):
        for number in (1, 3):
            folder = tmp_path / f"{case}-{number}"
            folder.mkdir()
            plan = plan_lot(rule, size, TABLES)
            if not hasattr(plan, "sample_size"):
                continue
            consequence = publish(folder, *batch(rule, size, rate, number=number, ambiguous=ambiguous))
            report = alone.recompute(folder)
            assert report["differences"] == []
            assert report["consequence"] == consequence.value
            seen.add(consequence)
    assert len(seen) >= 2


def test_bounds_agree_over_random_lots():
    from fractions import Fraction

    from pipeline.stages.bound_accuracy import upper_defects

    random = Random(7)
    for _ in range(300):
        size = random.randint(1, 2000)
        n = random.randint(0, size)
        errors = random.randint(0, min(n, random.choice([3, 30, n])))
        confidence = random.choice(["0.9", "0.95", "0.99"])
        assert alone.upper_defects(errors, n, size, Fraction(confidence)) == upper_defects(errors, n, size, confidence)
    assert alone.upper_defects(160, 4000, 1_000_000, Fraction("0.95")) == upper_defects(160, 4000, 1_000_000, "0.95")


def run(folder: Path) -> tuple[int, dict[str, object]]:
    # Isolated and without site packages: nothing of ours can be imported.
    script = (PACKAGE / "standalone" / "recompute_verdict.py").resolve()
    done = subprocess.run([sys.executable, "-I", "-S", str(script), str(folder)], capture_output=True, text=True, check=False, cwd=folder)
    return done.returncode, json.loads(done.stdout) if done.stdout else {}


def test_run_as_the_auditor_runs_it(tmp_path):
    assert publish(tmp_path, *batch(ClaimPlan("0.90"), 300, 0.0)) is Consequence.ACCEPTED
    code, report = run(tmp_path)
    assert (code, report["agrees"], report["consequence"]) == (0, True, "accepted")
    assert report["commitment"] == commit(SECRET)
    (tmp_path / "plan.json").unlink()
    assert run(tmp_path)[0] == 2


def reworded(name: str, change: Callable[[dict], None]):
    def edit(folder: Path) -> None:
        body = json.loads((folder / name).read_text(encoding="utf-8"))
        change(body)
        (folder / name).write_text(json.dumps(body), encoding="utf-8")

    return edit


def replaced(name: str, old: str, new: str):
    def edit(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


@pytest.mark.parametrize(
    "tamper",
    [
        reworded("seed.json", lambda body: body.update(secret="ff" * 32)),
        reworded("seed.json", lambda body: body.update(round=2)),
        reworded("plan.json", lambda body: body.update(max_errors=9)),
        reworded("plan.json", lambda body: body.update(sample_size=10)),
        replaced("frame.tsv", "rec-00007\t", "rec-00007\tf"),
        replaced("frame.tsv", "rec-00007\t", "rec-99999\t"),
        replaced("verdicts.csv", "acceptance,match", "acceptance,unverifiable"),
        replaced("verdicts.csv", "acceptance,match", "acceptance,illegal"),
        replaced("verdicts.csv", "vera", "ann"),
        replaced("verdicts.csv", "\n0,rec-", "\n0,rec-x"),
        reworded("judgement.json", lambda body: body["judgement"]["statement"].update(errors=1)),
        reworded("judgement.json", lambda body: body["judgement"]["statement"].update(upper_defects=0)),
        reworded("judgement.json", lambda body: body["judgement"].update(consequence="relabel")),
        reworded("judgement.json", lambda body: body["judgement"].pop("statement")),
        lambda folder: (folder / "seed.json").write_text("{}", encoding="utf-8"),
        lambda folder: (folder / "verdicts.csv").write_text("position\n", encoding="utf-8"),
    ],
)
def test_every_changed_fact_is_noticed(tamper, tmp_path):
    facts, frame = batch(ClaimPlan("0.90"), 300, 0.0)
    assert publish(tmp_path, facts, frame) is Consequence.ACCEPTED
    tamper(tmp_path)
    assert alone.main([str(tmp_path)]) == 1


def test_a_void_batch_cannot_be_called_anything_else(tmp_path):
    facts, frame = batch(ClaimPlan("0.90"), 300, 0.0)
    illegal = replace(facts.sample[0], outcome=Outcome.ILLEGAL, adjudication=Adjudication.ILLEGAL, adjudicator="judge")
    facts = replace(facts, sample=(illegal, *facts.sample[1:]))
    assert publish(tmp_path, facts, frame) is Consequence.VOID
    assert alone.main([str(tmp_path)]) == 0
    reworded("judgement.json", lambda body: body["judgement"].update(consequence="held"))(tmp_path)
    assert alone.main([str(tmp_path)]) == 1


def test_held_for_dependence_agrees(tmp_path):
    facts, frame = batch(ClaimPlan("0.90"), 300, 0.0)
    facts = replace(facts, sample=(replace(facts.sample[0], verifier=facts.sample[0].labeler), *facts.sample[1:]))
    assert publish(tmp_path, facts, frame) is Consequence.HELD
    assert alone.main([str(tmp_path)]) == 0
