"""JSON records: one per line, or the elements of one array (RFC 8259).

NaN and Infinity are not JSON, and neither is a number so long that Python refuses it. A blank line is no record.
"""

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from pipeline.adapters.readers.cuts import Cut, json_elements, separated
from pipeline.adapters.readers.encodings import Encoding, TextStream
from pipeline.adapters.readers.rows import Mapper, Rows
from pipeline.adapters.readers.streams import Unpacked
from pipeline.domain.dispositions import RejectReason
from pipeline.domain.policies import AcquirePolicy
from pipeline.domain.records import Part
from pipeline.domain.sources import Delivery


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_decode = json.JSONDecoder(parse_constant=_refuse).decode


def read_lines(stream: Unpacked, delivery: Delivery, declared: Encoding | None, limits: AcquirePolicy) -> Iterator[Part]:
    """Yield the records of a file of JSON lines."""
    source = TextStream(stream, declared)
    cuts = separated(source, b"\n", limits.max_record_bytes, source.start)
    return _read((cut for cut in map(_line, cuts) if cut.raw is None or not _is_blank(cut.raw)), source, delivery)


def _line(cut: Cut) -> Cut:
    """Return a line without the carriage return of its end."""
    if cut.raw is None or not cut.raw.endswith(b"\r"):
        return cut
    return Cut(cut.start, cut.raw[:-1], cut.byte_count - 1)


def _is_blank(raw: bytes) -> bool:
    return not raw or raw.isspace()


def read_document(stream: Unpacked, delivery: Delivery, declared: Encoding | None, limits: AcquirePolicy) -> Iterator[Part]:
    """Yield the records of a file that is one JSON array or one object."""
    source = TextStream(stream, declared, needs_utf8=True)
    return _read(json_elements(source, limits.max_record_bytes, source.start), source, delivery)


def _read(cuts: Iterator[Cut], source: TextStream, delivery: Delivery) -> Iterator[Part]:
    mapper = Mapper(delivery.fields, delivery.metadata)
    rows = Rows(mapper.absent)
    for cut in cuts:
        if cut.raw is None:
            rows.reject_cut(cut, is_exact=source.is_exact)
        else:
            _take(cut.raw, (cut.start, cut.byte_count) if source.is_exact else (None, None), source, mapper, rows)
        yield from rows.full()
    yield from rows.rest()


def _take(cut: bytes, place: tuple[int | None, int | None], source: TextStream, mapper: Mapper, rows: Rows) -> None:
    """Turn one record's bytes into one row."""
    written, raw = source.text(cut), source.original(cut)
    if written is None:
        return rows.refuse(RejectReason.INVALID_BYTES, f"not {source.encoding.name}", raw, place)
    try:
        record: Any = _decode(written)
        if not isinstance(record, dict):
            return rows.refuse(RejectReason.NOT_AN_OBJECT, None, raw, place)
        text, stated = mapper.text(record), mapper.stated(record)
    except json.JSONDecodeError as error:
        return rows.refuse(RejectReason.BROKEN_JSON, f"{error.msg} at character {error.pos}", raw, place)
    except ValueError:
        return rows.refuse(RejectReason.BROKEN_JSON, "a number that JSON cannot write", raw, place)
    except RecursionError:
        return rows.refuse(RejectReason.BROKEN_JSON, "nested too deep", raw, place)
    return rows.add(text, stated, raw, source.encoding.name, place)
