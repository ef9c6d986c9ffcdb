"""tdmrep.json: the most specific pattern decides, a reservation before a permission, and nothing unreadable permits."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.tdmrep import TdmFile, answer_of
from pipeline.domain.rights import Answer

DENIED, ALLOWED, UNREADABLE = Answer.DENIED, Answer.ALLOWED, Answer.UNREADABLE


def rules(*stated):
    return json.dumps([{"location": location, "tdm-reservation": value} for location, value in stated]).encode()


@pytest.mark.parametrize(
    ("body", "path", "answer"),
    [
        (rules(("/", 1)), "/a", DENIED),
        (rules(("/", 0)), "/a", ALLOWED),
        (rules(("/", 1), ("/open/", 0)), "/open/1", ALLOWED),
        (rules(("/open/", 0), ("/", 1)), "/closed", DENIED),
        (rules(("/a/", 0), ("/a/", 1)), "/a/1", DENIED),
        (rules(("/*.pdf$", 1)), "/deep/x.pdf", DENIED),
        (rules(("/*.pdf$", 1)), "/deep/x.pdf?y=1", None),
        (rules(("/a", "1")), "/a", DENIED),
        (rules(("/a", True)), "/a", UNREADABLE),
        (rules(("/a", 2)), "/a", UNREADABLE),
        (rules(("/b", 1)), "/a", None),
        (b"[]", "/a", None),
        (b"{}", "/a", UNREADABLE),
        (b"<html>", "/a", UNREADABLE),
        (b'[{"tdm-reservation": 0}]', "/a", UNREADABLE),
        (b"[" * 100_000, "/a", UNREADABLE),
        (b" " * (1 << 21), "/a", UNREADABLE),
    ],
)
def test_bodies(body, path, answer):
    assert TdmFile(body).verdict(f"https://site.example{path}").answer is answer


@pytest.mark.parametrize(("status", "answer"), [(404, None), (500, UNREADABLE), (0, UNREADABLE), (301, UNREADABLE)])
def test_statuses(status, answer):
    assert TdmFile(rules(("/", 0)), status=status).verdict("https://site.example/").answer is answer


@given(st.binary(max_size=200), st.text(max_size=40))
def test_any_bytes_and_addresses_give_an_answer(body, url):
    assert TdmFile(body).verdict(url).answer in {None, DENIED, ALLOWED, UNREADABLE}
    assert answer_of(url) in {DENIED, ALLOWED, UNREADABLE}


@given(st.lists(st.tuples(st.sampled_from(["/", "/a", "/a/b", "/*", "/a*$"]), st.sampled_from([0, 1, 2])), max_size=4), st.integers(0, 4))
def test_the_order_of_rules_means_nothing(stated, cut):
    turned = [*stated[cut:], *stated[:cut]]
    assert TdmFile(rules(*stated)).verdict("https://s.example/a/b") == TdmFile(rules(*turned)).verdict("https://s.example/a/b")
