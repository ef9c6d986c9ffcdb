"""A delivery's bytes, unpacked while they are read: gzip and Zstandard by suffix, in bounded memory.

Damage is not an exception here. What could be unpacked before it is given, then the stream ends and ``damage`` says
why, so that every reader keeps the records before the damage and rejects the broken tail once.
"""

import zlib
from dataclasses import dataclass
from typing import BinaryIO, Protocol

import zstandard

from pipeline.domain.dispositions import RejectReason

CHUNK_BYTES = 1 << 20
PACKED_BYTES = 1 << 16
# A Zstandard block of 4 bytes may unpack to 128 KiB and its decoder has no output limit: 4 KiB in is at most 128 MiB out.
ZSTANDARD_FEED_BYTES = 1 << 12
ZSTANDARD_WINDOW_BYTES = 1 << 27
GZIP_MAGIC = b"\x1f\x8b\x08"


@dataclass(frozen=True, slots=True)
class Damage:
    """Why a stream ended before its end."""

    reason: RejectReason
    detail: str


class Bytes(Protocol):
    """What readers need of a stream: bytes until there are none, and why they ended."""

    @property
    def damage(self) -> Damage | None:
        """Return why the stream ended early, once it has ended."""

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes, empty only at the end."""


class _Plain:
    """Bytes as they are."""

    def __init__(self, opened: BinaryIO) -> None:
        self._opened = opened

    def fill(self, size: int) -> bytes:
        return self._opened.read(size)

    def skip_damage(self) -> bool:
        return False


class _DamageError(Exception):
    """Carries the damage and what could still be unpacked before it, out of a codec."""

    def __init__(self, reason: RejectReason, detail: str, before: bytes = b"") -> None:
        super().__init__(detail)
        self.damage = Damage(reason, detail)
        self.before = before


class _Gzip:
    """RFC 1952 members one after another; zeros may pad the end."""

    def __init__(self, opened: BinaryIO) -> None:
        self._opened = opened
        self._member = zlib.decompressobj(wbits=31)
        self._packed = b""
        self._is_inside = False

    def fill(self, size: int) -> bytes:
        while True:
            if not self._packed:
                self._packed = self._opened.read(PACKED_BYTES)
                if not self._packed:
                    if not self._is_inside:
                        return b""
                    if held_back := self._member.decompress(b"", size):
                        return held_back
                    raise _DamageError(RejectReason.TRUNCATED_STREAM, "the gzip member has no end")
            if not self._is_inside and not self._begin_member():
                continue
            unpacked = self._unpack(size)
            if self._member.eof:
                self._packed, self._is_inside = self._member.unused_data, False
            else:
                self._packed = self._member.unconsumed_tail
            if unpacked:
                return unpacked

    def _begin_member(self) -> bool:
        """Start a member at the next byte that is not padding; False when more bytes are needed to see one."""
        self._packed = self._packed.lstrip(b"\0")
        if not self._packed:
            return False
        self._member, self._is_inside = zlib.decompressobj(wbits=31), True
        return True

    def _unpack(self, size: int) -> bytes:
        before = self._member.copy()
        try:
            return self._member.decompress(self._packed, size)
        except zlib.error as error:
            # zlib throws away what it had unpacked in the failing call: unpack it again, byte by byte, up to the damage.
            kept = bytearray()
            for position in range(len(self._packed)):
                try:
                    kept += before.decompress(self._packed[position : position + 1])
                except zlib.error:
                    break
            raise _DamageError(RejectReason.DAMAGED_STREAM, f"gzip: {_zlib_fault(error)}", bytes(kept)) from error

    def skip_damage(self) -> bool:
        """Go on at the next member that unpacks, for formats that pack each record by itself; False if there is none."""
        self._is_inside = False
        packed = self._packed[1:]
        while True:
            found = packed.find(GZIP_MAGIC)
            if found >= 0:
                packed = packed[found:] + self._opened.read(PACKED_BYTES)
                if _is_member(packed):
                    self._packed = packed
                    return True
                packed = packed[1:]
                continue
            more = self._opened.read(PACKED_BYTES)
            if not more:
                self._packed = b""
                return False
            packed = packed[-2:] + more


def _is_member(packed: bytes) -> bool:
    """Tell whether bytes begin a gzip member, and not only its three magic bytes by chance."""
    try:
        return zlib.decompressobj(wbits=31).decompress(packed[:PACKED_BYTES], 5) == b"WARC/"
    except zlib.error:
        return False


def _zlib_fault(error: zlib.error) -> str:
    """Return zlib's own words (``incorrect data check``) without the wrapper's; they never hold content."""
    return str(error).rpartition(": ")[2]


class _Zstandard:
    """RFC 8878 frames one after another."""

    def __init__(self, opened: BinaryIO) -> None:
        self._opened = opened
        self._decoder = zstandard.ZstdDecompressor(max_window_size=ZSTANDARD_WINDOW_BYTES)
        self._frame = self._decoder.decompressobj()
        self._is_inside = False
        self._packed = b""

    def fill(self, size: int) -> bytes:  # noqa: ARG002 (the decoder knows no output limit)
        while True:
            if not self._packed:
                self._packed = self._opened.read(PACKED_BYTES)
                if not self._packed:
                    if self._is_inside:
                        raise _DamageError(RejectReason.TRUNCATED_STREAM, "the Zstandard frame has no end")
                    return b""
            if not self._is_inside:
                self._frame, self._is_inside = self._decoder.decompressobj(), True
            feed, self._packed = self._packed[:ZSTANDARD_FEED_BYTES], self._packed[ZSTANDARD_FEED_BYTES:]
            try:
                unpacked = self._frame.decompress(feed)
            except zstandard.ZstdError as error:
                raise _DamageError(RejectReason.DAMAGED_STREAM, "the Zstandard frame is damaged") from error
            if self._frame.eof:
                self._packed, self._is_inside = self._frame.unused_data + self._packed, False
            if unpacked:
                return unpacked

    def skip_damage(self) -> bool:
        return False


class Unpacked:
    """The unpacked bytes of a file, with pushback; a failing read ends it like any other damage.

    ``ServiceError`` passes through: another system that did not answer is no property of the file.
    """

    def __init__(self, opened: BinaryIO, path: str) -> None:
        self._codec: _Plain | _Gzip | _Zstandard = _codec(opened, path)
        self._ahead = b""
        self._taken = 0
        self._is_ended = False
        self.damage: Damage | None = None

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes, fewer only where the codec gave fewer, empty only at the end."""
        if self._taken >= len(self._ahead) and not self._is_ended:
            self._ahead, self._taken = self._fill(size), 0
        given = self._ahead[self._taken : self._taken + size]
        self._taken += len(given)
        return given

    def peek(self, size: int) -> bytes:
        """Return the next ``size`` bytes without taking them, fewer only when the stream ends before."""
        pieces = [self._ahead[self._taken :]]
        held = len(pieces[0])
        while held < size and not self._is_ended:
            pieces.append(self._fill(CHUNK_BYTES))
            held += len(pieces[-1])
        self._ahead, self._taken = b"".join(pieces), 0
        return self._ahead[:size]

    def skip_damage(self) -> bool:
        """Go on behind the damage where each record was packed by itself (WARC); False when nothing is left."""
        try:
            is_going_on = self._codec.skip_damage()
        except OSError:
            return False
        self._is_ended, self.damage = not is_going_on, None if is_going_on else self.damage
        return is_going_on

    def _fill(self, size: int) -> bytes:
        try:
            filled = self._codec.fill(size)
        except _DamageError as error:
            self._is_ended, self.damage = True, error.damage
            return error.before
        except OSError as error:
            self._is_ended, self.damage = True, Damage(RejectReason.UNREADABLE_FILE, error.strerror or type(error).__name__)
            return b""
        self._is_ended = not filled
        return filled


def _codec(opened: BinaryIO, path: str) -> _Plain | _Gzip | _Zstandard:
    if path.lower().endswith(".gz"):
        return _Gzip(opened)
    if path.lower().endswith(".zst"):
        return _Zstandard(opened)
    return _Plain(opened)
