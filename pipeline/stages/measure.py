"""Measure each text once, so that any suite of expectations can be asked of the numbers without reading text again.

The numbers are properties of one text and of the languages its source declares; a policy plays no part in them.

Definitions. *Letters, numbers, marks, punctuation* are Unicode's general categories L, N, M and P (``unicode_ranges``);
*visible* characters are those that are not white space; a *line* ends at LF, CR, VT, FF, LS or PS, is counted without the
white space around it, and not at all when nothing else is in it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain.quality import UNDECIDED, DeclaredLanguages, may_be_found
from pipeline.domain.tables import TABLE
from pipeline.errors import DataError, LawError
from pipeline.stages import STAGE
from pipeline.stages import measure_kernel as kernel
from pipeline.stages.damage import HTML_ELEMENTS, HTML_ENTITIES, mojibake_pairs
from pipeline.stages.unicode_ranges import RANGES

Identify = Callable[[pa.Array], tuple[list[str], list[float]]]

LANGUAGE_CHARS = 2000
"""A language is identified from so many characters at the start of a text."""
DECIDED_LETTERS = 30
DECIDED_SCORE = 0.5
"""Below either floor what ``identify`` says is recorded as undecided: a guess from a few letters would be noise."""
HAN_SHARE = 0.5
KANA_SHARE = 0.02
"""A text whose letters are Han by half, with next to no kana or hangul, is Chinese: Japanese and Korean are not written so,
while a character model takes classical poems for Japanese."""

METRICS = pa.schema([field for field in TABLE["metrics"].schema if field.name != "run_id"])


@dataclass(frozen=True, slots=True)
class _LookUp:
    """What the kernel looks characters up in."""

    block_of: npt.NDArray[np.uint16]
    blocks: npt.NDArray[np.uint16]
    pairs: npt.NDArray[np.uint64]
    elements: npt.NDArray[np.uint64]
    entities: npt.NDArray[np.uint64]
    scripts: tuple[str, ...]


def measure(documents: pa.RecordBatch, *, declared_languages: Mapping[str, frozenset[str]], identify: Identify) -> pa.RecordBatch:
    """Return the columns of ``metrics`` except ``run_id``, one row for each document in order.

    ``documents`` needs ``document_id``, ``source_id`` and ``text``; ``declared_languages`` are BCP 47 tags by source, and a
    source that declares none has none declared. ``identify`` names languages and scores from 0 to 1. Raises DataError for
    a document without text.

    - ``chars``: code points, white space included. ``lines``, ``mean_line_chars``, ``max_line_chars``: of lines as above.
    - ``language``: ``zh`` where at least half the letters are Han and almost none kana or hangul (the score is their share),
      else the primary subtag of what ``identify`` says of the first 2,000 characters; of the latter ``und`` with fewer than
      30 letters in the text, or a score below 0.5; ``und`` as well where the source declares a language that cannot be
      identified and what was found is not declared. ``language_score`` is that score, whatever was decided.
    - ``is_language_declared``: the language, or one alike it (``LANGUAGES_ALIKE``), is declared; false for ``und``.
    - ``script``: of the most letters; the first by code in a tie.
    - ``letter_ratio``, ``digit_ratio``: letters and numbers over visible characters. ``symbol_ratio``: what is neither letter,
      number, mark nor punctuation (symbols, controls, formats, private and unassigned code points) over visible characters.
    - ``repeated_line_ratio``: characters of lines equal to an earlier line, over characters of all lines.
    - ``repeated_ngram_ratio``: 8-grams equal to an earlier one of the same block of 4,096, over all; white space between
      words counts as one space. Blocks keep the share independent of a text's length.
    - ``unbroken_ratio``: characters in runs of 40 or more ASCII letters and digits, over visible characters.
    - ``distinct_char_ratio``: distinct code points over ``chars``.
    - ``replacement_count``: U+FFFD. ``control_count``: category Cc but for tab and line ends. ``mojibake_count``: pairs of
      ``damage.mojibake_pairs``. ``markup_count``: HTML tags, comments, declarations and closed character references.

    A share of nothing is 0.
    """
    found = _look_up()
    texts = _content(documents.column("text"))
    counts = kernel.count_all(
        *texts,
        found.block_of,
        found.blocks,
        found.pairs,
        found.elements,
        found.entities,
        len(found.scripts),
        found.scripts.index("Hani"),
        (found.scripts.index("Hira"), found.scripts.index("Kana"), found.scripts.index("Hang")),
    )
    sources = documents.column("source_id").to_pylist()
    declared = {name: may_be_found(declared_languages.get(name, frozenset())) for name in set(sources)}
    named, scores = _identified(documents.column("text"), counts, identify)
    languages = [_decided(language, declared[name]) for language, name in zip(named, sources, strict=True)]
    columns = {
        "document_id": documents.column("document_id"),
        "source_id": documents.column("source_id"),
        "measure_version": np.full(documents.num_rows, STAGE["measure"].version, np.int64),
        "language": languages,
        "language_score": scores,
        "is_language_declared": [language in declared[name].accepted for language, name in zip(languages, sources, strict=True)],
        "script": pa.array(found.scripts, pa.string()).take(pa.array(counts[:, kernel.SCRIPT])),
        **_numbers(counts),
    }
    return pa.record_batch([pa.array(columns[field.name], field.type) for field in METRICS], schema=METRICS)


def _numbers(counts: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[np.int64] | npt.NDArray[np.float64]]:
    chars, visible, lines = counts[:, kernel.CHARS], counts[:, kernel.VISIBLE], counts[:, kernel.LINES]
    return {
        "chars": chars,
        "lines": lines,
        "letter_ratio": _ratio(counts[:, kernel.LETTERS], visible),
        "digit_ratio": _ratio(counts[:, kernel.DIGITS], visible),
        "symbol_ratio": _ratio(counts[:, kernel.SYMBOLS], visible),
        "unbroken_ratio": _ratio(counts[:, kernel.UNBROKEN], visible),
        "repeated_line_ratio": _ratio(counts[:, kernel.REPEATED_LINE_CHARS], counts[:, kernel.LINE_CHARS]),
        "repeated_ngram_ratio": _ratio(counts[:, kernel.REPEATED_NGRAMS], counts[:, kernel.NGRAMS]),
        "distinct_char_ratio": _ratio(counts[:, kernel.DISTINCT], chars),
        "mean_line_chars": _ratio(counts[:, kernel.LINE_CHARS], lines),
        "max_line_chars": counts[:, kernel.LONGEST_LINE],
        "replacement_count": counts[:, kernel.REPLACEMENTS],
        "control_count": counts[:, kernel.CONTROLS],
        "mojibake_count": counts[:, kernel.MOJIBAKE],
        "markup_count": counts[:, kernel.MARKUP],
    }


def _ratio(part: npt.NDArray[np.int64], whole: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    ratio: npt.NDArray[np.float64] = part / np.maximum(whole, 1)
    return ratio


def _identified(texts: pa.Array, counts: npt.NDArray[np.int64], identify: Identify) -> tuple[list[str], npt.NDArray[np.float64]]:
    """Return primary subtags, ``und`` below the floors, and scores; only what its script leaves open is asked of ``identify``."""
    letters, han = counts[:, kernel.LETTERS], counts[:, kernel.HAN]
    scores = _ratio(han, letters)
    is_chinese = (scores >= HAN_SHARE) & (counts[:, kernel.KANA_AND_HANGUL] <= KANA_SHARE * han)
    languages = np.full(len(texts), "zh", object)
    if not is_chinese.all():
        is_open = ~is_chinese
        starts = pc.utf8_slice_codeunits(texts.filter(pa.array(is_open)), 0, LANGUAGE_CHARS)
        named, their_scores = identify(pc.replace_substring_regex(starts, r"[\r\n]", " "))
        if len(named) != len(starts) or len(their_scores) != len(starts):
            raise LawError(f"measure: expected {len(starts)} languages and scores of identify, found {len(named)} and {len(their_scores)}")
        languages[is_open] = [language.partition("-")[0].lower() for language in named]
        scores[is_open] = their_scores
    languages[~is_chinese & ((letters < DECIDED_LETTERS) | (scores < DECIDED_SCORE))] = UNDECIDED
    return languages.tolist(), scores


def _decided(language: str, declared: DeclaredLanguages) -> str:
    """Return the language, or ``und`` where the source also declares one that the identifier would mistake for another."""
    return UNDECIDED if declared.has_untold and language not in declared.accepted else language


def _content(texts: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Return the UTF-8 bytes and the row offsets into them, without a copy of the text."""
    if texts.null_count:
        raise DataError(f"measure: expected a text in every row, found {texts.null_count} without; acquire the source again")
    if not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)):
        raise DataError(f"measure: expected text as string, found {texts.type}")
    _, offsets, content = texts.buffers()
    width = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    if len(texts) == 0:
        return np.zeros(0, np.uint8), np.zeros(1, np.int64)
    bounds = np.frombuffer(offsets, width)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    return np.frombuffer(content or b"", np.uint8), bounds


@cache
def _look_up() -> _LookUp:
    """Build the look-up tables from ranges, encodings and names, once in a process."""
    spans = [span.partition(":")[::2] for span in RANGES.split()]
    kinds = {"O": kernel.OTHER, "N": kernel.NUMBER, "M": kernel.MARK, "P": kernel.PUNCTUATION, "Z": kernel.SPACE}
    scripts = ("Zyyy", *sorted({kind for _, kind in spans} - kinds.keys() - {"Zyyy"}))
    codes = {**kinds, **{script: kernel.LETTER | (index << kernel.SCRIPT_SHIFT) for index, script in enumerate(scripts)}}
    starts = np.cumsum([int(distance, 16) for distance, _ in spans])
    lengths = np.diff(np.append(starts, 0x110000))
    classes = np.repeat(np.array([codes[kind] for _, kind in spans], np.uint16), lengths)
    pairs = [(ord(first), ord(second)) for first, second in mojibake_pairs()]
    classes[[first for first, _ in pairs]] |= kernel.PAIR_FIRST
    classes[[second for _, second in pairs]] |= kernel.PAIR_SECOND
    blocks, block_of = np.unique(classes.reshape(-1, 256), axis=0, return_inverse=True)
    return _LookUp(
        block_of.reshape(-1).astype(np.uint16),
        blocks.reshape(-1),
        np.array(sorted(first << 21 | second for first, second in pairs), np.uint64),
        _name_hashes(HTML_ELEMENTS),
        _name_hashes(HTML_ENTITIES),
        scripts,
    )


def _name_hashes(names: frozenset[str]) -> npt.NDArray[np.uint64]:
    return np.array(sorted(_fnv(name) for name in names), np.uint64)


def _fnv(name: str) -> int:
    """Return the 64-bit FNV-1a hash that the kernel computes of a name."""
    hashed = 0xCBF29CE484222325
    for byte in name.encode():
        hashed = (hashed ^ byte) * 0x100000001B3 % (1 << 64)
    return hashed
