"""The dossier: every number can be asked again, nothing is fetched, the public sees no person, gaps stand first."""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.domain.clauses import ClauseVerdict
from pipeline.errors import ConfigurationError, EvidenceError
from pipeline.flows.clauses import clause_list, judge_clause
from pipeline.flows.composition import measure_snapshot, newest_snapshot, scales_of
from pipeline.flows.dossier import Wanted, dossier_page, publication_entry, write_dossier, write_filing_tables
from pipeline.flows.dossier_answers import json_value
from pipeline.flows.house import House
from pipeline.flows.past import connected_at
from pipeline.flows.questions import ask_over, ask_question
from pipeline.flows.snapshots import find_snapshot, manifest

VOID = frozenset({"meta", "br", "link", "img"})
KINDS = [(lang, audience) for lang in ("zh", "en") for audience in ("regulator", "public")]


@dataclass
class Page(HTMLParser):
    """What a test reads from a page: values with their marks, the questions behind them, and text that is neither."""

    values: list[dict[str, str]] = field(default_factory=list)
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    loose: list[str] = field(default_factory=list)
    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    _open: list[tuple[str, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        marks = {name: value or "" for name, value in attrs}
        self.tags.append((tag, marks))
        if "data-value" in marks:
            self.values.append(marks)
        if tag == "details":
            assert marks["id"] not in self.asked
            self.asked[marks["id"]] = marks
        known = bool(self._open and self._open[-1][1])
        is_told = known or "data-value" in marks or "data-static" in marks or tag in ("details", "style", "title", "path")
        if tag not in VOID:
            self._open.append((tag, is_told))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not (self._open and self._open[-1][1]):
            self.loose.append(data)


def parsed(page: str) -> Page:
    found = Page()
    found.feed(page)
    return found


@pytest.fixture(scope="module")
def measured(released: House) -> House:
    """The released house, its snapshot measured."""
    measure_snapshot(released, released.os_user(), find_snapshot(released, "first"))
    return released


@pytest.fixture(scope="module")
def pages(measured: House) -> dict[tuple[str, str], str]:
    """The dossier in both languages and for both audiences, as of one ledger entry."""
    head = str(measured.entries()[-1].seq)
    return {(lang, audience): dossier_page(measured, Wanted("first", lang, audience, head)) for lang, audience in KINDS}


def answers(house: House, asked: dict[str, dict[str, str]]) -> Iterator[tuple[str, list[dict[str, object]]]]:
    for name, marks in asked.items():
        with connected_at(house, int(marks["data-ledger-seq"])) as rows:
            yield name, ask_over(rows, marks["data-question"], json.loads(marks["data-parameters"])).to_pylist()


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_every_value_is_what_its_question_answers(measured: House, pages: dict[tuple[str, str], str], kind: tuple[str, str]) -> None:
    page = parsed(pages[kind])
    again = dict(answers(measured, page.asked))
    assert len(page.values) > 200
    for marks in page.values:
        row = again[marks["data-ask"]][int(marks["data-row"])]
        assert json_value(row[marks["data-column"]]) == marks["data-value"]


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_no_number_stands_without_a_question(pages: dict[tuple[str, str], str], kind: tuple[str, str]) -> None:
    loose = [text for text in parsed(pages[kind]).loose if re.search(r"[0-9]", text)]
    assert loose == []


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_the_page_fetches_nothing_and_runs_nothing(pages: dict[tuple[str, str], str], kind: tuple[str, str]) -> None:
    for tag, marks in parsed(pages[kind]).tags:
        assert tag not in ("script", "link", "iframe", "img", "object", "form")
        assert not {"src", "href", "onclick", "onload"} & set(marks)
    assert "default-src 'none'" in pages[kind]


def test_the_public_sees_no_person_and_no_small_count(measured: House, pages: dict[tuple[str, str], str]) -> None:
    actors = {entry.actor for entry in measured.entries()}
    for lang in ("zh", "en"):
        full, public = pages[lang, "regulator"], pages[lang, "public"]
        assert "Li Ming" in full
        assert "Li Ming" not in public
        assert all(actor not in public for actor in actors)
        assert 'id="decisions"' in full
        assert 'id="decisions"' not in public
        page = parsed(public)
        of_people = {name: marks for name, marks in page.asked.items() if marks["data-question"] == "personal-information-in-snapshot"}
        rows = dict(answers(measured, of_people))
        counted = [m for m in page.values if m["data-column"] == "documents" and m["data-ask"] in rows]
        told = [(rows[m["data-ask"]][int(m["data-row"])]["kind"], int(json.loads(m["data-value"]))) for m in counted]
        assert [kind for kind, _ in told] == ["none found"]  # one document with a mobile number: its count is not given


def test_gaps_come_first_and_name_what_nobody_judged(pages: dict[tuple[str, str], str]) -> None:
    page = pages["en", "regulator"]
    assert page.index('id="gaps"') < page.index('id="scale"')
    gaps = page[page.index('id="gaps"') : page.index('id="scale"')]
    assert "measures-8" in gaps
    assert "measures-7-1" not in gaps
    assert "measures-4-2" in gaps
    assert "text/en" in gaps  # one English source
    assert "52" in gaps or "overseas" in gaps


def test_the_register_shows_all_three_kinds_of_backing(pages: dict[tuple[str, str], str]) -> None:
    page = pages["en", "regulator"]
    clause = page[page.index('id="clause-measures-7-1"') : page.index('id="clause-measures-7-2"')]
    assert all(word in clause for word in ("computed", "documented", "attested", "evidence of all sources read", "source.admitted"))
    assert all(f'id="clause-{each.id}"' in page for each in clause_list().clauses)


def test_the_same_position_gives_the_same_bytes_whatever_came_later(measured: House, pages: dict[tuple[str, str], str]) -> None:
    head = parsed(pages["en", "regulator"]).asked
    position = max(int(marks["data-ledger-seq"]) for marks in head.values())
    judge_clause(measured, measured.os_user(), "measures-17", ClauseVerdict.NOT_APPLICABLE, why="not offered to the public")
    assert dossier_page(measured, Wanted("first", "en", "regulator", str(position))) == pages["en", "regulator"]
    now = dossier_page(measured, Wanted("first", "en", "regulator"))
    assert "not offered to the public" in now


def test_a_day_before_the_publication_is_refused(measured: House) -> None:
    with pytest.raises(ConfigurationError, match="published later"):
        dossier_page(measured, Wanted("first", as_of=str(publication_entry(measured, find_snapshot(measured, "first").name) - 1)))
    with pytest.raises(ConfigurationError, match="a day or a moment"):
        dossier_page(measured, Wanted("first", as_of="last spring"))
    with pytest.raises(ConfigurationError, match="after the first ledger entry"):
        dossier_page(measured, Wanted("first", as_of="2020-01-01"))


def test_files_are_recorded_with_their_digest(measured: House, tmp_path: Path) -> None:
    write_dossier(measured, measured.os_user(), Wanted("first", "zh", "public"), tmp_path / "d.html")
    with connected_at(measured, measured.entries()[-1].seq) as rows:
        made = ask_over(rows, "exports-of-snapshot", {"snapshot": find_snapshot(measured, "first").name}).to_pylist()
    assert (made[-1]["event"], made[-1]["format"], made[-1]["audience"]) == ("dossier.made", "html", "public")
    assert made[-1]["bytes"] == (tmp_path / "d.html").stat().st_size


def test_filing_tables_add_up(measured: House, tmp_path: Path) -> None:
    written = write_filing_tables(measured, measured.os_user(), Wanted("first"), tmp_path / "filing")
    tables = {path.stem: list(csv.DictReader(path.open(encoding="utf-8-sig"))) for path in written}
    scale = tables["scale"][0]
    types = [row for row in tables["content_types_by_source"] if row["source_group"] != "open_overseas"]
    for column in ("documents", "bytes", "tokens"):
        assert sum(int(row[column]) for row in types) == int(scale[column])
        for dimension in ("kind", "origin", "language", "license", "source"):
            assert sum(int(row[column]) for row in tables["composition"] if row["dimension"] == dimension) == int(scale[column])
    assert {row["content_type"] for row in types} == {"text_zh", "text_en"}
    assert set(tables) == {"scale", "content_types_by_source", "composition", "labeled_quantity", "people", "verification"}


def test_a_snapshot_is_measured_once_and_as_its_manifest_says(measured: House) -> None:
    folder = find_snapshot(measured, "first")
    scales = scales_of(folder)
    told = manifest(folder)
    assert {name: sum(row[name] for row in scales) for name in ("documents", "chars", "bytes")} == {
        name: told[name] for name in ("documents", "chars", "bytes")
    }
    assert measure_snapshot(measured, measured.os_user(), folder) is None
    assert newest_snapshot(measured) == folder.name
    warned = ask_question(measured, "composition-warnings", {"snapshot": folder.name}).to_pylist()
    assert {row["value"] for row in warned if row["is_exceeded"]} == {"text/en", "overseas"}


@pytest.mark.parametrize(
    ("verdict", "why", "plan", "said"),
    [("conforms", " ", None, "reason"), ("does_not", "not measured", None, "plan"), ("conforms", "read", "later", "plan belongs")],
)
def test_a_bare_judgement_is_refused(measured: House, verdict: str, why: str, plan: str | None, said: str) -> None:
    with pytest.raises(EvidenceError, match=said):
        judge_clause(measured, measured.os_user(), "measures-8", ClauseVerdict(verdict), why=why, plan=plan)


def test_an_unknown_clause_or_missing_proof_is_refused(measured: House, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="measures-7-1"):
        judge_clause(measured, measured.os_user(), "measures-99", ClauseVerdict.CONFORMS, why="x")
    with pytest.raises(ConfigurationError, match="nothing was recorded"):
        judge_clause(measured, measured.os_user(), "measures-8", ClauseVerdict.CONFORMS, why="x", proof=(tmp_path / "none.pdf",))


def test_pdf_through_chromium(measured: House, tmp_path: Path) -> None:
    written = write_dossier(measured, measured.os_user(), Wanted("first", "zh"), None, tmp_path / "d.pdf")
    assert written[0].read_bytes().startswith(b"%PDF-")


def test_without_chromium_the_pdf_is_refused_clearly(measured: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match="expected a Chromium"):
        write_dossier(measured, measured.os_user(), Wanted("first", "en"), None, tmp_path / "d.pdf")


def test_the_commands_write_and_print(measured: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAIYUAN_PROJECT", str(measured.project))
    run = CliRunner().invoke
    listed = run(main, ["clauses", "list", "--lang", "zh", "--format", "csv"])
    assert "使用具有合法来源的数据" in listed.output
    judged = run(main, ["clauses", "judge", "measures-8", "--verdict", "does_not", "--why", "no labels yet", "--plan", "label in spring"])
    assert judged.output.startswith("measures-8: does_not (ledger ")
    reported = run(main, ["report", "composition", "--format", "csv"])
    assert '"language","zh"' in reported.stdout.replace("language,zh", '"language","zh"')
    assert "warning: text/en: 1 source" in reported.stderr
    made = run(main, ["dossier", "first", "--lang", "en", "--out", str(tmp_path / "d.html"), "--csv", str(tmp_path / "filing")])
    assert made.exit_code == 0
    assert "label in spring" in (tmp_path / "d.html").read_text(encoding="utf-8")
    assert (tmp_path / "filing" / "scale.csv").is_file()
    exported = run(main, ["export", "ab2013", "first", "--out", str(tmp_path / "ab.json")])
    assert "sha256" in exported.output
    before = run(main, ["ask", "clause-judgements-in-force", "--as-of", "1", "--format", "csv"])
    assert "measures" not in before.output
    assert run(main, ["dossier", "first"]).exit_code == 2
