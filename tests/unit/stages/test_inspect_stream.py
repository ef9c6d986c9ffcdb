"""ISO 2859-1: the shipped table against the values on paper, and the switching rules' golden sequences."""

from hashlib import sha256
from pathlib import Path

import pytest

import pipeline
from pipeline.domain.sampling import Severity
from pipeline.stages.inspect_stream import REDUCED_AT, TABLE_SHA256, Lot, inspected, next_tighter, parse_plans, switch, switches, table_plan

PATH = Path(pipeline.__file__).parent / "reference" / "iso_2859_1_single.csv"
TABLES = parse_plans(PATH.read_text(encoding="utf-8"))
AQLS = ("0.65", "1.0", "1.5", "2.5", "4.0")
PRINTED = """
51 E 20/0 13/0 8/0 20/1 13/1 32/0 20/0 13/0 32/1 20/1
150 F 20/0 13/0 32/1 20/1 20/2 32/0 20/0 50/1 32/1 20/1
151 G 20/0 50/1 32/1 32/2 32/3 32/0 80/1 50/1 32/1 32/2
500 H 80/1 50/1 50/2 50/3 50/5 125/1 80/1 50/1 50/2 50/3
501 J 80/1 80/2 80/3 80/5 80/7 125/1 80/1 80/2 80/3 80/5
3200 K 125/2 125/3 125/5 125/7 125/10 125/1 125/2 125/3 125/5 125/8
3201 L 200/3 200/5 200/7 200/10 200/14 200/2 200/3 200/5 200/8 200/12
35000 M 315/5 315/7 315/10 315/14 315/21 315/3 315/5 315/8 315/12 315/18
35001 N 500/7 500/10 500/14 500/21 315/21 500/5 500/8 500/12 500/18 315/18
500000 P 800/10 800/14 800/21 500/21 315/21 800/8 800/12 800/18 500/18 315/18
500001 Q 1250/14 1250/21 800/21 500/21 315/21 1250/12 1250/18 800/18 500/18 315/18
"""


def test_the_table_is_the_one_that_was_checked():
    assert sha256(PATH.read_bytes()).hexdigest() == TABLE_SHA256
    assert len(TABLES) == 180


@pytest.mark.parametrize("line", PRINTED.strip().splitlines())
def test_printed_rows(line):
    size, code, *plans = line.split()
    found = [table_plan(TABLES, int(size), aql, severity) for severity in (Severity.NORMAL, Severity.TIGHTENED) for aql in AQLS]
    assert [f"{plan.n}/{plan.ac}" for plan in found] == plans
    assert {plan.code for plan in found} == {code}


def test_next_tighter_aql():
    plan = table_plan(TABLES, 1000, "1.0", Severity.NORMAL)
    tighter = next_tighter(TABLES, plan)
    assert tighter is not None
    assert (tighter.aql, tighter.n, tighter.ac) == ("0.65", 80, 1)
    loosest = next_tighter(TABLES, table_plan(TABLES, 1000, "0.40", Severity.NORMAL))
    assert loosest is None


@pytest.mark.parametrize(
    ("errors", "expected"), [(0, (True, 2, True)), (1, (True, 2, True)), (2, (True, 2, False)), (3, (False, 2, False))]
)
def test_an_inspected_lot(errors, expected):
    plan = table_plan(TABLES, 1000, "1.0", Severity.NORMAL)
    lot = inspected(TABLES, plan, errors)
    assert (lot.is_accepted, lot.max_errors, lot.passes_tighter) == expected
    assert not inspected(TABLES, table_plan(TABLES, 1000, "0.65", Severity.NORMAL), 0).passes_tighter


def lots(letters: str, max_errors: int = 2) -> list[Lot]:
    return [Lot(letter == "A", max_errors, letter == "A") for letter in letters if letter in "AR"]


@pytest.mark.parametrize(
    ("letters", "states"),
    [
        ("RAR", "NNT"),
        ("RAAAR", "NNNNT"),
        ("RAAAAR", "NNNNNN"),
        ("RR AAAAA", "NTTTTTN"),
        ("RR AAAAR AAAAA", "NTTTTTTTTTTN"),
        ("RR RRRRR", "NTTTTTS"),
        ("RR RARARAARARAAAA", "NTTTTTTTTTTSSSSS"),
    ],
)
def test_golden_sequences(letters, states):
    found = "".join(state.severity.value[0].upper() for state in switches(lots(letters)))
    assert found == states[: len(found)]
    assert len(found) == len(letters.replace(" ", ""))


def test_switching_score():
    good = Lot(is_accepted=True, max_errors=2, passes_tighter=True)
    poor = Lot(is_accepted=True, max_errors=2, passes_tighter=False)
    small = Lot(is_accepted=True, max_errors=1, passes_tighter=False)
    assert switch([good] * 10).score == REDUCED_AT
    assert switch([*[good] * 9, poor]).score == 0
    assert [state.score for state in switches([small] * 15)].index(REDUCED_AT) == 14
    assert switch([good, Lot(is_accepted=False, max_errors=2, passes_tighter=False)]).score == 0
    assert switch([good] * 40).severity is Severity.NORMAL


def test_a_stopped_stream_resumes_tightened():
    stopped = lots("RRRRRRR")
    assert switch(stopped).severity is Severity.STOPPED
    assert switch([*stopped, Lot(True, 2, True)]).severity is Severity.STOPPED
    assert switch([*stopped, Lot(True, 2, True, is_resumed=True)]).severity is Severity.TIGHTENED
    assert switch([]).severity is Severity.NORMAL
