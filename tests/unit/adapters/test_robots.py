"""robots.txt: permissions for us, reservations against training, and typed reasons for what is no robots.txt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protego import Protego

from pipeline.adapters.robots import RobotsFile, RobotsReason, read_robots, training_agents

PAGE = "https://example.org/a/page.html"


def verdict(body, **options):
    return read_robots(body, PAGE, "laiyuan", **options)


@pytest.mark.parametrize(
    ("body", "reason", "allowed"),
    [
        (b"User-agent: *\nAllow: /\n", RobotsReason.READ, True),
        (b"User-agent: *\nDisallow: /a/\n", RobotsReason.READ, False),
        (b"User-agent: *\nDisallow: /b/\n", RobotsReason.READ, True),
        (b"User-agent: laiyuan\nDisallow: /\n\nUser-agent: *\nAllow: /\n", RobotsReason.READ, False),
        (b"User-agent: *\nDisallow: /\nAllow: /a/\n", RobotsReason.READ, True),  # the longest match decides
        (b"\xef\xbb\xbfUser-agent: *\nDisallow: /\n", RobotsReason.READ, False),
        (b"User-agent: *\rDisallow: /\r", RobotsReason.READ, False),
        ("User-agent: *\nDisallow: /\n".encode("utf-16"), RobotsReason.NOT_UTF8, False),
        ("User-agent: *\nDisallow: /caf\xe9\n".encode("latin-1"), RobotsReason.NOT_UTF8, True),
        (b"", RobotsReason.EMPTY, True),
        (b"\xef\xbb\xbf \n\n", RobotsReason.EMPTY, True),
        (b"\n" * 5000 + b"User-agent: *\nDisallow: /\n", RobotsReason.READ, False),
        (b"<!DOCTYPE html><html><body>Not found</body></html>", RobotsReason.MARKUP, False),
        (b"\xef\xbb\xbf\n<!-- error --><html>", RobotsReason.MARKUP, False),
        (b"<?xml version='1.0'?><Error/>", RobotsReason.MARKUP, False),
        (b"\x00\x00\x01\x00icon", RobotsReason.BINARY, False),
        (b"User-agent: *\n" + b"#" * (5 << 20), RobotsReason.TOO_LONG, False),
    ],
)
def test_bodies(body, reason, allowed):
    found = verdict(body)
    assert (found.reason, found.is_agent_allowed) == (reason, allowed)


@pytest.mark.parametrize(("status", "allowed"), [(404, True), (403, True), (500, False), (503, False), (301, False)])
def test_statuses(status, allowed):
    assert verdict(b"User-agent: *\nAllow: /\n", status=status).is_agent_allowed is allowed


def test_a_crawler_that_trains_told_to_stay_out_is_a_reservation():
    found = verdict(b"User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /\n\nUser-agent: *\nAllow: /\n")
    assert found.is_agent_allowed
    assert found.denied_agents == ("CCBot", "GPTBot")
    assert found.verdict == "denied"


def test_a_search_crawler_told_to_stay_out_is_none():
    assert verdict(b"User-agent: Googlebot\nDisallow: /\n").verdict == "allowed"


@pytest.mark.parametrize(
    "line", ["Content-Signal: search=yes, ai-train=no", "content-usage: train-ai=n", "Content-Signal: /a/ ai-train=no"]
)
def test_content_signals_reserve(line):
    assert verdict(f"User-agent: *\n{line}\nAllow: /\n".encode()).is_reserved


def test_a_signal_that_allows_training_does_not_reserve():
    assert not verdict(b"User-agent: *\nContent-Signal: ai-train=yes\nAllow: /\n").is_reserved


def test_the_delay_is_kept():
    assert verdict(b"User-agent: *\nCrawl-delay: 5\nAllow: /\n").crawl_delay_seconds == 5.0


def test_the_shipped_agents():
    assert {"GPTBot", "CCBot", "ClaudeBot", "Bytespider", "Google-Extended"} <= set(training_agents())


@given(st.one_of(st.binary(max_size=400), st.text(max_size=200).map(lambda text: ("User-agent: *\nDisallow: " + text).encode())))
def test_any_bytes_give_a_verdict(body):
    found = read_robots(body, PAGE, "laiyuan", agents=("GPTBot",))
    assert found.verdict in {"allowed", "denied"}
    assert found.reason.is_usable or found.is_reserved


NAMES = st.sampled_from(["*", "GPTBot", "gptbot*", "bot", "Google", "Google-Extended", "CCBot", "laiyuan", "ai"])
SPELLINGS = st.sampled_from(["User-agent: ", "user agent: ", "Useragent ", "USER-AGENT:", "User-agent "])
LINES = st.one_of(st.tuples(SPELLINGS, NAMES).map("".join), st.sampled_from(["Disallow: /", "Allow: /a/", "Disallow: /b", "# x"]))


@given(st.lists(LINES, max_size=12).map("\n".join), st.sampled_from([PAGE, "https://example.org/b"]))
def test_agents_asked_together_get_the_answer_each_would_get_alone(text, url):
    rules = Protego.parse(text)
    alone = tuple(sorted(agent for agent in training_agents() if not rules.can_fetch(url, agent)))
    assert RobotsFile(text.encode(), "laiyuan").verdict(url).denied_agents == (alone if text.strip() else ())
