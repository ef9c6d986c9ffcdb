"""robots.txt as a reservation: whether our agent may come, and which crawlers that collect for training may not.

RFC 9309 by protego. A body that is no robots.txt gives a typed reason and no permission: what could not be read
allows nothing. Verdicts name the digest of the body, so that they can be drawn again from the evidence.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from protego import Protego

from pipeline.adapters.shipped import shipped
from pipeline.domain.digests import sha256_hex

MAX_BYTES = 4 << 20
"""RFC 9309 2.5 asks for at least 500 KiB; a longer body is refused and not cut, lest the cut drop a rule."""


class RobotsReason(StrEnum):
    """What was found where a robots.txt was looked for."""

    READ = "robots.read"
    EMPTY = "robots.empty"
    NOT_UTF8 = "robots.not_utf8"
    UNAVAILABLE = "robots.unavailable"
    UNREACHABLE = "robots.unreachable"
    MARKUP = "robots.markup"
    BINARY = "robots.binary"
    TOO_LONG = "robots.too_long"
    UNREADABLE = "robots.unreadable"

    @property
    def is_usable(self) -> bool:
        """Tell whether a permission may rest on it."""
        return self in {RobotsReason.READ, RobotsReason.EMPTY, RobotsReason.NOT_UTF8, RobotsReason.UNAVAILABLE}


@dataclass(frozen=True, slots=True)
class RobotsVerdict:
    """What one robots.txt says of one address."""

    reason: RobotsReason
    is_agent_allowed: bool
    denied_agents: tuple[str, ...]
    """Crawlers that collect for training and are told to stay out, sorted."""
    is_training_denied: bool
    """Whether a content signal denies training (``Content-Signal: ai-train=no``, ``Content-Usage: train-ai=n``)."""
    crawl_delay_seconds: float | None
    body_sha256: str

    @property
    def is_reserved(self) -> bool:
        """Tell whether the address is reserved against us: our agent, an agent that trains, or training itself is denied."""
        return not self.is_agent_allowed or bool(self.denied_agents) or self.is_training_denied

    @property
    def verdict(self) -> str:
        """Return the one word a collection record keeps."""
        return "denied" if self.is_reserved else "allowed"


_MARKUP = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype|html|head|body|\?xml|script|title|meta|div|h1)\b", re.IGNORECASE | re.DOTALL)
_MAX_DIRECTIVE_WORDS = 3
_DENIED = re.compile(r"^\s*content-(?:signal|usage)\s*:[^#\n]*\b(?:ai-train|train-ai)\s*=\s*(?:no?)\b", re.IGNORECASE | re.MULTILINE)


def read_robots(body: bytes, url: str, agent: str, *, status: int = 200, agents: Sequence[str] | None = None) -> RobotsVerdict:
    """Return the verdict of a robots.txt body on one address, for our agent and for agents that train.

    ``agents`` are the other agents asked about, by default the shipped table. A status of 4xx means that there is no
    robots.txt and all is allowed, any other than 2xx that nothing is (RFC 9309 2.3.1.3 and 2.3.1.4).
    """
    return RobotsFile(body, agent, status=status, agents=agents).verdict(url)


class RobotsFile:
    """A robots.txt parsed once, to be asked about every page of its site."""

    def __init__(self, body: bytes, agent: str, *, status: int = 200, agents: Sequence[str] | None = None) -> None:
        self._body = body
        self._agent = agent
        self._reason, text = _opened(body, status)
        self._rules: Protego | None = None
        self._delay: float | None = None
        if text is None:
            return
        try:
            self._rules = Protego.parse(text)
            delay = self._rules.crawl_delay(agent)
            self._delay = None if delay is None else float(delay)
        except (ValueError, RecursionError, IndexError):
            self._reason, self._rules = RobotsReason.UNREADABLE, None
        self._is_training_denied = bool(_DENIED.search(text))
        self._spoken_to = _alike(text, training_agents() if agents is None else tuple(agents))

    def verdict(self, url: str) -> RobotsVerdict:
        """Return what it says of one address of its site."""
        if self._rules is None:
            return _without_rules(self._reason, self._body)
        try:
            allowed = bool(self._rules.can_fetch(url, self._agent))
            denied = [name for alike in self._spoken_to if not self._rules.can_fetch(url, alike[0]) for name in alike]
        except (ValueError, RecursionError, IndexError):
            # An address that cannot be split, or a rule that protego cannot compile.
            return _without_rules(RobotsReason.UNREADABLE, self._body)
        return RobotsVerdict(self._reason, allowed, tuple(sorted(denied)), self._is_training_denied, self._delay, sha256_hex(self._body))


def _alike(text: str, agents: Sequence[str]) -> list[list[str]]:
    """Group agents that no line can speak to by name: asking for one of them answers for all, which is what makes this fast.

    protego reads many misspellings of ``User-agent:``, so that whatever could follow one on any line counts as a name.
    """
    longest = max((len(agent) for agent in agents), default=0)
    named = {value for line in text.casefold().splitlines() for value in _values(line) if 0 < len(value) <= longest}
    is_named = {agent: any(name in agent.casefold() for name in named) for agent in agents}
    others = [agent for agent in agents if not is_named[agent]]
    return [*([agent] for agent in agents if is_named[agent]), *([others] if others else [])]


def _values(line: str) -> Iterator[str]:
    """Yield what a line may name: all after its colon, and all after its first, second or third word."""
    bare = line.partition("#")[0].strip()
    words = bare.split()
    for value in (bare.partition(":")[2].strip(), *(" ".join(words[count:]) for count in range(1, _MAX_DIRECTIVE_WORDS + 1))):
        yield value
        yield value.replace("*", "").strip()


@cache
def training_agents() -> tuple[str, ...]:
    """Return the shipped product tokens of crawlers that collect for training or for data sets others train on."""
    with shipped("reference", "ai_training_agents.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(row["token"] for row in csv.DictReader(lines))


def _without_rules(reason: RobotsReason, body: bytes) -> RobotsVerdict:
    return RobotsVerdict(
        reason,
        is_agent_allowed=reason.is_usable,
        denied_agents=(),
        is_training_denied=False,
        crawl_delay_seconds=None,
        body_sha256=sha256_hex(body),
    )


def _opened(body: bytes, status: int) -> tuple[RobotsReason, str | None]:
    """Return what a body is, and its text where rules can be read from it."""
    fault = _fault(body, status)
    if fault is not None:
        return fault, None
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return RobotsReason.NOT_UTF8, body.decode("utf-16", "replace")
    try:
        return RobotsReason.READ, body.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Directives are ASCII, and bytes beyond it stand in paths and comments.
        return RobotsReason.NOT_UTF8, body.decode("latin-1").removeprefix("\xef\xbb\xbf")


def _fault(body: bytes, status: int) -> RobotsReason | None:
    if 400 <= status < 500:
        return RobotsReason.UNAVAILABLE
    if not 200 <= status < 300:
        return RobotsReason.UNREACHABLE
    start = body[:4096].removeprefix(b"\xef\xbb\xbf")
    faults = (
        (not body.removeprefix(b"\xef\xbb\xbf").strip(), RobotsReason.EMPTY),
        (len(body) > MAX_BYTES, RobotsReason.TOO_LONG),
        (bool(_MARKUP.match(start)), RobotsReason.MARKUP),
        (b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")), RobotsReason.BINARY),
    )
    return next((reason for applies, reason in faults if applies), None)
