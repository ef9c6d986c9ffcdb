"""What a piece of evidence states about terms, read from its bytes.

Each piece gives at least one statement: a piece that states nothing says so, and one whose words cannot be read as
SPDX keeps them as ``raw`` beside no expression, so that nothing is read into it. Metadata of a package always speaks
of the package; what the other kinds speak of is the declarer's word.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from itertools import islice
from typing import Any

from pipeline.adapters.license_texts import TextMatch, find_license_texts
from pipeline.adapters.spdx import creative_commons_addresses, normalize_expression
from pipeline.adapters.strict_yaml import read_yaml
from pipeline.domain.digests import sha256_hex
from pipeline.domain.licensing import Operator, Statement, agrees, combine, components, conjuncts, parse_expression
from pipeline.domain.sources import About, Evidence, EvidenceKind
from pipeline.errors import ConfigurationError

MAX_RAW_CHARS = 160
MAX_TEXT_CHARS = 4_000_000
MAX_LINE_CHARS = 2_000
MAX_MENTIONS = 20_000
MAX_WORDINGS = 200

Found = Statement
Reader = Callable[[str], Sequence[Found]]

COLLECTION = "collection"
"""What a collection record speaks of: neither the package nor the data, but how it was fetched."""

SPEAKS_OF_OTHER_THINGS = frozenset(
    {
        EvidenceKind.STATUTE,
        EvidenceKind.CONTRACT,
        EvidenceKind.COMMITMENT_SOURCE,
        EvidenceKind.COMMITMENT_QUALITY,
        EvidenceKind.COMMITMENT_SAFETY,
        EvidenceKind.AUTHORIZATION_RECORD,
        EvidenceKind.GENERATOR_RECORD,
        EvidenceKind.ROBOTS,
        EvidenceKind.TDMREP,
    },
)
"""Evidence whose words about licences are not the data's terms; only a person's reading (``states``) is taken from it."""

LABEL = "label"
RESEMBLES = "resembles"
"""Kinds of statement: what stands after ``License:``, and a text near that of a licence."""


def read_statements(declared: Evidence, media_type: str, content: bytes) -> list[Statement]:
    """Return what one piece of evidence states, at least one statement, each with the digest of the bytes.

    ``declared.states`` is a person's reading. Where the bytes state it too, among others or not, that reading stands;
    where they state only something else, both stand, and disagree.
    """
    text = "" if declared.kind in SPEAKS_OF_OTHER_THINGS else _decoded(content)[:MAX_TEXT_CHARS]
    found = [statement for reader in _readers(declared, media_type, text) for statement in reader(text)]
    found = [replace(statement, about=statement.about or declared.about) for statement in _distinct(found)]
    if declared.states:
        found = _with_reading(found, declared.states, declared.about)
    digest = sha256_hex(content)
    return [
        replace(statement, file=declared.file, evidence_sha256=digest, evidence_kind=declared.kind)
        for statement in found or [Statement(None, "", declared.about, "silent")]
    ]


def _found(raw: object, kind: str, about: str = "") -> Found:
    written = " ".join(str(raw).split())[:MAX_RAW_CHARS]
    return Statement(normalize_expression(str(raw)), written, about, kind)


def _distinct(found: Sequence[Found]) -> list[Found]:
    """Keep the first of statements that say the same of the same thing."""
    first: dict[tuple[str, str], Found] = {}
    for statement in found:
        first.setdefault((statement.expression or f"raw {statement.raw}", statement.about), statement)
    return list(first.values())


def _with_reading(found: Sequence[Found], states: str, about: str) -> list[Statement]:
    """Set a person's reading beside what was found: it replaces wordings that it agrees with or that nobody else could read.

    A damaged licence text that resembles the one read is such a wording. A reservation, another licence and an unread
    value in a structured file are not; they stand, and disagree.
    """
    others = [statement for statement in found if statement.about == COLLECTION]
    terms = [statement for statement in found if statement.about != COLLECTION]
    close = [statement for statement in terms if statement.kind == RESEMBLES and states in {statement.raw, *statement.alternatives}]
    terms = [statement for statement in terms if statement not in close and (statement.kind != LABEL or statement.expression)]
    same = [*(statement for statement in terms if states in statement.readings), *close]
    reading = Statement(states, states, about, "read_by_person", similarity=same[0].similarity if same else None)
    named = [statement for statement in terms if statement.expression]
    parts = {part for statement in named for words in statement.readings for part in components(words)}
    if named and not set(conjuncts(states)) <= parts:
        return [reading, *found]
    reading = replace(reading, raw="; ".join(dict.fromkeys(statement.raw for statement in named))[:MAX_RAW_CHARS] or states)
    return [reading, *(statement for statement in terms if statement.expression is None), *others]


def _decoded(content: bytes) -> str:
    """Decode evidence, which may be damaged: UTF-8, or GB18030 where that fits, else UTF-8 with replacements."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", "replace")


def _readers(declared: Evidence, media_type: str, text: str) -> list[Reader]:
    """Choose the readers by what the bytes are, which counts for more than what they are called."""
    start = text[:1000].lstrip()
    base = declared.file.rpartition("/")[2].casefold()
    is_json = start[:1] in {"{", "["}
    choices: tuple[tuple[bool, list[Reader]], ...] = (
        (is_json and declared.kind == EvidenceKind.COLLECTION_RECORD, [_collection_record]),
        (is_json and (base.endswith((".json", ".jsonld")) or "json" in media_type), [_json]),
        (start.startswith(("---\n", "---\r\n")), [_card]),
        (bool(_MARKUP.match(start)) or "html" in media_type, [_html]),
        (bool(_DEP_5.search(text[:4000])), [_debian_copyright]),
        (declared.kind == EvidenceKind.PACKAGE_METADATA or base.startswith(("pkg-info", "metadata")), [_package_headers]),
        (base == "citation.cff", [_yaml]),
    )
    return next((readers for applies, readers in choices if applies), [_text])


_MARKUP = re.compile(r"<(!doctype html|html|head|\?xml)", re.IGNORECASE)
_DEP_5 = re.compile(r"^Format(?:-Specification)?:\s*\S*(?:copyright-format|dep.?5)", re.MULTILINE | re.IGNORECASE)


# ---- structured formats ------------------------------------------------------------------------------------------------


def _json(text: str) -> list[Found]:
    """Read package.json, datapackage.json, Croissant and other JSON-LD: the licence of the outermost object."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return [Statement(None, "JSON that cannot be read", "", "json")]
    if isinstance(value, dict) and "@context" in value:
        kind = (
            "croissant"
            if "croissant" in json.dumps([value["@context"], value.get("conformsTo"), value.get("dct:conformsTo")])
            else "json_ld"
        )
        return list(_json_ld(value, kind))
    if not isinstance(value, dict):
        return []
    if "Licenses" in value:
        return list(_catalogue(value))
    is_package = "name" in value and "version" in value and "resources" not in value
    about = About.PACKAGE if is_package else ""
    return _together(_license_values(value, ("license", "licenses", "licence")), "package_metadata" if is_package else "json", about)


def _json_ld(value: object, kind: str) -> Iterator[Found]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            yield from _together(_license_values(item, ("license", "sc:license", "schema:license", "dct:license", "cc:license")), kind, "")
            if kind == "croissant":
                yield from _prose(item, ("description", "sc:description", "usageInfo", "sc:usageInfo"))
            yield from _json_ld(item.get("@graph", []), kind)


def _catalogue(value: Mapping[str, Any]) -> Iterator[Found]:
    """Read a record that a third party keeps (Data Provenance Initiative): each licence by name and address, and the notes.

    Where name and address mean different terms, both stand. Several licences hold together.
    """
    entries = value["Licenses"] if isinstance(value["Licenses"], list) else [value["Licenses"]]
    meant: list[str] = []
    for entry in entries:
        named = [str(entry.get(key) or "") for key in ("License", "License URL")] if isinstance(entry, dict) else [str(entry or "")]
        readable = [word for word in named if normalize_expression(word)]
        if len(readable) == 2 and not agrees(normalize_expression(readable[0]) or "", normalize_expression(readable[1]) or ""):
            yield from (_found(word, "catalogue") for word in readable)
        else:
            meant += readable[:1] or [word for word in named if word.strip()][:1]
    yield from _together(meant, "catalogue", "")
    yield from _prose(value, ("License Notes",))


def _prose(value: Mapping[str, Any], keys: Sequence[str]) -> Iterator[Found]:
    """Read the free text beside a licence field: what it keeps back holds too."""
    for key in keys:
        written = value.get(key)
        if isinstance(written, str) and written.strip():
            yield from _text(written)


def _license_values(value: Mapping[str, Any], keys: Sequence[str]) -> list[str]:
    return [written for key in keys for written in _written(value.get(key))]


def _written(value: object) -> Iterator[str]:
    """Yield each licence of a value: a word, a list of them, or an object that names one."""
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _written(item)
        case dict():
            names = [value[key] for key in ("spdx", "type", "name", "title", "@id", "url", "path") if isinstance(value.get(key), str)]
            names = [name for name in names if name not in {"CreativeWork", "sc:CreativeWork", "DigitalDocument"}]
            readable = [name for name in names if normalize_expression(name)]
            yield from (readable or names)[:1]


def _together(values: Sequence[str], kind: str, about: str) -> list[Found]:
    """Give several licences of one piece as one statement, all of which hold unless it says otherwise."""
    stated = [_found(value, kind, about) for value in values if value.strip()]
    read = [statement.expression for statement in stated if statement.expression]
    if len(read) < 2 or len(read) != len(stated):
        return stated
    expression = combine(Operator.AND, tuple(parse_expression(item) for item in read))
    return [Statement(str(expression), "; ".join(values)[:MAX_RAW_CHARS], about, kind)]


def _card(text: str) -> list[Found]:
    """Read a dataset card: its YAML front matter (Hugging Face's keys license, license_name, license_link), then its prose."""
    block = re.match(r"\s*---\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", text, re.DOTALL)
    return [*_front_matter(block[1]), *_text(text[block.end() :])] if block else _text(text)


def _front_matter(block: str) -> list[Found]:
    value = _yaml_value(block)
    if not isinstance(value, dict):
        return [Statement(None, "front matter that cannot be read", "", "dataset_card")]
    written = _license_values(value, ("license", "licenses"))
    if [word.casefold() for word in written] != ["other"]:
        return _together(written, "dataset_card", "")
    named = [str(value[key]) for key in ("license_name", "license_link") if value.get(key)]
    readable = [name for name in named if normalize_expression(name)]
    return [_found(readable[0] if readable else " ".join(["other", *named]), "dataset_card")]


def _yaml(text: str) -> list[Found]:
    value = _yaml_value(text)
    return _together(_license_values(value, ("license", "licenses")), "citation", "") if isinstance(value, dict) else []


def _yaml_value(text: str) -> object:
    try:
        return read_yaml(text, "front matter").value
    except ConfigurationError:
        return None


def _package_headers(text: str) -> list[Found]:
    """Read the core metadata of a Python package; an expression outranks the free-text field, which outranks classifiers."""
    for pattern in (r"^License-Expression:\s*(.+)$", r"^License:\s*(\S.*)$", r"^Classifier:\s*(License ::.+)$"):
        values = [value.strip() for value in re.findall(pattern, text, re.MULTILINE)]
        values = [value for value in values if value not in {"License :: OSI Approved", "UNKNOWN"}]
        if values:
            return _together(values, "package_metadata", About.PACKAGE)
    return [replace(statement, about=About.PACKAGE) for statement in _text(text)]


def _debian_copyright(text: str) -> list[Found]:
    """Read a machine-readable debian/copyright: the licences of all its files together, the packaging's own aside."""
    values: list[str] = []
    for stanza in re.split(r"\n\s*\n", text):
        files = re.search(r"^Files:\s*((?:.*\n?)(?:[ \t]+.*\n?)*)", stanza, re.MULTILINE)
        short = re.search(r"^License:[ \t]*(\S.*)$", stanza, re.MULTILINE)
        if files and short and files[1].split() != ["debian/*"]:
            values.append(short[1].strip())
    return _together(list(dict.fromkeys(values)), "debian_copyright", About.PACKAGE)


def _collection_record(text: str) -> list[Found]:
    """Read the robots verdicts of a collection record: one of all visits, denied if any was."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return []
    verdicts = [str(verdict).casefold() for verdict in _verdicts(value)]
    if not verdicts:
        return []
    allowed = all(verdict in {"allow", "allowed"} for verdict in verdicts)
    return [Statement(None, f"robots: {'allowed' if allowed else 'denied'}", COLLECTION, "robots")]


def _verdicts(value: object) -> Iterator[str]:
    match value:
        case list():
            for item in value:
                yield from _verdicts(item)
        case dict():
            for key, inner in value.items():
                if key in {"robots", "robots_verdict", "verdict"} and isinstance(inner, str):
                    yield inner
                else:
                    yield from _verdicts(inner)


# ---- pages -------------------------------------------------------------------------------------------------------------


class _Page(HTMLParser):
    """Collects what a page's markup says about its licence."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.marked: list[tuple[str, str]] = []
        self.linked: list[str] = []
        self.scripts: list[str] = []
        self._in_json = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        address = values.get("href") or values.get("resource") or values.get("content") or ""
        words = f"{values.get('rel', '')} {values.get('property', '')}".casefold().split()
        if "license" in words or any(word.endswith((":license", "/license", "/license#")) for word in words):
            self.marked.append(("html_rel_license", address))
        elif tag == "meta" and values.get("name", "").casefold() in {
            "license",
            "dc.rights",
            "dcterms.license",
            "dc.license",
            "dcterms.rights",
        }:
            self.marked.append(("html_meta", values.get("content", "")))
        elif address:
            self.linked.append(address)
        self._in_json = tag == "script" and values.get("type", "").casefold() == "application/ld+json"

    def handle_endtag(self, tag: str) -> None:
        self._in_json = self._in_json and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._in_json:
            self.scripts.append(data)


def _html(text: str) -> list[Found]:
    """Read a page: rel=license, RDFa, meta and JSON-LD; where its markup says nothing, its Creative Commons links."""
    page = _Page()
    page.feed(text)
    page.close()
    found = [_found(value, kind) for kind, value in page.marked if value]
    for script in page.scripts:
        try:
            found += _json_ld(json.loads(script), "html_json_ld")
        except (ValueError, RecursionError):
            found.append(Statement(None, "JSON-LD that cannot be read", "", "html_json_ld"))
    return found or [
        Statement(expression, address, "", "html_link") for address, expression in creative_commons_addresses(" ".join(page.linked))
    ]


# ---- free text ---------------------------------------------------------------------------------------------------------

_TAG = re.compile(r"SPDX-License-Identifier:[ \t]*([^\n\r]+?)[ \t]*(?:\*/|-->)?[ \t]*$", re.MULTILINE)
_LABEL = re.compile(
    r"^[^\w\n]*(?:dataset |data )?(?:licen[cs]e|licensing|许可证|许可协议|授权协议)[\s*_`]*[:：][ \t*_`]*(\S[^\n]*?)[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_HEADING = re.compile(r"^#{1,6}[^\n]*\blicen[cs](?:e|ing)\b[^\n]*\n\s*(\S[^\n]*)", re.MULTILINE | re.IGNORECASE)
_UNDER = re.compile(
    r"\b(?:under|以|采用|遵循)\s*(?:the\s+terms\s+of\s+)?(?:(?:the|an?)\s+)?(?=(\S[^\n]{1,120}(?:\n[^\n]{1,120})?))", re.IGNORECASE
)
_LINK = re.compile(r"\[([^\[\]\n]+)\](?:\([^()\s]*\)|\[[^\[\]\n]*\])")
_POINTER = re.compile(r"(?:please\s+)?(?:see|refer|check|read|more information|n/?a\b|tbd|unknown|none|needed|to be)", re.IGNORECASE)

_PAUSE = re.compile(r"[.,;:)\]]$|^[(\[]")
_GOES_ON = frozenset(
    {
        "license",
        "licence",
        "licensing",
        "and",
        "while",
        "or",
        "from",
        "by",
        "as",
        "which",
        "that",
        "in",
        "at",
        "is",
        "was",
        "see",
        "(see",
        "许可",
    }
)
_NARROWS = frozenset({"with", "except", "but", "unless", "plus", "subject", "for", "provided", "only", "non-commercial", "noncommercial"})
_MAX_NAME_WORDS = 12

_NOT_COMMERCIAL = "not for commercial use"
_RESEARCH_ONLY = "for research only"
_RIGHTS_RESERVED = "rights reserved"
_RESERVED = (
    (
        re.compile(r"copyright\b[^.]{0,80}\b(?:remains?|belongs?|stays?|rests?|is held|are held)\s+(?:with|by|to)\b", re.IGNORECASE),
        "copyright stays with others",
    ),
    (
        re.compile(
            r"(?:don['’]t|do\s+not|may\s+not|must\s+not|not\s+be)\s+(?:be\s+)?(?:commercially\s+)?re-?(?:publish|distribut)", re.IGNORECASE
        ),
        "not to be republished",
    ),
    (
        re.compile(
            r"\bnon-?commercial\s+(?:use|purposes?|research)\b|\bnot\s+for\s+commercial\b|\bcommercial\s+use\s+is\s+(?:not|prohib)",
            re.IGNORECASE,
        ),
        _NOT_COMMERCIAL,
    ),
    (
        re.compile(
            r"\bfor\s+(?:academic|research|educational|personal)(?:\s+(?:use|purposes?))?\s+only\b|\bresearch[- ]only\b", re.IGNORECASE
        ),
        _RESEARCH_ONLY,
    ),
    (re.compile(r"仅(?:供|限)(?:学术|研究|个人|非商业)|不得用于商业", re.IGNORECASE), _RESEARCH_ONLY),
    (re.compile(r"\ball\s+rights\s+reserved\b|版权所有|不得转载|未经(?:书面)?(?:许可|授权)", re.IGNORECASE), _RIGHTS_RESERVED),
)


def _text(text: str) -> list[Found]:
    """Read free text: licence texts it holds, else SPDX tags, labels, phrases, addresses and reservations."""
    matches = find_license_texts(text)
    held = [match for match in matches if match.is_held]
    tagged = [_found(value, "spdx_tag") for value in _mentions(_TAG, _short_lines(text))]
    if held:
        return _held(held) + tagged
    if matches:
        # The text of a licence, damaged or changed: its own sentences about licences are not statements.
        [nearest] = matches
        return [
            Statement(None, nearest.license_id, "", RESEMBLES, similarity=nearest.similarity, alternatives=nearest.alternatives),
            *tagged,
        ]
    prose = _LINK.sub(r"\1", text)
    short = _short_lines(prose)
    found = tagged + [label for value in _mentions(_LABEL, short) if (label := _label(value))]
    phrases = [*_mentions(_HEADING, short), *_mentions(_UNDER, prose)]
    found += [phrase for value in phrases if (phrase := _leading_name(value))]
    found += [Statement(expression, address, "", "address") for address, expression in creative_commons_addresses(text)]
    return found + _reservations(text, found)


def _short_lines(text: str) -> str:
    """Cut lines that nobody would write by hand: the patterns for whole lines take the square of a line's length."""
    lines = text.split("\n")
    return text if all(len(line) <= MAX_LINE_CHARS for line in lines) else "\n".join(line[:MAX_LINE_CHARS] for line in lines)


def _mentions(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    """Yield what a pattern finds, each wording once; a text with more wordings than a person would write is not read on."""
    seen: set[str] = set()
    for match in islice(pattern.finditer(text), MAX_MENTIONS):
        if match[1] not in seen and len(seen) < MAX_WORDINGS:
            seen.add(match[1])
            yield match[1]


def _label(value: str) -> Found | None:
    """Read what stands after ``License:``; words that name no licence are kept unread, pointers elsewhere are not."""
    named = _leading_name(value)
    if named is not None:
        return replace(named, kind=LABEL)
    return None if _POINTER.match(value.strip(" []*_`")) else _found(value, LABEL)


def _leading_name(value: str) -> Found | None:
    """Read the licence that a phrase begins with; a name that goes on with a restriction is kept unread."""
    words = value.split()[: _MAX_NAME_WORDS + 1]
    for count in range(min(len(words), _MAX_NAME_WORDS), 0, -1):
        name = " ".join(words[:count]).strip(" *_`.,;:，。")
        expression = normalize_expression(name)
        if expression is None or len(name) < 2:
            continue
        following = words[count] if count < len(words) else ""
        if following.casefold().strip("*_`,.;:") in _NARROWS and not re.search(r"[.;]$", words[count - 1]):
            return Statement(None, " ".join(words)[:MAX_RAW_CHARS], "", "phrase")
        if (
            not following
            or _PAUSE.search(words[count - 1])
            or _PAUSE.search(following)
            or following.casefold().strip("*_`,.;:") in _GOES_ON
        ):
            return Statement(expression, name[:MAX_RAW_CHARS], "", "phrase")
    return None


def _reservations(text: str, found: Sequence[Found]) -> list[Found]:
    """Find what a text keeps back, unless the licence it names says the same or says more."""
    named = [statement.expression for statement in found if statement.expression]
    said = {_RIGHTS_RESERVED} if named else set()
    if any("-NC" in expression for expression in named):
        said |= {_NOT_COMMERCIAL, _RESEARCH_ONLY}
    kept = dict.fromkeys(what for pattern, what in _RESERVED if what not in said and pattern.search(text))
    return [Statement(None, what, "", "reservation") for what in kept]


def _held(held: Sequence[TextMatch]) -> list[Found]:
    """Give the licences of one text as one statement: all of them hold."""
    if len(held) == 1:
        [match] = held
        return [
            Statement(match.license_id, match.license_id, "", "license_text", similarity=match.similarity, alternatives=match.alternatives)
        ]
    expression = combine(Operator.AND, tuple(parse_expression(match.license_id) for match in held))
    similarity = min(match.similarity for match in held)
    return [
        Statement(str(expression), "; ".join(match.license_id for match in held)[:MAX_RAW_CHARS], "", "license_text", similarity=similarity)
    ]
