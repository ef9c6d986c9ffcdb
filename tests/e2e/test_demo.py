"""The demo twice: the same digest, and the planted identifiers nowhere but in the table of documents.

Each run is a process of its own, as a newcomer starts it; the second starts from nothing but the project's key.
"""

import gzip
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).resolve().parents[2]
QUICKSTART = ROOT / "examples" / "quickstart"
# The sources that hold what is planted, and two formats more; the whole corpus would take a minute longer and show no more.
SOURCES = ("service-dialogues", "sotu-json", "udhr-warc", "damaged-delivery", "reserved-pages", "udhr-pages", "brown-corpus")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A part of the demo corpus."""
    folder = tmp_path_factory.mktemp("corpus") / "quickstart"
    for name in SOURCES:
        shutil.copytree(QUICKSTART / "sources" / name, folder / "sources" / name)
    return folder


@pytest.fixture(scope="module")
def runs(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str], list[str]]:
    """The demo folder, its snapshot digest after each run, and what each run printed."""
    folder = tmp_path_factory.mktemp("demo")
    digests, said = [], []
    for _ in range(2):
        command = [sys.executable, str(ROOT / "examples" / "demo.py"), "run", "--folder", str(folder), "--corpus", str(corpus)]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW_", "LAIYUAN_"))}
        done = subprocess.run(command, env=kept, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        said.append(done.stdout + done.stderr)
        digests.append((folder / "last_digest").read_text(encoding="ascii").strip())
    return folder, digests, said


def test_a_second_run_gives_the_same_digest(runs: tuple[Path, list[str], list[str]]) -> None:
    folder, digests, said = runs
    assert digests[0] == digests[1]
    assert "The same digest as the run before" in said[1]
    assert [path.name for path in (folder / "corpus" / "warehouse" / "snapshots").iterdir() if not path.name.startswith(".")] == [
        digests[1]
    ]


def test_the_demo_shows_account_digest_and_answers(runs: tuple[Path, list[str], list[str]]) -> None:
    _, digests, said = runs
    for wanted in (
        "各来源账目",
        *SOURCES[:5],
        digests[0],
        "laiyuan explain",
        "laiyuan why-not",
        "laiyuan ask ledger_intact",
        "make airflow",
    ):
        assert wanted in said[0]


def test_the_demo_catches_reserved_pages_and_a_page_that_contradicts_its_source(runs: tuple[Path, list[str], list[str]]) -> None:
    with duckdb.connect(str(runs[0] / "corpus" / "warehouse" / "lineage.duckdb"), read_only=True) as lineage:
        out = lineage.execute(
            "SELECT source_id, reason, count(*) FROM document_standing WHERE source_id IN ('reserved-pages', 'udhr-pages') "
            "AND regexp_matches(reason::VARCHAR, '^(source|license)[.]') GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        signals = lineage.execute("SELECT DISTINCT signal FROM current_reservations WHERE verdict = 'denied' ORDER BY 1").fetchall()
    assert out == [("reserved-pages", "source.reserved", 3), ("udhr-pages", "license.not_permitted", 1)]
    assert [signal for (signal,) in signals] == ["noai", "noimageai", "robots", "tdm_header"]


def planted() -> list[bytes]:
    """Return every planted value, and its plain form where it was written in full width."""
    found = json.loads((QUICKSTART / "planted.json").read_text(encoding="utf-8"))
    values = {each[name] for entries in found.values() for each in entries for name in ("value", "plain") if name in each}
    return sorted(value.encode() for value in values)


def strings(table: pa.Table) -> Iterator[bytes]:
    """Return everything in every column that is not a number, as it would be read."""
    for name in table.column_names:
        if not (pa.types.is_primitive(table[name].type) or pa.types.is_boolean(table[name].type)):
            values = (value for value in table[name].to_pylist() if value is not None)
            yield b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in values)


def dump(path: Path) -> bytes:
    """Return everything in a SQLite database, XCom included, blobs as they are."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        database.text_factory = bytes
        names = [row[0].decode() for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = (row for name in names for row in database.execute(f'SELECT * FROM "{name}"'))
        return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row if value is not None)


def places(folder: Path, said: list[str]) -> Iterator[tuple[str, bytes]]:
    """Return everything the demo wrote by name, but the corpus itself and the table of documents."""
    project = folder / "corpus"
    left_out = (project / "sources", project / "warehouse" / "tables" / "documents")
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or any(path.is_relative_to(each) for each in left_out):
            continue
        name = path.relative_to(folder).as_posix()
        yield f"name of {name}", name.encode()
        yield name, path.read_bytes()
        if path.suffix == ".parquet":
            for content in strings(pq.ParquetFile(path).read()):
                yield f"{name} (columns)", content
        elif path.suffix == ".gz":
            yield f"{name} (unpacked)", gzip.decompress(path.read_bytes())
        elif path.name == "airflow.db":
            yield f"{name} (rows)", dump(path)
    for number, words in enumerate(said):
        yield f"what run {number} printed", words.encode()


def test_planted_identifiers_are_nowhere_but_in_documents(runs: tuple[Path, list[str], list[str]]) -> None:
    folder, _, said = runs
    wanted = planted()
    assert len(wanted) > 100
    looked_at, found = [], []
    for name, content in places(folder, said):
        looked_at.append(name)
        found += [f"{name}: planted value {number}" for number, value in enumerate(wanted) if value in content]
    assert found == []
    # The search must have had something to search in.
    for part in (
        "openlineage.jsonl",
        "lineage.duckdb",
        "airflow.db (rows)",
        "demo.log",
        "leaves.jsonl.gz (unpacked)",
        "tables/findings/",
        "snapshots/",
    ):
        assert any(part in name for name in looked_at), part


def test_the_search_finds_what_is_there(runs: tuple[Path, list[str], list[str]]) -> None:
    documents = runs[0] / "corpus" / "warehouse" / "tables" / "documents"
    content = b"".join(each for path in documents.rglob("*.parquet") for each in strings(pq.ParquetFile(path).read()))
    assert sum(value in content for value in planted()) > 100
