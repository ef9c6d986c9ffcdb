"""Which character encoding bytes are in: byte-order mark, strict UTF-8, the declared one, then GB18030 if it reads as Chinese.

Nothing is replaced or ignored: bytes that do not decode strictly are ``record.invalid_bytes``. GB18030 accepts almost any
bytes, so strict decoding alone proves nothing: the text must also be made of the hanzi that Chinese texts are made of.
"""

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from pipeline.adapters.readers.streams import CHUNK_BYTES, Damage, Unpacked
from pipeline.errors import ConfigurationError

SAMPLE_BYTES = CHUNK_BYTES
UTF8_BOM = codecs.BOM_UTF8
# UTF-32's little-endian mark begins with UTF-16's, so it is looked for first.
WIDE_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le", "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"),
)
# In these, line feed, comma and quotation mark are never a part of another character.
SPLIT_SAFE = re.compile(r"utf-8|ascii|gb18030|gbk|gb2312|big5|euc_(jp|kr|jis_2004)|iso8859-\d+|cp125\d|koi8-[ru]|shift_jis")
# The Encoding Standard's readings of labels (4.2): pages that say gb2312 hold GBK, pages that say latin-1 hold windows-1252.
WEB_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "iso8859-1": "cp1252", "ascii": "cp1252"}
MARK = "laiyuan-mark"
MARKED = re.compile("([\udc00-\udcff]+)")

# The most frequent hanzi of modern and classical prose: three to six of ten hanzi of a Chinese text, one or two of a misread one.
FREQUENT = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如"
    "都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由"
    "问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论"
    "处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治曰"
    "條國為來時會這個們對說學過後發經動現當沒還進開從實軍無與長機關點業將兩間問應戰頭體見產話內給東聲論處義幾條係氣題變總電數報結務場計資統區隊決"
)
# Characters of written Cantonese, which neither standard counts among the common ones.
CANTONESE = frozenset("噉嘅誒嗰啲咗哋冇囖嘢佢諗喎喺嚹咁揾嘞唔喇咩嚟乜嘥攞睇嗌")
PLAUSIBLE_COMMON_RATIO = 0.9
PLAUSIBLE_FREQUENT_RATIO = 0.2


def _mark(error: UnicodeError) -> tuple[str | bytes, int]:
    """Keep each byte that does not decode as one lone surrogate, which no decoded text holds and UTF-8 refuses."""
    if isinstance(error, UnicodeDecodeError):
        return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end
    raise error


codecs.register_error(MARK, _mark)


@dataclass(frozen=True, slots=True)
class Encoding:
    """A decided encoding: Python's codec and the name it is recorded under (IANA's, in lower case)."""

    codec: str
    name: str

    @property
    def is_split_safe(self) -> bool:
        """Tell whether bytes may be cut at line feeds before they are decoded."""
        return SPLIT_SAFE.fullmatch(self.codec) is not None

    def text(self, raw: bytes) -> str | None:
        """Return the text of bytes, None where they do not decode strictly."""
        try:
            return raw.decode(self.codec)
        except UnicodeDecodeError:
            return None


UTF8 = Encoding("utf-8", "utf-8")
GB18030 = Encoding("gb18030", "gb18030")


def declared_encoding(label: str) -> Encoding:
    """Return the encoding a declaration names; raise ConfigurationError for a name that is no text encoding."""
    found = _labelled(label, {})
    if found is None:
        raise ConfigurationError(f"expected the name of a character encoding, found {label[:40]!r}; correct `encoding` in the delivery")
    return found


def web_encoding(label: str | None) -> Encoding | None:
    """Return the encoding that a page or its HTTP header names, as browsers read the name; None if there is none."""
    return None if label is None else _labelled(label, WEB_SUPERSETS)


def _labelled(label: str, supersets: dict[str, str]) -> Encoding | None:
    try:
        info = codecs.lookup(label.strip())
    except (LookupError, ValueError):
        return None
    # Python also knows codecs that are no text encodings (base64, rot13): decoding with them raises LookupError.
    if not getattr(info, "_is_text_encoding", True) or info.name in {
        "idna",
        "punycode",
        "undefined",
        "unicode-escape",
        "raw-unicode-escape",
    }:
        return None
    codec = supersets.get(info.name, info.name)
    if codec == "utf-8-sig":
        return UTF8
    return Encoding(codec, _iana_name(codec))


def _iana_name(codec: str) -> str:
    """Return the IANA name, in lower case, of Python's name for a codec."""
    wide = re.fullmatch(r"(utf-(?:16|32))-([lb]e)", codec)
    if wide:
        return wide[1] + wide[2]
    windows = re.fullmatch(r"cp(125\d)", codec)
    if windows:
        return f"windows-{windows[1]}"
    latin = re.fullmatch(r"iso8859-(\d+)", codec)
    if latin:
        return f"iso-8859-{latin[1]}"
    if codec == "ascii":
        return "us-ascii"
    return codec if codec == "shift_jis" else codec.replace("_", "-")


def decode_whole(raw: bytes, declared: Iterable[Encoding | None]) -> tuple[str, str] | None:
    """Return text and encoding name of a whole record, None where no rule decodes it."""
    mark_bytes, marked = _mark_of(raw)
    if marked is not None:
        return _strictly(raw[mark_bytes:], marked)
    for encoding in (UTF8, *declared):
        if encoding is not None and (decoded := _strictly(raw, encoding)) is not None:
            return decoded
    return _strictly(raw, GB18030) if is_chinese(raw) else None


def _strictly(raw: bytes, encoding: Encoding) -> tuple[str, str] | None:
    text = encoding.text(raw)
    return None if text is None else (text, encoding.name)


def is_chinese(raw: bytes) -> bool:
    """Tell whether bytes are strict GB18030 and read as Chinese: hanzi in common use, and among them the frequent ones.

    Latin, Cyrillic, Korean, Japanese and Big5 bytes often decode too, but to hanzi that no text is made of.
    """
    text = _leading_text(raw[:SAMPLE_BYTES], "gb18030", is_whole=len(raw) <= SAMPLE_BYTES)
    if text is None:
        return False
    foreign = [char for char in text if char > "\x7f"]
    hanzi = [char for char in foreign if "\u4e00" <= char <= "\u9fff"]
    if not hanzi:
        return False
    common, frequent = _common(), FREQUENT
    return sum(char in common for char in foreign) >= PLAUSIBLE_COMMON_RATIO * len(foreign) and sum(
        char in frequent for char in hanzi
    ) >= PLAUSIBLE_FREQUENT_RATIO * len(hanzi)


@cache
def _common() -> frozenset[str]:
    """Return GB 2312's punctuation and its two levels of hanzi, and the common level of Big5 for traditional texts."""
    simplified = (
        bytes((row, cell)).decode("gb2312", "ignore") for row in (*range(0xA1, 0xA4), *range(0xB0, 0xF8)) for cell in range(0xA1, 0xFF)
    )
    cells = (*range(0x40, 0x7F), *range(0xA1, 0xFF))
    traditional = (bytes((row, cell)).decode("big5", "ignore") for row in range(0xA4, 0xC7) for cell in cells)
    return frozenset("".join((*simplified, *traditional))) | FREQUENT | CANTONESE


def _leading_text(sample: bytes, codec: str, *, is_whole: bool) -> str | None:
    """Return the text at the head of bytes, allowing a character cut off at the end; None where they do not decode."""
    try:
        return codecs.getincrementaldecoder(codec)().decode(sample, is_whole)
    except UnicodeDecodeError:
        return None


class TextStream:
    """A file's bytes ready to be cut into records, and how a cut becomes text; the encoding is decided once per file.

    Where bytes cannot be cut before they are decoded (UTF-16; GB18030 for formats whose marks may be half of a hanzi),
    they are given as UTF-8, ``is_exact`` is False, and offsets are not known. A byte that does not decode then becomes a
    lone surrogate, which strict UTF-8 refuses in the record that holds it and in no other, and from which ``original``
    restores the record's bytes for its digest.

    Plain ASCII decides nothing, so a file that begins with it is decided by its first other record. A file that fits no
    rule is read as UTF-8, so that its broken records alone are rejected.
    """

    def __init__(self, stream: Unpacked, declared: Encoding | None, *, needs_utf8: bool = False) -> None:
        self._stream = stream
        self._declared = declared
        sample = stream.peek(SAMPLE_BYTES)
        self.start, marked = _mark_of(sample)
        stream.read(self.start)
        self._is_decided = marked is not None or not sample.isascii() or not (needs_utf8 or _is_split_safe(declared))
        if not self._is_decided and needs_utf8 and len(sample) == SAMPLE_BYTES:
            marked, self._is_decided = declared, True
        is_whole = len(sample) < SAMPLE_BYTES
        self.encoding = marked or (_sampled_encoding(sample, declared, is_whole=is_whole) if self._is_decided else None) or UTF8
        self.is_exact = self.encoding is UTF8 or (self.encoding.is_split_safe and not needs_utf8)
        self._decoder = None if self.is_exact else codecs.getincrementaldecoder(self.encoding.codec)(MARK)
        self._is_ended = False

    @property
    def damage(self) -> Damage | None:
        """Return why the stream ended early, once it has ended."""
        return self._stream.damage

    def read(self, size: int) -> bytes:
        """Return some bytes to cut, about ``size``, empty only at the end."""
        if self._decoder is None:
            return self._stream.read(size)
        while not self._is_ended:
            raw = self._stream.read(size)
            self._is_ended = not raw
            if given := self._decoder.decode(raw, self._is_ended).encode("utf-8", "surrogatepass"):
                return given
        return b""

    def text(self, cut: bytes) -> str | None:
        """Return the text of one cut, None where it does not decode strictly."""
        if not self.is_exact:
            return UTF8.text(cut)
        if not self._is_decided and not cut.isascii():
            self.encoding = _sampled_encoding(cut, self._declared, is_whole=True) or UTF8
            self._is_decided = True
        return self.encoding.text(cut)

    def original(self, cut: bytes) -> bytes:
        """Return the bytes of a cut as they stand in the file."""
        if self.is_exact:
            return cut
        pieces = MARKED.split(cut.decode("utf-8", "surrogatepass"))
        return b"".join(
            bytes(ord(char) - 0xDC00 for char in piece) if index % 2 else piece.encode(self.encoding.codec)
            for index, piece in enumerate(pieces)
        )


def _is_split_safe(encoding: Encoding | None) -> bool:
    return encoding is None or encoding.is_split_safe


def _mark_of(sample: bytes) -> tuple[int, Encoding | None]:
    """Return the length of a byte-order mark and the encoding it states."""
    if sample.startswith(UTF8_BOM):
        return len(UTF8_BOM), UTF8
    for mark, codec, name in WIDE_BOMS:
        if sample.startswith(mark):
            return len(mark), Encoding(codec, name)
    return 0, None


def _sampled_encoding(sample: bytes, declared: Encoding | None, *, is_whole: bool) -> Encoding | None:
    """Return the encoding of the head of a file, None where no rule fits."""
    # ASCII bytes also pass as UTF-8 when they are UTF-7 or UTF-16 without a mark, which only the declaration can tell.
    if declared is not None and not declared.is_split_safe and sample.isascii():
        return declared
    for encoding in (UTF8, declared):
        if encoding is not None and _leading_text(sample, encoding.codec, is_whole=is_whole) is not None:
            return encoding
    return GB18030 if is_chinese(sample) else None
