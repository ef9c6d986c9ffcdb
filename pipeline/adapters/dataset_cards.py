"""Hugging Face dataset cards: YAML front matter, then prose. Only what the card says is taken; its template's gaps say nothing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.adapters.strict_yaml import read_yaml
from pipeline.domain.imports import CatalogForm, CatalogRecord, Lack, Piece
from pipeline.domain.sources import EvidenceKind
from pipeline.errors import ConfigurationError

_FRONT = re.compile(r"\s*---[ \t]*\r?\n(.*?)(?<=\n)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_HEADING = re.compile(r"^#\s+(?:dataset card for\s+)?(\S[^\n]{0,200})", re.MULTILINE | re.IGNORECASE)
_CURATED = re.compile(
    r"^[^\w\n]*(?:curated by|created by|dataset (?:creators?|curators?))[\s*_`]*[:：][ \t*_`]*(\S[^\n]{0,200})",
    re.MULTILINE | re.IGNORECASE,
)
_OWNER = re.compile(
    r"(?:huggingface\.co/datasets|modelscope\.cn/datasets|github\.com|gitee\.com)/([A-Za-z0-9][\w.-]{0,80})/[\w.-]+", re.ASCII
)
_GAP = re.compile(r"\[?\s*(?:more information needed|needs? more information|tbd|todo|n/?a|unknown|optional)\b", re.IGNORECASE)
_PEOPLE = ("publisher", "organization", "organisation", "creator", "creators", "author", "authors", "maintainer", "maintainers")
_OTHER_MODALITIES = (("image", "image"), ("video", "video"), ("audio", "audio"), ("speech", "audio"))


def read_card(content: bytes, locator: str, name: str) -> CatalogRecord:
    """Return what one card says; a card that cannot be read says so in ``lacks`` and is a record all the same."""
    piece = Piece("evidence/README.md", EvidenceKind.DATASET_CARD, locator, content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return CatalogRecord(CatalogForm.CARD, locator, name, lacks={Lack.ENCODING: f"UTF-8; found another encoding at byte {error.start}"})
    front, body, lacks = _parts(text)
    languages = tuple(words(front.get("language", front.get("languages"))))
    heading = _HEADING.search(body)
    title = next(iter(words(front.get("pretty_name"))), "") or (heading[1].strip() if heading and not _GAP.match(heading[1]) else "")
    return CatalogRecord(
        CatalogForm.CARD,
        locator,
        name,
        title=title,
        licenses=_licenses(front),
        publisher=_publisher(front, body, name),
        url=next(iter(words([front.get("homepage"), front.get("repository"), front.get("url")])), None),
        languages=languages,
        modality=_modality(front, languages),
        derived_from=_derived(front),
        access=_access(front),
        pieces=(piece,),
        lacks=lacks,
    )


def words(value: object) -> Iterator[str]:
    """Yield the words of a value that may be a word, a list of words, or neither."""
    match value:
        case str() if value.strip():
            yield value.strip()
        case list():
            for item in value:
                yield from words(item)


def _parts(text: str) -> tuple[Mapping[str, Any], str, dict[str, str]]:
    """Return front matter, prose and what is wrong with the former."""
    if not text.strip():
        return {}, "", {Lack.UNREADABLE: "a dataset card; found an empty file"}
    block = _FRONT.match(text)
    if block is None:
        opened = text.lstrip().startswith("---\n")
        return {}, text, {Lack.UNREADABLE: "front matter that ends with ---"} if opened else {}
    try:
        value = read_yaml(block[1], "front matter").value
    except ConfigurationError as error:
        return {}, text[block.end() :], {Lack.UNREADABLE: str(error).splitlines()[0][:200]}
    if value is None or isinstance(value, dict):
        return value or {}, text[block.end() :], {}
    return {}, text[block.end() :], {Lack.UNREADABLE: "front matter: expected keys, found none"}


def _licenses(front: Mapping[str, Any]) -> tuple[str, ...]:
    stated = [*words(front.get("license")), *words(front.get("licenses"))]
    if [word.casefold() for word in stated] == ["other"]:
        stated = [*words([front.get("license_name"), front.get("license_link")])][:1] or stated
    return tuple(dict.fromkeys(stated))


def _publisher(front: Mapping[str, Any], body: str, name: str) -> str | None:
    """Return who the card says made the set, else whose repository it is; a gap of the template is nobody."""
    curated = _CURATED.search(body)
    owner = _OWNER.search(body)
    said = [
        ", ".join([*words([front.get(key) for key in _PEOPLE])][:5]),
        curated[1].strip(" *_`.") if curated else "",
        name.rpartition("/")[0],
        owner[1] if owner else "",
    ]
    return next((each[:200] for each in said if each and not _GAP.match(each)), None)


def _modality(front: Mapping[str, Any], languages: Sequence[str]) -> str:
    tasks = " ".join([*words(front.get("modalities")), *words(front.get("task_categories")), *words(front.get("tags"))]).casefold()
    if languages and all(language.casefold() == "code" for language in languages):
        return "code"
    return next((modality for word, modality in _OTHER_MODALITIES if word in tasks and "text" not in tasks), "text")


def _derived(front: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a set is built on; ``original`` is the word for nothing, ``extended|name`` names it."""
    named = (word.partition("|")[2] or word for word in words(front.get("source_datasets")))
    return tuple(dict.fromkeys(word for word in named if word.casefold() != "original"))


def _access(front: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys that put a gate before the data; ``extra_gated_*: false`` and the like put none."""
    return tuple(key for key in front if (key.startswith("extra_gated") or key == "gated") and front[key] not in (None, False, "", [], {}))
