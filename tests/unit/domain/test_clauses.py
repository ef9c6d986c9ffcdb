"""What the checks suggest of a clause, and which judgements are refused."""

import pytest

from pipeline.domain.clauses import Certainty, Clause, ClauseList, ClauseVerdict, refuse_bare_judgement, suggested
from pipeline.errors import ConfigurationError, EvidenceError
from pipeline.flows.clauses import clause_list

WORDS = {"en": "x", "zh": "x"}


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        ({}, None),
        ({"a": (0, 0)}, ClauseVerdict.NOT_APPLICABLE),
        ({"a": (5, 0)}, ClauseVerdict.CONFORMS),
        ({"a": (5, 0), "b": (0, 0)}, ClauseVerdict.CONFORMS),
        ({"a": (5, 0), "b": (3, 1)}, ClauseVerdict.DOES_NOT),
    ],
)
def test_one_exception_speaks_against_and_nothing_examined_says_nothing(
    found: dict[str, tuple[int, int]], verdict: ClauseVerdict | None
) -> None:
    assert suggested(found) is verdict


@pytest.mark.parametrize(
    ("verdict", "why", "plan", "is_refused"),
    [
        (ClauseVerdict.CONFORMS, "read", None, False),
        (ClauseVerdict.CONFORMS, "", None, True),
        (ClauseVerdict.CONFORMS, "read", "a plan", True),
        (ClauseVerdict.DOES_NOT, "not measured", "measure it", False),
        (ClauseVerdict.DOES_NOT, "not measured", None, True),
        (ClauseVerdict.DOES_NOT, "not measured", "  ", True),
        (ClauseVerdict.NOT_APPLICABLE, "no such source", None, False),
        (ClauseVerdict.NOT_APPLICABLE, " ", None, True),
    ],
)
def test_what_a_judgement_needs(verdict: ClauseVerdict, why: str, plan: str | None, is_refused: bool) -> None:
    if is_refused:
        with pytest.raises(EvidenceError):
            refuse_bare_judgement(verdict, why, plan)
    else:
        refuse_bare_judgement(verdict, why, plan)


def test_a_list_with_a_doubled_id_or_a_missing_language_is_refused() -> None:
    clause = Clause("a", WORDS, "1", Certainty.TEXT_SEEN, WORDS)
    with pytest.raises(ConfigurationError, match="once"):
        ClauseList("1", (clause, clause))
    with pytest.raises(ConfigurationError, match="zh"):
        Clause("a", {"en": "x"}, "1", Certainty.TEXT_SEEN, WORDS)


def test_the_shipped_list_says_how_well_each_text_is_known() -> None:
    known = {clause.id: clause.certainty for clause in clause_list().clauses}
    assert known["measures-7-1"] is Certainty.TEXT_SEEN
    assert {certainty for name, certainty in known.items() if name.startswith(("tc260", "gbt"))} == {Certainty.AS_REPORTED}
