"""Throughput of the personal-information scan against stock Presidio, interleaved on the same documents in one run.

    python benchmarks/pi_throughput.py FOLDER_OR_FILE [--megabytes 20] [--rounds 3]

Reads ``.txt`` files and the ``text`` column of ``.parquet`` files, plants a rule's example into one document of ten (fixed
seed), and prints one JSON object. CPU seconds of this process; one core. Stock Presidio gets a slice that it can finish.
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from presidio_analyzer import predefined_recognizers

from pipeline.adapters import presidio
from pipeline.adapters.pi_detector import build_detector
from pipeline.adapters.pi_rules import load_rules
from pipeline.stages.detect_pi import detect_pi

STOCK = ("CreditCard", "Crypto", "Date", "Email", "Iban", "Ip", "MacAddress", "Uuid", "Url")
PIECE_CHARS = 4000
SLICE_BYTES = 300_000


def documents(source: Path, megabytes: float, examples: list[str]) -> list[str]:
    """Return documents of about four thousand characters, one of ten with an example planted."""
    files = sorted(source.rglob("*")) if source.is_dir() else [source]
    texts: list[str] = []
    size = 0
    for file in files:
        whole: list[str] = []
        if file.suffix == ".txt":
            whole = [file.read_text(encoding="utf-8", errors="ignore")]
        elif file.suffix == ".parquet":
            whole = pq.read_table(file, columns=["text"])["text"].to_pylist()
        for text in whole:
            texts += [text[start : start + PIECE_CHARS] for start in range(0, len(text), PIECE_CHARS)]
            size += len(text.encode())
        if size > megabytes * 1e6:
            break
    draw = random.Random(20240607)
    draw.shuffle(texts)
    return [f"{text}\n{draw.choice(examples)}\n" if number % 10 == 0 else text for number, text in enumerate(texts)]


def batch(texts: list[str]) -> pa.RecordBatch:
    """Return texts as documents."""
    count = len(texts)
    columns = {
        "document_id": [f"{number:08d}" for number in range(count)],
        "source_id": ["s"] * count,
        "text": texts,
        "locator": ["x"] * count,
    }
    return pa.RecordBatch.from_pydict({**columns, "title": pa.array([None] * count, pa.string()), "metadata": ["{}"] * count})


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    rules = load_rules([Path(__file__).parent.parent / "pipeline" / "pi_rules"])
    texts = documents(asked.source, asked.megabytes, [example for rule in rules for example in rule.match])
    records, size = batch(texts), sum(len(text.encode()) for text in texts)
    few: list[str] = []
    while sum(len(text.encode()) for text in few) < min(SLICE_BYTES, size):
        few.append(texts[len(few)])
    few_size = sum(len(text.encode()) for text in few)
    hyperscan, re2 = build_detector(rules, engine="hyperscan"), build_detector(rules, engine="re2")
    recognizers = [getattr(predefined_recognizers, f"{name}Recognizer")(supported_language="zh") for name in STOCK]
    phone = predefined_recognizers.PhoneRecognizer(supported_language="zh", supported_regions=["CN", "HK", "MO", "TW"])
    stock = presidio.analyzer([*recognizers, phone])
    runs: dict[str, tuple[int, Callable[[], object]]] = {
        "scan_only_hyperscan": (size, lambda: hyperscan.scanner.scan(records["text"])),
        "detect_pi_hyperscan": (size, lambda: detect_pi(records, hyperscan, key=b"k", key_id="k")),
        "detect_pi_re2": (few_size, lambda: detect_pi(batch(few), re2, key=b"k", key_id="k")),
        "presidio_stock_zh_no_op": (few_size, lambda: [stock.analyze(text, language="zh") for text in few]),
    }
    measured: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(asked.rounds):
        for name, (counted, work) in runs.items():
            measured[name].append(counted / 1e6 / seconds(work))
    rates = {name: round(statistics.median(rounds), 3) for name, rounds in measured.items()}
    found = detect_pi(records, hyperscan, key=b"k", key_id="k")
    answer = {
        "documents": len(texts),
        "megabytes": round(size / 1e6, 2),
        "findings": found.findings.num_rows,
        "megabytes_per_second": rates,
        "times_stock": round(rates["detect_pi_hyperscan"] / rates["presidio_stock_zh_no_op"], 1),
    }
    print(json.dumps(answer, indent=1))


if __name__ == "__main__":
    main()
