"""Throughput of the personal-information scan against stock Presidio and others, interleaved on the same documents.

    python -m benchmarks pi-throughput [--megabytes 8] [--rounds 3] [--no-peers]

Real Chinese and English text (the packages of ``benchmarks/corpus.py``), a rule's example planted into one document of ten.
Stock Presidio runs with its no-op engine: its default English set, and our Chinese rules written as its pattern
recognizers, which is what its user would do. CPU seconds of one process; slow systems get a slice. Everything is
warmed on other documents of the same kind first. Peers get an environment of their own; what does not install is named.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import get_context
from pathlib import Path

import pyarrow as pa
from presidio_analyzer import Pattern, PatternRecognizer, predefined_recognizers

from benchmarks.corpus import lay_down
from benchmarks.measuring import BENCH, ROOT, Figures
from pipeline.adapters import presidio
from pipeline.adapters.pi_detector import build_detector
from pipeline.adapters.pi_rules import load_rules
from pipeline.domain.pi import Detector, PiRule
from pipeline.stages.checksums import CHECKS
from pipeline.stages.detect_pi import detect_pi

DEFAULTS = (
    "CreditCard", "UsBank", "UsLicense", "UsItin", "UsPassport", "UsSsn", "Nhs", "Crypto", "Date", "Email", "Iban", "Ip", "MedicalLicense",
    "MacAddress", "Uuid", "Phone", "Url",
)  # fmt: skip
CHINESE = ("office-help-zh", "manpages-zh", "chinese-poetry")
ENGLISH = ("linux-doc", "python-doc", "perl-doc")
PIECE_CHARS = 4000
SLICE_BYTES = 400_000
PEERS = ("jionlp", "datafog", "scrubadub")
PEER_CODE = """
import json, sys, time
name, path = sys.argv[1:]
texts = json.load(open(path, encoding="utf-8"))
if name == "jionlp":
    import jionlp
    one = lambda t: [f(t) for f in (jionlp.extract_phone_number, jionlp.extract_email, jionlp.extract_id_card, jionlp.extract_ip_address)]
elif name == "datafog":
    from datafog.processing.text_processing.regex_annotator import RegexAnnotator
    one = RegexAnnotator().annotate
else:
    import scrubadub
    scrubber = scrubadub.Scrubber()
    one = lambda t: list(scrubber.iter_filth(t))
one(texts[0])
start = time.process_time()
for text in texts:
    one(text)
print(time.process_time() - start)
"""


class StockRule(PatternRecognizer):  # type: ignore[misc]  # the library has no types
    """One of our rules as a Presidio user would write it: pattern, check and context words, on the text as it stands."""

    def __init__(self, rule: PiRule) -> None:
        self._check = CHECKS[rule.check] if rule.check else None
        self._separators = str.maketrans("", "", rule.separators)
        context = list(rule.context.words) if rule.context else None
        super().__init__(rule.kind, rule.id, "zh", [Pattern(rule.id, rule.pattern, rule.score)], context=context)

    def validate_result(self, pattern_text: str) -> bool | None:
        """Return what the checksum says, None where the rule has none or the match has words around its value."""
        try:
            return self._check(pattern_text.translate(self._separators)) if self._check else None
        except (ValueError, KeyError, IndexError, AttributeError):
            return None


def documents(sources: Sequence[str], megabytes: float, examples: Sequence[str]) -> list[str]:
    """Return documents of at most four thousand characters from several sources, one of ten with an example planted."""
    texts: list[str] = []
    for source in sources:
        size = 0
        for text in _texts(source):
            texts.append(text)
            size += len(text.encode())
            if size > megabytes * 1e6 / len(sources):
                break
    draw = random.Random(20240607)
    draw.shuffle(texts)
    return [f"{text}\n{draw.choice(examples)}\n" if number % 10 == 0 else text for number, text in enumerate(texts)]


def _texts(source: str) -> Iterator[str]:
    for path in sorted((BENCH / "project" / "sources" / source / "data").glob("*.jsonl")):
        for line in path.open(encoding="utf-8"):
            text = json.loads(line)["text"]
            yield from (text[start : start + PIECE_CHARS] for start in range(0, len(text), PIECE_CHARS))


def batch(texts: Sequence[str]) -> pa.RecordBatch:
    """Return texts as documents."""
    count = len(texts)
    columns = {
        "document_id": [f"{number:08d}" for number in range(count)],
        "source_id": ["s"] * count,
        "text": list(texts),
        "locator": ["x"] * count,
    }
    return pa.RecordBatch.from_pydict({**columns, "title": pa.array([None] * count, pa.string()), "metadata": ["{}"] * count})


def measure_pi_throughput(arguments: list[str]) -> Figures:
    """Return megabytes per CPU second and their ratios, per language."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks pi-throughput")
    parser.add_argument("--megabytes", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-peers", action="store_true")
    asked = parser.parse_args(arguments)
    if not (BENCH / "project" / "sources" / CHINESE[0] / "data").is_dir():
        lay_down(BENCH / "project")
    rules = load_rules([ROOT / "pipeline" / "pi_rules"])
    examples = [example for rule in rules for example in rule.match]
    figures: Figures = {}
    for language, sources in (("zh", CHINESE), ("en", ENGLISH)):
        texts = documents(sources, asked.megabytes, examples)
        half = len(texts) // 2
        figures[language] = _compared(language, texts[:half], texts[half:], rules, asked.rounds)
        few = _slice(texts[half:])
        figures[language]["peers"] = {} if asked.no_peers else {name: _peer(name, few) for name in PEERS}
    figures["two_processes"] = _two_processes(documents(CHINESE, asked.megabytes, examples), rules)
    return figures


def _compared(language: str, warm: list[str], texts: list[str], rules: Sequence[PiRule], rounds: int) -> Figures:
    own = build_detector(rules)
    stock_defaults = [getattr(predefined_recognizers, f"{name}Recognizer")(supported_language=language) for name in DEFAULTS]
    stock_rules = presidio.analyzer([StockRule(rule) for rule in rules], "zh")
    stock = presidio.analyzer(stock_defaults, language)
    few = _slice(texts)
    size, few_size = (sum(len(text.encode()) for text in some) for some in (texts, few))
    records, few_records = batch(texts), batch(_slice(texts, 4 * SLICE_BYTES))
    some_size = sum(len(text.encode()) for text in few_records["text"].to_pylist())
    systems: dict[str, tuple[int, Callable[[], object], Callable[[], object]]] = {
        "scan_only": (size, lambda: own.scanner.scan(records["text"]), lambda: own.scanner.scan(records["text"])),
        "ours": (size, lambda: _detect(records, own), lambda: _detect(batch(warm), own)),
        "stock_with_our_rules": (few_size, lambda: _analyze(stock_rules, few, "zh"), lambda: _analyze(stock_rules, warm[:20], "zh")),
        "stock_defaults": (few_size, lambda: _analyze(stock, few, language), lambda: _analyze(stock, warm[:20], language)),
    }
    for _, _, warm_up in systems.values():
        warm_up()
    rates: dict[str, list[float]] = {name: [] for name in (*systems, "defaults_through_prefilter")}
    for _ in range(rounds):
        for name, (counted, work, _) in systems.items():
            rates[name].append(counted / 1e6 / _seconds(work))
        fresh = build_detector((), recognizers=presidio.wrapped(stock_defaults))  # what it has read before is forgotten
        _detect(batch(warm), fresh)
        rates["defaults_through_prefilter"].append(some_size / 1e6 / _seconds(lambda: _detect(few_records, fresh)))  # noqa: B023
    median = {name: round(statistics.median(each), 3) for name, each in rates.items()}
    return {
        "documents": len(texts),
        "megabytes": round(size / 1e6, 2),
        "findings": detect_pi(records, own, key=b"k", key_id="k").findings.num_rows,
        "mb_per_cpu_second": median,
        "times_stock_with_our_rules": round(median["ours"] / median["stock_with_our_rules"], 1),
        "times_stock_with_defaults": round(median["ours"] / median["stock_defaults"], 1),
        "identical_defaults_times_stock": round(median["defaults_through_prefilter"] / median["stock_defaults"], 1),
    }


def _detect(records: pa.RecordBatch, detector: Detector) -> object:
    return detect_pi(records, detector, key=b"k", key_id="k")


def _analyze(engine: object, texts: Sequence[str], language: str) -> object:
    return [engine.analyze(text, language=language) for text in texts]  # type: ignore[attr-defined]


def _slice(texts: Sequence[str], limit: int = SLICE_BYTES) -> list[str]:
    size, few = 0, []
    for text in texts:
        few.append(text)
        size += len(text.encode())
        if size > limit:
            break
    return few


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


_worker: list[Detector] = []


def _begin(detector: Detector) -> None:
    _worker.append(detector)


def _part(texts: list[str]) -> int:
    return detect_pi(batch(texts), _worker[0], key=b"k", key_id="k").findings.num_rows


def _two_processes(texts: list[str], rules: Sequence[PiRule]) -> Figures:
    """Return wall seconds of one and of two worker processes over the same documents, three times over."""
    detector = build_detector(rules)
    parts = [texts[start : start + 500] for start in range(0, len(texts), 500)] * 3
    wall = {}
    for count in (1, 2):
        with get_context("spawn").Pool(count, _begin, (detector,)) as pool:
            pool.map(_part, parts[:count], chunksize=1)
            start = time.perf_counter()
            pool.map(_part, parts, chunksize=1)
            wall[count] = time.perf_counter() - start
    return {"one_wall_seconds": round(wall[1], 2), "two_wall_seconds": round(wall[2], 2), "times": round(wall[1] / wall[2], 2)}


def _peer(name: str, texts: Sequence[str]) -> Figures:
    """Return a peer's rate in an environment of its own, or why there is none."""
    folder = BENCH / "pi-peers" / name
    python = folder / "bin" / "python"
    data = BENCH / "pi-peers" / f"{name}.json"
    try:
        if not python.is_file():
            venv.create(folder, with_pip=True)
            command = [python, "-m", "pip", "install", "--quiet", name]
            subprocess.run(command, check=True, capture_output=True, timeout=600)
        data.write_text(json.dumps(list(texts)), encoding="utf-8")
        done = subprocess.run([python, "-c", PEER_CODE, name, data], check=True, capture_output=True, text=True, timeout=600)
        size = sum(len(text.encode()) for text in texts)
        return {"mb_per_cpu_second": round(size / 1e6 / float(done.stdout.split()[-1]), 3)}
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        print(f"  {name}: {type(error).__name__}", file=sys.stderr)
        return {"not_measured": type(error).__name__}
    finally:
        Path(data).unlink(missing_ok=True)
