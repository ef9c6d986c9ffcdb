"""A small real project: declarations, evidence and files in a temporary folder, made by the product's own init."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
import yaml

from pipeline.domain.sources import SourceState
from pipeline.flows.house import House
from pipeline.flows.policies import activate
from pipeline.flows.project import init_project
from pipeline.flows.sources import change_state, declare

Files = Mapping[str, str | bytes | Sequence[Mapping[str, object]]]


def declaration(source_id: str, **changed: object) -> dict[str, object]:
    """Return a complete declaration of an open source in JSON lines, with some keys changed."""
    return {
        "source": source_id,
        "title": {"en": source_id, "zh": source_id},
        "kind": "open",
        "description": "made for a test",
        "publisher": {"name": "test"},
        "origin": {"country": "CN", "dataset": source_id},
        "obtained": {"method": "upload", "at": "2026-01-01T00:00:00Z"},
        "languages": ["zh", "en"],
        "modality": "text",
        "license": {"declared": "CC0-1.0", "concluded": "CC0-1.0"},
        "legal_basis": {"regime": "copyright", "basis": "license", "clause": "CC0 1.0, section 2"},
        "evidence": [
            {
                "file": "evidence/LICENSE.txt",
                "kind": "license_text",
                "about": "data",
                "read_at": "LICENSE.txt",
                "retrieved_at": "2026-01-01T00:00:00Z",
                "states": "CC0-1.0",
            },
        ],
        "delivery": {"address": "data", "files": "*.jsonl", "format": "jsonl", "fields": {"id": "id", "text": "text"}},
        "propose": "admit",
        **changed,
    }


def put(folder: Path, files: Files) -> None:
    """Write files: text, bytes, or rows as JSON lines."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        else:
            path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in content), encoding="utf-8")


def add_source(house: House, stated: Mapping[str, object], files: Files, *, admit: bool = True) -> str:
    """Declare a source with its data files, and assess and admit it."""
    source_id = str(stated["source"])
    folder = house.project / "sources" / source_id
    put(folder, {"evidence/LICENSE.txt": "SPDX-License-Identifier: CC0-1.0\n"})
    (folder / "data").mkdir(exist_ok=True)
    put(folder / "data", files)
    (folder / "source.yaml").write_text(yaml.safe_dump(dict(stated), allow_unicode=True, sort_keys=False), encoding="utf-8")
    actor = house.os_user()
    declare(house, actor, folder / "source.yaml")
    if admit:
        change_state(house, actor, source_id, SourceState.ASSESSED, "test")
        change_state(house, actor, source_id, SourceState.ADMITTED, "test")
    return source_id


@pytest.fixture
def house(tmp_path: Path) -> House:
    """An initialised project without sources, whose policies are active and need no approval."""
    folder = tmp_path / "corpus"
    (folder / "sources" / ".keep").mkdir(parents=True)
    made = init_project(folder, alone=True)
    policy = folder / "policies" / "publish.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("needs_approval: true", "needs_approval: false"), encoding="utf-8")
    activate(made, made.os_user(), "test")
    return made


@pytest.fixture
def rows(house: House) -> Callable[[str], list[tuple[object, ...]]]:
    """Ask SQL over what is committed now."""
    return lambda sql: house.connect().execute(sql).fetchall()
