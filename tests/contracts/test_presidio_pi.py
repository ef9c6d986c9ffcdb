"""Presidio kept true: our rules as its recognizer, its recognizers in our pass, and its logger silent."""

import logging
import random
import secrets
from pathlib import Path

import pyarrow as pa
import pytest
from presidio_analyzer import EntityRecognizer, Pattern, PatternRecognizer, predefined_recognizers

from pipeline.adapters import presidio
from pipeline.adapters.pi_detector import build_detector
from pipeline.adapters.pi_rules import load_rules
from pipeline.adapters.prefilter import necessary_condition
from pipeline.errors import ConfigurationError
from pipeline.stages.detect_pi import detect_pi, find_in_text

RULES = load_rules([Path("pipeline/pi_rules")])
DETECTOR = build_detector(RULES)
DEFAULTS = (
    "CreditCardRecognizer UsBankRecognizer UsLicenseRecognizer UsItinRecognizer UsPassportRecognizer UsSsnRecognizer NhsRecognizer "
    "CryptoRecognizer DateRecognizer EmailRecognizer IbanRecognizer IpRecognizer MedicalLicenseRecognizer MacAddressRecognizer "
    "UuidRecognizer UrlRecognizer"
)
ALPHABET = [
    "1", "2", "9", "0", "-", ".", " ", "@", "com", "a", "Z", "é", "中", "１", "ſ", "K", "://", "www.", "/", "US", "GB82WEST12345698765432",
    "4111111111111111", "078-05-1120", "8.8.8.8", "x@y.co.uk", "00:1A:2B:3C:4D:5E", "2020-01-02", "12/31/1999", "\n", "+1 415 555 2671",
    "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "A1234567", "٣", "İ", "electronic", "_", "'", "https",
]  # fmt: skip


@pytest.fixture(scope="module")
def stock():
    return [getattr(predefined_recognizers, name)() for name in DEFAULTS.split()]


@pytest.fixture(scope="module")
def fuzzed():
    seed = secrets.randbelow(2**32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    examples = [text for rule in RULES for text in (*rule.match, *rule.no_match)]
    texts = ["".join(draw.choice(ALPHABET) for _ in range(draw.randint(1, 40))) for _ in range(1000)]
    return texts + ["。".join(draw.sample(examples, 6)) for _ in range(500)]


def test_the_engine_with_our_recognizer_finds_what_we_find():
    recognizer = presidio.PackRecognizer({rule.kind for rule in RULES}, lambda text: find_in_text(text, DETECTOR))
    engine = presidio.analyzer([recognizer])
    for rule in RULES:
        for text in rule.match:
            ours = {(one.kind, one.start, one.end) for one in find_in_text(text, DETECTOR) if one.kind != "MINOR"}
            assert {(one.entity_type, one.start, one.end) for one in engine.analyze(text, language="zh")} == ours


def test_stock_recognizers_through_the_prefilter_miss_nothing(stock, fuzzed):
    wrapped = presidio.wrapped(stock)
    detector = build_detector((), recognizers=wrapped)
    events = detector.scanner.scan(pa.array(fuzzed, pa.string()))
    called = {(row, trigger) for row, trigger in zip(events.rows.to_pylist(), events.triggers.to_pylist(), strict=True)}
    place = {trigger: number for number, trigger in enumerate(detector.triggers)}
    missed = [
        (row, recognizer.id)
        for recognizer in wrapped
        if recognizer.triggers is not None
        for row, text in enumerate(fuzzed)
        if not any((row, place[trigger]) in called for trigger in recognizer.triggers) and recognizer.find(text)
    ]
    assert missed == []


def test_what_cannot_be_told_beforehand_is_said(stock):
    phone = predefined_recognizers.PhoneRecognizer()
    assert presidio.without_trigger(presidio.wrapped([phone, stock[0]])) == ("presidio:PhoneRecognizer",)


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
