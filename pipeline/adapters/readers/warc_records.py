"""WARC records (ISO 28500:2017): web pages as they were captured.

Responses, resources and conversions are records, and so are revisits and whatever else may hold content; what only
describes a capture (warcinfo, request, metadata) is not counted. The outer frame is read here rather than by an iterator,
so that a damaged record becomes one reject with its place and reading goes on at the next one. robots.txt and tdmrep.json
are no content: they speak for the pages of their site and are set aside for that.
"""

import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from fastwarc.warc import WarcRecord

from pipeline.adapters.readers.cuts import Cut, Skipped, over_long
from pipeline.adapters.readers.encodings import Encoding, decode_whole, web_encoding
from pipeline.adapters.readers.html_pages import Page, read, stated_encoding
from pipeline.adapters.readers.rows import NO_METADATA, Rows, Stated, canonical, text_fault
from pipeline.adapters.readers.signals import license_of_headers, of_headers
from pipeline.adapters.readers.streams import CHUNK_BYTES, GZIP_MAGIC, Unpacked
from pipeline.domain.dispositions import RejectReason
from pipeline.domain.policies import AcquirePolicy
from pipeline.domain.records import Part
from pipeline.domain.rights import SiteFileKind
from pipeline.domain.sources import Delivery

MAX_HEADER_BYTES = 1 << 16
LINE_ENDS = b"\r\n"
HEADER_END = re.compile(rb"\r?\n\r?\n")
VERSION = b"WARC/"
NEXT_VERSION = re.compile(rb"\nWARC/\d\.\d\r?\n")
VERSION_LINE_BYTES = len(b"\nWARC/1.0\r\n")
TRAILER_BYTES = len(b"\r\n\r\nWARC/")
MAX_LENGTH_DIGITS = 18
CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';]+)""", re.IGNORECASE)
# RFC 9112 section 7.1: a chunk begins with its size in hexadecimal.
CHUNK_HEADER = re.compile(rb"[0-9A-Fa-f]{1,16}[ \t]*(;[^\r\n]*)?\r?\n")
CHUNK_HEADER_BYTES = 128
LAST_CHUNK = re.compile(rb"\n0+[ \t]*(;[^\r\n]*)?\r?\n")
LAST_CHUNK_WITHIN_BYTES = 1 << 13
ZLIB_CODINGS = frozenset({"gzip", "x-gzip", "deflate"})
HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
TEXT_TYPE = "text/plain"
Mode = Literal["none", "content", "transfer", "all"]
CONTENT = frozenset({"response", "resource", "conversion"})
SITE_FILES = {"/robots.txt": SiteFileKind.ROBOTS, "/.well-known/tdmrep.json": SiteFileKind.TDMREP}
UNREADABLE_STATUS = 0
"""Status of a site's file whose answer is damaged: no permission may rest on it."""
ABOUT_CAPTURES = frozenset({"warcinfo", "request", "metadata"})


class _DamagedError(Exception):
    """Says what is wrong with a record's frame."""


class _RefusedError(Exception):
    """Says why a framed record is no document."""

    def __init__(self, reason: RejectReason, detail: str | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class _Block:
    """One framed record: its named fields in lower case and all its bytes, or the cut that stands for them."""

    fields: Mapping[str, str]
    cut: Cut

    @property
    def kind(self) -> str:
        return self.fields.get("warc-type", "").lower()


@dataclass(frozen=True, slots=True)
class _Payload:
    """What a record carries: decoded content bytes, media type, stated charset, and HTTP fields in lower case."""

    content: bytes
    media_type: str
    charset: str | None
    http: Mapping[str, str]
    headers: tuple[tuple[str, str], ...] = ()
    """HTTP fields as they came, repeated ones too."""


class _Ahead:
    """Unpacked bytes that are looked at before they are taken, so that a damaged record can be searched again."""

    def __init__(self, stream: Unpacked) -> None:
        self._stream = stream
        self._held = b""
        self._at = 0
        self.offset = 0

    @property
    def fault(self) -> tuple[RejectReason, str] | None:
        """Return the stream's own damage."""
        damage = self._stream.damage
        return None if damage is None else (damage.reason, damage.detail)

    def has(self, count: int) -> bool:
        """Tell whether ``count`` more bytes are there, reading up to them."""
        while len(self._held) - self._at < count:
            if not self._more():
                return False
        return True

    def look(self, count: int) -> bytes:
        """Return up to ``count`` of the bytes held."""
        return self._held[self._at : self._at + count]

    def take(self, count: int) -> bytes:
        """Return up to ``count`` of the bytes held, and pass them."""
        taken = self.look(count)
        self._at += len(taken)
        self.offset += len(taken)
        return taken

    def pass_line_ends(self) -> None:
        """Pass the line ends between two records."""
        while self.has(1):
            ends = 0
            while self._at + ends < len(self._held) and self._held[self._at + ends] in LINE_ENDS:
                ends += 1
            self.take(ends)
            if self._at < len(self._held):
                return

    def header_bytes(self) -> int:
        """Return the length of the header block that comes next; raise _DamagedError if there is none."""
        if not self.has(len(VERSION)) or not self.look(len(VERSION)) == VERSION:
            raise _DamagedError("no record begins here")
        while (end := HEADER_END.search(self._held, self._at, self._at + MAX_HEADER_BYTES)) is None:
            if len(self._held) - self._at >= MAX_HEADER_BYTES or not self._more():
                raise _DamagedError("the record's header has no end")
        return end.end() - self._at

    def skip_to_next(self, reason: RejectReason, detail: str) -> Cut:
        """Pass everything up to the next record's version line; return what was passed as one cut."""
        skipped = Skipped(self.offset)
        while (found := NEXT_VERSION.search(self._held, self._at)) is None:
            # A version line may stand across two chunks, so its length is kept back.
            skipped.add(self.take(max(0, len(self._held) - self._at - VERSION_LINE_BYTES)))
            if not self._more():
                skipped.add(self.take(VERSION_LINE_BYTES))
                return skipped.cut(*(self.fault or (reason, detail)))
        skipped.add(self.take(found.start() + 1 - self._at))
        return skipped.cut(reason, detail)

    def skip_damage(self) -> bool:
        """Go on behind the stream's damage, at the next record that was packed by itself."""
        return self._stream.skip_damage()

    def _more(self) -> bool:
        chunk = self._stream.read(CHUNK_BYTES)
        self._held, self._at = self._held[self._at :] + chunk, 0
        return bool(chunk)


def read_archive(stream: Unpacked, delivery: Delivery, declared: Encoding | None, limits: AcquirePolicy) -> Iterator[Part]:
    """Yield the records of a WARC file."""
    rows, interpret = Rows(), _Interpreter(delivery, declared, limits.max_record_bytes)
    for block in _blocks(_Ahead(stream), limits.max_record_bytes):
        if block.cut.raw is None:
            rows.reject_cut(block.cut)
        elif block.kind not in ABOUT_CAPTURES:
            interpret.take(block, block.cut.raw, rows)
        yield from rows.full()
    yield from rows.rest()


def _blocks(ahead: _Ahead, max_bytes: int) -> Iterator[_Block]:
    """Yield every record of an archive, and a cut for whatever stands between them."""
    while True:
        ahead.pass_line_ends()
        if not ahead.has(1):
            if ahead.fault is None:
                return
            yield _Block({}, Skipped(ahead.offset).cut(*ahead.fault))
        else:
            try:
                yield _block(ahead, max_bytes)
                continue
            except _DamagedError as error:
                yield _Block({}, ahead.skip_to_next(RejectReason.DAMAGED_WARC, str(error)))
        if not ahead.has(1) and ahead.fault is not None and not ahead.skip_damage():
            return


def _block(ahead: _Ahead, max_bytes: int) -> _Block:
    """Return the record that comes next and pass it; raise _DamagedError, having passed nothing."""
    header_bytes = ahead.header_bytes()
    fields = _fields(ahead.look(header_bytes))
    length = fields.get("content-length", "")
    if not (length.isascii() and length.isdigit() and len(length) <= MAX_LENGTH_DIGITS):
        raise _DamagedError("no Content-Length")
    count = header_bytes + int(length)
    if int(length) > max_bytes:
        return _Block(fields, _passed(ahead, count, max_bytes))
    if not ahead.has(count):
        raise _DamagedError("the record ends before its Content-Length")
    ahead.has(count + TRAILER_BYTES)
    trailer = ahead.look(count + TRAILER_BYTES)[count:]
    following = trailer.lstrip(LINE_ENDS)
    # Some writers count the line ends behind the content as content: then the next record follows at once.
    is_ended = following != trailer or ahead.look(count).endswith(b"\n")
    if trailer and not (is_ended and VERSION.startswith(following[: len(VERSION)])):
        raise _DamagedError("the record goes on behind its Content-Length")
    start = ahead.offset
    return _Block(fields, Cut(start, ahead.take(count), count))


def _passed(ahead: _Ahead, count: int, max_bytes: int) -> Cut:
    """Pass an over-long record, hashing it."""
    skipped = Skipped(ahead.offset)
    while skipped.count < count and ahead.has(1):
        skipped.add(ahead.take(min(CHUNK_BYTES, count - skipped.count)))
    if skipped.count < count:
        return skipped.cut(*(ahead.fault or (RejectReason.DAMAGED_WARC, "the record ends before its Content-Length")))
    return skipped.cut(RejectReason.OVER_LONG, over_long(max_bytes))


def _fields(header: bytes) -> dict[str, str]:
    """Return the named fields of a header block (ISO 28500 section 5), names in lower case, the first of each."""
    fields: dict[str, str] = {}
    for line in header.decode("utf-8", "replace").splitlines()[1:]:
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip().lower(), value.strip())
    return fields


class _Interpreter:
    """Turns framed records into rows."""

    def __init__(self, delivery: Delivery, declared: Encoding | None, max_bytes: int) -> None:
        self._delivery = delivery
        self._declared = declared
        self._max_bytes = max_bytes

    def take(self, block: _Block, raw: bytes, rows: Rows) -> None:
        """Take one record that may hold content."""
        place = (block.cut.start, block.cut.byte_count)
        site_file = _site_file(block)
        if site_file is not None:
            status, body = _site_answer(block, raw, self._max_bytes)
            rows.set_aside(*site_file, status, body, block.fields.get("warc-date"))
            rows.refuse(RejectReason.WARC_NOT_CONTENT, f"{site_file[0].value} of a site, kept as evidence", raw, place)
            return
        try:
            payload = self._payload(block, raw)
            page, encoding = self._page(payload)
        except _RefusedError as error:
            rows.refuse(error.reason, error.detail, raw, place)
        except OSError:
            rows.refuse(RejectReason.DAMAGED_WARC, "the payload cannot be unpacked", raw, place)
        else:
            fault, detail = text_fault(page.text)
            if fault is not None:
                rows.refuse(fault, detail, raw, place)
                return
            rows.add(page.text, self._stated(page.stated, block, payload), payload.content, encoding, place)

    def _page(self, payload: _Payload) -> tuple[Page, str]:
        """Return the page a payload holds and the encoding it is in; raise _RefusedError for one that does not decode."""
        is_html = payload.media_type in HTML_TYPES
        stated = (web_encoding(payload.charset), stated_encoding(payload.content) if is_html else None, self._declared)
        decoded = decode_whole(payload.content, stated)
        if decoded is None:
            raise _RefusedError(RejectReason.INVALID_BYTES, "no encoding fits")
        text, encoding = decoded
        return (read(text, self._delivery) if is_html else Page(text, Stated())), encoding

    def _payload(self, block: _Block, raw: bytes) -> _Payload:
        """Return the payload with HTTP's own packing undone; raise _RefusedError for what holds no text."""
        if block.kind == "revisit":
            raise _RefusedError(RejectReason.WARC_REVISIT, None)
        if block.kind not in CONTENT:
            raise _RefusedError(RejectReason.WARC_NOT_CONTENT, f"record type {_word(block.kind)}")
        record = WarcRecord.from_bytes(raw)
        content_type, http = block.fields.get("content-type", ""), dict[str, str]()
        headers: tuple[tuple[str, str], ...] = ()
        if _media_type(content_type) == "application/http":
            record = _http_record(raw)
            status = record.http_headers.status_code or 0
            if not 200 <= status < 300:
                raise _RefusedError(RejectReason.WARC_NOT_CONTENT, f"HTTP status {status}")
            headers = tuple((name, value) for name, value in record.http_headers.items())
            http = {name.lower(): value for name, value in headers}
            content_type = http.get("content-type", "")
        media_type = _media_type(content_type)
        if media_type not in HTML_TYPES and media_type != TEXT_TYPE:
            raise _RefusedError(RejectReason.WARC_NOT_CONTENT, f"media type {_word(media_type)}")
        content = _http_content(record, raw, self._max_bytes) if http else _held(record, self._max_bytes)
        charset = CHARSET.search(content_type)
        if len(content) > self._max_bytes:
            raise _RefusedError(RejectReason.OVER_LONG, over_long(self._max_bytes))
        return _Payload(content, media_type, charset[1] if charset else None, http, headers)

    def _stated(self, page: Stated, block: _Block, payload: _Payload) -> Stated:
        """Return what capture, HTTP and page state; the address captured is the record's key."""
        metadata = NO_METADATA
        if self._delivery.metadata:
            of_page = json.loads(page.metadata)
            named = {name: block.fields.get(name.lower()) or payload.http.get(name.lower()) for name in self._delivery.metadata}
            metadata = canonical({name: value or of_page.get(name) for name, value in named.items()})
        head = hashlib.sha256("\n".join(f"{name}: {value}" for name, value in payload.headers).encode("utf-8", "replace")).hexdigest()
        return replace(
            page,
            license=self._terms(page, block, payload),
            reservations=(*of_headers(payload.headers, head), *page.reservations),
            key=block.fields.get("warc-target-uri", "").strip("<>") or None,
            language=page.language or payload.http.get("content-language"),
            captured_at=block.fields.get("warc-date"),
            metadata=metadata,
        )

    def _terms(self, page: Stated, block: _Block, payload: _Payload) -> str | None:
        """Return the terms of a capture: of the declared field of its WARC or HTTP header, of ``Link: rel=license``, and of the page."""
        name = (self._delivery.fields.license or "").lower()
        declared = (block.fields.get(name) or payload.http.get(name)) if name else None
        stated = [declared, *license_of_headers(payload.headers), page.license]
        return " ; ".join(dict.fromkeys(each for each in stated if each)) or None


def _site_file(block: _Block) -> tuple[SiteFileKind, str] | None:
    """Return which file of a site a capture is, and the origin it speaks for; None for a page."""
    if block.kind not in CONTENT:
        return None
    try:
        address = urlsplit(block.fields.get("warc-target-uri", "").strip("<>"))
    except ValueError:
        return None
    kind = SITE_FILES.get(address.path)
    return (kind, f"{address.scheme}://{address.netloc}".casefold()) if kind and address.netloc else None


def _site_answer(block: _Block, raw: bytes, max_bytes: int) -> tuple[int, bytes]:
    """Return status and body of a capture of a site's file; a damaged one permits nothing."""
    try:
        if _media_type(block.fields.get("content-type", "")) != "application/http":
            return 200, _held(WarcRecord.from_bytes(raw), max_bytes)
        record = _http_record(raw)
        return record.http_headers.status_code or UNREADABLE_STATUS, _http_content(record, raw, max_bytes)
    except (_RefusedError, OSError):
        return UNREADABLE_STATUS, b""


def _http_record(raw: bytes) -> WarcRecord:
    """Return a record with its HTTP fields read; raise _RefusedError where it has none."""
    record = _opened(raw, "none")
    if record.http_headers is None or record.http_headers.status_code is None:
        raise _RefusedError(RejectReason.DAMAGED_WARC, "no HTTP header")
    return record


def _http_content(record: WarcRecord, raw: bytes, max_bytes: int) -> bytes:
    """Return an HTTP record's payload unpacked; raise _RefusedError where it is damaged.

    Many archives hold payloads that were unpacked when they were stored, under headers that still say otherwise, so
    that a packing is only undone where the payload shows it.
    """
    is_chunked = (
        _http_field(record, "Transfer-Encoding") == "chunked" and CHUNK_HEADER.match(record.reader.read(CHUNK_HEADER_BYTES)) is not None
    )
    if is_chunked and LAST_CHUNK.search(raw, max(0, len(raw) - LAST_CHUNK_WITHIN_BYTES)) is None:
        raise _RefusedError(RejectReason.DAMAGED_WARC, "the last chunk is missing")
    unchunk: Mode = "transfer" if is_chunked else "none"
    coding = _http_field(record, "Content-Encoding")
    if coding in ZLIB_CODINGS:
        return _inflated(_held(_opened(raw, unchunk), max_bytes), coding, max_bytes)
    return _held(_opened(raw, "all" if is_chunked else "content"), max_bytes)


def _http_field(record: WarcRecord, name: str) -> str:
    return (record.http_headers.get(name) or "").strip().lower() if record.http_headers is not None else ""


def _opened(raw: bytes, mode: Mode) -> WarcRecord:
    record = WarcRecord.from_bytes(raw)
    record.parse_http(auto_decode=mode)
    return record


def _held(record: WarcRecord, max_bytes: int) -> bytes:
    """Return a record's payload, cut where it is longer than the limit."""
    pieces: list[bytes] = []
    held = 0
    while held <= max_bytes and (piece := record.reader.read(min(CHUNK_BYTES, max_bytes + 1 - held))):
        pieces.append(piece)
        held += len(piece)
    return b"".join(pieces)


def _inflated(packed: bytes, coding: str, max_bytes: int) -> bytes:
    """Return a payload in gzip or deflate unpacked, cut where it is longer than the limit.

    Not left to fastwarc, which gives half of a truncated payload without a word.
    """
    if coding != "deflate" and not packed.startswith(GZIP_MAGIC[:2]):
        return packed
    # RFC 9110 8.4.1.2: deflate means the zlib format, but some servers send the bare one.
    for window in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):
        inflater = zlib.decompressobj(window)
        try:
            content = inflater.decompress(packed, max_bytes + 1)
        except zlib.error:
            continue
        if not inflater.eof and len(content) <= max_bytes:
            raise _RefusedError(RejectReason.DAMAGED_WARC, "the payload is truncated")
        return content
    raise _RefusedError(RejectReason.DAMAGED_WARC, "the payload cannot be unpacked")


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _word(stated: str) -> str:
    """Return a type name fit for a detail: a record's header may hold anything."""
    return stated if re.fullmatch(r"[a-z0-9.+/-]{1,60}", stated) else "not stated"
