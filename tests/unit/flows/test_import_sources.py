"""Catalogues in, declarations and reasons out: every record ends somewhere, the same again changes nothing, edits stay."""

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.adapters.catalog_files import MAX_RECORD_BYTES
from pipeline.domain.imports import Imported, ImportState
from pipeline.domain.sources import SourceState
from pipeline.errors import ConfigurationError
from pipeline.flows.house import House
from pipeline.flows.import_sources import IMPORTED, import_sources, safe_id
from pipeline.flows.project import init_project
from pipeline.flows.sources import PROPOSED_TOGETHER, change_state, declare, history_of, lacking, state_of
from tests.unit.test_cli import Answer

CATALOGS = Path(__file__).parent / "catalogs"
CC_BY = "https://creativecommons.org/licenses/by/4.0/"
CARD = "---\nlicense: {license}\nlanguage: en\n---\n# {title}\n"

ENDS = {
    # dataset cards
    "survey-team/answers": ("lacking", "import.no_language", "CC-BY-4.0"),
    "gated-lab/voices": ("lacking", "import.access", "CC-BY-4.0"),
    "nlp-lab/glossary": ("ready", "", "CC-BY-SA-4.0"),
    "nlp-lab/harbor-notes": ("conflict", "license.conflict", "MIT"),
    "nlp-lab/river-logs": ("ready", "", "CC-BY-4.0"),
    "open-texts/gazette": ("conflict", "license.conflict", "CC-BY-4.0"),
    "open-texts/letters": ("lacking", "import.no_language import.no_license", None),
    "open-texts/minutes": ("lacking", "import.license_unread", None),
    "school/broken": ("lacking", "import.unreadable", None),
    "school/课本": ("ready", "", "CC-BY-SA-4.0"),
    "studio/page-titles": ("lacking", "import.derived", "MIT"),
    "studio/pairs": ("ready", "", "CC-BY-4.0 AND CC-BY-SA-3.0"),
    "studio/river-summaries": ("ready", "", "CC-BY-4.0"),
    "studio/sketches": ("lacking", "import.license_version", "LicenseRef-CC-BY-unversioned"),
    "studio/snippets": ("ready", "", "Apache-2.0"),
    "studio/terms-quiz": ("conflict", "license.conflict", "MIT"),
    # Croissant
    "by-request": ("lacking", "import.access import.derived", "CC-BY-4.0"),
    "person": ("lacking", "import.no_dataset", None),
    "research-only": ("conflict", "license.conflict", "MIT"),
    "tides": ("ready", "", "CC-BY-4.0"),
    "two-terms": ("ready", "", "CC-BY-4.0 AND CC-BY-NC-4.0"),
    # JSON lines
    "line-a": ("ready", "", "CC0-1.0"),
    "line-b": ("lacking", "import.unreadable", None),
    "lines": ("lacking", "import.unreadable", None),
    "line-d": ("lacking", "import.unreadable", None),
    # a table
    "tables-a": ("ready", "", "CC-BY-4.0"),
    "tables-b": ("lacking", "import.no_evidence", "CC-BY-4.0"),
    "tables-c": ("ready", "", "MIT"),
    "../../outside": ("ready", "", "CC-BY-4.0"),
    "CON": ("ready", "", "CC-BY-4.0"),
    "tables-d": ("lacking", "import.no_evidence", "MIT"),
    "tables-e": ("lacking", "import.unreadable", None),
    "": ("lacking", "import.no_name", "CC-BY-4.0"),
    # provenance records
    "chat-a": ("ready", "", "CC-BY-4.0"),
    "chat-b": ("lacking", "import.license_unread", None),
    "chat-c": ("conflict", "import.no_evidence license.conflict", "MIT"),
    "chat-d": ("lacking", "import.no_evidence", "Apache-2.0"),
    "chat-e": ("conflict", "license.conflict", "CC-BY-4.0"),
}


def put_card(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name / "README.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def tree(project: Path) -> dict[str, bytes]:
    """Return every file below the project's sources."""
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in (project / "sources").rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, list[Imported]]:
    """The catalogues beside this file, imported once; the tests that share it only read."""
    folder = tmp_path_factory.mktemp("import") / "corpus"
    (folder / "sources" / ".keep").mkdir(parents=True)
    house = init_project(folder, alone=True)
    return house, list(import_sources(house, house.os_user(), [CATALOGS]).records)


def test_every_record_ends_with_every_reason(imported: tuple[House, list[Imported]]) -> None:
    _, records = imported
    ended = {each.name: (each.state.value, " ".join(sorted(each.reasons)), each.license) for each in records}
    assert ended == ENDS
    assert len(records) == len(ENDS) + 1, "tables-a stands twice, and both are kept"


def test_what_is_ready_lacks_nothing_and_what_disagrees_never_passes(imported: tuple[House, list[Imported]]) -> None:
    house, records = imported
    for each in records:
        if each.state is ImportState.READY:
            assert each.source is not None
            assert lacking(house.project, each.source) == ()
            assert history_of(house, each.source)["conclusion"] == {
                "expression": each.license,
                "reason": None,
                "explanation": f"the evidence about the data states {each.license}",
            }
        elif each.source is not None:
            stated = history_of(house, each.source)
            assert each.state is ImportState.CONFLICT
            assert stated["conclusion"]["reason"] == "license.conflict"  # type: ignore[index]
            assert stated["declaration"]["propose"] == "refuse"  # type: ignore[index]
    folders = {path.parent.name for path in (house.project / "sources").glob("*/source.yaml")}
    assert folders == {each.source for each in records if each.source}
    assert not list(house.project.parent.glob("outside*"))


def test_both_sides_of_a_conflict_are_quoted_by_reference(imported: tuple[House, list[Imported]]) -> None:
    _, records = imported
    quoted = next(each.reasons["license.conflict"] for each in records if each.name == "studio/terms-quiz")
    assert "evidence/README.md (sha256" in quoted
    assert "evidence/built-on-1-README.md (sha256" in quoted
    assert "MIT" in quoted
    assert "CC-BY-SA-4.0" in quoted


def test_the_ledger_holds_counts_and_the_digest_of_the_list(imported: tuple[House, list[Imported]]) -> None:
    house, records = imported
    facts = [json.loads(entry.body) for entry in house.entries() if entry.event == IMPORTED]
    states = Counter(each.state.value for each in records)
    assert len(facts) == 1
    assert facts[0]["records"] == len(records) == sum(states.values())
    assert {state: facts[0][state] for state in states} == states
    assert len(facts[0]["list_sha256"]) == 64
    assert "river" not in json.dumps(facts), "no words of a catalogue in the ledger"


def test_the_same_again_changes_nothing(house: House, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    shutil.copytree(CATALOGS, moved)
    first = import_sources(house, house.os_user(), [moved])
    before, entries = tree(house.project), len(house.entries())
    for path in moved.rglob("*"):
        os.utime(path, (0, 0))
    again = import_sources(house, house.os_user(), [moved])
    assert (again.entry, tree(house.project), len(house.entries())) == (None, before, entries)
    assert {each.change for each in first.records} == {"new", "none"}
    assert {each.change for each in again.records} == {"unchanged", "none"}
    assert [each.source for each in again.records] == [each.source for each in first.records]


def test_all_are_proposed_in_one_entry_and_go_on_as_any_source(house: House) -> None:
    actor = house.os_user()
    done = import_sources(house, actor, [CATALOGS], add=True)
    together = [json.loads(entry.body) for entry in house.entries() if entry.event == PROPOSED_TOGETHER]
    written = {each.source for each in done.records if each.source}
    assert done.proposed == len(written) == together[0]["tables"]["sources"]["rows"]
    assert set(together[0]["declarations"]) == written
    assert import_sources(house, actor, [CATALOGS], add=True).proposed == 0
    state, facts = state_of(house, "tides")
    assert (state, facts["actor"]) == (SourceState.PROPOSED, actor.actor)
    assert declare(house, actor, house.project / "sources" / "tides" / "source.yaml") is None
    change_state(house, actor, "tides", SourceState.ASSESSED, "card read")
    change_state(house, actor, "tides", SourceState.ADMITTED, "own decision")
    assert state_of(house, "tides")[0] is SourceState.ADMITTED
    assert [each["event"] for each in history_of(house, "tides")["history"]] == [  # type: ignore[attr-defined]
        PROPOSED_TOGETHER,
        "source.assessed",
        "source.admitted",
    ]


def test_a_changed_card_is_proposed_again_and_a_persons_edits_stay(house: House, tmp_path: Path) -> None:
    actor, cards = house.os_user(), tmp_path / "cards"
    card = put_card(cards, "lab/notes", CARD.format(license="mit", title="Notes"))
    import_sources(house, actor, [cards], add=True)
    declared = house.project / "sources" / "lab-notes" / "source.yaml"
    card.write_text(CARD.format(license="apache-2.0", title="Notes"), encoding="utf-8")
    changed = import_sources(house, actor, [cards], add=True)
    assert (changed.records[0].change, changed.proposed) == ("changed", 1)
    assert "Apache-2.0" in declared.read_text(encoding="utf-8")
    edited = declared.read_text(encoding="utf-8").replace('"*.jsonl"', '"*.jsonl.gz"')
    declared.write_text(edited, encoding="utf-8")
    assert import_sources(house, actor, [cards]).records[0].change == "unchanged"
    card.write_text(CARD.format(license="cc0-1.0", title="Notes"), encoding="utf-8")
    [record] = import_sources(house, actor, [cards]).records
    assert (record.state, list(record.reasons), record.change) == (ImportState.LACKING, ["import.edited"], "none")
    assert declared.read_text(encoding="utf-8") == edited


def test_a_folder_of_ones_own_is_never_touched(house: House, tmp_path: Path) -> None:
    own = house.project / "sources" / "lab-notes" / "source.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("source: lab-notes\n", encoding="utf-8")
    put_card(tmp_path / "cards", "lab/notes", CARD.format(license="mit", title="Notes"))
    [record] = import_sources(house, house.os_user(), [tmp_path / "cards"]).records
    assert record.source is not None
    assert record.source.startswith("lab-notes-")
    assert own.read_text(encoding="utf-8") == "source: lab-notes\n"


def test_a_newcomer_of_the_same_name_leaves_the_first_where_it_is(house: House, tmp_path: Path) -> None:
    put_card(tmp_path / "cards", "lab/notes", CARD.format(license="mit", title="Notes"))
    row = f"name,license,license_url,publisher,language\nlab-notes,CC BY 4.0,{CC_BY},Lab,en\n"
    (tmp_path / "a.csv").write_text(row, encoding="utf-8")
    first = import_sources(house, house.os_user(), [tmp_path / "cards"]).records[0].source
    both = import_sources(house, house.os_user(), [tmp_path / "a.csv", tmp_path / "cards"]).records
    assert first == "lab-notes"
    assert [each.source == first for each in both] == [False, True]


BROKEN = [
    ("latin.md", "---\nlicense: mit\n---\nCafé".encode("latin-1"), "import.encoding"),
    ("utf16.json", '{"name": "n", "license": "MIT"}'.encode("utf-16"), "import.encoding"),
    ("empty.md", b"", "import.unreadable"),
    ("empty.jsonl", b"\n", "import.unreadable"),
    ("open.md", b"---\nlicense: mit\n", "import.unreadable"),
    ("list.md", b"---\n- mit\n---\n", "import.unreadable"),
    ("alias.md", b"---\nlicense: &a mit\nother: *a\n---\n", "import.unreadable"),
    ("twice.md", b"---\nlicense: mit\nlicense: gpl-3.0\n---\n", "import.unreadable"),
    ("deep.json", b"[" * 100_000, "import.unreadable"),
    ("number.json", b"7", "import.no_dataset"),
    ("digits.json", b"[" + b"9" * 5000 + b"]", "import.unreadable"),
    ("large.md", b"x" * (MAX_RECORD_BYTES + 1), "import.too_large"),
    ("columns.csv", b"a,b\n1,2\n", "import.unreadable"),
    ("infinity.json", b'{"name": "n", "license": "MIT", "size": [Infinity]}', "import.unreadable"),
]


def test_what_cannot_be_read_has_one_reason(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    for name, content, _ in BROKEN:
        (folder / name).write_bytes(content)
    records = import_sources(house, house.os_user(), [folder]).records
    found = sorted((each.locator.partition("#")[0], [str(reason) for reason in each.reasons]) for each in records)
    assert found == sorted((name, [reason]) for name, _, reason in BROKEN)
    assert {(each.state, each.source) for each in records} == {(ImportState.LACKING, None)}


def test_a_path_that_is_no_catalogue_is_said(house: House, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="ends with one of"):
        import_sources(house, house.os_user(), [tmp_path / "notes.txt"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigurationError, match="found none"):
        import_sources(house, house.os_user(), [tmp_path / "empty"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Org/Name", "org-name"),
        ("a.b_c", "a.b_c"),
        ("../..", None),
        ("..hidden", "hidden"),
        ("aux.txt", "aux.txt-source"),
        ("NUL", "nul-source"),
        ("数据", None),
        ("Café", "cafe"),
        ("x" * 500, None),
        ("a\0b\n/c", "a-b-c"),
        ("-rf", "rf"),
    ],
)
def test_names_become_harmless(name: str, expected: str | None) -> None:
    made = safe_id(name)
    assert expected in {None, made}
    assert len(made) <= 60
    assert made[0].isalnum()
    assert made.isascii()
    assert not set(made) & set("/\\\0 ")
    assert safe_id(name) == made


def test_long_names_that_begin_alike_stay_apart() -> None:
    assert safe_id("x" * 100 + "a") != safe_id("x" * 100 + "b")
    assert safe_id("甲") != safe_id("乙")


@pytest.fixture
def asked(house: House) -> Callable[..., Answer]:
    """Ask the command of a project."""
    return lambda *words: Answer(house.project, "sources", "import", *words)


def test_the_command(asked: Callable[..., Answer], tmp_path: Path) -> None:
    hostile = f"name,license,license_url,publisher,language\n=1+1,CC BY 4.0,{CC_BY},P,en\n"
    (tmp_path / "list.csv").write_text(hostile, encoding="utf-8")
    summary = asked(str(CATALOGS), str(tmp_path / "list.csv"), "--on", "2026-01-05", "--add", "--out", str(tmp_path / "out.csv"))
    assert summary.code == 0, summary.err
    counts = {line.split()[0]: int(line.split()[2]) for line in summary.out.splitlines() if " all " in line}
    assert sum(counts.values()) == len(ENDS) + 2
    assert "permitted" in summary.out
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == len(ENDS) + 3
    assert any(",'=1+1," in line for line in lines)
    rows = asked(str(CATALOGS), str(tmp_path / "list.csv"), "--format", "json").rows()
    assert len(rows) == len(ENDS) + 2
    assert next(row for row in rows if row["name"] == "two-terms")["permits"] == "license.not_permitted"
