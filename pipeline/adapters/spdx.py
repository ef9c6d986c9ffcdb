"""SPDX expressions, and the spellings people use for them.

``read_expression`` takes SPDX and nothing else; ``normalize_expression`` also takes real-world spellings. Neither
guesses: words that are left over, a family without its version, "other" and "unknown" never become a licence. A family
without version becomes a LicenseRef of its own, which no default policy classes.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

from license_expression import get_spdx_licensing

from pipeline.adapters.license_texts import license_names
from pipeline.domain.licensing import (
    NOASSERTION,
    Combination,
    Expression,
    Operator,
    Term,
    UnreadableExpressionError,
    combine,
    parse_expression,
)

MAX_CHARS = 2000
MAX_BRACKETS = 40
"""Longer or more nested wordings are texts, not names of licences."""

_OWN_REFERENCE = re.compile(r"(DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+\Z")

_NOTHING = {
    "", "-", "?", "n/a", "na", "none", "null", "other", "unknown", "noassertion", "no license", "no licence", "not specified",
    "unspecified", "undefined", "custom", "various", "multiple", "mixed", "see license", "tbd", "license", "free", "open",
}  # fmt: skip

_DEPRECATED = {
    "GPL-2.0-with-GCC-exception": "GPL-2.0-only WITH GCC-exception-2.0",
    "GPL-2.0-with-autoconf-exception": "GPL-2.0-only WITH Autoconf-exception-2.0",
    "GPL-2.0-with-bison-exception": "GPL-2.0-only WITH Bison-exception-2.2",
    "GPL-2.0-with-classpath-exception": "GPL-2.0-only WITH Classpath-exception-2.0",
    "GPL-2.0-with-font-exception": "GPL-2.0-only WITH Font-exception-2.0",
    "GPL-3.0-with-GCC-exception": "GPL-3.0-only WITH GCC-exception-3.1",
    "GPL-3.0-with-autoconf-exception": "GPL-3.0-only WITH Autoconf-exception-3.0",
}

# Keys are spellings as ``_key`` leaves them; each line is a spelling seen on a hub, in a package or in a DEP-5 file.
_SPELLINGS: dict[str, str] = {
    "expat": "MIT",
    "x 11.0": "X11",
    "mit x 11.0": "MIT",
    "mit x": "MIT",
    "apache asl 2.0": "Apache-2.0",
    "asl 2.0": "Apache-2.0",
    "al 2.0": "Apache-2.0",
    "apache foundation 2.0": "Apache-2.0",
    "apache software 2.0": "Apache-2.0",
    "apache": "LicenseRef-Apache-unversioned",
    "apache software": "LicenseRef-Apache-unversioned",
    "asl": "LicenseRef-Apache-unversioned",
    "bsd": "LicenseRef-BSD-unversioned",
    "bsd style": "LicenseRef-BSD-unversioned",
    "bsd like": "LicenseRef-BSD-unversioned",
    "bsd 2.0": "BSD-2-Clause",
    "bsd 3.0": "BSD-3-Clause",
    "bsd 4.0": "BSD-4-Clause",
    "simplified bsd": "BSD-2-Clause",
    "bsd simplified": "BSD-2-Clause",
    "freebsd": "BSD-2-Clause",
    "new bsd": "BSD-3-Clause",
    "modified bsd": "BSD-3-Clause",
    "revised bsd": "BSD-3-Clause",
    "bsd new": "BSD-3-Clause",
    "2.0 clause bsd": "BSD-2-Clause",
    "3.0 clause bsd": "BSD-3-Clause",
    "4.0 clause bsd": "BSD-4-Clause",
    "three clause bsd": "BSD-3-Clause",
    "two clause bsd": "BSD-2-Clause",
    "gpl": "LicenseRef-GPL-unversioned",
    "gnu gpl": "LicenseRef-GPL-unversioned",
    "gnu general public": "LicenseRef-GPL-unversioned",
    "lgpl": "LicenseRef-LGPL-unversioned",
    "gnu lesser general public": "LicenseRef-LGPL-unversioned",
    "agpl": "LicenseRef-AGPL-unversioned",
    "gfdl": "LicenseRef-GFDL-unversioned",
    "gnu free documentation": "LicenseRef-GFDL-unversioned",
    "mpl": "LicenseRef-MPL-unversioned",
    "mozilla public": "LicenseRef-MPL-unversioned",
    "cc": "LicenseRef-CC-unversioned",
    "creative commons": "LicenseRef-CC-unversioned",
    "cc 0.0": "CC0-1.0",
    "cc zero": "CC0-1.0",
    "cc zero 1.0": "CC0-1.0",
    "cc 0.0 1.0": "CC0-1.0",
    "cc 0.0 1.0 universal": "CC0-1.0",
    "creative commons zero": "CC0-1.0",
    "creative commons 0.0": "CC0-1.0",
    "creative commons zero 1.0": "CC0-1.0",
    "creative commons zero 1.0 universal": "CC0-1.0",
    "creative commons cc 0.0 1.0": "CC0-1.0",
    "creative commons cc 0.0 1.0 universal": "CC0-1.0",
    "cc 0.0 1.0 universal cc 0.0 1.0 public domain dedication": "CC0-1.0",
    "cc 0.0 1.0 universal public domain dedication": "CC0-1.0",
    "cc 0.0 public domain": "CC0-1.0",
    "public domain mark": "CC-PDM-1.0",
    "public domain mark 1.0": "CC-PDM-1.0",
    "creative commons public domain mark 1.0": "CC-PDM-1.0",
    "public domain": "LicenseRef-scancode-public-domain",
    "pd": "LicenseRef-scancode-public-domain",
    "公有领域": "LicenseRef-scancode-public-domain",
    "odbl": "ODbL-1.0",
    "open database": "ODbL-1.0",
    "open data commons open database 1.0": "ODbL-1.0",
    "odc by": "ODC-By-1.0",
    "open data commons attribution": "ODC-By-1.0",
    "pddl": "PDDL-1.0",
    "open data commons public domain dedication": "PDDL-1.0",
    "c uda": "C-UDA-1.0",
    "cdla permissive": "LicenseRef-CDLA-Permissive-unversioned",
    "lgpl lr": "LGPLLR",
    "unlicence": "Unlicense",
    "isc": "ISC",
    "iscl": "ISC",
    "wtfpl": "WTFPL",
    "boost 1.0": "BSL-1.0",
    "boost": "BSL-1.0",
    "psf": "PSF-2.0",
    "python software foundation": "PSF-2.0",
    "psfl": "PSF-2.0",
    "zlib libpng": "Zlib",
    "artistic": "Artistic-1.0",
    "perl": "Artistic-1.0-Perl OR GPL-1.0-or-later",
    "eclipse public 1.0": "EPL-1.0",
    "eclipse public 2.0": "EPL-2.0",
    "mozilla public 2.0 mpl 2.0": "MPL-2.0",
    "mulan psl 2.0": "MulanPSL-2.0",
    "木兰宽松许可证 第 2.0 版": "MulanPSL-2.0",
    "木兰宽松许可证 2.0": "MulanPSL-2.0",
    "openrail": "LicenseRef-OpenRAIL",
    "openrail m": "LicenseRef-OpenRAIL-M",
    "bigscience openrail m": "LicenseRef-BigScience-OpenRAIL-M",
    "bigscience bloom rail 1.0": "LicenseRef-BigScience-BLOOM-RAIL-1.0",
    "creativeml openrail m": "LicenseRef-CreativeML-OpenRAIL-M",
    "llama 2.0": "LicenseRef-Llama-2",
    "llama 3.0": "LicenseRef-Llama-3",
    "llama 3.1": "LicenseRef-Llama-3.1",
    "llama 3.2": "LicenseRef-Llama-3.2",
    "llama 3.3": "LicenseRef-Llama-3.3",
    "gemma": "LicenseRef-Gemma",
    "llama 4.0": "LicenseRef-Llama-4",
    "llama 2.0 community": "LicenseRef-Llama-2",
    "meta llama 3.0 community": "LicenseRef-Llama-3",
    "llama 3.0 community": "LicenseRef-Llama-3",
    "llama 3.1 community": "LicenseRef-Llama-3.1",
    "llama 3.1 community agreement": "LicenseRef-Llama-3.1",
    "llama 3.2 community": "LicenseRef-Llama-3.2",
    "llama 3.2 community agreement": "LicenseRef-Llama-3.2",
    "llama 3.3 community": "LicenseRef-Llama-3.3",
    "llama 3.3 community agreement": "LicenseRef-Llama-3.3",
    "openrail or later": "LicenseRef-OpenRAIL-plus-plus-M",
    "openrail or later m": "LicenseRef-OpenRAIL-plus-plus-M",
    "creativeml open rail or later m": "LicenseRef-OpenRAIL-plus-plus-M",
    "bigcode openrail m": "LicenseRef-BigCode-OpenRAIL-M",
    "bigcode openrail m 1.0": "LicenseRef-BigCode-OpenRAIL-M",
    "deepfloyd if": "LicenseRef-DeepFloyd-IF",
    "fair noncommercial research": "LicenseRef-FAIR-Noncommercial-Research",
    "apple amlr": "LicenseRef-Apple-AMLR",
    "apple ascl": "LicenseRef-Apple-ASCL",
    "intel research": "LicenseRef-Intel-Research",
    "h research": "LicenseRef-H-Research",
    "grok 2.0 community": "LicenseRef-Grok-2-Community",
    "open mdw": "LicenseRef-OpenMDW",
    "odc odbl": "ODbL-1.0",
    "open data commons open database odbl": "ODbL-1.0",
    "odc pddl": "PDDL-1.0",
    "odc pddl 1.0": "PDDL-1.0",
    "dbcl": "LicenseRef-DbCL-1.0",
    "dbcl 1.0": "LicenseRef-DbCL-1.0",
    "cdla sharing": "CDLA-Sharing-1.0",
    "microsoft c uda": "C-UDA-1.0",
    "o uda": "LicenseRef-O-UDA-1.0",
    "o uda 1.0": "LicenseRef-O-UDA-1.0",
    "ouverte 2.0": "etalab-2.0",
    "ouverte open 2.0": "etalab-2.0",
    "etalab": "LicenseRef-etalab-unversioned",
    "ouverte": "LicenseRef-etalab-unversioned",
    "ogl": "LicenseRef-OGL-unversioned",
    "open government": "LicenseRef-OGL-unversioned",
    "nlod": "LicenseRef-NLOD-unversioned",
    "dl de by 2.0 0.0": "DL-DE-BY-2.0",
    "dl de zero 2.0 0.0": "DL-DE-ZERO-2.0",
    "cdla": "LicenseRef-CDLA-unversioned",
    "eupl": "LicenseRef-EUPL-unversioned",
    "ofl": "LicenseRef-OFL-unversioned",
    "apache 2.0 0.0": "Apache-2.0",
    "木兰宽松许可证第 2.0 版": "MulanPSL-2.0",
    "公共领域": "LicenseRef-scancode-public-domain",
    "unlicensed": "LicenseRef-all-rights-reserved",
    "proprietary": "LicenseRef-all-rights-reserved",
    "all rights reserved": "LicenseRef-all-rights-reserved",
    "copyright all rights reserved": "LicenseRef-all-rights-reserved",
    "版权所有": "LicenseRef-all-rights-reserved",
    "other proprietary": "LicenseRef-all-rights-reserved",
    "gfdl niv 1.2": "GFDL-1.2-no-invariants-only",
    "gfdl niv 1.2 or later": "GFDL-1.2-no-invariants-or-later",
    "gfdl niv 1.3": "GFDL-1.3-no-invariants-only",
    "gfdl niv 1.3 or later": "GFDL-1.3-no-invariants-or-later",
}

_DROPPED = {"the", "license", "licence", "licenses", "licences", "licensed", "under", "version", "a", "许可", "许可证", "许可协议", "协议"}
_HARMLESS = {"expat", "spdx", "osi approved", "see license", "dual license"}
_DEDICATIONS = {"CC0-1.0", "CC-PDM-1.0", "Unlicense", "0BSD", "PDDL-1.0"}
_FAMILY = {
    "gnu gpl": "gpl", "gnu general public": "gpl", "general public": "gpl", "gnu public": "gpl",
    "gnu lgpl": "lgpl", "gnu lesser general public": "lgpl", "lesser general public": "lgpl", "gnu library general public": "lgpl",
    "gnu library or lesser general public": "lgpl", "gnu lesser gpl": "lgpl",
    "gnu agpl": "agpl", "gnu affero general public": "agpl", "affero general public": "agpl",
    "gnu affero gpl": "agpl", "affero gpl": "agpl",
    "gnu fdl": "gfdl", "fdl": "gfdl", "gnu free documentation": "gfdl",
    "mozilla public": "mpl", "apache software": "apache",
}  # fmt: skip
_LATER = re.compile(r"\b(?:or|and) (?:any |a )?(?:later|newer|higher|above|greater)\b(?: versions?)?")

_CC_WORDS = {
    "attribution": "by", "by": "by", "署名": "by",
    "noncommercial": "nc", "nc": "nc", "非商业性使用": "nc", "非商业性": "nc", "非商业": "nc",
    "sharealike": "sa", "sa": "sa", "相同方式共享": "sa",
    "noderivatives": "nd", "noderivs": "nd", "nd": "nd", "禁止演绎": "nd",
    "international": "", "unported": "", "generic": "", "intl": "", "国际": "", "public": "", "cc": "cc", "creative": "cc",
    "commons": "cc", "creativecommons": "cc", "知识共享": "cc", "ccby": "by cc", "deed": "",
}  # fmt: skip
_CC_ORDER = ("by", "nc", "sa", "nd")
_CC_ADDRESS = re.compile(
    r"(?:https?://)?(?:www\.)?creativecommons\.org/(licenses|publicdomain)/([a-z-]+)(?:/([0-9](?:\.[0-9])?))?(?:/([a-z]{2,3}))?(?:/|\b)",
    re.IGNORECASE,
)
_LISTED_ADDRESS = re.compile(
    r"https?://(?:www\.)?(?:spdx\.org/licenses|choosealicense\.com/licenses|opensource\.org/licenses?)/"
    r"([A-Za-z0-9.+-]+?)(?:\.html|\.txt|\.php|\.json)?/?",
    re.IGNORECASE,
)
_CC_VERSIONS = {"1.0", "2.0", "2.1", "2.5", "3.0", "4.0"}
_PORTED_VERSIONS = _CC_VERSIONS - {"4.0"}
_PORTS = {"br", "ca", "ch", "cn", "es", "fr", "hk", "jp", "kr", "nz", "pl", "tw", "uk", "za"}
"""Ports beside those on the list; codes that are words of English too ("in", "it", "no") are left out."""


def read_expression(written: str) -> str | None:
    """Return the canonical spelling of an SPDX expression whose ids are on the list or LicenseRefs; None for all else."""
    if not written.strip() or written.strip().upper() in {NOASSERTION, "NONE"} or len(written) > MAX_CHARS:
        return None
    try:
        return str(_with_known_ids(parse_expression(written.strip())))
    except (UnreadableExpressionError, KeyError):
        return None


@lru_cache(maxsize=1 << 16)
def normalize_expression(raw: str) -> str | None:
    """Return the SPDX expression that a real-world spelling means; None where it names none that we are sure of."""
    if len(raw) > MAX_CHARS or len(re.findall(r"[(\[]", raw)) > MAX_BRACKETS:
        return None
    text = " ".join(unicodedata.normalize("NFKC", raw).split()).strip(" .;,\"'")
    if text.casefold() in _NOTHING:
        return None
    return read_expression(text) or _named(text) or _with_exception(text) or _combined(text)


def creative_commons_address(text: str) -> str | None:
    """Return the licence of the first Creative Commons address in a text, with its version and its port; else None."""
    match = _CC_ADDRESS.search(text)
    return _from_address(match) if match else None


def creative_commons_addresses(text: str) -> list[tuple[str, str]]:
    """Return every Creative Commons address in a text with its licence, in order, each once."""
    found = {match[0]: _from_address(match) for match in _CC_ADDRESS.finditer(text)}
    return [(address, expression) for address, expression in found.items() if expression]


def _from_address(match: re.Match[str]) -> str | None:
    section, elements, version, port = match[1].lower(), match[2].lower(), match[3], (match[4] or "").upper()
    if section == "publicdomain":
        return {"zero": "CC0-1.0", "mark": "CC-PDM-1.0"}.get(elements)
    return _creative_commons_id(set(elements.split("-")), version, port if port not in {"DEED", "LEGALCODE"} else "")


def _with_known_ids(expression: Expression) -> Expression:
    if isinstance(expression, Combination):
        return combine(expression.operator, tuple(_with_known_ids(part) for part in expression.parts))
    if expression.exception_id:
        return Term(_known(expression.license_id), _known(expression.exception_id))
    known = _known(expression.license_id)
    return parse_expression(_DEPRECATED.get(known, known))


def _known(written: str) -> str:
    """Return an id in the list's own spelling; raise KeyError for one that is neither on the list nor a LicenseRef."""
    listed = _ids().get(written.casefold())
    if listed is None and written.endswith("+"):
        base = _ids()[written[:-1].casefold()]
        # The GNU licences have an id for "or later"; the others keep the operator.
        return _ids().get(f"{base.removesuffix('-only')}-or-later".casefold(), f"{base}+")
    if listed is None and _OWN_REFERENCE.match(written):
        return written
    if listed is None:
        raise KeyError(written)
    return listed


@cache
def _ids() -> Mapping[str, str]:
    """Map every listed id and alias, case folded, to the id to use."""
    symbols = get_spdx_licensing().known_symbols.values()
    ids = {symbol.key.casefold(): symbol.key for symbol in symbols}
    ids.update({name.casefold(): name for name in license_names() if name.casefold() not in ids})
    for symbol in symbols:
        for alias in symbol.aliases:
            # An alias without a version ("gpl") would be a guess at one.
            if re.search(r"\d", alias) and " " not in alias and not alias.startswith("LicenseRef-"):
                # An alias outranks a deprecated id of the list: GPL-2.0 means GPL-2.0-only.
                ids[alias.casefold()] = symbol.key
    return ids


def _key(text: str) -> str:
    """Reduce a spelling to what tells licences apart: words and version numbers, in order."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = re.sub(r"(?:>=|≥)\s*([0-9]+(?:\.[0-9]+)*)", r" \1 or later ", text)
    # Any other comparison is no name: "GPL (< 3)" must not read as GPL 3.
    text = re.sub(r"[<>~≤≥]", " compared ", text)
    text = re.sub(r"(?<=[a-z0-9])\+", " or later ", text)
    text = re.sub(r"(?<![a-z0-9])v(?:er|ersion)?\.?\s*(?=[0-9])", " ", text)
    text = re.sub(r"(?<=[a-z])-?v(?=[0-9])", " ", text)
    text = re.sub(r"(?<=[^\W\d_])(?=[0-9])|(?<=[0-9])(?=[^\W\d_])", " ", text)
    words = re.findall(r"[0-9]+(?:\.[0-9]+)*|[^\W\d_]+", text)
    words = [f"{word}.0" if word.isdigit() else word for word in words if word not in _DROPPED]
    return _LATER.sub("or later", " ".join(words))


@cache
def _names() -> Mapping[str, str]:
    """Map the keys of all listed ids and names to the id to use; a key that two licences share is left out."""
    keys: dict[str, set[str]] = {}
    for license_id, name in license_names().items():
        used = read_expression(license_id) or license_id
        for spelling in (license_id, name):
            keys.setdefault(_key(spelling), set()).add(used)
    return {key: next(iter(ids)) for key, ids in keys.items() if len(ids) == 1} | _SPELLINGS


def _named(text: str) -> str | None:
    """Read a spelling of one licence."""
    whole = _ADDRESSES.get(re.sub(r"^https?://(www\.)?", "", text.casefold()).rstrip("/"))
    if whole is not None:
        return whole
    if re.fullmatch(r"<?\S+>?", text) and (address := creative_commons_address(text) or _listed_address(text)):
        return address
    if "::" in text:
        return _named(text.rpartition("::")[2].strip())
    return _by_key(_key(text)) or _creative_commons(text) or _without_brackets(text)


def _listed_address(text: str) -> str | None:
    """Read an address whose last part is an id, on the sites that list licences by id."""
    match = _LISTED_ADDRESS.fullmatch(text.strip("<>"))
    return _ids().get(match[1].casefold()) if match else None


def _by_key(key: str) -> str | None:
    for long, short in _FAMILY.items():
        if key.startswith(f"{long} "):
            key = short + key[len(long) :]
    for spelling in (key, key.removeprefix("gnu "), key.removeprefix("creative commons ")):
        if spelling in _names():
            return _names()[spelling]
    return None


def _without_brackets(text: str) -> str | None:
    """Read a name with an aside, which must say the same or nothing: ``MIT (non-commercial only)`` is not MIT."""
    match = re.fullmatch(r"(.+?)\s*[(\[]([^()\[\]]*)[)\]]\s*(.*)", text)
    if match is None:
        return None
    outside = _named(f"{match[1]} {match[3]}".strip())
    aside = match[2].strip()
    if (
        outside is None
        or aside.casefold() in _HARMLESS
        or re.match(r"see\b", aside, re.IGNORECASE)
        or (outside in _DEDICATIONS and aside.casefold().startswith("public domain"))
    ):
        return outside
    inside = _named(aside)
    if inside == outside or (inside is not None and inside.endswith("-unversioned") and _is_family(inside, outside)):
        return outside
    if inside is not None and outside.endswith("-unversioned") and _is_family(outside, inside):
        return inside
    return None


def _is_family(unversioned: str, versioned: str) -> bool:
    return versioned.startswith(unversioned.removeprefix("LicenseRef-").removesuffix("-unversioned") + "-")


def _creative_commons(text: str) -> str | None:
    """Read a Creative Commons name by its elements; any word that is not one of theirs ends the attempt."""
    folded = re.sub(r"\bnon[- ]?commercial\b", "noncommercial", unicodedata.normalize("NFKC", text).casefold())
    folded = re.sub(r"\bshare[- ]?alike\b", "sharealike", folded)
    folded = re.sub(r"\bno[- ]?deriv(?:ative)?s?\b(?: works?)?", "noderivatives", folded)
    folded = re.sub("知识共享|署名|非商业性使用|相同方式共享|禁止演绎|国际", r" \g<0> ", folded)
    words = _key(folded).split()
    versions = [word for word in words if word[0].isdigit()]
    named = [word for word in words if not word[0].isdigit()]
    is_ported = named and (
        f"CC-BY-3.0-{named[-1].upper()}" in license_names() or (named[-1] in _PORTS and set(versions) & _PORTED_VERSIONS)
    )
    port = named.pop().upper() if is_ported else ""
    if len(set(versions)) > 1 or any(word not in _CC_WORDS for word in named):
        return None
    elements = {part for word in named for part in _CC_WORDS[word].split()}
    # "Attribution" alone is a word of English; with an element or a version beside it, it is a licence.
    if "by" not in elements or not ("cc" in elements or len(elements) > 1 or versions or "署名" in named):
        return None
    return _creative_commons_id(elements - {"cc"}, versions[0] if versions else None, port)


def _creative_commons_id(elements: set[str], version: str | None, port: str) -> str | None:
    if not elements <= set(_CC_ORDER) or {"sa", "nd"} <= elements:
        return None
    stem = "-".join(("CC", *(element.upper() for element in _CC_ORDER if element in elements)))
    if version is None:
        return f"LicenseRef-{stem}-unversioned"
    if version not in _CC_VERSIONS:
        return None
    listed = _ids().get(f"{stem}-{version}-{port}".rstrip("-").casefold())
    # A port that the list lacks is another text than the one it was ported from.
    return listed or f"LicenseRef-{stem}-{version}{f'-{port}' if port else ''}"


def _with_exception(text: str) -> str | None:
    """Read ``GPL-3+ with Bison exception``; an exception that has versions is read only where the list has one of them."""
    match = re.fullmatch(r"(\S.*?) with (?:the )?([A-Za-z][\w-]*?)(?:[ -](?:linking )?exception)?", text, re.IGNORECASE)
    meant = _named(match[1]) if match else None
    if match is None or meant is None or " " in meant:
        return None
    known = [name for key, name in _ids().items() if re.fullmatch(re.escape(match[2].casefold()) + r"(-exception(-[0-9.]+)?)?", key)]
    exceptions = [name for name in known if "exception" in name.casefold() or name.endswith("-note")]
    return f"{meant} WITH {exceptions[0]}" if len(exceptions) == 1 else None


_JOINTS = (
    (Operator.OR, r"\s+or\s+|\s*\|+\s*"),
    (Operator.AND, r"\s+and\s+|\s*&+\s*"),
    (Operator.OR, r"\s*/\s*"),
    (Operator.AND, r"\s*[,;]\s*|\s+\+\s+"),
)


def _combined(text: str) -> str | None:
    """Read spellings joined by words: ``MIT/Apache-2.0`` and ``GPL-2+ or Artistic`` offer a choice, ``and`` does not.

    A list with commas offers none either: unless it says otherwise, all of it holds.
    """
    for operator, joint in _JOINTS:
        parts = re.split(joint, text, flags=re.IGNORECASE)
        if len(parts) > 1 and (combined := _join(operator, parts)):
            return combined
    return None


def _join(operator: Operator, parts: Iterable[str]) -> str | None:
    meant = [normalize_expression(part.strip(" ,()")) for part in parts]
    if any(part is None for part in meant):
        return None
    return str(combine(operator, tuple(parse_expression(part) for part in meant if part)))


_ADDRESSES: Mapping[str, str] = {
    "opensource.org/licenses/mit": "MIT",
    "opensource.org/license/mit": "MIT",
    "opensource.org/licenses/mit-license.php": "MIT",
    "apache.org/licenses/license-2.0": "Apache-2.0",
    "apache.org/licenses/license-2.0.txt": "Apache-2.0",
    "apache.org/licenses/license-2.0.html": "Apache-2.0",
    "gnu.org/licenses/gpl-3.0.html": "GPL-3.0-only",
    "gnu.org/licenses/gpl-3.0": "GPL-3.0-only",
    "gnu.org/licenses/gpl-2.0.html": "GPL-2.0-only",
    "gnu.org/licenses/agpl-3.0.html": "AGPL-3.0-only",
    "opendatacommons.org/licenses/by/1-0": "ODC-By-1.0",
    "opendatacommons.org/licenses/by": "ODC-By-1.0",
    "opendatacommons.org/licenses/odbl/1-0": "ODbL-1.0",
    "opendatacommons.org/licenses/odbl": "ODbL-1.0",
    "opendatacommons.org/licenses/pddl/1-0": "PDDL-1.0",
    "opendatacommons.org/licenses/pddl": "PDDL-1.0",
    "unlicense.org": "Unlicense",
    "mozilla.org/mpl/2.0": "MPL-2.0",
    "mozilla.org/en-us/mpl/2.0": "MPL-2.0",
    "opensource.org/license/apache-2-0": "Apache-2.0",
    "opensource.org/license/bsd-3-clause": "BSD-3-Clause",
    "opensource.org/license/bsd-2-clause": "BSD-2-Clause",
    "gnu.org/licenses/gpl-3.0.en.html": "GPL-3.0-only",
    "gnu.org/licenses/agpl-3.0.en.html": "AGPL-3.0-only",
    "gnu.org/licenses/lgpl-3.0.en.html": "LGPL-3.0-only",
    "cdla.dev/permissive-1-0": "CDLA-Permissive-1.0",
    "cdla.dev/permissive-2-0": "CDLA-Permissive-2.0",
    "cdla.dev/sharing-1-0": "CDLA-Sharing-1.0",
    "nationalarchives.gov.uk/doc/open-government-licence/version/1": "OGL-UK-1.0",
    "nationalarchives.gov.uk/doc/open-government-licence/version/2": "OGL-UK-2.0",
    "nationalarchives.gov.uk/doc/open-government-licence/version/3": "OGL-UK-3.0",
}
