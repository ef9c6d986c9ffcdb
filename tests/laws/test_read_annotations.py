"""Laws of a pull: whatever members do, pulling twice adds nothing, order changes nothing, and nothing counts for the wrong person."""

import json
import random
from dataclasses import replace

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.labeling import Alarm
from pipeline.domain.studio import TOKEN_FIELD
from pipeline.stages.check_result import canon, check_result
from pipeline.stages.read_annotations import REVISIONS, Seen, read_annotations
from tests.studio.conftest import fake_bench
from tests.studio.desk import PERSON, RULE, TEXT, Pulls, choice, open_desk, span
from tests.studio.fake import FakeStudio

TOKENS = ["t0", "t1", "t2"]
RESULTS = ([choice("good")], [choice("bad"), span(4, 7, "王小明")], [choice("none")], [])
HONEST = 2
USERS = (1, HONEST, 3)

acts = st.lists(
    st.tuples(
        st.sampled_from(["write", "sign", "edit", "touch", "move", "drop", "retext", "untask", "retask", "pull"]),
        st.sampled_from(USERS),
        st.integers(0, 5),
        st.sampled_from(RESULTS),
    ),
    max_size=14,
)


def do(fake: FakeStudio, pulls: Pulls, act: tuple) -> None:
    """Let a member do one thing, if there is something to do it to."""
    kind, user, which, result = act
    tasks, made = sorted(fake.tasks), sorted(fake.annotations())
    task = tasks[which % len(tasks)] if tasks else None
    number = made[which % len(made)] if made else None
    if kind == "write" and task:
        fake.annotate(user, {"result": result}, None, task)
    elif kind == "sign" and task:
        fake.annotate(user, {"result": result, "completed_by": USERS[which % 3]}, None, task)
    elif kind == "retext" and task:
        fake.patch_task(user, {"data": {"text": "other", TOKEN_FIELD: TOKENS[which % 3]}}, None, task)
    elif kind == "untask" and task:
        fake.drop_task(user, None, None, task)
    elif kind == "retask":
        fake.import_tasks(user, [{"data": {"text": TEXT.format(0), TOKEN_FIELD: TOKENS[which % 3]}}], None, pulls.desk.project)
    elif kind in ("edit", "touch", "move") and number:
        body = {"edit": {"result": result}, "touch": {}, "move": {"completed_by": USERS[which % 3]}}[kind]
        fake.patch_annotation(user, body, None, number)
    elif kind == "drop" and number:
        fake.drop_annotation(user, None, None, number)


def desk() -> tuple[FakeStudio, Pulls]:
    fake = FakeStudio()
    return fake, open_desk(fake_bench(fake).client("manager"), "laws", TOKENS, {HONEST: PERSON, 3: "p-other"})


@settings(max_examples=40, deadline=None)
@given(acts)
def test_a_second_pull_adds_nothing(done) -> None:
    fake, pulls = desk()
    studio = fake_bench(fake).client("manager")
    for act in done:
        if act[0] == "pull":
            pulls.pull(studio, is_full=act[2] % 2 == 0)
        else:
            do(fake, pulls, act)
    pulls.pull(studio, is_full=True)
    for is_full in (False, True):
        again = pulls.pull(studio, is_full=is_full)
        assert (again.revisions.num_rows, again.alarms.num_rows) == (0, 0)


@settings(max_examples=40, deadline=None)
@given(acts, st.randoms(use_true_random=False))
def test_order_and_repeats_change_nothing(done, chance: random.Random) -> None:
    fake, pulls = desk()
    stale = [json.loads(json.dumps(task)) for task in fake.of(pulls.desk.project)]
    for act in done:
        do(fake, pulls, act)
    studio = fake_bench(fake).client("manager")
    tasks = [task for page in studio.pull(pulls.desk.project, None) for task in page]
    seen = Seen(tasks, pulls.desk.config_sha256, studio.counts(pulls.desk.project), True, fake.clock)
    there = {(task["id"], task["created_at"]) for task in tasks}
    shuffled = [*tasks, *tasks, *(task for task in stale if (task["id"], task["created_at"]) in there)]
    chance.shuffle(shuffled)
    straight = read_annotations(pulls.desk, RULE, seen, REVISIONS.empty_table(), ())
    mixed = read_annotations(pulls.desk, RULE, replace(seen, tasks=shuffled), REVISIONS.empty_table(), ())
    assert mixed.revisions.equals(straight.revisions)
    assert mixed.alarms.equals(straight.alarms)


@settings(max_examples=40, deadline=None)
@given(acts)
def test_only_what_the_person_wrote_counts_for_the_person(done) -> None:
    """Pulled after every act: each revision that counts was written and signed by the person's own account, and all else is alarmed."""
    fake, pulls = desk()
    studio = fake_bench(fake).client("manager")
    for act in done:
        do(fake, pulls, act)
        pulls.pull(studio, is_full=True)
    for row in pulls.known.to_pylist():
        if row["status"] != "deleted" and row["person"] is not None:
            assert (row["person"], row["completed_by"], row["updated_by"]) == (PERSON, HONEST, HONEST)
    excused = {(each["token"], each["kind"]) for each in pulls.raised}
    reasons = (Alarm.FOREIGN_AUTHOR, Alarm.SPOOFED_AUTHOR, Alarm.TASK_EDITED, Alarm.UNATTRIBUTED)
    for row in pulls.known.to_pylist():
        if row["person"] is None:
            assert any((row["token"], kind) in excused for kind in reasons)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=())),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["from_name", "to_name", "type", "value", "start"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(json_values)
def test_any_json_has_a_canonical_form_and_is_judged(value) -> None:
    once = canon(value)
    assert canon(once) == once
    json.dumps(once, ensure_ascii=False, allow_nan=False).encode()
    assert check_result(value, RULE, "text") is not None


@given(st.permutations([choice("good"), span(4, 7, "王小明"), span(2, 3, "我"), span(4, 7, "王小明", "LOC")]))
def test_the_order_of_regions_changes_nothing(result) -> None:
    assert canon(result) == canon(sorted(result, key=str))


def test_the_columns_are_the_tables() -> None:
    fake, pulls = desk()
    fake.annotate(HONEST, {"result": RESULTS[1]}, None, pulls.desk.placements[0].task)
    reading = pulls.pull(fake_bench(fake).client("manager"))
    reading.revisions.validate(full=True)
    assert reading.revisions.schema == REVISIONS
    assert isinstance(reading.alarms, pa.Table)
