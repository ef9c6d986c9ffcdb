"""Bad days: lost answers, servers that are down or killed, pages in any order, ids that come back."""

import json
import threading
import uuid
from pathlib import Path

import httpx
import pytest

from pipeline.adapters.label_studio import LabelStudio, open_studio
from pipeline.domain.studio import TOKEN_FIELD
from pipeline.errors import ConfigurationError, DataError, ServiceError
from pipeline.stages.render_rule import render_config
from tests.studio.conftest import fake_bench, no_wait, starter
from tests.studio.desk import PERSON, RULE, choice, open_desk
from tests.studio.fake import FakeStudio, Fault

CONFIG = render_config(RULE)
GOOD = [choice("good")]


def items(count):
    return [{"text": f"text {number}", TOKEN_FIELD: f"k{number}"} for number in range(count)]


def test_a_lost_answer_to_a_project_is_looked_up(fake: FakeStudio) -> None:
    studio = fake_bench(fake).client("manager")
    fake.faults = [Fault("POST", "/api/projects$", "lost")]
    made = studio.ensure_project("one", CONFIG, "")
    assert list(fake.projects) == [made.id]
    fake.faults = [Fault("POST", "/api/projects$", "half")]
    with pytest.raises(ServiceError, match="broke the connection"):
        studio.ensure_project("two", CONFIG, "")
    assert fake.asked.count("POST /api/projects") == 2


@pytest.mark.parametrize("kind", ["lost", "half", "502"])
def test_a_lost_import_is_not_repeated_blindly(fake: FakeStudio, kind: str) -> None:
    studio = fake_bench(fake).client("manager")
    project = studio.ensure_project("one", CONFIG, "").id
    fake.faults = [Fault("POST", "/import$", kind)]
    if kind == "lost":
        assert len(studio.ensure_tasks(project, items(3), chunk=3)) == 3
    else:
        with pytest.raises(ServiceError, match="0 of 7 tasks are there"):
            studio.ensure_tasks(project, items(7), chunk=3)
    assert fake.asked.count(f"POST /api/projects/{project}/import") == 1
    assert len(studio.ensure_tasks(project, items(7), chunk=3)) == 7
    assert len(fake.tasks) == 7


def test_an_import_that_arrives_late_leaves_no_copies(fake: FakeStudio) -> None:
    """The answer came too late, we sent again, then the first one was done after all."""
    bench = fake_bench(fake)
    studio = bench.client("manager")
    project = studio.ensure_project("one", CONFIG, "").id
    placed = studio.ensure_tasks(project, items(3))
    bench.raw("manager", "POST", f"/api/projects/{project}/import", json=[{"data": each} for each in items(3)])
    assert studio.ensure_tasks(project, items(3)) == placed
    assert len(fake.tasks) == 3


def test_a_lost_annotation_is_safe_to_send_again(fake: FakeStudio) -> None:
    bench = fake_bench(fake)
    studio = bench.client("manager")
    task = studio.ensure_tasks(studio.ensure_project("one", CONFIG, "").id, items(1))["k0"].id
    fake.faults = [Fault("POST", "/annotations$", "lost")]
    name = str(uuid.uuid4())
    with pytest.raises(ServiceError, match="may have been done"):
        bench.client("annotator-1").annotate(task, GOOD, name)
    bench.client("annotator-1").annotate(task, GOOD, name)
    assert len(fake.annotations()) == 1


def test_reading_is_repeated_a_few_times(fake: FakeStudio) -> None:
    waited: list[float] = []
    studio = LabelStudio("http://fake", fake.token("manager"), transport=fake, wait=waited.append)
    fake.faults = [Fault("GET", "whoami", "503", times=1), Fault("GET", "whoami", "half", times=2)]
    assert studio.user_id() == 1
    assert waited == [0.5, 2.0, 5.0]
    fake.faults = [Fault("GET", "/api/invite", "refused", times=9)]
    with pytest.raises(ServiceError, match="nobody answers there"):
        studio.invite_link()
    assert len(waited) == 6


def test_a_server_that_is_down_moves_no_cursor(fake: FakeStudio) -> None:
    bench = fake_bench(fake)
    pulls = open_desk(bench.client("manager"), "one", ["t0"], {2: PERSON})
    pulls.pull(bench.client("manager"))
    cursor = pulls.cursor
    fake.faults = [Fault("GET", "/api/tasks$", "502", times=9)]
    with pytest.raises(ServiceError, match="not ready"):
        pulls.pull(bench.client("manager"))
    assert pulls.cursor == cursor


def test_a_page_in_place_of_json(fake: FakeStudio) -> None:
    fake.faults = [Fault("GET", "whoami", "404")]
    with pytest.raises(ConfigurationError, match="404 with a web page"):
        fake_bench(fake).client("manager").user_id()


def test_a_personal_access_token_is_exchanged_and_a_revoked_one_named(fake: FakeStudio) -> None:
    def client():
        return LabelStudio("http://fake", fake.pat("manager"), transport=fake, wait=no_wait)

    studio = client()
    assert studio.user_id() == 1
    assert len(studio.members()) == 5
    assert fake.asked.count("POST /api/token/refresh") == 1
    fake.blacklist.add(fake.pat("manager"))
    with pytest.raises(ConfigurationError, match="was revoked") as caught:
        client().user_id()
    assert "refresh.1.token" not in str(caught.value)


def test_ids_of_a_deleted_project_come_back(fake: FakeStudio) -> None:
    """What another project's task and annotation say under our old ids is not ours."""
    bench = fake_bench(fake)
    studio = bench.client("manager")
    first = open_desk(studio, "one", ["t0"], {2: PERSON})
    bench.client("annotator-1").annotate(first.desk.placements[0].task, GOOD, str(uuid.uuid4()))
    first.pull(studio)
    studio.delete_project(first.desk.project)
    second = open_desk(studio, "two", ["t0"], {2: PERSON})
    bench.client("annotator-1").annotate(second.desk.placements[0].task, [choice("bad")], str(uuid.uuid4()))
    assert second.desk.project == first.desk.project
    assert second.desk.placements[0].task == first.desk.placements[0].task
    reading = first.pull(studio, is_full=True)
    assert {row["status"] for row in reading.revisions.to_pylist()} == {"deleted"}
    assert first.kinds() == ["task_missing", "task_unknown"]


def test_an_export_with_other_bytes(fake: FakeStudio) -> None:
    studio = fake_bench(fake).client("manager")
    project = studio.ensure_project("one", CONFIG, "").id
    fake.exports = Growing()
    with pytest.raises(DataError, match="do not have the MD5"):
        studio.export(project)


class Growing(dict):
    """Exports that are other bytes each time they are read."""

    def __getitem__(self, key):
        self[key] = super().__getitem__(key) + b" "
        return super().__getitem__(key)


def test_where_address_and_token_come_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("URL", "TOKEN", "URL_VERIFY", "TOKEN_VERIFY"):
        monkeypatch.delenv(f"LAIYUAN_STUDIO_{name}", raising=False)
    with pytest.raises(ConfigurationError, match="LAIYUAN_STUDIO_URL"):
        open_studio("labeling", tmp_path)
    monkeypatch.setenv("LAIYUAN_STUDIO_URL", "http://127.0.0.1:1/")
    with pytest.raises(ConfigurationError, match="LAIYUAN_STUDIO_TOKEN"):
        open_studio("labeling", tmp_path)
    (tmp_path / "studio-labeling.token").write_text("abc\n", encoding="ascii")
    assert repr(open_studio("labeling", tmp_path)) == "Label Studio labeling at http://127.0.0.1:1"
    with pytest.raises(ConfigurationError, match="LAIYUAN_STUDIO_URL_VERIFY"):
        open_studio("verify", tmp_path)
    monkeypatch.setenv("LAIYUAN_STUDIO_URL_VERIFY", "http://127.0.0.1:2")
    monkeypatch.setenv("LAIYUAN_STUDIO_TOKEN", "abc")
    with pytest.raises(ConfigurationError, match="LAIYUAN_STUDIO_TOKEN_VERIFY"):
        open_studio("verify", tmp_path)


def test_killed_in_the_middle_of_an_import(tmp_path: Path) -> None:
    """The server dies during a chunk: what stood stands, the chunk is whole or absent, and calling again ends with one of each."""
    studio_of = starter()
    server = studio_of.start(tmp_path / "data")
    data = [{"text": "x" * 3000, TOKEN_FIELD: f"k{number}"} for number in range(6000)]
    try:
        token = server.accounts["manager"].token
        studio = LabelStudio(server.url, token, wait=no_wait)
        project = studio.ensure_project("killed", CONFIG, "").id
        studio.ensure_tasks(project, data[:10])
        sent = threading.Event()

        def kill(_: httpx.Request) -> None:
            if _.method == "POST":
                sent.set()

        studio.wire._http.event_hooks["request"] = [kill]
        killer = threading.Thread(target=lambda: (sent.wait(60), server.kill()))
        killer.start()
        with pytest.raises(ServiceError):
            studio.ensure_tasks(project, data, chunk=6000)
        killer.join()
    finally:
        server.kill()
    server = studio_of.start(tmp_path / "data")
    try:
        studio = LabelStudio(server.url, token)
        counts = studio.counts(project)
        assert counts
        assert counts.tasks in (10, 6000)
        assert len(studio.ensure_tasks(project, data[:30], chunk=20)) == 30
        assert studio.counts(project).tasks in (30, 6000)
    finally:
        server.stop()


def test_the_demo_accounts_are_whole() -> None:
    """Four people, each with a token of its own."""
    accounts = json.loads((starter().template() / "accounts.json").read_text(encoding="utf-8"))
    assert [each["role"] for each in accounts] == ["manager", "annotator-1", "annotator-2", "verifier"]
    assert len({each["token"] for each in accounts}) == 4
