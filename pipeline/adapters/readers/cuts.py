"""Cutting a stream of bytes into records without ever holding one that is longer than the policy allows.

Every cutter yields one ``Cut`` per record, with its bytes or with the fault that kept them from being read: an over-long
record is hashed while it is skipped, and what a damaged stream leaves behind is one last cut.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import NamedTuple

from pipeline.adapters.readers.streams import CHUNK_BYTES, Bytes, Damage
from pipeline.domain.dispositions import RejectReason

QUOTE = b'"'


class Cut(NamedTuple):
    """One record's bytes, or why there are none; ``quotes`` counts the quotation marks of bytes that were skipped."""

    start: int
    raw: bytes | None
    byte_count: int
    sha256: str | None = None
    fault: RejectReason | None = None
    detail: str | None = None
    quotes: int = 0


class Skipped:
    """What is known of bytes that are not held: how many, their digest, their quotation marks."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.count = 0
        self.quotes = 0
        self._hasher = hashlib.sha256()

    def add(self, raw: bytes) -> None:
        """Take note of more bytes."""
        self.count += len(raw)
        self.quotes += raw.count(QUOTE)
        self._hasher.update(raw)

    def cut(self, fault: RejectReason, detail: str | None = None) -> Cut:
        """Return the record that these bytes were."""
        return Cut(self.start, None, self.count, self._hasher.hexdigest(), fault, detail, self.quotes)


def broken_tail(stream: Bytes, start: int, tail: bytes, skipped: Skipped | None = None) -> Cut | None:
    """Return the one cut for what stands before the damage of a stream, None if it has none."""
    if stream.damage is None:
        return None
    rest = skipped or Skipped(start)
    rest.add(tail)
    return rest.cut(stream.damage.reason, stream.damage.detail)


class Gathering:
    """The bytes of one record as they come, held up to the limit and only hashed beyond it."""

    def __init__(self, start: int, max_bytes: int) -> None:
        self.start = start
        self._max_bytes = max_bytes
        self._pieces: list[bytes] = []
        self._held = 0
        self._skipped: Skipped | None = None

    def add(self, raw: bytes) -> None:
        """Take more bytes."""
        if self._skipped is not None:
            self._skipped.add(raw)
            return
        self._pieces.append(raw)
        self._held += len(raw)
        if self._held > self._max_bytes:
            self._skipped = Skipped(self.start)
            for piece in self._pieces:
                self._skipped.add(piece)
            self._pieces.clear()

    def cut(self) -> Cut:
        """Return the record."""
        if self._skipped is not None:
            return self._skipped.cut(RejectReason.OVER_LONG, over_long(self._max_bytes))
        return Cut(self.start, b"".join(self._pieces), self._held)

    def fault(self, reason: RejectReason, detail: str) -> Cut:
        """Return the record as one that could not be read."""
        skipped = self._skipped or Skipped(self.start)
        for piece in self._pieces:
            skipped.add(piece)
        return skipped.cut(reason, detail)


def whole(stream: Bytes, max_bytes: int, start: int = 0) -> Cut:
    """Return all that is left of a file as one cut."""
    gathering = Gathering(start, max_bytes)
    while chunk := stream.read(CHUNK_BYTES):
        gathering.add(chunk)
    if stream.damage is not None:
        return gathering.fault(stream.damage.reason, stream.damage.detail)
    return gathering.cut()


def over_long(max_bytes: int) -> str:
    """Say which limit a record passed."""
    return f"longer than {max_bytes} bytes"


def separated(stream: Bytes, separator: bytes, max_bytes: int, start: int = 0) -> Iterator[Cut]:
    """Yield what stands between separators, without them; nothing after a separator at the very end.

    ``start`` is the offset of the stream's first byte in the file.
    """
    tail = b""
    skipped: Skipped | None = None
    while chunk := stream.read(CHUNK_BYTES):
        pieces = (tail + chunk).split(separator)
        tail = pieces.pop()
        for piece in pieces:
            if skipped is not None:
                skipped.add(piece)
                yield skipped.cut(RejectReason.OVER_LONG, over_long(max_bytes))
                start, skipped = skipped.start + skipped.count + len(separator), None
                continue
            if len(piece) > max_bytes:
                one = Skipped(start)
                one.add(piece)
                yield one.cut(RejectReason.OVER_LONG, over_long(max_bytes))
            else:
                yield Cut(start, piece, len(piece))
            start += len(piece) + len(separator)
        if skipped is not None or len(tail) > max_bytes:
            skipped = skipped or Skipped(start)
            # A separator may stand across two chunks, so its length less one is kept back.
            kept = min(len(separator) - 1, len(tail))
            skipped.add(tail[: len(tail) - kept])
            tail = tail[len(tail) - kept :]
    if broken := broken_tail(stream, start, tail, skipped):
        yield broken
    elif skipped is not None:
        skipped.add(tail)
        yield skipped.cut(RejectReason.OVER_LONG, over_long(max_bytes))
    elif tail:
        yield Cut(start, tail, len(tail))


JSON_SPACE = b" \t\r\n"
# Inside an element commas mean nothing to the cutter, so they are not even looked for.
OUTER_MARK, INNER_MARK = re.compile(rb'["\[{\]},]'), re.compile(rb'["\[{\]}]')
STRING_BODY = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)


def json_elements(stream: Bytes, max_bytes: int, start: int = 0) -> Iterator[Cut]:
    """Yield the elements of one JSON array, or the one other value a file holds, without parsing them."""
    head = stream.read(CHUNK_BYTES)
    while head and not head.strip(JSON_SPACE):
        start += len(head)
        head = stream.read(CHUNK_BYTES)
    value = head.lstrip(JSON_SPACE)
    start += len(head) - len(value)
    if value.startswith(b"["):
        yield from _ArrayCutter(_PushedBack(value[1:], stream), max_bytes, start + 1).elements()
    else:
        yield _stripped(whole(_PushedBack(value, stream), max_bytes, start))


def _stripped(cut: Cut) -> Cut:
    """Return a cut without the white space around it."""
    if cut.raw is None:
        return cut
    raw = cut.raw.strip(JSON_SPACE)
    return Cut(cut.start + len(cut.raw) - len(cut.raw.lstrip(JSON_SPACE)), raw, len(raw))


class _PushedBack:
    """A stream with some bytes put back before it."""

    def __init__(self, head: bytes, stream: Bytes) -> None:
        self._head = head
        self._stream = stream

    @property
    def damage(self) -> Damage | None:
        return self._stream.damage

    def read(self, size: int) -> bytes:
        head, self._head = self._head, b""
        return head or self._stream.read(size)


class _ArrayCutter:
    """Finds the outermost array's commas by counting brackets outside strings; holds one element at most."""

    def __init__(self, stream: Bytes, max_bytes: int, start: int) -> None:
        self._stream = stream
        self._max_bytes = max_bytes
        self._offset = start
        self._depth = 1
        self._is_in_string = False
        self._is_after_comma = False
        self._carried = b""
        self._element = Gathering(start, max_bytes)

    def elements(self) -> Iterator[Cut]:
        """Yield every element, then one fault if the array has no end or the file goes on behind it."""
        while chunk := self._stream.read(CHUNK_BYTES):
            window, begun = self._carried + chunk, 0
            for mark, is_last in self._marks(window):
                self._element.add(window[begun:mark])
                yield from self._finished(is_last=is_last)
                begun = mark + 1
                self._element = Gathering(self._offset + begun, self._max_bytes)
                if is_last:
                    yield from self._behind(window[begun:])
                    return
            end = len(window) - len(self._carried)
            self._element.add(window[begun:end])
            self._offset += end
        self._element.add(self._carried)
        if self._stream.damage is not None:
            yield self._element.fault(self._stream.damage.reason, self._stream.damage.detail)
        else:
            yield self._element.fault(RejectReason.BROKEN_JSON, "the array has no end")

    def _marks(self, window: bytes) -> Iterator[tuple[int, bool]]:
        """Yield where elements end in a window, and whether the array does; a backslash at the very end is carried on."""
        position, self._carried = 0, b""
        while position < len(window):
            if self._is_in_string:
                body = STRING_BODY.match(window, position)
                position = body.end() if body else position
                if window[position : position + 1] == b"\\":
                    self._carried = b"\\"
                    return
                self._is_in_string = position == len(window)
                position += 1
                continue
            found = (OUTER_MARK if self._depth == 1 else INNER_MARK).search(window, position)
            if found is None:
                return
            position = found.end()
            if found[0] == b'"':
                self._is_in_string = True
            elif found[0] == b",":
                yield position - 1, False
            else:
                self._depth += 1 if found[0] in b"[{" else -1
                if self._depth == 0:
                    yield position - 1, True
                    return

    def _finished(self, *, is_last: bool) -> Iterator[Cut]:
        cut = _stripped(self._element.cut())
        if cut.raw != b"":
            yield cut
        elif self._is_after_comma or not is_last:
            yield self._element.fault(RejectReason.BROKEN_JSON, "an element is missing")
        self._is_after_comma = True

    def _behind(self, rest: bytes) -> Iterator[Cut]:
        cut = _stripped(whole(_PushedBack(rest, self._stream), self._max_bytes, self._element.start))
        if cut.raw is None:
            yield cut
        elif cut.raw:
            skipped = Skipped(cut.start)
            skipped.add(cut.raw)
            yield skipped.cut(RejectReason.BROKEN_JSON, "the file goes on behind its array")
