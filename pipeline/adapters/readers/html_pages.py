"""HTML pages: what a reader sees as lines of text, and what the page states of itself.

Extraction is plain on purpose, so that it can be explained: markup that shows nothing (scripts, styles, templates, hidden
elements) and navigation are dropped, block elements begin and end lines, table cells stand apart by a tab, white space
collapses as browsers collapse it except in ``pre``. Nothing is judged to be boilerplate.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.adapters.readers.cuts import whole
from pipeline.adapters.readers.encodings import Encoding, decode_whole, web_encoding
from pipeline.adapters.readers.rows import NO_METADATA, Rows, Stated, canonical
from pipeline.adapters.readers.signals import LABEL, label_of, of_meta
from pipeline.adapters.readers.streams import Unpacked
from pipeline.domain.dispositions import RejectReason
from pipeline.domain.policies import AcquirePolicy
from pipeline.domain.records import Part
from pipeline.domain.rights import Reservation
from pipeline.domain.sources import Delivery

HIDDEN = "script,style,noscript,template,nav,iframe,object,svg,canvas,select,[hidden]:not(body)"
BLOCKS = (
    "address,article,aside,blockquote,body,br,caption,dd,details,dialog,div,dl,dt,fieldset,figcaption,figure,footer,form,h1,h2,h3,h4,h5,h6,"
    "header,hgroup,hr,legend,li,main,menu,ol,optgroup,option,p,pre,section,summary,table,tbody,tfoot,thead,tr,ul"
)
CELLS = "td,th"
# Control characters that stand for layout until white space has been collapsed; a page's own ones count as layout.
LINE, SPACE, TAB, KEPT_TAB = "\x1e", "\x1f", "\x1d", "\x1c"
COLLAPSIBLE = re.compile(r"[ \t\n\f\r]+")
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")  # BCP 47, its outer form
MOMENT = re.compile(r"\d{4}(-\d{2}(-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s?(Z|[+-]\d{2}:?\d{2})?)?)?)?")  # ISO 8601, its outer form
META_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
# Where browsers look for a page's own statement of its encoding (Encoding sniffing, HTML Standard 13.2.3.2).
CHARSET_WITHIN_BYTES = 1024
DATE_NAMES = (
    "article:published_time", "datepublished", "date", "dc.date", "dc.date.issued", "dcterms.date", "dcterms.issued", "dcterms.created",
    "pubdate", "publishdate", "publish_date", "publication_date", "og:published_time",
)  # fmt: skip
LICENSE_NAMES = ("dcterms.license", "dc.rights.license", "dc.license", "license")
CREATIVE_COMMONS = "a[href*='creativecommons.org/licenses/'],a[href*='creativecommons.org/publicdomain/']"


@dataclass(frozen=True, slots=True)
class Page:
    """A page's visible text and what it states beside it."""

    text: str
    stated: Stated


def read_page(stream: Unpacked, delivery: Delivery, declared: Encoding | None, limits: AcquirePolicy) -> Iterator[Part]:
    """Yield the one record of an HTML file."""
    rows = Rows()
    cut = whole(stream, limits.max_record_bytes)
    place = (cut.start, cut.byte_count)
    if cut.raw is None:
        rows.reject_cut(cut)
    elif (decoded := decode_whole(cut.raw, [stated_encoding(cut.raw), declared])) is None:
        rows.refuse(RejectReason.INVALID_BYTES, "no encoding fits", cut.raw, place)
    else:
        page = read(decoded[0], delivery)
        rows.add(page.text, page.stated, cut.raw, decoded[1], place)
    yield from rows.rest()


def stated_encoding(raw: bytes) -> Encoding | None:
    """Return the encoding that a page states in its first 1024 bytes."""
    found = META_CHARSET.search(raw[:CHARSET_WITHIN_BYTES])
    return web_encoding(found[1].decode("ascii")) if found else None


def read(markup: str, delivery: Delivery) -> Page:
    """Return the visible text of a page and what it states of itself."""
    tree = LexborHTMLParser(markup)
    stated = _stated(tree, delivery)
    return Page(_visible_text(tree), stated)


def _visible_text(tree: LexborHTMLParser) -> str:
    """Return the text of the body, a line for each block; the tree is used up."""
    body = tree.body
    if body is None:
        return ""
    # Backwards, so that nothing inside a dropped element is dropped after it; once each, whatever selectors it meets.
    for node in {node.mem_id: node for node in reversed(body.css(HIDDEN))}.values():
        node.decompose()
    for node in body.css("pre,textarea"):
        for child in list(node.traverse(include_text=True)):
            if child.is_text_node:
                kept = (child.text_content or "").replace("\r\n", "\n").replace("\n", LINE).replace(" ", SPACE).replace("\t", KEPT_TAB)
                child.replace_with(kept)
    for node in body.css(CELLS):
        node.insert_after(TAB)
    for node in body.css(BLOCKS):
        node.insert_before(LINE)
        node.insert_after(LINE)
    collapsed = (COLLAPSIBLE.sub(" ", line).strip(" " + TAB) for line in body.text().split(LINE))
    return "\n".join(line for line in collapsed if line).replace(SPACE, " ").replace(TAB, "\t").replace(KEPT_TAB, "\t")


def _stated(tree: LexborHTMLParser, delivery: Delivery) -> Stated:
    """Return title, language, terms and date of a page; declared names are looked up among its meta elements."""
    linked, named = _linked_data(tree), _named(tree)
    fields, metadata = delivery.fields, NO_METADATA
    if delivery.metadata:
        metadata = canonical({name: named.get(name.lower()) or None for name in delivery.metadata})
    return Stated(
        key=named.get(fields.id.lower()) or None if fields.id else None,
        title=_collapsed(title.text()) if (title := tree.css_first("head title")) is not None else None,
        license=_license(tree, linked, named),
        language=_language(tree),
        published_at=_published_at(tree, linked, named),
        metadata=metadata,
        reservations=_reservations(tree),
        generated=label_of(named[LABEL.lower()], "meta element") if LABEL.lower() in named else None,
    )


def _reservations(tree: LexborHTMLParser) -> tuple[Reservation, ...]:
    """Return every reservation of a page's meta elements; each counts, not only the first of a name."""
    found = ((node.attributes.get("name"), node.attributes.get("content")) for node in tree.css("meta[name][content]"))
    return tuple(reservation for name, content in found if name and content for reservation in of_meta(name.strip(), content))


def _collapsed(text: str) -> str | None:
    return COLLAPSIBLE.sub(" ", text).strip() or None


def _attribute(node: LexborNode, name: str) -> str:
    return (node.attributes.get(name) or "").strip()


def _named(tree: LexborHTMLParser) -> dict[str, str]:
    """Return the contents of meta elements by name or property in lower case, the first of each; ``canonical`` is the link's address."""
    named: dict[str, str] = {}
    link = tree.css_first("link[rel~='canonical']")
    if link is not None:
        named["canonical"] = _attribute(link, "href")
    for node in tree.css("meta[content]"):
        attributes = node.attributes
        for name in (attributes.get("name"), attributes.get("property"), attributes.get("itemprop")):
            if name:
                named.setdefault(name.strip().lower(), _collapsed(attributes["content"] or "") or "")
    return named


def _language(tree: LexborHTMLParser) -> str | None:
    root = tree.css_first("html")
    stated = "" if root is None else _attribute(root, "lang") or _attribute(root, "xml:lang")
    return stated if LANGUAGE_TAG.fullmatch(stated) else None


def _license(tree: LexborHTMLParser, linked: list[dict[str, Any]], named: Mapping[str, str]) -> str | None:
    """Return the terms a page states: by rel=license, else linked data, else meta, else a Creative Commons link.

    Several different statements of one kind are all kept, so that nobody picks the kindest.
    """
    by_relation = [_attribute(node, "href") for node in tree.css("a[rel~='license'],link[rel~='license'],area[rel~='license']")]
    by_data = [term for item in linked for term in _terms(item.get("license"))]
    by_name = [named.get(name, "") for name in LICENSE_NAMES]
    by_link = [_attribute(node, "href") for node in tree.css(CREATIVE_COMMONS)]
    for found in (by_relation, by_data, by_name, by_link):
        if terms := list(dict.fromkeys(term for term in found if term)):
            return " ; ".join(terms)
    return None


def _terms(value: object) -> list[str]:
    """Return the terms in a ``license`` of linked data: an address, or a work with one."""
    if isinstance(value, str):
        return [value.strip()]
    if isinstance(value, list):
        return [term for item in value for term in _terms(item)]
    return _terms(value.get("@id") or value.get("url") or value.get("name")) if isinstance(value, dict) else []


def _published_at(tree: LexborHTMLParser, linked: list[dict[str, Any]], named: Mapping[str, str]) -> str | None:
    """Return the date of publishing that a page states, where it is written as ISO 8601."""
    by_name = (named.get(name) for name in DATE_NAMES)
    by_data = (item.get("datePublished") for item in linked)
    by_time = (_attribute(node, "datetime") for node in tree.css("time[itemprop='datePublished'],time[pubdate]"))
    for found in (by_name, by_data, by_time):
        for moment in found:
            if isinstance(moment, str) and MOMENT.fullmatch(moment.strip()):
                return moment.strip()
    return None


def _linked_data(tree: LexborHTMLParser) -> list[dict[str, Any]]:
    """Return the top-level objects of a page's JSON-LD; what is broken says nothing."""
    found: list[dict[str, Any]] = []
    for node in tree.css("script[type='application/ld+json']"):
        try:
            value = json.loads(node.text())
        except (ValueError, RecursionError):
            continue
        items = value if isinstance(value, list) else [value]
        for item in items:
            if isinstance(item, dict):
                graph = item.get("@graph")
                found += [item, *(part for part in graph if isinstance(part, dict))] if isinstance(graph, list) else [item]
    return found
