"""Records that a third party keeps of datasets: Data Provenance Initiative style JSON, and rows of tables.

Whoever keeps such a record is not the publisher, so its tag of a licence is no evidence (like the tag in a package's metadata).
It counts as a notice only where the address of the licence's own text stands beside every name and says the same.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.adapters.spdx import normalize_expression
from pipeline.domain.imports import CatalogForm, CatalogRecord, Lack, Piece
from pipeline.domain.licensing import agrees
from pipeline.domain.sources import EvidenceKind

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "dataset", "dataset name", "dataset_name", "id", "source", "名称", "数据集"),
    "title": ("title", "pretty_name", "pretty name", "标题"),
    "license": ("license", "licence", "licenses", "license_name", "spdx", "许可证", "许可协议"),
    "license_url": ("license_url", "license url", "licence_url", "license_link", "license link"),
    "url": ("url", "homepage", "dataset_url", "dataset url", "address", "地址"),
    "publisher": ("publisher", "creator", "creators", "author", "organization", "organisation", "发布者"),
    "language": ("language", "languages", "lang", "语言"),
    "modality": ("modality",),
    "derived_from": ("derived_from", "derived from", "source_datasets", "based_on"),
    "access": ("access", "conditions_of_access", "gated"),
    "notes": ("notes", "license_notes", "license notes", "terms", "description", "备注"),
}
_MODALITIES = frozenset({"text", "code", "image", "audio", "video", "other"})
_NO_ACCESS = frozenset({"", "open", "public", "no", "none", "false", "free"})
NEEDED = ("name", "license")


def is_provenance_record(value: object) -> bool:
    """Tell whether a JSON value is one record in the style of the Data Provenance Initiative."""
    return isinstance(value, dict) and bool({"Licenses", "Dataset Name", "Unique Dataset Identifier"} & value.keys())


def read_provenance_record(value: Mapping[str, Any], locator: str, key: str) -> CatalogRecord:
    """Return what one record of the Data Provenance Initiative's form says; ``key`` is the name under which the file lists it."""
    unique = next(_words(value.get("Unique Dataset Identifier")), "") or key or next(_words(value.get("Dataset Name")), "")
    entries = [*_entries(value.get("Licenses"))]
    addresses = [
        *_words([value.get(name) for name in ("Dataset URL", "Hugging Face URL", "GitHub URL", "Papers with Code URL", "ArXiv URL")])
    ]
    code = bool([*_words(value.get("Programming Languages"))])
    languages = tuple(_words(value.get("Languages")))
    return CatalogRecord(
        CatalogForm.PROVENANCE,
        locator,
        unique,
        title=next(_words(value.get("Dataset Name")), unique),
        licenses=tuple(dict.fromkeys(name or url for name, url in entries if name or url)),
        publisher=", ".join([*_words(value.get("Creators"))][:5])[:200] or None,
        url=next(iter(addresses), None),
        languages=languages or (("code",) if code else ()),
        modality="code" if code and not languages else "text",
        derived_from=tuple(dict.fromkeys(_words(value.get("Derived from Datasets")))),
        pieces=(_piece(value, locator, entries),),
    )


def columns_of(header: Sequence[str]) -> dict[str, str]:
    """Return what each known column of a table is called there; unknown columns are kept as evidence and not read."""
    folded = {" ".join(name.split()).casefold(): name for name in header}
    return {meaning: folded[known] for meaning, names in _COLUMNS.items() if (known := next((n for n in names if n in folded), None))}


def read_row(row: Mapping[str, Any], columns: Mapping[str, str], locator: str, attached: Sequence[Piece] = ()) -> CatalogRecord:
    """Return what one row of a table, or one flat JSON object, says; ``attached`` are the files that it names as evidence."""
    said = {meaning: [*_cell(row.get(name))] for meaning, name in columns.items()}
    names, addresses = said.get("license", []), said.get("license_url", [])
    entries = [
        (names[place] if place < len(names) else "", addresses[place] if place < len(addresses) else "")
        for place in range(max(len(names), len(addresses)))
    ]
    name = next(iter(said.get("name", [])), "")
    stated = next(iter(said.get("modality", [])), "text").casefold()
    evidence = {
        "Licenses": [{"License": each, "License URL": url} for each, url in entries],
        "License Notes": " ".join(said.get("notes", [])),
        "row": row,
    }
    return CatalogRecord(
        CatalogForm.TABLE,
        locator,
        name,
        title=next(iter(said.get("title", [])), name),
        licenses=tuple(dict.fromkeys(each or url for each, url in entries if each or url)),
        publisher=", ".join(said.get("publisher", []))[:200] or None,
        url=next(iter(said.get("url", [])), None),
        languages=tuple(said.get("language", [])),
        modality=stated if stated in _MODALITIES else "other",
        derived_from=tuple(said.get("derived_from", [])),
        access=tuple(each for each in said.get("access", []) if each.casefold() not in _NO_ACCESS),
        pieces=(_piece(evidence, locator, entries), *attached),
        lacks={} if name else {Lack.NO_NAME: "the dataset's name"},
    )


def _cell(value: object) -> Iterator[str]:
    """Yield the words of a cell; several stand with semicolons, or as a list."""
    for word in _words(value):
        yield from (part.strip() for part in word.split(";") if part.strip())


def _words(value: object) -> Iterator[str]:
    match value:
        case str() if value.strip():
            yield value.strip()
        case list():
            for item in value:
                yield from _words(item)


def _entries(value: object) -> Iterator[tuple[str, str]]:
    """Yield each licence as its name and its address; either may be missing."""
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, dict):
            yield next(_words(entry.get("License")), ""), next(_words(entry.get("License URL")), "")
        elif isinstance(entry, str) and entry.strip():
            yield entry.strip(), ""


def _piece(evidence: Mapping[str, Any], locator: str, entries: Sequence[tuple[str, str]]) -> Piece:
    kind = EvidenceKind.NOTICE if entries and all(_is_addressed(*entry) for entry in entries) else EvidenceKind.PACKAGE_METADATA
    # Escaped, because a lone surrogate is JSON and no UTF-8.
    return Piece("evidence/record.json", kind, locator, (json.dumps(evidence, indent=1) + "\n").encode())


def _is_addressed(name: str, address: str) -> bool:
    meant = normalize_expression(address) if address.startswith(("http://", "https://")) else None
    named = normalize_expression(name)
    return meant is not None and (named is None or agrees(meant, named))
