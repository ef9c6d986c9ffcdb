"""Plain text: a whole file as one record, or one record for each piece between declared separators.

Nothing is trimmed. A piece of white space only, as between two separators in a row, is no record; a whole file of it is.
"""

from collections.abc import Iterator

from pipeline.adapters.readers.cuts import separated, whole
from pipeline.adapters.readers.encodings import Encoding, TextStream, decode_whole
from pipeline.adapters.readers.rows import NOTHING_STATED, Rows
from pipeline.adapters.readers.streams import Unpacked
from pipeline.domain.dispositions import RejectReason
from pipeline.domain.policies import AcquirePolicy
from pipeline.domain.records import Part
from pipeline.domain.sources import Delivery


def read_text(stream: Unpacked, delivery: Delivery, declared: Encoding | None, limits: AcquirePolicy) -> Iterator[Part]:
    """Yield the one record, or the separated records, of a text file."""
    if delivery.separator:
        yield from _separated(TextStream(stream, declared, needs_utf8=True), delivery.separator.encode(), limits)
        return
    rows = Rows()
    cut = whole(stream, limits.max_record_bytes)
    place = (cut.start, cut.byte_count)
    if cut.raw is None:
        rows.reject_cut(cut)
    elif (decoded := decode_whole(cut.raw, [declared])) is None:
        rows.refuse(RejectReason.INVALID_BYTES, "no encoding fits", cut.raw, place)
    else:
        rows.add(decoded[0], NOTHING_STATED, cut.raw, decoded[1], place)
    yield from rows.rest()


def _separated(source: TextStream, separator: bytes, limits: AcquirePolicy) -> Iterator[Part]:
    rows = Rows()
    for cut in separated(source, separator, limits.max_record_bytes, source.start):
        place = (cut.start, cut.byte_count) if source.is_exact else (None, None)
        if cut.raw is None:
            rows.reject_cut(cut, is_exact=source.is_exact)
        elif (text := source.text(cut.raw)) is None:
            rows.refuse(RejectReason.INVALID_BYTES, f"not {source.encoding.name}", source.original(cut.raw), place)
        elif text and not text.isspace():
            rows.add(text, NOTHING_STATED, source.original(cut.raw), source.encoding.name, place)
        yield from rows.full()
    yield from rows.rest()
