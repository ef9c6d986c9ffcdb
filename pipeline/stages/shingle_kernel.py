"""Compiled kernels of the duplicate stages: UTF-8 buffers in, shingle sets, MinHash values and similarities out.

Everything happens over Arrow buffers without a Python object per document. Kernels release the interpreter lock and
are cached on disk; they hold no state. A shingle is a 64-bit polynomial hash over folded characters or words; the
MinHash scheme is datasketch's ``affine32``, so the values load there unchanged.
"""
# ruff: noqa: PLR0913, PLR0917 - a kernel's arguments are its buffers

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar, cast
from unicodedata import ucd_3_2_0

import numpy as np
import numpy.typing as npt
from numba import njit

from pipeline.domain.duplicates import DuplicatePolicy, Shingle

KINDS = (Shingle.NONE, Shingle.CHAR, Shingle.SHORT, Shingle.WORD)
"""What the kernels' kind numbers mean."""
NONE, CHAR, SHORT, WORD = range(4)

# Classes of characters, kept above the 21 bits of the folded code point.
DROP, SEPARATOR, LETTER, UNSPACED, MARK, PUNCTUATION = range(6)
CLASS_SHIFT = 21
CODE_POINT_MASK = (1 << CLASS_SHIFT) - 1
TABLE_END = 0x20000

UNSPACED_RANGES = (
    (0x0E00, 0x0FFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3021, 0x3029), (0x3031, 0x3035),
    (0x3040, 0x312F), (0x31A0, 0x31BF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA000, 0xA48F), (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F), (0x16FE0, 0x1B2FF),
)  # fmt: skip
"""Han, Kana, Bopomofo, Yi, Thai, Lao, Tibetan, Myanmar, Khmer, Tangut: written without spaces between words."""
INVISIBLE_RANGES = ((0x00AD, 0x00AD), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF))
SYMBOL_RANGES = ((0x20A0, 0x20CF), (0x2190, 0x2BFF), (0x2E00, 0x2E7F), (0xFE10, 0xFE1F), (0x1F000, 0x1FAFF))
"""Symbols and punctuation that came, in part, after the frozen Unicode 3.2 data."""
PLAIN_RANGES = ((0x3400, 0x4DB5), (0x4E00, 0x9FA5), (0xAC00, 0xD7A3), (0xD800, 0xF8FF), (0x10800, 0x1CFFF), (0x1D800, 0x1EFFF))
"""Long runs of letters that fold to themselves: skipped when the table is made, for speed."""

BASE = np.uint64(0x9E3779B97F4A7C15)
TOKEN = np.uint64(0xD6E8FEB86659FD93)
MIX_1, MIX_2, S33 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53), np.uint64(33)
S29, S32, ONE = np.uint64(29), np.uint64(32), np.uint64(1)
MURMUR_1, MURMUR_2, R16, R13 = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35), np.uint32(16), np.uint32(13)
LARGEST = np.uint32(0xFFFFFFFF)
BLOCK = 4096

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int32]
Pairs = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]
Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(kernel: Kernel) -> Kernel:
    """Compile a kernel on its first call, keep the machine code on disk, and let other threads run beside it."""
    return cast("Kernel", njit(cache=True, nogil=True)(kernel))


@lru_cache(maxsize=4)
def fold_table(fold_case: bool, fold_width: bool, script_variants: str = "") -> Words:
    """Return, for each code point below U+20000, its class and folded code point.

    Classes and widths come from the frozen Unicode 3.2 data of the standard library, so that two versions of Python
    sign alike; later characters fold to themselves and count as letters, but for the ranges named above. A variant named
    by the policy becomes what it is compared as, whatever else would have been made of it.
    """
    table = np.arange(TABLE_END, dtype=np.uint32) | np.uint32(LETTER << CLASS_SHIFT)
    skipped = np.zeros(TABLE_END, dtype=bool)
    for start, end in PLAIN_RANGES:
        skipped[start : end + 1] = True
    for code in np.flatnonzero(~skipped).tolist():
        folded = _folded(code, fold_case=fold_case, fold_width=fold_width)
        table[code] = folded | (_class_of(folded) << CLASS_SHIFT)
    for ranges, kind in ((UNSPACED_RANGES, UNSPACED), (SYMBOL_RANGES, PUNCTUATION), (INVISIBLE_RANGES, DROP)):
        for start, end in ranges:
            part = table[start : end + 1]
            is_changed = np.full(part.shape, True) if kind != UNSPACED else (part >> CLASS_SHIFT) == LETTER
            part[is_changed] = (part[is_changed] & np.uint32(CODE_POINT_MASK)) | np.uint32(kind << CLASS_SHIFT)
    plain = table.copy()
    for pair in script_variants.split():
        table[ord(pair[0])] = plain[ord(pair[1])]
    table.setflags(write=False)
    return table


def _folded(code: int, *, fold_case: bool, fold_width: bool) -> int:
    """Return the code point that one code point is compared as."""
    char = chr(code)
    if fold_width:
        form, _, target = ucd_3_2_0.decomposition(char).rpartition(" ")
        # Kangxi radicals stand for the ideographs in text taken from PDF files.
        if form in ("<wide>", "<narrow>") or (form == "<compat>" and 0x2E80 <= code <= 0x2FDF):
            char = chr(int(target, 16))
    if fold_case and ucd_3_2_0.category(char) != "Cn":
        # Foldings to several characters are left out: one in, one out keeps the kernel's buffers bounded.
        char = next((form for form in (char.casefold(), char.lower()) if len(form) == 1), char)
    return ord(char)


def _class_of(code: int) -> int:
    """Return the class of a folded code point by its general category."""
    category = ucd_3_2_0.category(chr(code))
    if category[0] in "PS":
        return PUNCTUATION
    if category[0] == "M":
        return MARK
    if category[0] == "Z" or category == "Cc":
        return SEPARATOR
    return DROP if category == "Cf" else LETTER


def shingle_params(policy: DuplicatePolicy) -> Places:
    """Return the policy's numbers in the order the kernels read them."""
    return np.array(
        [
            policy.drop_punctuation,
            policy.char_n,
            policy.short_char_n,
            policy.short_chars,
            policy.word_n,
            round(policy.min_unspaced_ratio * 1_000_000),
            policy.min_chars,
            policy.min_shingles,
        ],
        dtype=np.int64,
    )


@lru_cache(maxsize=16)
def permutations(count: int, seed: int) -> tuple[Words, Words]:
    """Return the odd factors and the summands of datasketch's ``affine32`` scheme for a seed."""
    # The legacy generator is what datasketch draws from, and is frozen.
    random = np.random.RandomState(seed)
    factors = random.randint(0, 1 << 31, count, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return factors, random.randint(0, 1 << 32, count, dtype=np.uint32)


@compiled
def _mix(value: np.uint64) -> np.uint64:
    """Return the 64-bit MurmurHash3 finalizer of a value."""
    value ^= value >> S33
    value *= MIX_1
    value ^= value >> S33
    value *= MIX_2
    return value ^ (value >> S33)


@compiled
def _fold_text(data: Bytes, start: int, stop: int, table: Words, entries: Words) -> tuple[int, int, int]:
    """Write class and folded code point of each character; return (characters, letters, letters in unspaced scripts)."""
    count = letters = unspaced = 0
    at = start
    while at < stop:
        code = np.int64(data[at])
        if code < 0x80:
            at += 1
        elif code < 0xE0 and at + 1 < stop:
            code = ((code & 0x1F) << 6) | (np.int64(data[at + 1]) & 0x3F)
            at += 2
        elif code < 0xF0 and at + 2 < stop:
            code = ((code & 0x0F) << 12) | ((np.int64(data[at + 1]) & 0x3F) << 6) | (np.int64(data[at + 2]) & 0x3F)
            at += 3
        elif at + 3 < stop:
            code = ((code & 0x07) << 18) | ((np.int64(data[at + 1]) & 0x3F) << 12)
            code |= ((np.int64(data[at + 2]) & 0x3F) << 6) | (np.int64(data[at + 3]) & 0x3F)
            at += 4
        else:  # Arrow holds whole characters; a damaged buffer must not be read past its end.
            at = stop
        if code < TABLE_END:
            entry = np.int64(table[code])
        else:
            entry = code | ((UNSPACED if code < 0x40000 else (DROP if 0xE0000 <= code < 0xE0200 else LETTER)) << CLASS_SHIFT)
        kind = entry >> CLASS_SHIFT
        if kind == DROP:
            continue
        entries[count] = entry
        count += 1
        if kind == UNSPACED:
            unspaced += 1
            letters += 1
        elif kind == LETTER:
            letters += 1
    return count, letters, unspaced


@compiled
def _write_char(code: np.int64, out: Bytes, at: int) -> int:
    """Write one code point as UTF-8 and return the place after it."""
    if code < 0x80:
        out[at] = code
        return at + 1
    if code < 0x800:
        out[at] = 0xC0 | (code >> 6)
        out[at + 1] = 0x80 | (code & 0x3F)
        return at + 2
    if code < 0x10000:
        out[at] = 0xE0 | (code >> 12)
        out[at + 1] = 0x80 | ((code >> 6) & 0x3F)
        out[at + 2] = 0x80 | (code & 0x3F)
        return at + 3
    out[at] = 0xF0 | (code >> 18)
    out[at + 1] = 0x80 | ((code >> 12) & 0x3F)
    out[at + 2] = 0x80 | ((code >> 6) & 0x3F)
    out[at + 3] = 0x80 | (code & 0x3F)
    return at + 4


@compiled
def _char_tokens(entries: Words, count: int, keeps: bool, tokens: Hashes, out: Bytes, at: int) -> tuple[int, int]:
    """Write one token and the UTF-8 of each compared character; return (tokens, place after the text)."""
    made = 0
    for i in range(count):
        kind = entries[i] >> CLASS_SHIFT
        if kind == SEPARATOR or (kind == PUNCTUATION and not keeps):
            continue
        code = np.int64(entries[i]) & CODE_POINT_MASK
        tokens[made] = (np.uint64(code) + ONE) * TOKEN
        made += 1
        at = _write_char(code, out, at)
    return made, at


@compiled
def _word_tokens(entries: Words, count: int, keeps: bool, tokens: Hashes, out: Bytes, at: int) -> tuple[int, int]:
    """Write one token per word and the words joined by single spaces; return (tokens, place after the text)."""
    made = 0
    word = np.uint64(0)
    is_open = False
    for i in range(count):
        kind = entries[i] >> CLASS_SHIFT
        is_alone = kind == PUNCTUATION and keeps
        if is_open and kind in (SEPARATOR, PUNCTUATION):
            tokens[made] = _mix(word)
            made += 1
            is_open = False
        if kind == SEPARATOR or (kind == PUNCTUATION and not keeps):
            continue
        if not is_open:
            word = np.uint64(0)
            if made > 0:
                out[at] = 0x20
                at += 1
        code = np.int64(entries[i]) & CODE_POINT_MASK
        word = (word + np.uint64(code) + ONE) * TOKEN
        word ^= word >> S29
        at = _write_char(code, out, at)
        if is_alone:
            tokens[made] = _mix(word)
            made += 1
        else:
            is_open = True
    if is_open:
        tokens[made] = _mix(word)
        made += 1
    return made, at


@compiled
def _whole_text(data: Bytes, start: int, stop: int, entries: Words, count: int, out: Bytes, at: int) -> int:
    """Write a text below the floor: folded, punctuation kept, white space as single spaces; its own bytes if nothing is left."""
    first = at
    is_space_due = False
    for i in range(count):
        if entries[i] >> CLASS_SHIFT == SEPARATOR:
            is_space_due = at > first
            continue
        if is_space_due:
            out[at] = 0x20
            at += 1
            is_space_due = False
        at = _write_char(np.int64(entries[i]) & CODE_POINT_MASK, out, at)
    if at == first:
        for i in range(start, stop):
            out[at] = data[i]
            at += 1
    return at


@compiled
def _roll(tokens: Hashes, count: int, n: int, salt: np.uint64, hashes: Hashes) -> int:
    """Write the hash of every window of ``n`` tokens and return how many there are."""
    if count < n:
        return 0
    lead = ONE
    for _ in range(n):
        lead *= BASE
    rolling = np.uint64(0)
    for i in range(n):
        rolling = rolling * BASE + tokens[i]
    hashes[0] = _mix(rolling + salt)
    for i in range(n, count):
        rolling = rolling * BASE + tokens[i] - tokens[i - n] * lead
        hashes[i - n + 1] = _mix(rolling + salt)
    return count - n + 1


@compiled
def _sort_distinct(hashes: Hashes, count: int, spare: Hashes, buckets: Counts) -> int:
    """Sort hashes in place, dropping repeats, and return how many are left.

    Hashes are uniform, so one scatter by their leading bits leaves an insertion sort of constant work per element.
    """
    if count < 2:
        return count
    bits = np.int64(1)
    while (np.int64(1) << bits) < count:
        bits += 1
    shift = np.uint64(64 - bits)
    size = np.int64(1) << bits
    buckets[: size + 1] = 0
    for i in range(count):
        buckets[np.int64(hashes[i] >> shift) + 1] += 1
    for i in range(size):
        buckets[i + 1] += buckets[i]
    for i in range(count):
        bucket = np.int64(hashes[i] >> shift)
        spare[buckets[bucket]] = hashes[i]
        buckets[bucket] += 1
    for i in range(1, count):
        value = spare[i]
        j = i - 1
        while j >= 0 and spare[j] > value:
            spare[j + 1] = spare[j]
            j -= 1
        spare[j + 1] = value
    kept = 1
    hashes[0] = spare[0]
    for i in range(1, count):
        if spare[i] != spare[i - 1]:
            hashes[kept] = spare[i]
            kept += 1
    return kept


@compiled
def _shingle_text(
    data: Bytes,
    start: int,
    stop: int,
    table: Words,
    params: Places,
    entries: Words,
    tokens: Hashes,
    hashes: Hashes,
    spare: Hashes,
    buckets: Counts,
    out: Bytes,
    at: int,
) -> tuple[int, int, int]:
    """Write a text's distinct shingles, sorted, and its normalized UTF-8; return (kind, shingles, place after the text)."""
    count, letters, unspaced = _fold_text(data, start, stop, table, entries)
    kind, made, after = NONE, 0, at
    if letters >= params[6]:
        keeps = params[0] == 0
        if unspaced * 1_000_000 >= params[5] * letters:
            kind = SHORT if letters <= params[3] else CHAR
            made, after = _char_tokens(entries, count, keeps, tokens, out, at)
            n = params[2] if kind == SHORT else params[1]
        else:
            kind = WORD
            made, after = _word_tokens(entries, count, keeps, tokens, out, at)
            n = params[4]
        made = _roll(tokens, made, n, np.uint64(kind) * TOKEN, hashes)
        made = _sort_distinct(hashes, made, spare, buckets)
    if made < params[7]:
        return NONE, 0, _whole_text(data, start, stop, entries, count, out, at)
    return kind, made, after


@compiled
def _min_hash(hashes: Hashes, count: int, factors: Words, summands: Words, narrow: Words, signature: Words) -> None:
    """Write the least value of every permutation over the shingles' low 32 bits."""
    for i in range(count):
        value = np.uint32(hashes[i] & np.uint64(0xFFFFFFFF))
        value ^= value >> R16
        value = np.uint32(value * MURMUR_1)
        value ^= value >> R13
        value = np.uint32(value * MURMUR_2)
        narrow[i] = value ^ (value >> R16)
    signature[:] = LARGEST
    # Blocks keep the shingles in the first-level cache while all permutations pass over them; a slice counted from 0
    # lets the compiler use vector instructions (tenfold, measured).
    for first in range(0, count, BLOCK):
        block = narrow[first : min(first + BLOCK, count)]
        for p in range(signature.size):
            factor, summand, least = factors[p], summands[p], signature[p]
            for i in range(block.size):
                least = min(least, np.uint32(block[i] * factor + summand))
            signature[p] = least


@compiled
def sign_rows(
    data: Bytes,
    offsets: Places,
    table: Words,
    params: Places,
    factors: Words,
    summands: Words,
    signatures: Words,
    shingles: Places,
    kinds: Bytes,
    normalized: Bytes,
    ends: Places,
) -> None:
    """Sign each row of a text buffer; rows below the floor keep an untouched signature and kind 0."""
    rows = offsets.size - 1
    longest = 1
    for row in range(rows):
        longest = max(longest, offsets[row + 1] - offsets[row])
    entries = np.empty(longest, np.uint32)
    tokens, hashes, spare = np.empty(longest, np.uint64), np.empty(longest, np.uint64), np.empty(longest, np.uint64)
    buckets, narrow = np.empty(2 * longest + 3, np.int32), np.empty(longest, np.uint32)
    at = 0
    for row in range(rows):
        kind, made, at = _shingle_text(
            data, offsets[row], offsets[row + 1], table, params, entries, tokens, hashes, spare, buckets, normalized, at
        )
        kinds[row], shingles[row], ends[row] = kind, made, at
        if kind != NONE:
            _min_hash(hashes, made, factors, summands, narrow, signatures[row])


@compiled
def shingle_rows(data: Bytes, offsets: Places, table: Words, params: Places, bounds: Places, sets: Hashes) -> int:
    """Write each row's sorted shingles between its bounds; return the first row whose number of shingles differs, or -1."""
    rows = offsets.size - 1
    longest = 1
    for row in range(rows):
        longest = max(longest, offsets[row + 1] - offsets[row])
    entries = np.empty(longest, np.uint32)
    tokens, hashes, spare = np.empty(longest, np.uint64), np.empty(longest, np.uint64), np.empty(longest, np.uint64)
    buckets, text = np.empty(2 * longest + 3, np.int32), np.empty(2 * longest + 4, np.uint8)
    for row in range(rows):
        _, made, _ = _shingle_text(data, offsets[row], offsets[row + 1], table, params, entries, tokens, hashes, spare, buckets, text, 0)
        if made != bounds[row + 1] - bounds[row]:
            return row
        sets[bounds[row] : bounds[row + 1]] = hashes[:made]
    return -1


@compiled
def similarities(
    left_sets: Hashes, left_bounds: Places, right_sets: Hashes, right_bounds: Places, pairs: Places, least: float, out: Numbers
) -> None:
    """Write the Jaccard similarity of each pair of rows, or -1 where the sizes alone put it below ``least``."""
    for pair in range(pairs.shape[0]):
        i, i_end = left_bounds[pairs[pair, 0]], left_bounds[pairs[pair, 0] + 1]
        j, j_end = right_bounds[pairs[pair, 1]], right_bounds[pairs[pair, 1] + 1]
        total = (i_end - i) + (j_end - j)
        if min(i_end - i, j_end - j) < least * max(i_end - i, j_end - j):
            out[pair] = -1.0
            continue
        common = 0
        # Without branches on the data, which nothing could predict.
        while i < i_end and j < j_end:
            a, b = left_sets[i], right_sets[j]
            common += a == b
            i += a <= b
            j += b <= a
        out[pair] = common / (total - common) if total > common else 1.0


@compiled
def band_keys(signatures: Words, first: int, rows: int, keys: Hashes) -> None:
    """Write one 64-bit key per signature over its values ``first`` to ``first + rows``."""
    for row in range(signatures.shape[0]):
        key = np.uint64(first)
        for column in range(first, first + rows):
            key = (key + np.uint64(signatures[row, column]) + ONE) * TOKEN
            key ^= key >> S32
        keys[row] = key


@compiled
def meets_new(keys: Hashes, is_old: Flags, seen: Bytes, shift: np.uint64, flags: Flags) -> None:
    """Flag the rows whose key a new row may have; ``seen`` is zeros, one byte for each value of the key's leading bits."""
    for row in range(keys.size):
        if not is_old[row]:
            seen[np.int64(keys[row] >> shift)] = 1
    for row in range(keys.size):
        flags[row] = seen[np.int64(keys[row] >> shift)] == 1


@compiled
def _shares_earlier(signatures: Words, left: int, right: int, band: int, rows: int, is_over: Flags) -> bool:
    """Tell whether a pair was already listed in the bucket of an earlier band."""
    for earlier in range(band):
        if is_over[left, earlier]:
            continue
        is_same = True
        for column in range(earlier * rows, earlier * rows + rows):
            if signatures[left, column] != signatures[right, column]:
                is_same = False
                break
        if is_same:
            return True
    return False


@compiled
def bucket_pairs(
    signatures: Words,
    order: Places,
    bounds: Places,
    band: int,
    rows: int,
    is_over: Flags,
    is_old: Flags,
    place: tuple[int, int],
    pairs: Pairs,
) -> tuple[int, int, int, int]:
    """List pairs in the same bucket that share no earlier band, from a place (bucket, member) on, until ``pairs`` is full.

    Returns (bucket, member, pairs listed, pairs skipped because both were met before); the place is past the last bucket
    when all is done. ``pairs`` must have room for the largest bucket.
    """
    bucket, member = place
    made = known = 0
    while bucket < bounds.size - 1:
        start, stop = bounds[bucket], bounds[bucket + 1]
        while start + member < stop - 1:
            if made + (stop - start - member - 1) > pairs.shape[0]:
                return bucket, member, made, known
            left = order[start + member]
            for other in range(start + member + 1, stop):
                right = order[other]
                if _shares_earlier(signatures, left, right, band, rows, is_over):
                    continue
                if is_old[left] and is_old[right]:
                    known += 1
                    continue
                pairs[made, 0] = min(left, right)
                pairs[made, 1] = max(left, right)
                made += 1
            member += 1
        bucket += 1
        member = 0
    return bucket, member, made, known


@compiled
def components(count: int, pairs: npt.NDArray[np.signedinteger[Any]]) -> Places:
    """Return, for each of ``count`` nodes, the smallest node of its connected component."""
    parent = np.arange(count)
    for pair in range(pairs.shape[0]):
        a, b = np.int64(pairs[pair, 0]), np.int64(pairs[pair, 1])
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        while parent[b] != b:
            parent[b] = parent[parent[b]]
            b = parent[b]
        if a < b:
            parent[b] = a
        else:
            parent[a] = b
    # A root is the smallest of its tree, so one ascending pass resolves everyone.
    for node in range(count):
        parent[node] = parent[parent[node]]
    return parent


@compiled
def farthest(first_neighbour: Places, neighbours: Places, start: int, distance: Places, queue: Places) -> tuple[int, int]:
    """Return (farthest node, its distance) from ``start`` by breadth-first search; ``distance`` must be -1 throughout and is again."""
    queue[0], distance[start] = start, 0
    head, tail = 0, 1
    while head < tail:
        node = queue[head]
        head += 1
        for place in range(first_neighbour[node], first_neighbour[node + 1]):
            other = neighbours[place]
            if distance[other] < 0:
                distance[other] = distance[node] + 1
                queue[tail] = other
                tail += 1
    last = queue[tail - 1]
    reach = distance[last]
    for place in range(tail):
        distance[queue[place]] = -1
    return last, reach
