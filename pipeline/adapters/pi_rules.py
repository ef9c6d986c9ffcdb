"""Rules for personal information, read strictly from YAML files: one rule, one file, its examples are its tests.

Unknown keys, duplicate ids within a folder and patterns that do not compile are refused. In triggers, ``{d11}``
stands for a run of at least eleven digits however spelled and spaced, ``{D}`` for one such digit, ``{S}`` for any
separators or hidden signs between them, ``{s}`` for one of these, ``{Z}`` for one hidden sign.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.adapters.policies import as_policy, read_yaml
from pipeline.domain.pi import PiRule
from pipeline.errors import ConfigurationError

_DIGIT = (
    "[0-9\uff10-\uff19〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖幺两洞拐勾\u2460-\u2468\u24ea\u0660-\u0669\u06f0-\u06f9\U0001d7ce-\U0001d7ff]"
)
_SEPARATOR = (
    "[ .\\-\t\u00a0\u00ad\u00b7\u034f\u061c\u1680\u180e\u2000-\u2015\u2022\u202a-\u202f\u205f-\u2064\u2212\u3000\u30fb\u30fc"
    "\ufe0f\ufe58\ufe63\ufeff\uff0d\uff0e]"
)
_HIDDEN = "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe0f\ufeff]"
_MACRO = re.compile(r"\{(?:d(\d+)|([DSsZ]))\}")


def load_rules(folders: Sequence[Path]) -> tuple[PiRule, ...]:
    """Return all rules sorted by id; a later folder adds rules or replaces those with the same id.

    Raises ConfigurationError naming the file and what is wrong with it.
    """
    rules: dict[str, PiRule] = {}
    for folder in folders:
        found = [read_rule(path) for path in sorted(folder.glob("*.yaml"))]
        ids = [rule.id for rule in found]
        if repeated := {one for one in ids if ids.count(one) > 1}:
            raise ConfigurationError(f"{folder}: expected each rule id once, found {', '.join(sorted(repeated))} again; rename one")
        rules |= {rule.id: rule for rule in found}
    if not rules:
        raise ConfigurationError(f"expected rules in {', '.join(map(str, folders))}, found none; run 'laiyuan init'")
    return tuple(rules[one] for one in sorted(rules))


def read_recognizers(path: Path) -> dict[str, object]:
    """Return a project's file of Presidio recognizers with the sources of the Python files beside it that it names, to be recorded."""
    stated = read_yaml(path)
    entries = stated.get("recognizers") if isinstance(stated, Mapping) else None
    if not isinstance(entries, list):
        raise ConfigurationError(f"{path.name}: expected a list under 'recognizers', as Presidio writes it")
    classes = [str(entry["class"]).partition(":")[0] for entry in entries if isinstance(entry, Mapping) and "class" in entry]
    sources = {}
    for name in sorted({one for one in classes if one.endswith(".py")}):
        try:
            sources[name] = (path.parent / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{path.name}: {name} beside it cannot be read ({type(error).__name__})") from None
    return {"recognizers": entries, "sources": sources}


def read_rule(path: Path) -> PiRule:
    """Read one rule file. Raises ConfigurationError."""
    return parse_rule(path.stem, read_yaml(path))


def parse_rule(name: str, stated: object) -> PiRule:
    """Return the rule that a file of that name states, its triggers' macros written out. Raises ConfigurationError.

    A long pattern may stand on several lines; the line ends are no part of it.
    """
    if isinstance(stated, Mapping) and isinstance(stated.get("pattern"), str):
        stated = {**stated, "pattern": stated["pattern"].replace("\n", "")}
    rule = as_policy(PiRule, stated, f"pi_rules/{name}")
    try:
        pattern = re.compile(rule.pattern, re.ASCII)
    except re.error as error:
        raise ConfigurationError(f"pi_rules/{name}: pattern: {error.msg} at character {error.pos}") from None
    if not rule.triggers or pattern.match(""):
        raise ConfigurationError(
            f"pi_rules/{name}: expected triggers, and a pattern that never matches nothing; say what must be in the text"
        )
    if rule.id != name:
        raise ConfigurationError(f"pi_rules/{name}: expected the id {name}, found {rule.id}; name the file after the rule")
    if not rule.match or not rule.no_match:
        raise ConfigurationError(f"pi_rules/{name}: expected examples in match and no_match, for they are its tests")
    return replace(rule, triggers=tuple(expand(trigger) for trigger in rule.triggers))


def expand(trigger: str) -> str:
    """Write out the macros of one trigger."""
    signs = {"D": _DIGIT, "S": f"{_SEPARATOR}{{0,3}}", "s": _SEPARATOR, "Z": _HIDDEN}
    return _MACRO.sub(lambda macro: _run(int(macro[1])) if macro[1] else signs[macro[2]], trigger)


def _run(digits: int) -> str:
    return f"(?:{_DIGIT}{_SEPARATOR}{{0,3}}){{{digits - 1}}}{_DIGIT}"
