"""The client on the fake and on the real server: the same cases, so that the fake's faults may be believed."""

import json
from datetime import timedelta

import pytest

from pipeline.domain.studio import TOKEN_FIELD, server_moment
from pipeline.errors import ConfigurationError, DataError, ServiceError
from pipeline.stages.render_rule import render_config
from tests.studio.conftest import Bench
from tests.studio.desk import RULE, choice

CONFIG = render_config(RULE)


def items(count, start=0):
    return [{"text": f"text {number}", TOKEN_FIELD: f"k{number}"} for number in range(start, start + count)]


def test_a_project_is_made_once(bench: Bench) -> None:
    studio, title = bench.client("manager"), bench.title()
    made = studio.ensure_project(title, CONFIG, "<p>do</p>")
    assert studio.ensure_project(title, CONFIG, "<p>do</p>") == made
    assert studio.find_project(made.id) == made
    with pytest.raises(DataError, match="another label config"):
        studio.ensure_project(title, CONFIG.replace("Test", "Other"), "")


def test_another_members_project_of_that_title_is_not_taken(bench: Bench) -> None:
    title = bench.title()
    planted = bench.client("annotator-1").ensure_project(title, CONFIG, "")
    assert bench.client("manager").ensure_project(title, CONFIG, "").id != planted.id


@pytest.mark.parametrize("title", ["ab", "x" * 51])
def test_titles_the_server_refuses(bench: Bench, title: str) -> None:
    with pytest.raises(ConfigurationError, match="3 to 50 characters"):
        bench.client("manager").ensure_project(title, CONFIG, "")


def test_a_broken_config_is_named(bench: Bench) -> None:
    broken = '<View><Choices name="a" toName="zz"><Choice value="b"/></Choices></View>'
    with pytest.raises(ConfigurationError, match=r"400; label_config: .*zz"):
        bench.client("manager").ensure_project(bench.title(), broken, "")


def test_tasks_are_placed_once_in_chunks(bench: Bench) -> None:
    studio = bench.client("manager")
    project = studio.ensure_project(bench.title(), CONFIG, "").id
    first = studio.ensure_tasks(project, items(3), chunk=2)
    both = studio.ensure_tasks(project, items(5), chunk=2)
    assert list(both) == [f"k{number}" for number in range(5)]
    assert {token: both[token] for token in first} == first
    counts = studio.counts(project)
    assert counts
    assert (counts.tasks, counts.annotations) == (5, 0)


def test_a_copy_that_nobody_labeled_goes(bench: Bench) -> None:
    studio = bench.client("manager")
    project = studio.ensure_project(bench.title(), CONFIG, "").id
    first = studio.ensure_tasks(project, items(2))
    bench.raw("manager", "POST", f"/api/projects/{project}/import", json=[{"data": items(1)[0]}])
    assert studio.ensure_tasks(project, items(2)) == first
    assert studio.placed(project) == first
    bench.raw("manager", "POST", f"/api/projects/{project}/import", json=[{"data": items(1)[0]}])
    copy = next(
        task["id"] for page in studio.pull(project, None) for task in page if task["id"] not in {each.id for each in first.values()}
    )
    studio.annotate(copy, [choice("good")], f"0b0e4a1c-0000-4000-8000-{copy:012d}")
    with pytest.raises(DataError, match="the second is labeled"):
        studio.placed(project)


def test_a_task_without_the_text_is_refused_without_repeating_it(bench: Bench) -> None:
    studio = bench.client("manager")
    project = studio.ensure_project(bench.title(), CONFIG, "").id
    with pytest.raises(ConfigurationError, match="non_field_errors: refused"):
        studio.ensure_tasks(project, [{"other": "secret text", TOKEN_FIELD: "k"}])


def test_an_annotation_sent_twice_is_one(bench: Bench) -> None:
    studio, person = bench.client("manager"), bench.client("annotator-1")
    project = studio.ensure_project(bench.title(), CONFIG, "").id
    task = studio.ensure_tasks(project, items(1))["k0"]
    for _ in range(2):
        person.annotate(task.id, [choice("good")], f"3fa85f64-5717-4562-b3fc-{project:012d}", lead_seconds=4.5)
    (page,) = studio.pull(project, None)
    (made,) = page[0]["annotations"]
    assert (made["completed_by"], made["updated_by"], made["lead_time"]) == (bench.users["annotator-1"],) * 2 + (4.5,)
    assert studio.counts(project).annotations == 1


def test_a_pull_starts_two_minutes_before_its_cursor(bench: Bench) -> None:
    studio = bench.client("manager")
    project = studio.ensure_project(bench.title(), CONFIG, "").id
    studio.ensure_tasks(project, items(3))
    (page,) = studio.pull(project, None)
    newest = server_moment(page[-1]["updated_at"])
    assert [task["id"] for task in page] == [task["id"] for again in studio.pull(project, newest) for task in again]
    assert list(studio.pull(project, newest + timedelta(hours=1))) == []
    assert [server_moment(task["updated_at"]) for task in page] == sorted(server_moment(task["updated_at"]) for task in page)


def test_pages_follow_the_changes(bench: Bench) -> None:
    studio = bench.client("manager", page=10)
    project = studio.ensure_project(bench.title(), CONFIG, "").id
    studio.ensure_tasks(project, items(23))
    pages = studio.pull(project, None)
    met = {task["id"] for task in next(pages)}
    # The first task changes while we page: it moves to the end, and every later one moves up by one place.
    first = min(met)
    studio.annotate(first, [choice("good")], f"9fa85f64-5717-4562-b3fc-{project:012d}")
    later = [task for page in pages for task in page]
    assert len(met | {task["id"] for task in later}) == 23
    assert next(task for task in later if task["id"] == first)["annotations"]


def test_an_export_has_its_md5(bench: Bench) -> None:
    studio = bench.client("manager")
    project = studio.ensure_project(bench.title(), CONFIG, "").id
    studio.ensure_tasks(project, items(2))
    export = studio.export(project)
    assert len(export.md5) == 32
    assert b"text 1" in export.body


def test_what_is_not_there(bench: Bench) -> None:
    studio = bench.client("manager")
    project = studio.ensure_project(bench.title(), CONFIG, "").id
    studio.delete_project(project)
    studio.delete_project(project)
    assert studio.find_project(project) is None
    assert studio.counts(project) is None
    with pytest.raises(ConfigurationError, match="404; it is not there"):
        studio.export(project)


def test_members_and_invitation(bench: Bench) -> None:
    studio = bench.client("manager")
    assert studio.user_id() == bench.users["manager"]
    assert studio.members()[bench.users["annotator-2"]] == "annotator-2@example.com"
    assert "/user/signup/?token=" in studio.invite_link()


def test_a_route_of_another_edition_is_a_page(bench: Bench) -> None:
    with pytest.raises(ConfigurationError, match="web page where JSON was expected"):
        bench.client("manager").wire.get("/api/annotation-history/")


def test_a_filter_takes_one_form_of_time(bench: Bench) -> None:
    test = {"filter": "filter:tasks:updated_at", "operator": "greater", "type": "Datetime", "value": "2026-01-01T00:00:00+00:00"}
    query = json.dumps({"filters": {"conjunction": "and", "items": [test]}})
    project = bench.client("manager").ensure_project(bench.title(), CONFIG, "").id
    answer = bench.raw("manager", "GET", "/api/tasks", params={"project": project, "page": 1, "page_size": 5, "query": query})
    assert answer.status_code == 500


def test_a_wrong_token_is_told_from_a_revoked_one(bench: Bench, request: pytest.FixtureRequest) -> None:
    right = bench.client("verifier")
    wrong = type(right)(right.wire.url, "0" * 40, transport=request.getfixturevalue("fake") if bench.name == "fake" else None)
    with pytest.raises(ConfigurationError, match="401; the token is wrong") as caught:
        wrong.user_id()
    assert "0" * 40 not in str(caught.value)


def test_a_removed_member_sees_nothing_and_is_told_so(bench: Bench) -> None:
    """What a removed account sees is not taken for a deletion."""
    manager, leaver = bench.client("manager"), bench.client("leaver")
    project = manager.ensure_project(bench.title(), CONFIG, "").id
    assert leaver.find_project(project) is not None
    manager.remove_member(bench.users["leaver"])
    manager.remove_member(bench.users["leaver"])
    for act in (leaver.find_project, leaver.counts):
        with pytest.raises(ConfigurationError, match="no member any more"):
            act(project)
    with pytest.raises(ConfigurationError, match="no member any more"):
        bench.client("leaver").ensure_project(bench.title(), CONFIG, "")


def test_nobody_listens() -> None:
    from pipeline.adapters.label_studio import LabelStudio

    with pytest.raises(ServiceError, match="nobody answers there"):
        LabelStudio("http://127.0.0.1:9", "t", wait=lambda _: None).user_id()
