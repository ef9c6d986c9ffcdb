"""One pass over the UTF-8 bytes of each text, compiled; ``measure`` says what the numbers mean.

No string is made of a text. What one row leaves behind in the work arrays is told from the next row's by a generation
number, so a row's numbers never depend on its neighbours.
"""

import numba
import numpy as np
import numpy.typing as npt

OTHER, LETTER, NUMBER, MARK, PUNCTUATION, SPACE = range(6)
CLASS_BITS = 0x7
PAIR_FIRST, PAIR_SECOND = 0x8, 0x10
SCRIPT_SHIFT = 5

(
    CHARS,
    VISIBLE,
    LETTERS,
    DIGITS,
    SYMBOLS,
    LINES,
    LINE_CHARS,
    LONGEST_LINE,
    REPEATED_LINE_CHARS,
    NGRAMS,
    REPEATED_NGRAMS,
    DISTINCT,
    REPLACEMENTS,
    CONTROLS,
    MOJIBAKE,
    MARKUP,
    UNBROKEN,
    SCRIPT,
    HAN,
    KANA_AND_HANGUL,
) = range(20)
COUNTS = 20

NGRAM = 8
NGRAM_BLOCK = 4096
"""8-grams are compared within blocks of this many, so that the share does not grow with a text's length."""
_SLOTS = 2 * NGRAM_BLOCK
UNBROKEN_CHARS = 40
"""Runs of this many ASCII letters and digits are no words of any language, but encoded bytes."""
_MAX_TAG_BYTES = 2000
_MAX_NAME_BYTES = 32

_ONE = np.uint64(1)
_BASE = np.uint64(0x9E3779B97F4A7C15)
_BASE_NGRAM = np.uint64(pow(0x9E3779B97F4A7C15, NGRAM, 1 << 64))
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_FNV_START = np.uint64(0xCBF29CE484222325)
_FNV_PRIME = np.uint64(0x100000001B3)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _mixed(value: np.uint64) -> np.uint64:
    value = (value ^ (value >> np.uint64(31))) * _MIX
    return value ^ (value >> np.uint64(29))


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _holds(ascending: npt.NDArray[np.uint64], value: np.uint64) -> bool:
    low, high = 0, ascending.size
    while low < high:
        middle = (low + high) >> 1
        if ascending[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low < ascending.size and ascending[low] == value


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _name(content: npt.NDArray[np.uint8], start: int, end: int, fold: bool) -> tuple[int, np.uint64]:
    """Return where an ASCII name ends and its FNV-1a hash."""
    hashed = _FNV_START
    at = start
    stop = min(end, start + _MAX_NAME_BYTES)
    while at < stop:
        byte = content[at]
        if 65 <= byte <= 90:
            if fold:
                byte += 32
        elif not (97 <= byte <= 122 or (48 <= byte <= 57 and at > start)):
            break
        hashed = (hashed ^ np.uint64(byte)) * _FNV_PRIME
        at += 1
    return at, hashed


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _is_declaration(content: npt.NDArray[np.uint8], at: int, end: int) -> bool:
    """Tell whether the bytes after ``<!`` are those of a comment or a document type."""
    if at + 1 < end and content[at] == 45 and content[at + 1] == 45:
        return True
    return bool(at + 2 < end and (content[at] | 32) == 100 and (content[at + 1] | 32) == 111 and (content[at + 2] | 32) == 99)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _is_tag(content: npt.NDArray[np.uint8], at: int, end: int, elements: npt.NDArray[np.uint64]) -> bool:
    """Tell whether the bytes after ``<`` are an HTML tag, comment or declaration."""
    if at < end and content[at] == 33:
        return bool(_is_declaration(content, at + 1, end))
    if at < end and content[at] == 47:
        at += 1
    after, hashed = _name(content, at, end, True)
    if after in (at, end) or not _holds(elements, hashed):
        return False
    if content[after] not in (9, 10, 13, 32, 47, 62):
        return False
    for place in range(after, min(end, after + _MAX_TAG_BYTES)):
        if content[place] in (60, 62):
            return bool(content[place] == 62)
    return False


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _is_entity(content: npt.NDArray[np.uint8], at: int, end: int, entities: npt.NDArray[np.uint64]) -> bool:
    """Tell whether the bytes after ``&`` are a character reference, closed by its semicolon."""
    if at < end and content[at] == 35:
        at += 1
        is_hex = at < end and (content[at] | 32) == 120
        at += is_hex
        start = at
        while at < end and at - start < 8 and (48 <= content[at] <= 57 or (is_hex and 97 <= (content[at] | 32) <= 102)):
            at += 1
        return bool(start < at < end and content[at] == 59)
    after, hashed = _name(content, at, end, False)
    return bool(at < after < end and content[after] == 59 and _holds(entities, hashed))


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _grown(
    keys: npt.NDArray[np.uint64], marks: npt.NDArray[np.int64], generation: int
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Return a set of lines twice as large that holds the current generation's lines."""
    wider = np.zeros(keys.size * 2, np.uint64)
    wider_marks = np.zeros(keys.size * 2, np.int64)
    for old in range(keys.size):
        if marks[old] == generation:
            slot = keys[old] & np.uint64(wider.size - 1)
            while wider_marks[slot] == generation:
                slot = (slot + _ONE) & np.uint64(wider.size - 1)
            wider[slot] = keys[old]
            wider_marks[slot] = generation
    return wider, wider_marks


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def count_all(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 -- one pass over the bytes; its parts share the decoded character
    content: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    block_of: npt.NDArray[np.uint16],
    blocks: npt.NDArray[np.uint16],
    pairs: npt.NDArray[np.uint64],
    elements: npt.NDArray[np.uint64],
    entities: npt.NDArray[np.uint64],
    scripts: int,
    han: int,
    kana_and_hangul: tuple[int, int, int],
) -> npt.NDArray[np.int64]:
    """Return one row of counts for each text between two offsets of the UTF-8 content.

    ``block_of`` and ``blocks`` look up the class of a code point in blocks of 256; ``pairs``, ``elements`` and
    ``entities`` are ascending; scripts are numbered by ``blocks``.
    """
    rows = offsets.size - 1
    counts = np.zeros((rows, COUNTS), np.int64)
    seen_at = np.zeros(0x110000, np.int32)
    script_letters = np.zeros(scripts, np.int64)
    ring = np.zeros(NGRAM, np.uint64)
    grams = np.zeros(_SLOTS, np.uint64)
    line_keys = np.zeros(64, np.uint64)
    line_marks = np.zeros(64, np.int64)
    gram_generation = np.uint64(0)
    for row in range(rows):
        at, end = offsets[row], offsets[row + 1]
        generation = row + 1
        script_letters[:] = 0
        chars = visible = letters = digits = symbols = distinct = replacements = controls = mojibake = markup = 0
        lines = line_total = longest = repeated_line_chars = 0
        line_chars = line_end = 0
        line_hash = np.uint64(0)
        line_hash_end = np.uint64(0)
        gram_generation += _ONE
        gram_hash = np.uint64(0)
        fed = grams_total = grams_repeated = 0
        unbroken = run = 0
        is_after_space = False
        before = before_that = 0
        before_info = 0
        while at <= end:
            is_end = at == end
            byte = 10 if is_end else np.int64(content[at])
            point = byte
            width = 1
            if byte >= 0x80:
                if byte >= 0xF0:
                    width = 4
                    point = byte & 0x7
                elif byte >= 0xE0:
                    width = 3
                    point = byte & 0xF
                else:
                    width = 2
                    point = byte & 0x1F
                if at + width > end:
                    point, width = 0xFFFD, end - at
                else:
                    for follow in range(1, width):
                        point = (point << 6) | (np.int64(content[at + follow]) & 0x3F)
                    point = min(point, 0x10FFFF)
            at += width
            info = np.int64(blocks[(np.int64(block_of[point >> 8]) << 8) | (point & 0xFF)])
            kind = info & CLASS_BITS
            if 97 <= point <= 122 or 65 <= point <= 90 or 48 <= point <= 57:
                run += 1
            elif run > 0:
                if run >= UNBROKEN_CHARS:
                    unbroken += run
                run = 0
            if not is_end:
                chars += 1
                if seen_at[point] != generation:
                    seen_at[point] = generation
                    distinct += 1
            if kind == SPACE:
                is_after_space = fed > 0
                if 10 <= point <= 13 or 0x2028 <= point <= 0x2029:
                    if line_end > 0:
                        lines += 1
                        line_total += line_end
                        longest = max(longest, line_end)
                        if lines * 2 > line_keys.size:
                            line_keys, line_marks = _grown(line_keys, line_marks, generation)
                        key = _mixed(line_hash_end)
                        slot = key & np.uint64(line_keys.size - 1)
                        while line_marks[slot] == generation and line_keys[slot] != key:
                            slot = (slot + _ONE) & np.uint64(line_keys.size - 1)
                        if line_marks[slot] == generation:
                            repeated_line_chars += line_end
                        else:
                            line_keys[slot] = key
                            line_marks[slot] = generation
                    line_chars = line_end = 0
                    line_hash = np.uint64(0)
                elif line_chars > 0:
                    line_chars += 1
                    line_hash = line_hash * _BASE + np.uint64(point + 1)
                if point == 0x85:
                    controls += 1
            else:
                visible += 1
                if kind == LETTER:
                    letters += 1
                    script_letters[info >> SCRIPT_SHIFT] += 1
                elif kind == NUMBER:
                    digits += 1
                elif kind == OTHER:
                    symbols += 1
                    if point < 0x20 or 0x7F <= point < 0xA0:
                        controls += 1
                    elif point == 0xFFFD:
                        replacements += 1
                    elif point == 60:
                        markup += _is_tag(content, at, end, elements)
                elif point == 38:
                    markup += _is_entity(content, at, end, entities)
                line_chars += 1
                line_end = line_chars
                line_hash = line_hash * _BASE + np.uint64(point + 1)
                line_hash_end = line_hash
                for feed in range(2):
                    # A run of white space is one space between words, none at the ends.
                    if feed == 0 and not is_after_space:
                        continue
                    fresh = np.uint64(32 if feed == 0 else point)
                    place = fed & (NGRAM - 1)
                    gram_hash = gram_hash * _BASE + fresh
                    if fed >= NGRAM:
                        gram_hash -= ring[place] * _BASE_NGRAM
                    ring[place] = fresh
                    fed += 1
                    if fed < NGRAM:
                        continue
                    if grams_total and grams_total % NGRAM_BLOCK == 0:
                        gram_generation += _ONE
                    grams_total += 1
                    key = _mixed(gram_hash)
                    entry = (gram_generation << np.uint64(32)) | (key >> np.uint64(32))
                    slot = key & np.uint64(_SLOTS - 1)
                    while True:
                        found = grams[slot]
                        if found == entry:
                            grams_repeated += 1
                            break
                        if (found >> np.uint64(32)) != gram_generation:
                            grams[slot] = entry
                            break
                        slot = (slot + _ONE) & np.uint64(_SLOTS - 1)
                is_after_space = False
            if (
                before_info & PAIR_FIRST
                and info & PAIR_SECOND
                and (before != point or before_that == point)
                and _holds(pairs, np.uint64((before << 21) | point))
            ):
                mojibake += 1
            before_that, before, before_info = before, point, info  # type: ignore[assignment]
            if is_end:
                break
        script = 0
        for candidate in range(1, scripts):
            if script_letters[candidate] > script_letters[script]:
                script = candidate
        counts[row, CHARS] = chars
        counts[row, VISIBLE] = visible
        counts[row, LETTERS] = letters
        counts[row, DIGITS] = digits
        counts[row, SYMBOLS] = symbols
        counts[row, LINES] = lines
        counts[row, LINE_CHARS] = line_total
        counts[row, LONGEST_LINE] = longest
        counts[row, REPEATED_LINE_CHARS] = repeated_line_chars
        counts[row, NGRAMS] = grams_total
        counts[row, REPEATED_NGRAMS] = grams_repeated
        counts[row, DISTINCT] = distinct
        counts[row, REPLACEMENTS] = replacements
        counts[row, CONTROLS] = controls
        counts[row, MOJIBAKE] = mojibake
        counts[row, MARKUP] = markup
        counts[row, UNBROKEN] = unbroken
        counts[row, SCRIPT] = script
        counts[row, HAN] = script_letters[han]
        for each in kana_and_hangul:
            counts[row, KANA_AND_HANGUL] += script_letters[each]
    return counts
