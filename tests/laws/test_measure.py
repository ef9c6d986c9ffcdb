"""Laws of ``measure``: it counts what its docstring says, row by row, whatever the batch."""

import html.entities
import re
import unicodedata
from itertools import pairwise

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.tables import TABLE
from pipeline.stages.damage import HTML_ELEMENTS, mojibake_pairs
from pipeline.stages.measure import measure

LINE_END = re.compile("[\n\v\f\r\u2028\u2029]")
TAG = re.compile(r"<!--|<!doc|</?([a-z][a-z0-9]*)(?=[\t\n\r />])[^<>]{0,1000}>", re.IGNORECASE)
REFERENCE = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,8}|([A-Za-z][A-Za-z0-9]{0,31}));")
PAIRS = mojibake_pairs()

words = st.sampled_from(
    ["他", "法律", "条", "。", "the ", "law", " ", "\n", "\r\n", "\u2028", "\t", "1", "３", "é", "e\u0301", "Ã©", "ä¸", "锟斤拷", "烫",
     "\ufffd", "\x1b[0m", "\x85", "abcdefgh", "A" * 41, "😀", "の", "한", "\u0600",
     "<p>", "</b >", "<a href='x'>", "<stdio.h>", "<x>", "<!-- ", "<!DOCTYPE", "&amp;", "&nope;", "&#20;", "&#x;", "&", "<"]
)  # fmt: skip
texts = st.one_of(st.lists(words, max_size=40).map("".join), st.text(st.characters(exclude_categories=["Cs"]), max_size=120))


def documents(rows: list[str], source: str = "s") -> pa.RecordBatch:
    schema = pa.schema([("document_id", pa.string()), ("source_id", pa.string()), ("text", pa.string())])
    return pa.record_batch([[str(i) for i in range(len(rows))], [source] * len(rows), rows], schema=schema)


def by_length(starts: pa.Array) -> tuple[list[str], list[float]]:
    """Name a language by the length of a text: a stand-in that depends on nothing else."""
    lengths = [len(start) for start in starts.to_pylist()]
    return [("en", "fr", "de")[length % 3] for length in lengths], [length % 10 / 10 for length in lengths]


def measured(records: pa.RecordBatch) -> pa.RecordBatch:
    return measure(records, declared_languages={"s": frozenset({"en"})}, identify=by_length)


def expected(text: str) -> dict[str, float]:
    """Count slowly and plainly what the kernel counts."""
    spaces = {c for c in text if unicodedata.category(c)[0] == "Z" or c in "\t\n\v\f\r\x85"}
    visible = [c for c in text if c not in spaces]
    lines = [line for line in (strip(each, spaces) for each in LINE_END.split(text)) if line]
    before: set[str] = set()
    repeated = 0
    for line in lines:
        repeated += len(line) if line in before else 0
        before.add(line)
    folded = " ".join("".join(" " if c in spaces else c for c in text).split(" ")).strip(" ")
    folded = re.sub(" +", " ", folded)
    grams = [folded[i : i + 8] for i in range(len(folded) - 7)]
    pairs = [(a, b) in PAIRS and (a != b or (i > 0 and text[i - 1] == a)) for i, (a, b) in enumerate(pairwise(text))]
    tags = [m for m in TAG.finditer(text) if m[1] is None or m[1].lower() in HTML_ELEMENTS]
    references = [m for m in REFERENCE.finditer(text) if m[1] is None or m[1] + ";" in html.entities.html5]
    return {
        "chars": len(text),
        "lines": len(lines),
        "unbroken_ratio": sum(len(m[0]) for m in re.finditer(r"[A-Za-z0-9]{40,}", text)) / max(len(visible), 1),
        "repeated_line_ratio": repeated / max(sum(map(len, lines)), 1),
        "repeated_ngram_ratio": (len(grams) - len(set(grams))) / max(len(grams), 1),
        "distinct_char_ratio": len(set(text)) / max(len(text), 1),
        "mean_line_chars": sum(map(len, lines)) / max(len(lines), 1),
        "max_line_chars": max(map(len, lines), default=0),
        "replacement_count": text.count("\ufffd"),
        "control_count": sum(unicodedata.category(c) == "Cc" and c not in "\t\n\v\f\r" for c in text),
        "mojibake_count": sum(pairs),
        "markup_count": len(tags) + len(references),
    }


def strip(line: str, spaces: set[str]) -> str:
    return line.strip("".join(spaces)) if spaces else line


@settings(max_examples=400, deadline=None)
@given(st.lists(texts, max_size=5))
def test_numbers_are_those_of_a_slow_count(rows: list[str]) -> None:
    for row, text in zip(measured(documents(rows)).to_pylist(), rows, strict=True):
        assert {name: row[name] for name in expected(text)} == expected(text)


@settings(max_examples=100, deadline=None)
@given(st.lists(texts, max_size=8), st.integers(0, 8))
def test_batch_size_changes_nothing(rows: list[str], cut: int) -> None:
    records = documents(rows)
    parts = [measured(records.slice(0, cut)), measured(records.slice(cut))]
    assert pa.Table.from_batches(parts).combine_chunks().equals(pa.Table.from_batches([measured(records)]).combine_chunks())


@settings(max_examples=100, deadline=None)
@given(st.lists(texts, max_size=8), st.randoms(use_true_random=False))
def test_order_changes_nothing(rows: list[str], random) -> None:
    records = documents(rows)
    order = list(range(len(rows)))
    random.shuffle(order)
    taken = pa.array(order, pa.int64())
    assert measured(records.take(taken)).equals(measured(records).take(taken))


@settings(max_examples=100, deadline=None)
@given(st.lists(texts, max_size=8))
def test_one_row_per_document_in_order_with_the_tables_columns(rows: list[str]) -> None:
    records = documents(rows)
    metrics = measured(records)
    assert metrics.column("document_id").equals(records.column("document_id"))
    assert metrics.schema.names == [name for name in TABLE["metrics"].schema.names if name != "run_id"]
    assert all(column.null_count == 0 for column in metrics.columns)
    assert measured(records).equals(metrics)
    for name in metrics.schema.names:
        if name.endswith("_ratio"):
            assert all(0 <= value <= 1 for value in metrics.column(name).to_pylist())


@given(st.lists(texts, min_size=1, max_size=4))
def test_large_strings_and_slices_measure_the_same(rows: list[str]) -> None:
    records = documents(["before", *rows, "after"])
    wide = records.set_column(2, "text", records.column("text").cast(pa.large_string()))
    assert measured(wide.slice(1, len(rows))).equals(measured(records.slice(1, len(rows))))
