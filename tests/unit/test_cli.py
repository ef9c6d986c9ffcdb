"""The command line as a person meets it: every command once on a small real project, its formats and its exit codes."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import duckdb
import pytest
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.errors import PipelineError
from pipeline.flows.house import House
from pipeline.flows.policies import activate
from pipeline.flows.project import init_project
from tests.conftest import add_source, declaration

ROOT = Path(__file__).parents[2]
SOURCE = "my-source"
VERSES = [
    "天地玄黄，宇宙洪荒。日月盈昃，辰宿列张。寒来暑往，秋收冬藏。",
    "闰余成岁，律吕调阳。云腾致雨，露结为霜。金生丽水，玉出昆冈。",
    "这是一篇新的文档，联系电话是 13912345678，请在工作日联系我们的客服人员。",
]


class Answer:
    """What one command printed and which exit code a person's shell would see."""

    def __init__(self, project: Path | None, *arguments: str) -> None:
        """Call the command on a project."""
        result = CliRunner().invoke(main, [*(["--project", str(project)] if project else []), *arguments])
        self.out, self.err, self.code = result.stdout, result.stderr, result.exit_code
        if isinstance(result.exception, PipelineError):
            self.err, self.code = str(result.exception), result.exception.exit_code
        elif result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception

    def rows(self) -> list[dict[str, object]]:
        """Return the answer read as JSON rows."""
        assert self.code == 0, self.err
        found: list[dict[str, object]] = json.loads(self.out)
        return found


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was run and published once; the tests that share it only read."""
    folder = tmp_path_factory.mktemp("cli") / "corpus"
    (folder / "sources" / ".keep").mkdir(parents=True)
    house = init_project(folder, alone=True)
    activate(house, house.os_user(), "test [/bold] in brackets")
    records = [{"id": str(place), "text": text} for place, text in enumerate([*VERSES, "短"])]
    broken = [{"id": "none", "text": ""}]
    stated = declaration(SOURCE)
    delivery = stated["delivery"]
    assert isinstance(delivery, dict)
    delivery["max_reject_ratio"] = 0.5
    add_source(house, stated, {"one.jsonl": [*records, *broken]})
    assert Answer(folder, "run").code == 0
    return folder


@pytest.fixture(scope="module")
def published(project: Path) -> str:
    """The digest of the snapshot published from the shared project, after a person approved it."""
    waiting = Answer(project, "snapshot", "publish", "first")
    digest = re.search(r"[0-9a-f]{64}", waiting.err)
    assert waiting.code == 3
    assert digest
    approved = Answer(project, "snapshot", "approve", digest[0][:10], "--why", "account read")
    assert approved.code == 0, approved.err
    return digest[0]


@pytest.fixture(scope="module")
def document_id(project: Path, published: str) -> str:
    """A document of the published snapshot."""
    target = project / "release.jsonl"
    assert Answer(project, "snapshot", "jsonl", "first", str(target)).out.startswith("3 ")
    found: str = json.loads(target.read_text(encoding="utf-8").splitlines()[0])["document_id"]
    assert published
    return found


def commands(group: click.Group = main, *before: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command."""
    for name, command in group.commands.items():
        yield (*before, name)
        if isinstance(command, click.Group):
            yield from commands(command, *before, name)


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_explains_itself(words: tuple[str, ...]) -> None:
    """Help works without a project, says what the command does and holds one example that begins with it."""
    answer = Answer(None, *words, "--help")
    assert answer.code == 0
    assert answer.out.count("Example:") == 1
    assert f"laiyuan {words[0]}" in answer.out.partition("Example: ")[2].partition("\n\n")[0]


@pytest.mark.parametrize(
    ("words", "columns"),
    [
        ("sources list", {"source", "kind", "state", "license", "declared", "why"}),
        ("sources check", {"source", "lacks"}),
        ("policy list", {"policy", "state", "active", "file"}),
        ("policy preview", set()),
        ("run --plan", {"source", "files", "bytes", "unchanged", "removed", "documents_pending", "first_stage", "reads_every_document"}),
        ("account", {"source_id", "gate", "disposition", "reason", "documents"}),
        ("ask", {"question", "asks", "parameters"}),
        ("ask rejects-of-source --source my-source", {"reason", "records", "run_id", "file", "first_ordinal", "first_byte"}),
        ("ledger show --last 3", {"seq", "at", "event", "actor", "actor_proof", "hash", "body"}),
        ("snapshot list", {"name", "snapshot_id", "documents", "bytes", "ledger_seq", "recorded_at"}),
    ],
)
def test_formats_say_the_same(project: Path, published: str, words: str, columns: set[str]) -> None:
    """Whatever prints a table prints it as JSON and CSV with the same columns and number of rows, and whole in a pipe."""
    assert published
    arguments = words.split()
    rows = Answer(project, *arguments, "--format", "json").rows()
    table = list(csv.DictReader(io.StringIO(Answer(project, *arguments, "--format", "csv").out)))
    printed = Answer(project, *arguments).out.splitlines()
    assert all(set(row) == columns for row in rows)
    assert [set(row) for row in table] == [set(row) for row in rows]
    assert len(printed) == len(rows) + 1
    for row, line in zip(rows, printed[1:], strict=True):
        assert all(str(value) in line for value in row.values() if isinstance(value, str) and not value[:2].isdigit() and len(value) < 200)


def test_the_account_adds_up(project: Path) -> None:
    """Three texts are in, one of them redacted, and the short one is out."""
    rows = Answer(project, "account", "--format", "json").rows()
    assert {(row["disposition"], row["reason"]): row["documents"] for row in rows} == {
        ("admit", None): 2,
        ("redact", "pi.redacted"): 1,
        ("reject", "quality.too_short"): 1,
    }


def test_a_document_is_explained(project: Path, document_id: str) -> None:
    """The start of an id is enough, as a tree and as JSON; no step of the tree is cut."""
    steps = json.loads(Answer(project, "explain", document_id, "--format", "json").out)
    tree = Answer(project, "explain", document_id[:12]).out
    assert {"source", "evidence", "license", "gate", "snapshot"} <= {step["step"] for step in steps}
    assert all(
        str(value) in tree for step in steps for name, value in step.items() if isinstance(value, str) and "at" not in name.split("_")
    )
    assert "nothing keeps it out" in Answer(project, "why-not", document_id[:12]).out


MAY_BE_EMPTY = {
    "batches-holding-document", "changes-between-snapshots", "clause-judgements-in-force", "decisions-under-inactive-policy",
    "draws-not-sealed", "duplicates-in-snapshot", "duplicates-of-document", "exports-of-snapshot", "filing-labels", "filing-people",
    "labeling-outcomes", "labeling-rules-in-full", "labels-of-suspended-annotators", "policy-change", "residual-personal-information",
    "rights-of-duplicates", "rules-approved-before-use", "synthetic-share", "who-accepted-batch", "who-was-qualified",
    "why-document-is-not-in",
}  # fmt: skip
"""Questions with nothing to tell of one source without duplicates, labels, exports and a second policy."""


def test_every_question_is_answered(project: Path, published: str, document_id: str) -> None:
    """Each question the command lists is answered with real ids."""
    entries = Answer(project, "ledger", "show", "--last", "100", "--format", "json").rows()
    facts = [json.loads(str(entry["body"])) for entry in entries]
    values = {
        "--document": document_id,
        "--snapshot": published,
        "--source": SOURCE,
        "--on": "2026-03-01",
        "--as-known": "2100-01-01",
        "--license": "CC0-1.0",
        "--batch": "b-none",
        "--rule": "text-quality-zh",
        "--run": next(each["run_id"] for each in facts if each.get("flow") == "gate"),
        "--evidence": next((project / "warehouse" / "evidence").rglob("?" * 64)).name,
        **{name: next(each["policy_set_sha256"] for each in facts if "policy_set_sha256" in each) for name in ("--before", "--after")},
    }
    assert Answer(project, "report", "composition", published).code == 0  # what the questions on composition and filing read
    empty = set()
    for row in Answer(project, "ask", "--format", "json").rows():
        given = [f"{name}={values[name]}" for name in str(row["parameters"]).split()]
        if not Answer(project, "ask", str(row["question"]), *given, "--format", "json").rows():
            empty.add(row["question"])
    assert empty <= MAY_BE_EMPTY


def test_snapshot_commands(project: Path, published: str, tmp_path: Path) -> None:
    """A snapshot is shown, verified by name, digest and folder, and equal to itself; a changed one does not hold."""
    folder = project / "warehouse" / "snapshots" / published
    assert json.loads(Answer(project, "snapshot", "show", "first").out)["snapshot_id"] == published
    for name in ("first", published[:8], str(folder)):
        assert Answer(project, "snapshot", "verify", name).code == 0
    assert Answer(project, "snapshot", "diff", "first", published, "--format", "json").rows() == []
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / "ATTRIBUTION.md").write_text("nobody\n", encoding="utf-8")
    tampered = Answer(project, "snapshot", "verify", str(copy))
    assert tampered.code == 1
    assert json.loads(tampered.out)["faults"]


def test_ledger_commands(project: Path, published: str) -> None:
    """The chain holds, a long body is whole in JSON, and the lineage file can be written again."""
    assert published
    report = Answer(project, "ledger", "check")
    assert (report.code, json.loads(report.out)["faults"]) == (0, [])
    assert Answer(project, "ledger", "publish").out.strip().endswith("lineage.duckdb")
    assert "test [/bold] in brackets" in Answer(project, "ledger", "show", "--last", "100", "--format", "json").out


def test_the_auditors_sql_runs(project: Path, document_id: str) -> None:
    """Every SQL block of the auditor's guide runs on the published file in plain DuckDB; those of the ten questions answer."""
    assert document_id
    page = (ROOT / "docs" / "auditor.md").read_text(encoding="utf-8")
    ten = page.partition("## Ten questions")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    asked = re.findall(r"```sql\n(.*?)```", ten, re.DOTALL)
    assert len(asked) == 10
    assert [int(number) for number in re.findall(r"^\*\*(\d+)\.", ten, re.MULTILINE)] == list(range(1, 11))
    assert ten.count("Page: ") == 10
    with duckdb.connect(str(project / "warehouse" / "lineage.duckdb"), read_only=True) as lineage:
        for block in blocks:
            for statement in filter(str.strip, block.split(";")):
                assert lineage.sql(statement).fetchall() or block not in asked, statement


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("ask nothing", 2, "no question is called nothing"),
        ("ask account-of-run", 2, "expected parameters --run VALUE, found none"),
        ("ask account-of-run run x", 2, "parameters are given as --name value"),
        ("explain zz", 2, "found none"),
        ("sources check nothing", 2, "declared are: my-source"),
        ("sources show nothing", 2, "declared are: my-source"),
        ("sources admit my-source --why x", 2, "is admitted"),
        ("run nothing", 2, "declared are: my-source"),
        ("snapshot verify nothing", 2, "expected one of"),
        ("snapshot approve abc --why x", 2, "found 0"),
        ("snapshot publish", 2, "Missing argument"),
        ("ledger show --last 0", 2, "range"),
        ("unknown", 2, "No such command"),
    ],
)
def test_wrong_usage_is_said_in_one_sentence(project: Path, words: str, code: int, says: str) -> None:
    """What cannot be done ends with exit code 2 and a message that names what there is."""
    answer = Answer(project, *words.split())
    assert answer.code == code
    assert says in answer.err


def test_an_approval_of_nothing_is_not_recorded(project: Path) -> None:
    """A digest that nothing has leaves the ledger as it was."""
    before = Answer(project, "ledger", "show", "--format", "json").out
    assert Answer(project, "snapshot", "approve", "0" * 64, "--why", "x").code == 2
    assert Answer(project, "ledger", "show", "--format", "json").out == before


def test_a_newcomers_way(tmp_path: Path) -> None:
    """What init prints leads to an admitted source; a source that lacks evidence is not admitted and check says so."""
    folder = tmp_path / "mine"
    assert "laiyuan sources add my-source" in Answer(None, "init", str(folder), "--alone").out
    assert Answer(folder, "sources", "check").code == 0
    assert Answer(folder, "run", SOURCE).code == 3  # nobody has admitted it
    assert "active: " in Answer(folder, "policy", "activate", "--why", "first").out
    assert "nothing changed" in Answer(folder, "policy", "activate", "--why", "again").out
    assert "proposed" in Answer(folder, "sources", "add", SOURCE).out
    assert "stands already" in Answer(folder, "sources", "add", SOURCE).out
    (folder / "sources" / SOURCE / "evidence" / "LICENSE.txt").rename(folder / "aside")
    assert Answer(folder, "sources", "check").code == 1
    (folder / "aside").rename(folder / "sources" / SOURCE / "evidence" / "LICENSE.txt")
    for verb, state in (("assess", "assessed"), ("admit", "admitted"), ("suspend", "suspended"), ("refuse", "refused")):
        answer = Answer(folder, "sources", verb, SOURCE, "--why", "test")
        assert f"{SOURCE}: {state}" in answer.out, answer.err
    history = json.loads(Answer(folder, "sources", "show", SOURCE).out)
    assert "refused" in json.dumps(history)
    assert Answer(folder, "snapshot", "publish", "none").code == 3


def test_a_source_without_its_evidence(house: House) -> None:
    """Check answers no with exit code 1, and assessing is refused with 3."""
    add_source(house, declaration("bare", kind="commercial"), {}, admit=False)
    checked = Answer(house.project, "sources", "check", "bare", "--format", "json")
    assert checked.code == 1
    assert "contract" in json.loads(checked.out)[0]["lacks"]
    assert Answer(house.project, "sources", "assess", "bare", "--why", "x").code == 3


def test_maintaining_changes_no_answer(house: House) -> None:
    """A run, an edited policy previewed and activated, and maintenance; the ledger holds and the account is the same."""
    add_source(house, declaration("s"), {"one.jsonl": [{"id": str(place), "text": text} for place, text in enumerate(VERSES)]})
    assert Answer(house.project, "run", "s", "--only", "one*", "--format", "json").rows()
    before = Answer(house.project, "account").out
    assert "rewritten" in Answer(house.project, "maintain", "--grace-hours", "0").out
    assert Answer(house.project, "account").out == before
    assert Answer(house.project, "ledger", "check").code == 0
    policy = house.project / "policies" / "pi.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("max_findings_per_1k_chars: 20", "max_findings_per_1k_chars: 19"))
    assert Answer(house.project, "policy", "preview", "--format", "json").rows()[0]["documents"] == len(VERSES)
    assert [row["policy"] for row in Answer(house.project, "policy", "list", "--format", "json").rows() if row["state"] == "edited"] == [
        "pi"
    ]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["account"], 2, "ConfigurationError: expected a project folder"),
        (["--project", "{project}", "snapshot", "publish", "again", "--nothing"], 2, "No such option"),
        (["--project", "{project}", "snapshot", "jsonl", "first", "/proc/none/out.jsonl"], 2, "ConfigurationError: /proc/none/out.jsonl"),
    ],
)
def test_exit_codes_of_the_process(project: Path, published: str, tmp_path: Path, words: list[str], code: int, says: str) -> None:
    """The installed command ends with the code of its error and one message, never a stack trace."""
    assert published
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LAIYUAN_")}
    arguments = [word.format(project=project) for word in words]
    command = [sys.executable, "-c", "from pipeline.cli import run_main; run_main()", *arguments]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == code
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr
