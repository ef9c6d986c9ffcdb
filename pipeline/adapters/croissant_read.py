"""Croissant and other JSON-LD descriptions of a dataset (schema.org terms), under whichever prefix they are written."""

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.domain.imports import CatalogForm, CatalogRecord, Lack, Piece
from pipeline.domain.sources import EvidenceKind

_PREFIXES = ("", "sc:", "schema:", "https://schema.org/", "http://schema.org/")
_FREE = frozenset({"open", "public", "none", "free", "unrestricted"})


def is_json_ld(value: object) -> bool:
    """Tell whether a JSON value is JSON-LD."""
    return isinstance(value, dict) and ("@context" in value or "@graph" in value)


def read_croissant(value: Mapping[str, Any], content: bytes, locator: str, name: str) -> CatalogRecord:
    """Return what a JSON-LD document says of its dataset; one that describes none says so in ``lacks``."""
    dataset = next(_datasets(value), None)
    if dataset is None:
        return CatalogRecord(CatalogForm.CROISSANT, locator, name, lacks={Lack.NO_DATASET: "a node of type Dataset"})
    named = next(_texts(dataset, "name"), name)
    address = next(_texts(dataset, "url"), None) or next(_texts(dataset, "@id"), None)
    return CatalogRecord(
        CatalogForm.CROISSANT,
        locator,
        named,
        title=named,
        licenses=tuple(dict.fromkeys(_texts(dataset, "license"))),
        publisher=", ".join(dict.fromkeys([*_texts(dataset, "publisher"), *_texts(dataset, "creator")][:5]))[:200] or None,
        url=address if address and address.startswith(("http://", "https://")) else None,
        languages=tuple(_texts(dataset, "inLanguage")),
        derived_from=tuple(dict.fromkeys(_texts(dataset, "isBasedOn"))),
        access=tuple(_access(dataset)),
        pieces=(Piece("evidence/croissant.json", EvidenceKind.DATASET_CARD, locator, content),),
    )


def _datasets(value: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    graph = value.get("@graph")
    for node in [value, *(graph if isinstance(graph, list) else [])]:
        if isinstance(node, dict):
            kinds = node.get("@type", [])
            if any(
                str(kind).rpartition(":")[2].rpartition("/")[2] == "Dataset" for kind in (kinds if isinstance(kinds, list) else [kinds])
            ):
                yield node


def _values(node: Mapping[str, Any], term: str) -> Iterator[object]:
    for prefix in _PREFIXES:
        value = node.get(prefix + term)
        yield from value if isinstance(value, list) else [value]


def _texts(node: Mapping[str, Any], term: str) -> Iterator[str]:
    """Yield the words of a term: as they stand, or by the name, else the address, of the thing they describe."""
    for value in _values(node, term):
        if isinstance(value, str) and value.strip():
            yield value.strip()
        elif isinstance(value, dict):
            inner = [value.get(key) for key in ("name", "alternateName", "sc:name", "schema:name", "url", "@id", "@value")]
            yield from [each.strip() for each in inner if isinstance(each, str) and each.strip()][:1]


def _access(node: Mapping[str, Any]) -> Iterator[str]:
    if any(value is False or (isinstance(value, str) and value.casefold() == "false") for value in _values(node, "isAccessibleForFree")):
        yield "isAccessibleForFree: false"
    if any(text.casefold() not in _FREE for text in _texts(node, "conditionsOfAccess")):
        yield "conditionsOfAccess"
