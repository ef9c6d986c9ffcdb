"""A process may die anywhere: the same command run again loses nothing, doubles nothing and gives the same snapshot."""

import gzip
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from pipeline.flows import deduplicate, gate, publish
from pipeline.flows.audit import check_ledger
from pipeline.flows.house import House, open_house
from pipeline.flows.policies import activate
from pipeline.flows.project import init_project
from pipeline.flows.run import run_sources
from pipeline.settings import read_settings
from pipeline.standalone.verify_snapshot import verify
from tests.conftest import add_source, declaration

LAWS = next((Path(__file__).parents[2] / "examples" / "quickstart" / "sources" / "cn-laws" / "data").glob("*.jsonl.gz"))
SCRIPT = Path(__file__).with_name("killed_at.py")
# One place inside every stage, before and after its rows are written, in the order the job meets them.
PLACES = [
    "append:documents:read:before",
    "append:documents:read:after",
    "append:rejects:read:before",
    "append:files:files:after",
    "append:accounts:settle:before",
    "append:decisions:gate_source:after",
    "append:decisions:gate_license:before",
    "append:findings:detect_pi:after",
    "append:scans:detect_pi:before",
    "append:decisions:gate_pi:before",
    "append:metrics:measure:after",
    "append:expectation_results:gate_quality:after",
    "append:decisions:gate_quality:before",
    "append:signatures:sign:after",
    "append:duplicate_edges:cluster:after",
    "append:duplicate_members:elect:before",
    "append:decisions:elect:after",
    "call:materialize:before",
    "call:_replacing:after",
    "call:snapshot_id:after",
    "call:_write_rows:before",
    "call:_write_rows:after",
    "call:commit_run:before",
]


def populated(folder: Path) -> House:
    """Return a project with two sources: duplicates, personal information, damaged records and repetition among them."""
    (folder / "sources" / ".keep").mkdir(parents=True)
    house = init_project(folder, alone=True)
    policy = folder / "policies" / "publish.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("needs_approval: true", "needs_approval: false"), encoding="utf-8")
    activate(house, house.os_user(), "test")
    with gzip.open(LAWS, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in islice(lines, 30)]
    rows = [{"id": str(n), "text": text} for n, text in enumerate(texts)]
    rows[3]["text"] += "联系人手机13912345678，邮箱zhang.san@example.com。"
    stated = declaration("laws")
    stated["delivery"] = {**stated["delivery"], "max_reject_ratio": 1.0}
    good = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    add_source(house, stated, {"one.jsonl": good + "broken\n", "two.jsonl": [{"id": "x", "text": "呀" * 3000}, rows[0]]})
    add_source(house, declaration("mirror"), {"one.jsonl": [{"id": f"m{n}", "text": "  " + text} for n, text in enumerate(texts[:10])]})
    return house


def run_until(project: Path, place: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), str(project), place], capture_output=True, text=True, timeout=300, check=False)


def snapshot_of(ended: subprocess.CompletedProcess[str]) -> str:
    assert ended.returncode == 0, ended.stderr[-2000:]
    return str(json.loads(ended.stdout.strip().splitlines()[-1])["account"]["snapshot_id"])


def test_killed_inside_every_stage_and_run_again_it_gives_the_undisturbed_snapshot(tmp_path: Path) -> None:
    quiet = populated(tmp_path / "quiet")
    house = open_house(read_settings(str(shutil.copytree(quiet.project, tmp_path / "disturbed"))))
    undisturbed = snapshot_of(run_until(quiet.project, "none"))
    for place in PLACES:
        ended = run_until(house.project, place)
        assert ended.returncode == -signal.SIGKILL, f"{place}: expected to be killed there; {ended.stderr[-500:]}"
    assert snapshot_of(run_until(house.project, "none")) == undisturbed

    again = open_house(read_settings(str(house.project)))
    assert check_ledger(again)["holds"]
    for sql in (
        "SELECT document_id FROM documents GROUP BY document_id HAVING count(*) > 1",
        "SELECT document_id, gate FROM current_decisions GROUP BY ALL HAVING count(*) > 1",
        "SELECT document_id, file_id, ordinal FROM acquisitions GROUP BY ALL HAVING count(*) > 1",
        "SELECT reject_id FROM rejects GROUP BY reject_id HAVING count(*) > 1",
    ):
        assert again.connect().execute(sql).fetchall() == []
    assert again.connect().execute("SELECT count(*) FROM documents").fetchone() == (41,)
    assert again.connect().execute("SELECT count(*) FROM rejects").fetchone() == (1,)
    assert verify(publish.snapshots_folder(again) / undisturbed)["holds"]


@pytest.mark.parametrize(
    ("shard_bytes", "batch_rows", "backwards"),
    [(300, 7, False), (2_000, 1, True)],
    ids=["many small shards", "one row a batch, sources backwards"],
)
def test_shards_batches_and_order_change_no_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shard_bytes: int, batch_rows: int, backwards: bool
) -> None:
    def published(folder: Path, order: Callable[[list[str]], list[str]]) -> str:
        house = populated(folder)
        assert not run_sources(house, house.os_user(), order(["laws", "mirror"]))
        return str(json.loads(publish.publish(house, house.os_user(), "release").body)["account"]["snapshot_id"])

    plain = published(tmp_path / "plain", list)
    for module in (gate, deduplicate, publish):
        monkeypatch.setattr(module, "_SHARD_BYTES", shard_bytes)
    for module in (gate, publish):
        monkeypatch.setattr(module, "_BATCH_ROWS", batch_rows)
    assert published(tmp_path / "cut", lambda names: names[::-1] if backwards else names) == plain
