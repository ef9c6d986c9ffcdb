"""One small project with a published snapshot, a head kept from before it, and copies to tamper with."""

import gzip
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pytest

from pipeline.adapters.delta import Warehouse
from pipeline.domain.attestations import file_text
from pipeline.flows.house import House
from pipeline.flows.policies import activate
from pipeline.flows.project import init_project
from pipeline.flows.proofs import export_head, import_head
from pipeline.flows.publish import publish
from pipeline.flows.run import run_sources
from pipeline.settings import read_settings
from tests.conftest import add_source, declaration

LAWS = next((Path(__file__).parents[2] / "examples" / "quickstart" / "sources" / "cn-laws" / "data").glob("*.jsonl.gz"))


@dataclass(frozen=True, slots=True)
class Published:
    """A project with one snapshot, and the signed heads that a stranger keeps."""

    project: Path
    snapshot_id: str
    head: Path

    @property
    def folder(self) -> Path:
        """Return the snapshot's folder."""
        return self.project / "warehouse" / "snapshots" / self.snapshot_id


def opened(project: Path) -> House:
    """Open a project as a new process would, with nothing remembered."""
    settings = read_settings(str(project))
    return House(settings, Warehouse(settings.warehouse))


def project_at(folder: Path) -> House:
    """Make a project with one admitted and gated source, which needs no approval to publish."""
    (folder / "sources" / ".keep").mkdir(parents=True)
    house = init_project(folder, alone=True)
    policy = folder / "policies" / "publish.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("needs_approval: true", "needs_approval: false"), encoding="utf-8")
    activate(house, house.os_user(), "test")
    with gzip.open(LAWS, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in islice(lines, 6)]
    texts[1] += "联系人手机13912345678，邮箱zhang.san@example.com。"
    add_source(house, declaration("laws"), {"one.jsonl": [{"id": str(n), "text": text} for n, text in enumerate(texts)]})
    assert not run_sources(house, house.os_user())
    return house


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Publish, keep a head, and enter one from before."""
    folder = tmp_path_factory.mktemp("audit")
    house = project_at(folder / "corpus")
    actor = house.os_user()
    (folder / "before.json").write_text(file_text(export_head(house)), encoding="ascii")
    import_head(house, actor, folder / "before.json")
    entry = publish(house, actor, "first")
    (folder / "head.json").write_text(file_text(export_head(house)), encoding="ascii")
    return Published(house.project, json.loads(entry.body)["account"]["snapshot_id"], folder / "head.json")


@pytest.fixture
def copied(published: Published, tmp_path: Path) -> Published:
    """A copy of the project to change."""
    shutil.copytree(published.project, tmp_path / "corpus")
    return Published(tmp_path / "corpus", published.snapshot_id, published.head)


@pytest.fixture(scope="session")
def flip() -> Callable[[Path, int, int], bytes]:
    """Flip one bit of a file, and return what it held before."""

    def flipped(path: Path, place: int, bit: int = 0) -> bytes:
        content = path.read_bytes()
        changed = bytearray(content)
        changed[place] ^= 1 << bit
        path.write_bytes(changed)
        return content

    return flipped
