"""The guides keep up with the product: what can be typed, asked, refused or configured is mentioned where a person looks."""

import re
from pathlib import Path

import pytest
import yaml

from pipeline.adapters.declarations import read_declaration
from pipeline.adapters.lineage import parameters_of
from pipeline.adapters.pi_rules import read_rule
from pipeline.adapters.shipped import shipped
from pipeline.domain.dictionary import read_contract
from pipeline.domain.dispositions import Disposition, Reason, RejectReason
from pipeline.domain.sources import SourceKind, SourceState
from pipeline.flows.sources import lacking
from tests.conftest import put
from tests.unit.test_cli import commands

ROOT = Path(__file__).parents[2]
PAGES = [path for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if path.is_file()]
GUIDES = "\n".join(path.read_text(encoding="utf-8") for path in PAGES if path.name != "data-dictionary.md")
EVERYTHING = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)
ENGINEER = (ROOT / "docs" / "data-engineer.md").read_text(encoding="utf-8")
QUESTIONS = sorted(shipped("warehouse", "questions").glob("*.sql"))
VIEWS = sorted(shipped("warehouse", "views").glob("*.sql"))
BLOCKS = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", ENGINEER, re.DOTALL)]
DECLARATIONS = [block for block in BLOCKS if block["kind"] in list(SourceKind)]


def settings_named() -> set[str]:
    """Return the environment settings that the product reads."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "pipeline").rglob("*.py"))
    return set(re.findall(r"LAIYUAN_[A-Z]+", code))


def policy_files() -> list[str]:
    """Return the names of the policy files that a new project has."""
    return [path.name for path in sorted(shipped("policies").glob("*.yaml"))]


def is_named(word: str, text: str) -> bool:
    """Tell whether a text holds a word that is no part of a longer one."""
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text) is not None


@pytest.mark.parametrize("words", [words for words in commands() if words not in (("sources",), ("policy",), ("ledger",))], ids=" ".join)
def test_commands_are_in_a_guide(words: tuple[str, ...]) -> None:
    """Every command is mentioned, with its group or in a list that follows it."""
    whole = is_named(" ".join(words), GUIDES)
    in_list = len(words) == 2 and is_named(words[0], GUIDES) and re.search(rf"`{words[1]}`", GUIDES) is not None
    assert whole or in_list


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_questions_are_in_a_guide(path: Path) -> None:
    """Every question is mentioned under the name it is asked by, and its contract names exactly its parameters."""
    sql = path.read_text(encoding="utf-8")
    contract = read_contract(path.stem, sql)
    assert is_named(path.stem.replace("_", "-"), GUIDES)
    assert sorted(parameter.name for parameter in contract.parameters) == sorted(parameters_of(sql))
    assert contract.title
    assert contract.title_zh


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: path.stem)
def test_views_are_documented(path: Path) -> None:
    """Every view and macro is on some page."""
    assert is_named(path.stem.partition("_")[2], EVERYTHING)


@pytest.mark.parametrize(
    "word",
    [*Reason, *RejectReason, *Disposition, *SourceKind, *SourceState, *policy_files(), *sorted(settings_named()), "AWS_*"],
)
def test_words_are_in_a_guide(word: str) -> None:
    """Every reason, disposition, kind, state, policy file and environment setting is mentioned in a guide."""
    assert is_named(word, GUIDES) or f"`{word}`" in GUIDES


def test_links_lead_somewhere() -> None:
    """Every relative link on a page leads to a file."""
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_kind_of_source_is_shown() -> None:
    """The guide shows a declaration of each kind."""
    assert [each["kind"] for each in DECLARATIONS] == list(SourceKind)


@pytest.mark.parametrize("shown", DECLARATIONS, ids=lambda shown: shown["kind"])
def test_declarations_in_the_guide_are_complete(tmp_path: Path, shown: dict[str, object]) -> None:
    """Each declaration of the guide, with the first for what it leaves out, is accepted and lacks nothing."""
    stated = {**DECLARATIONS[0], **shown}
    folder = tmp_path / "sources" / str(stated["source"])
    pieces = [each["file"] for each in stated["evidence"]]  # type: ignore[attr-defined]
    put(folder, dict.fromkeys(pieces, "User-agent: *\nAllow: /\n") | {"source.yaml": yaml.safe_dump(stated, allow_unicode=True)})
    for name in pieces:
        if name.endswith(".json"):
            put(folder, {name: "{}\n"})
    assert read_declaration(folder / "source.yaml").kind == shown["kind"]
    assert lacking(tmp_path, str(stated["source"])) == ()


def test_the_rule_in_the_guide_holds(tmp_path: Path) -> None:
    """The rule for personal information that the guide shows is accepted and keeps its own examples."""
    rules = [block for block in BLOCKS if "pattern" in block]
    put(tmp_path, {f"{rule['id']}.yaml": yaml.safe_dump(rule, allow_unicode=True) for rule in rules})
    assert [read_rule(path).id for path in tmp_path.glob("*.yaml")] == ["staff_number"]
