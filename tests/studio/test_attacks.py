"""What any member of a community server can do, and what a pull says of it: each attack on the fake and on the real server."""

import json
import uuid

import pytest

from pipeline.domain.labeling import Alarm, ResultFault, RevisionStatus
from pipeline.domain.studio import TOKEN_FIELD
from pipeline.stages.read_annotations import Placement
from tests.studio.conftest import Bench
from tests.studio.desk import PERSON, TEXT, Pulls, changed, choice, open_desk, span

ME, OTHER = "annotator-1", "annotator-2"
GOOD = [choice("good"), span(4, 7, "王小明")]


@pytest.fixture
def pulls(bench: Bench) -> Pulls:
    """A desk of two tasks for the first annotator, of which the first is labeled and pulled."""
    accounts = {bench.users[ME]: PERSON, bench.users[OTHER]: "p-other"}
    made = open_desk(bench.client("manager"), bench.title(), ["t0", "t1"], accounts)
    bench.client(ME).annotate(made.desk.placements[0].task, GOOD, str(uuid.uuid4()), lead_seconds=5.0)
    reading = made.pull(bench.client("manager"))
    assert [(row["token"], row["person"], row["fault"]) for row in reading.revisions.to_pylist()] == [("t0", PERSON, None)]
    assert made.kinds() == []
    return made


def again(bench: Bench, pulls: Pulls) -> list[dict]:
    """Pull twice: the second adds nothing. Return the rows of the first."""
    rows = pulls.pull(bench.client("manager")).revisions.to_pylist()
    second = pulls.pull(bench.client("manager"))
    assert (second.revisions.num_rows, second.alarms.num_rows) == (0, 0)
    return rows


def annotation_of(bench: Bench, pulls: Pulls) -> int:
    return pulls.known["annotation"][0].as_py()


def test_nothing_new_adds_nothing(bench: Bench, pulls: Pulls) -> None:
    assert again(bench, pulls) == []


def test_another_changes_the_result(bench: Bench, pulls: Pulls) -> None:
    bench.raw(OTHER, "PATCH", f"/api/annotations/{annotation_of(bench, pulls)}/", json={"result": [choice("bad")]}).raise_for_status()
    (row,) = again(bench, pulls)
    assert (row["person"], row["completed_by"], row["updated_by"]) == (None, bench.users[ME], bench.users[OTHER])
    assert pulls.kinds() == [Alarm.FOREIGN_AUTHOR]
    bench.raw(ME, "PATCH", f"/api/annotations/{annotation_of(bench, pulls)}/", json={"result": GOOD}).raise_for_status()
    (row,) = again(bench, pulls)
    assert (row["person"], row["content_sha256"]) == (PERSON, pulls.known["content_sha256"][0].as_py())


def test_another_touches_it(bench: Bench, pulls: Pulls) -> None:
    bench.raw(OTHER, "PATCH", f"/api/annotations/{annotation_of(bench, pulls)}/", json={"lead_time": 5.0}).raise_for_status()
    assert again(bench, pulls) == []
    assert pulls.kinds() == [Alarm.FOREIGN_AUTHOR]


def test_another_moves_the_signature(bench: Bench, pulls: Pulls) -> None:
    number = annotation_of(bench, pulls)
    bench.raw(OTHER, "PATCH", f"/api/annotations/{number}/", json={"completed_by": bench.users[OTHER]}).raise_for_status()
    (row,) = again(bench, pulls)
    assert (row["person"], row["completed_by"]) == (None, bench.users[OTHER])
    assert pulls.kinds() == [Alarm.SPOOFED_AUTHOR]


def test_signed_with_the_annotators_name_by_another(bench: Bench, pulls: Pulls) -> None:
    body = {"result": GOOD, "completed_by": bench.users[ME]}
    bench.raw(OTHER, "POST", f"/api/tasks/{pulls.desk.placements[1].task}/annotations/", json=body).raise_for_status()
    (row,) = again(bench, pulls)
    assert row["person"] is None
    assert pulls.kinds() == [Alarm.SPOOFED_AUTHOR]


def test_written_by_another_in_the_open(bench: Bench, pulls: Pulls) -> None:
    bench.client(OTHER).annotate(pulls.desk.placements[1].task, GOOD, str(uuid.uuid4()))
    (row,) = again(bench, pulls)
    assert row["person"] is None
    assert pulls.kinds() == [Alarm.FOREIGN_AUTHOR]


def test_imported_with_a_signature(bench: Bench, pulls: Pulls) -> None:
    data = {"text": TEXT.format(9), TOKEN_FIELD: "t9"}
    body = [{"data": data, "annotations": [{"result": GOOD, "completed_by": bench.users[ME]}]}]
    bench.raw(OTHER, "POST", f"/api/projects/{pulls.desk.project}/import", json=body).raise_for_status()
    assert again(bench, pulls) == []
    assert pulls.kinds() == [Alarm.TASK_UNKNOWN]


def test_imported_into_a_project_of_ours(bench: Bench, pulls: Pulls) -> None:
    """Work that we imported ourselves counts where we say so, and nowhere else."""
    from pipeline.domain.studio import payload_digest

    studio = bench.client("manager")
    data = {"text": TEXT.format(9), TOKEN_FIELD: "t9"}
    body = [{"data": data, "annotations": [{"result": GOOD, "completed_by": bench.users[ME]}]}]
    bench.raw("manager", "POST", f"/api/projects/{pulls.desk.project}/import", json=body).raise_for_status()
    task = studio.placed(pulls.desk.project)["t9"]
    placement = Placement("t9", task.id, task.created_at, payload_digest(data))
    changed(pulls, placements=(*pulls.desk.placements, placement))
    own = Pulls(pulls.desk)
    (row,) = [row for row in again(bench, pulls) if row["token"] == "t9"]
    assert (row["person"], row["updated_by"]) == (None, None)
    assert pulls.kinds() == [Alarm.UNATTRIBUTED]
    changed(own, is_ours=True)
    assert {row["token"]: row["person"] for row in own.pull(studio).revisions.to_pylist()} == {"t0": PERSON, "t9": PERSON}


def test_the_annotation_is_deleted(bench: Bench, pulls: Pulls) -> None:
    bench.raw(OTHER, "DELETE", f"/api/annotations/{annotation_of(bench, pulls)}/").raise_for_status()
    (row,) = again(bench, pulls)
    assert row["status"] == RevisionStatus.DELETED


def test_the_task_shows_another_text(bench: Bench, pulls: Pulls) -> None:
    task = pulls.desk.placements[1].task
    body = {"data": {"text": "something else", TOKEN_FIELD: "t1"}}
    bench.raw(OTHER, "PATCH", f"/api/tasks/{task}/", json=body).raise_for_status()
    bench.client(ME).annotate(task, [choice("good")], str(uuid.uuid4()))
    (row,) = again(bench, pulls)
    assert row["person"] is None
    assert pulls.kinds() == [Alarm.TASK_EDITED]


def test_the_tasks_token_is_exchanged(bench: Bench, pulls: Pulls) -> None:
    body = {"data": {"text": TEXT.format(1), TOKEN_FIELD: "t0"}}
    bench.raw(OTHER, "PATCH", f"/api/tasks/{pulls.desk.placements[1].task}/", json=body).raise_for_status()
    assert again(bench, pulls) == []
    assert pulls.kinds() == [Alarm.TASK_EDITED]


def test_the_task_is_deleted_and_its_id_given_again(bench: Bench, pulls: Pulls) -> None:
    studio, task = bench.client("manager"), pulls.desk.placements[1].task
    bench.raw(OTHER, "DELETE", f"/api/tasks/{task}/").raise_for_status()
    assert pulls.pull(studio).is_listing_needed
    body = [{"data": {"text": TEXT.format(1), TOKEN_FIELD: "t1"}}]
    bench.raw(OTHER, "POST", f"/api/projects/{pulls.desk.project}/import", json=body).raise_for_status()
    planted = studio.placed(pulls.desk.project)["t1"]
    assert planted.id == task
    assert pulls.pull(studio, is_full=True).revisions.num_rows == 0
    assert pulls.kinds() == [Alarm.TASK_MISSING, Alarm.TASK_UNKNOWN]
    again_full = pulls.pull(studio, is_full=True)
    assert (again_full.revisions.num_rows, again_full.alarms.num_rows) == (0, 0)


def test_a_labeled_task_is_deleted(bench: Bench, pulls: Pulls) -> None:
    studio = bench.client("manager")
    bench.raw(OTHER, "DELETE", f"/api/tasks/{pulls.desk.placements[0].task}/").raise_for_status()
    assert pulls.pull(studio).is_listing_needed
    (row,) = pulls.pull(studio, is_full=True).revisions.to_pylist()
    assert (row["token"], row["status"]) == ("t0", RevisionStatus.DELETED)
    assert pulls.kinds() == [Alarm.TASK_MISSING]


def test_the_project_is_deleted(bench: Bench, pulls: Pulls) -> None:
    bench.raw(OTHER, "DELETE", f"/api/projects/{pulls.desk.project}/").raise_for_status()
    assert again(bench, pulls) == []
    assert pulls.kinds() == [Alarm.PROJECT_MISSING]


def test_the_config_is_changed(bench: Bench, pulls: Pulls) -> None:
    shown = bench.raw(OTHER, "GET", f"/api/projects/{pulls.desk.project}/").json()["label_config"]
    body = {"label_config": shown.replace('alias="bad"', 'alias="worse"')}
    bench.raw(OTHER, "PATCH", f"/api/projects/{pulls.desk.project}/", json=body).raise_for_status()
    assert again(bench, pulls) == []
    assert pulls.kinds() == [Alarm.CONFIG_DRIFT]


def test_skipping_is_no_answer(bench: Bench, pulls: Pulls) -> None:
    body = {"result": [], "was_cancelled": True}
    bench.raw(ME, "POST", f"/api/tasks/{pulls.desk.placements[1].task}/annotations/", json=body).raise_for_status()
    (row,) = again(bench, pulls)
    assert (row["status"], row["person"], row["fault"]) == (RevisionStatus.SKIPPED, PERSON, None)


FAULTS = (
    ([], ResultFault.EMPTY_RESULT),
    ([choice("wonderful")], ResultFault.UNKNOWN_LABEL),
    ([choice("good") | {"from_name": "other"}], ResultFault.UNKNOWN_CONTROL),
    ([span(4, 7, "王小明")], ResultFault.MISSING_REQUIRED),
    ([choice("good"), choice("bad")], ResultFault.TWO_CHOICES),
    ([choice("good"), span(4, 700, "王小明")], ResultFault.SPAN_OUTSIDE),
    ([choice("good"), span(6, 9, "王小明")], ResultFault.SPAN_TEXT_DIFFERS),
    ([choice("good") | {"type": "rating"}], ResultFault.WRONG_TYPE),
)


def test_results_no_browser_would_send(bench: Bench, pulls: Pulls) -> None:
    """The server takes every one of them."""
    task = pulls.desk.placements[1].task
    for result, _ in FAULTS:
        bench.client(ME).annotate(task, result, str(uuid.uuid4()), lead_seconds=0.2)
    rows = sorted(again(bench, pulls), key=lambda row: row["annotation"])
    assert [row["fault"] for row in rows] == [fault for _, fault in FAULTS]
    assert pulls.kinds() == [Alarm.INVALID_RESULT] * len(FAULTS) + [Alarm.TOO_FAST] * len(FAULTS)


def test_after_the_freeze(bench: Bench, pulls: Pulls) -> None:
    changed(pulls, frozen={"t0": pulls.known["content_sha256"][0].as_py()})
    number = annotation_of(bench, pulls)
    bench.raw(ME, "PATCH", f"/api/annotations/{number}/", json={"result": [choice("bad")]}).raise_for_status()
    assert [row["person"] for row in again(bench, pulls)] == [PERSON]
    bench.raw(ME, "DELETE", f"/api/annotations/{number}/").raise_for_status()
    assert [row["status"] for row in again(bench, pulls)] == [RevisionStatus.DELETED]
    assert pulls.kinds() == [Alarm.DELETED_AFTER_FREEZE, Alarm.EDITED_AFTER_FREEZE]


def test_work_out_of_time(bench: Bench, pulls: Pulls) -> None:
    changed(pulls, fit=())
    bench.client(ME).annotate(pulls.desk.placements[1].task, GOOD, str(uuid.uuid4()))
    assert [row["person"] for row in again(bench, pulls)] == [None]
    assert pulls.kinds() == [Alarm.UNQUALIFIED]


def test_no_text_in_rows_or_alarms(bench: Bench, pulls: Pulls) -> None:
    bench.client(OTHER).annotate(pulls.desk.placements[1].task, GOOD, str(uuid.uuid4()))
    again(bench, pulls)
    everything = json.dumps([pulls.known.to_pylist(), pulls.raised], ensure_ascii=False, default=str)
    assert "王小明" not in everything
