"""Presidio kept true: our rules as its recognizer, its recognizers in our pass, and its logger silent."""

import logging
import random
import re
import secrets
from importlib.metadata import distributions
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from presidio_analyzer import EntityRecognizer, Pattern, PatternRecognizer, predefined_recognizers

from pipeline.adapters import presidio
from pipeline.adapters.pi_detector import build_detector
from pipeline.adapters.pi_rules import load_rules
from pipeline.adapters.prefilter import necessary_condition
from pipeline.adapters.text_cuts import cuts_of, segments
from pipeline.errors import ConfigurationError
from pipeline.stages.detect_pi import _FoundByRow, detect_pi, find_in_text
from pipeline.stages.find_pi import plan_of
from pipeline.stages.pi_windows import row_bounds, windows_of

RULES = load_rules([Path("pipeline/pi_rules")])
DETECTOR = build_detector(RULES)
DEFAULTS = (
    "CreditCardRecognizer UsBankRecognizer UsLicenseRecognizer UsItinRecognizer UsPassportRecognizer UsSsnRecognizer NhsRecognizer "
    "CryptoRecognizer DateRecognizer EmailRecognizer IbanRecognizer IpRecognizer MedicalLicenseRecognizer MacAddressRecognizer "
    "UuidRecognizer UrlRecognizer PhoneRecognizer"
)
ALPHABET = [
    "1", "2", "9", "0", "-", ".", " ", "@", "com", "a", "Z", "é", "中", "１", "ſ", "K", "://", "www.", "/", "US", "GB82WEST12345698765432",
    "4111111111111111", "078-05-1120", "8.8.8.8", "x@y.co.uk", "00:1A:2B:3C:4D:5E", "2020-01-02", "12/31/1999", "\n", "+1 415 555 2671",
    "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "A1234567", "٣", "İ", "electronic", "_", "'", "https",
    "，", "。", "(", ")", "+49 1641", "0049", "+", "07911 123456", "0 30 901820", "x", "ext. 5", "16432", "#", ";ext=3", "049",
    "::", "ffff",
]  # fmt: skip


@pytest.fixture(scope="module")
def stock():
    return [getattr(predefined_recognizers, name)() for name in DEFAULTS.split()]


@pytest.fixture(scope="module")
def draw():
    seed = secrets.randbelow(2**32)
    print(f"seed {seed}")  # shown when a test fails, so that it can be drawn again
    return random.Random(seed)


@pytest.fixture(scope="module")
def fuzzed(draw):
    return ["".join(draw.choice(ALPHABET) for _ in range(draw.randint(1, 40))) for _ in range(1000)]


@pytest.fixture(scope="module")
def documents(draw):
    """Return 500 documents: pages of this repository and of installed packages, and rules' examples among their lines."""
    examples = [text for rule in RULES for text in (*rule.match, *rule.no_match)]
    pages = [path.read_text(encoding="utf-8") for path in sorted(Path("docs").rglob("*.md"))]
    about = [one.read_text("METADATA") or "" for one in distributions()]
    lines = [line for text in (*pages, *about) for line in text.splitlines() if line.strip()]
    whole = [text[start : start + 700] for text in pages for start in range(0, len(text), 700)]
    composed = ["\n".join([*draw.sample(lines, 6), draw.choice(examples), *draw.sample(lines, 4)]) for _ in range(500)]
    return (composed + draw.sample(whole, min(100, len(whole))))[:600]


def found_through_the_prefilter(stock, texts, engine):
    """Return what each recognizer finds in each text when it is called only where a trigger says so, and reads only there."""
    detector = build_detector((), recognizers=presidio.wrapped(stock), engine=engine)
    column = pa.array(texts, pa.string())
    bounds, content = row_bounds(column)
    found = _FoundByRow(bounds, content, plan_of(detector))
    found.look(windows_of(detector.scanner.scan(column), np.diff(bounds), plan_of(detector).reach))
    found.ask_everywhere(plan_of(detector).everywhere, len(column))
    called = set(found.rows())
    return [sorted(map(placed, found._of_recognizers(row, detector.recognizers))) if row in called else [] for row in range(len(texts))]


def placed(one):
    return one.rule_id, one.kind, one.start, one.end, one.score


def test_the_engine_with_our_recognizer_finds_what_we_find():
    recognizer = presidio.PackRecognizer({rule.kind for rule in RULES}, lambda text: find_in_text(text, DETECTOR))
    engine = presidio.analyzer([recognizer])
    for rule in RULES:
        for text in rule.match:
            ours = {(one.kind, one.start, one.end) for one in find_in_text(text, DETECTOR) if one.kind != "MINOR"}
            assert {(one.entity_type, one.start, one.end) for one in engine.analyze(text, language="zh")} == ours


def test_stock_recognizers_through_the_prefilter_find_what_they_find_alone(stock, documents, fuzzed):
    texts = [*documents, *fuzzed]
    assert (len(documents), len(fuzzed)) >= (500, 1000)
    alone = [
        sorted(
            (f"presidio:{one.name}", each.entity_type, each.start, each.end, each.score)
            for one in stock
            for each in one.analyze(text, one.supported_entities, None)
        )
        for text in texts
    ]
    assert presidio.without_trigger(presidio.wrapped(stock)) == ()
    through = found_through_the_prefilter(stock, texts, "hyperscan")
    assert [number for number, (ours, theirs) in enumerate(zip(through, alone, strict=True)) if ours != theirs] == []
    few = fuzzed[:150]
    assert found_through_the_prefilter(stock, few, "re2") == alone[len(documents) :][:150]


def test_what_cannot_be_told_beforehand_is_said(stock):
    lenient = predefined_recognizers.PhoneRecognizer(leniency=0)
    assert presidio.without_trigger(presidio.wrapped([lenient, stock[0]])) == ("presidio:PhoneRecognizer",)


@pytest.mark.parametrize(
    ("expression", "text", "near", "parts"),
    [
        (r"\bEMP-\d{6}\b", "a EMP-123456, b", (8, 12), ["EMP-123456,"]),
        (r"(?<=x )\d+", "x 12", (4, 4), ["x 12"]),
        (r"\d+(?=,\d)", "12,3", (2, 2), ["12,3"]),
        (r".+", "a b", (1, 1), []),
        (r"\A\d+", "1 2", (1, 1), []),
    ],
)
def test_a_text_is_cut_only_where_nothing_can_be_lost(expression, text, near, parts):
    cuts = cuts_of([expression])
    found = [text[low:high].strip(" ") for low, high in segments(text, [near], cuts)] if cuts else []
    assert found == parts
    whole = [match.span() for match in re.finditer(expression, text)]
    if cuts:
        pieces = [match.span() for low, high in segments(text, [near], cuts) for match in re.finditer(expression, text[low:high])]
        assert len(pieces) == len(whole)


@pytest.mark.parametrize(
    ("expression", "is_told"),
    [(r"\bEMP-\d{6}\b", True), (r"(?<=x)(\w+)@\1", True), (r"a*", False), (r"^$", False), (r"\p{Han}+", False), (r"(?i)straße", True)],
)
def test_necessary_conditions(expression, is_told):
    assert (necessary_condition(expression) is not None) is is_told


def test_a_users_yaml(tmp_path):
    path = tmp_path / "recognizers.yaml"
    path.write_text(
        "recognizers:\n"
        "  - name: Employee\n    supported_entity: EMPLOYEE\n    supported_language: zh\n"
        "    patterns:\n      - {name: employee, regex: 'EMP-\\d{6}', score: 0.8}\n"
        "  - {name: UsSsnRecognizer}\n",
        encoding="utf-8",
    )
    recognizers = presidio.load_recognizers(path)
    detector = build_detector(RULES, recognizers=recognizers)
    assert [(one.kind, one.start) for one in find_in_text("工号EMP-123456离职", detector)] == [("EMPLOYEE", 2)]
    assert [one.kind for one in find_in_text("工号EMP-１２３４５６", detector)] == ["EMPLOYEE"]
    path.write_text("recognizers:\n  - {name: NoSuchRecognizer}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="NoSuchRecognizer"):
        presidio.load_recognizers(path)


class Slow(PatternRecognizer):
    """Gives up its pattern, as Presidio does on timeout: by a warning, and no result."""

    def analyze(self, text, entities, nlp_artifacts=None, regex_flags=None):
        logging.getLogger("presidio-analyzer").warning("Regex pattern '%s' timed out after %s seconds, skipping.", text, 60)
        return []


class Leaky(EntityRecognizer):
    """Raises with the text in its message."""

    def load(self):
        """Nothing."""

    def analyze(self, text, entities, nlp_artifacts=None):
        raise ValueError(text)


def test_an_abandoned_pattern_and_a_failing_recognizer_are_not_analysed_and_nothing_is_logged(capfd, caplog):
    secret = "秘密的内容"
    documents = pa.RecordBatch.from_pydict(
        {
            "document_id": ["a"], "source_id": ["s"], "text": [secret], "locator": ["x"], "metadata": ["{}"],
            "title": pa.array([None], pa.string()),
        },
    )  # fmt: skip
    logging.getLogger("presidio-analyzer").disabled = True  # as another library's logging set-up may do
    for recognizer in (Slow("X", patterns=[Pattern("x", "x", 0.5)]), Leaky(supported_entities=["X"])):
        detector = build_detector((), recognizers=presidio.wrapped([recognizer]), engine="re2")
        row = detect_pi(documents, detector, key=b"k", key_id="k").scans.to_pylist()[0]
        assert row["is_analysed"] is False
        assert secret not in row["detail"]
    out = capfd.readouterr()
    assert secret not in caplog.text + out.out + out.err
