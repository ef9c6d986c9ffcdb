"""Operators, overlaps, locators and what a wrong offset means."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.adapters.policies import as_policy, read_yaml
from pipeline.domain.pi import Action, KindPolicy, Operator, PiPolicy
from pipeline.errors import DataError
from pipeline.stages.redact_text import Span, redacted_string
from pipeline.stages.surrogates import surrogate

SHIPPED = as_policy(PiPolicy, read_yaml(Path("pipeline/policies/pi.yaml")), "pi")


def policy(**values):
    return replace(SHIPPED, kinds={"PHONE_NUMBER": KindPolicy(Action.REDACT, **values)})


def written(text, value, stated, key=None, kind="PHONE_NUMBER"):
    start = text.encode().index(value.encode())
    return redacted_string(text, [Span(start, start + len(value.encode()), kind, "h")], stated, key)


def test_operators():
    text = "电话13812345677。"
    assert written(text, "13812345677", policy()) == "电话<PHONE_NUMBER>。"
    assert written(text, "13812345677", policy(operator=Operator.MASK)) == "电话***********。"
    assert written(text, "13812345677", policy(operator=Operator.MASK, keep_first=3, keep_last=2)) == "电话138******77。"
    assert written(text, "13812345677", policy(operator=Operator.MASK, keep_first=9, keep_last=9)) == "电话***********。"
    first = written(text, "13812345677", policy(operator=Operator.SURROGATE), key=b"1" * 32)
    assert first == written(text, "13812345677", policy(operator=Operator.SURROGATE), key=b"1" * 32)
    assert first != written(text, "13812345677", policy(operator=Operator.SURROGATE), key=b"2" * 32)


def test_surrogates_need_the_key():
    with pytest.raises(DataError, match="key"):
        written("13812345677", "13812345677", policy(operator=Operator.SURROGATE))


def test_overlapping_spans_become_one_tag():
    spans = [Span(0, 6, "A", "h"), Span(4, 9, "B", "h"), Span(9, 10, "C", "h")]
    assert redacted_string("0123456789!", spans, SHIPPED, None) == "<A><C>!"


@pytest.mark.parametrize("span", [Span(1, 4, "A", "h"), Span(0, 99, "A", "h")])
def test_an_offset_that_does_not_fit_is_an_error(span):
    with pytest.raises((UnicodeDecodeError, IndexError)):
        redacted_string("电话", [span], SHIPPED, None)


@pytest.mark.parametrize("kind", ["PHONE_NUMBER", "CN_ID_CARD", "EMAIL_ADDRESS", "IP_ADDRESS", "PERSON", "QQ"])
def test_surrogates_differ_by_seed_and_keep_by_it(kind):
    assert surrogate(kind, b"a") == surrogate(kind, b"a")
    assert len({surrogate(kind, bytes([number])) for number in range(20)}) > 10
