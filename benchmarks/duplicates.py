"""Duplicates side by side with their peers, against brute-force truth, and at a million documents; figures as JSON.

    python benchmarks/duplicates.py --corpus FOLDER [--install-peers] [--documents 1000000] [--out figures.json]

FOLDER holds JSON or text files of real text (npm chinese-poetry unpacked, for one); documents are made by recombining
its sentences. ``--install-peers`` makes an environment for datasketch, rensa, datatrove and text-dedup. Signing rates are MB of
UTF-8 per second of CPU time, shingling included, all on the same texts, one after the other in each round.
"""

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.ipc

ROUNDS = 3
BATCH = 10_000
SENTENCES = 400_000


def sentences(folder: Path) -> list[str]:
    """Return up to ``SENTENCES`` distinct sentences of 4 characters and more, in the order of the files' names."""
    found: dict[str, None] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix not in {".json", ".txt"} or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        parts = list(_strings(json.loads(text))) if path.suffix == ".json" else [text]
        for part in parts:
            found.update(dict.fromkeys(one for one in re.findall(r"[^。！？\n]+[。！？]", part) if len(one) >= 4))
        if len(found) >= SENTENCES:
            break
    return list(found)[:SENTENCES]


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)


def documents(parts: list[str], count: int, seed: int) -> Iterator[list[str]]:
    """Yield lists of texts of about 1.5 KB; three in ten are edited copies of an earlier one of their list, one in fifty a twin."""
    random = np.random.default_rng(seed)
    lengths = np.array([len(part.encode()) for part in parts])
    per_text = max(1, round(1500 / lengths.mean()))
    for start in range(0, count, BATCH):
        size = min(BATCH, count - start)
        chosen = random.integers(0, len(parts), (size, per_text))
        texts = [[parts[i] for i in row] for row in chosen.tolist()]
        fate, origin, edits = random.random(size), random.integers(0, np.maximum(1, np.arange(size))), random.integers(1, 8, size)
        for row in range(1, size):
            if fate[row] < 0.32:
                texts[row] = list(texts[origin[row]])
                for edit in range(0 if fate[row] < 0.02 else int(edits[row])):
                    texts[row][(row * 7 + edit * 13) % per_text] = parts[(row * 31 + edit * 17) % len(parts)]
        yield ["".join(text) for text in texts]


def timed(action: Callable[[], object]) -> float:
    """Return the CPU seconds of an action."""
    start = time.process_time()
    action()
    return time.process_time() - start


def peer(name: str, file: Path) -> None:
    """Sign the texts of a file with a peer and print the CPU seconds; runs in the peers' own Python."""
    texts = pa.ipc.open_file(file).read_all().column("text").to_pylist()

    def shingles(text: str) -> set[str]:
        return {text[i : i + 5] for i in range(len(text) - 4)}

    if name == "datasketch":
        from datasketch import MinHash

        print(timed(lambda: MinHash.bulk(([one.encode() for one in shingles(text)] for text in texts), num_perm=128)))
    elif name == "rensa":
        from rensa import RMinHash

        print(timed(lambda: RMinHash.digest_matrix_from_token_sets([list(shingles(text)) for text in texts], num_perm=128, seed=42)))
    else:
        print(timed(lambda: [shingles(text) for text in texts]))


def signing(policy: object, parts: list[str], peers: str | None, scratch: Path) -> dict[str, object]:
    """Return MB/s of CPU time per tool, the median of interleaved rounds; slow peers get a tenth of the texts."""
    from pipeline.stages.sign import sign

    texts = next(documents(parts, BATCH, seed=1))
    batch = pa.record_batch({"document_id": [str(i) for i in range(len(texts))], "source_id": ["s"] * len(texts), "text": texts})
    rates: dict[str, list[float]] = {}
    sign(batch.slice(0, 1), policy)
    for file, rows in (("whole", len(texts)), ("tenth", len(texts) // 10)):
        part = pa.Table.from_batches([batch.slice(0, rows)]).select(["text"])
        with pa.OSFile(str(scratch / f"{file}.arrow"), "wb") as sink, pa.ipc.new_file(sink, part.schema) as writer:
            writer.write_table(part)
    size = {"whole": sum(len(text.encode()) for text in texts), "tenth": sum(len(text.encode()) for text in texts[: len(texts) // 10])}
    for _ in range(ROUNDS):
        rates.setdefault("laiyuan", []).append(size["whole"] / timed(lambda: sign(batch, policy)) / 1e6)
        for name, file in (("datasketch", "tenth"), ("rensa", "whole"), ("python_sets_alone", "whole")) if peers else ():
            command = [str(peers), __file__, "--peer", name, "--file", str(scratch / f"{file}.arrow")]
            seconds = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            rates.setdefault(name, []).append(size[file] / seconds / 1e6)
    middle = {name: round(float(np.median(each)), 2) for name, each in rates.items()}
    ratios = {f"laiyuan_over_{name}": round(middle["laiyuan"] / rate, 1) for name, rate in middle.items() if name != "laiyuan"}
    return {"mb_per_cpu_second": middle, **ratios}


def against_truth(policy: object, parts: list[str], count: int) -> dict[str, object]:
    """Return precision, recall and F1 of pairs in one cluster's edges against exact Jaccard of every pair (a sparse product)."""
    from pipeline.stages.cluster import cluster
    from pipeline.stages.sign import sign

    texts = [text for some in documents(parts, count, seed=2) for text in some]
    names = [f"{i:07}" for i in range(count)]
    # Whole numbers of edits leave gaps: a sliding cut gives every degree of similarity.
    texts = [text[: len(text) - (i * 37) % (len(text) // 3)] if i % 5 == 0 else text for i, text in enumerate(texts)]
    letters = [re.sub(r"[\W_]", "", text) for text in texts]
    rows, columns, similarity = exact_jaccard(letters)
    is_pair = (rows < columns) & (similarity >= policy.threshold)
    truth = set(zip(rows[is_pair].tolist(), columns[is_pair].tolist(), strict=True))
    batch = pa.record_batch({"document_id": names, "source_id": ["s"] * count, "text": texts})
    found = cluster(
        pa.Table.from_batches([sign(batch, policy)]),
        lambda wanted: pa.record_batch({"document_id": wanted, "text": [texts[int(name)] for name in wanted]}),
        policy,
    )
    # An edge stands for all twins of its ends.
    twins: dict[str, list[int]] = {}
    for row, text in enumerate(letters):
        twins.setdefault(text, []).append(row)
    pairs = {(a, b) for group in twins.values() for a in group for b in group if a < b}
    for edge in found.edges.to_pylist():
        ends = [twins[letters[int(edge[side])]] for side in ("left_id", "right_id")]
        pairs |= {(min(a, b), max(a, b)) for a in ends[0] for b in ends[1] if a != b}
    hit = len(pairs & truth)
    precision, recall = hit / max(1, len(pairs)), hit / max(1, len(truth))
    close = float(np.mean(similarity[is_pair] < policy.threshold + 0.05))
    return {
        "documents": count,
        "true_pairs": len(truth),
        "share_within_0.05_of_threshold": round(close, 3),
        "precision": round(precision, 5),
        "recall": round(recall, 5),
        "f1": round(2 * precision * recall / (precision + recall), 5),
    }


def end_to_end(policy: object, parts: list[str], count: int, peers: str, scratch: Path) -> dict[str, object]:
    """Return MB/s of CPU time from texts to clusters, and the F1 of pairs in one cluster, beside datatrove and text-dedup."""
    from pipeline.stages.cluster import cluster
    from pipeline.stages.sign import sign

    texts = [text for some in documents(parts, count, seed=5) for text in some]
    file = scratch / "texts.json"
    file.write_text(json.dumps(texts), encoding="utf-8")

    def told_by(name: str) -> dict[str, Any]:
        shutil.rmtree(scratch / name, ignore_errors=True)
        command = [peers, str(Path(__file__).with_name("duplicates_peers.py")), name, str(file), str(scratch / name)]
        said: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
        return said

    theirs, other = told_by("datatrove"), told_by("text-dedup")
    names = [f"{i:07}" for i in range(count)]
    batch = pa.record_batch({"document_id": names, "source_id": ["s"] * count, "text": texts})
    found: list[object] = []

    def ours() -> None:
        signed = pa.Table.from_batches([sign(batch, policy)])
        found.append(cluster(signed, lambda ids: pa.record_batch({"document_id": ids, "text": [texts[int(i)] for i in ids]}), policy))

    # Machine code is loaded from disk on the first call: once a process, whatever the corpus.
    ours()
    seconds = timed(ours)
    groups: dict[str, list[int]] = {}
    for row in found[0].members.to_pylist():
        groups.setdefault(row["cluster_id"], []).append(int(row["document_id"]))
    truth = pairs_of(true_clusters(texts, policy))
    size = sum(len(text.encode()) for text in texts) / 1e6
    return {
        "documents": count,
        "laiyuan": {"mb_per_cpu_second": round(size / seconds, 2), "f1": f1(pairs_of(groups.values()), truth)},
        "datatrove": {"mb_per_cpu_second": round(size / theirs["cpu_seconds"], 2), "f1": f1(pairs_of(theirs["clusters"]), truth)},
        "text-dedup": {"mb_per_cpu_second": round(size / other["cpu_seconds"], 2)},
        "laiyuan_over_datatrove": round(theirs["cpu_seconds"] / seconds, 1),
        "laiyuan_over_text-dedup": round(other["cpu_seconds"] / seconds, 1),
    }


def true_clusters(texts: list[str], policy: object) -> list[list[int]]:
    """Return the connected components over every pair whose exact Jaccard similarity reaches the threshold."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    letters = [re.sub(r"[\W_]", "", text) for text in texts]
    rows, columns, similarity = exact_jaccard(letters)
    is_pair = similarity >= policy.threshold
    graph = csr_matrix((np.ones(int(is_pair.sum())), (rows[is_pair], columns[is_pair])), shape=(len(texts), len(texts)))
    _, label = connected_components(graph, directed=False)
    return [np.flatnonzero(label == one).tolist() for one in np.flatnonzero(np.bincount(label) > 1)]


def exact_jaccard(letters: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the pairs of texts that share a 5-gram, and their exact similarity (a sparse product)."""
    from scipy.sparse import csr_matrix

    columns: dict[str, int] = {}
    sets = [sorted({columns.setdefault(text[i : i + 5], len(columns)) for i in range(len(text) - 4)}) for text in letters]
    bounds = np.cumsum([0, *map(len, sets)])
    matrix = csr_matrix((np.ones(bounds[-1], np.int32), np.concatenate(sets), bounds), shape=(len(letters), len(columns)))
    common = (matrix @ matrix.T).tocoo()
    sizes = np.diff(bounds)
    return common.row, common.col, common.data / (sizes[common.row] + sizes[common.col] - common.data)


def pairs_of(clusters: Iterable[list[int]]) -> set[tuple[int, int]]:
    """Return the pairs of documents that are in one cluster."""
    return {(a, b) for members in clusters for a in members for b in members if a < b}


def f1(found: set[tuple[int, int]], truth: set[tuple[int, int]]) -> float:
    """Return the harmonic mean of precision and recall of pairs."""
    return round(2 * len(found & truth) / max(1, len(found) + len(truth)), 5)


class Watch:
    """Wall time, CPU time and the peak of memory that is not a mapped file, while it is open."""

    def __enter__(self) -> Self:
        self.start, self.cpu, self.peak, self.is_open = time.perf_counter(), time.process_time(), 0, True
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()
        return self

    def _look(self) -> None:
        while self.is_open:
            status = Path("/proc/self/status").read_text()
            self.peak = max(self.peak, int(re.search(r"RssAnon:\s+(\d+)", status).group(1)))
            time.sleep(0.05)

    def __exit__(self, *_: object) -> None:
        self.is_open = False
        self.thread.join()
        self.figures = {
            "wall_seconds": round(time.perf_counter() - self.start, 1),
            "cpu_seconds": round(time.process_time() - self.cpu, 1),
            "peak_anonymous_mib": self.peak // 1024,
        }


def at_scale(policy: object, parts: list[str], count: int, scratch: Path) -> dict[str, object]:
    """Sign and cluster many documents kept in a file; then add 5 % more and cluster again, knowing the first clustering."""
    from pipeline.domain.duplicates import Known
    from pipeline.stages.band_index import index_segment
    from pipeline.stages.cluster import cluster
    from pipeline.stages.extend import extend
    from pipeline.stages.sign import sign

    file = scratch / f"documents-{count}.arrow"
    schema = pa.schema([("document_id", pa.string()), ("source_id", pa.string()), ("text", pa.string())])
    if not file.exists():
        with pa.OSFile(str(file.with_suffix(".part")), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
            for number, texts in enumerate(documents(parts, count, seed=3)):
                names = [f"{number * BATCH + i:064x}" for i in range(len(texts))]
                writer.write_batch(pa.record_batch([names, ["s"] * len(texts), pa.array(texts)], schema=schema))
        file.with_suffix(".part").rename(file)
    reader = pa.ipc.open_file(pa.memory_map(str(file)))
    batches = [reader.get_batch(i) for i in range(reader.num_record_batches)]
    whole = pa.Table.from_batches(batches)

    def fetch(wanted: list[str]) -> pa.RecordBatch:
        # Batch by batch: taking from a chunked column would copy the whole of it.
        rows = np.sort(np.array([int(name, 16) for name in wanted]))
        cuts = np.searchsorted(rows, np.arange(0, count + BATCH, BATCH))
        parts = [
            batch.select(["document_id", "text"]).take(pa.array(rows[cuts[i] : cuts[i + 1]] - i * BATCH)) for i, batch in enumerate(batches)
        ]
        return pa.Table.from_batches(parts).combine_chunks().to_batches()[0]

    threads = os.cpu_count() or 1
    with Watch() as signing_watch:
        signatures = pa.Table.from_batches([sign(batch, policy, threads=threads) for batch in batches])
    with Watch() as clustering_watch:
        found = cluster(signatures, fetch, policy)
        whole_index = index_segment(signatures, policy)
    old = signatures.slice(0, count * 20 // 21)
    first = cluster(old, fetch, policy)
    index = [mapped(index_segment(old, policy), scratch)]
    known = Known(old.select(["document_id", "normalized_sha256"]).slice(0, 0), first.edges, first.report.not_compared)
    places = {name: row for row, name in enumerate(signatures.column("document_id").to_pylist())} if first.report.not_compared else {}

    def lend(wanted: list[str]) -> pa.Table:
        return signatures.select(["document_id", "signature"]).take(pa.array([places[name] for name in wanted]))

    with Watch() as adding_watch:
        fresh = whole.slice(old.num_rows).combine_chunks().to_batches()[0]
        signed = pa.Table.from_batches([sign(fresh, policy, threads=threads)])
        again = extend(signed, index, known, fetch, lend, policy)
        index_segment(signed, policy)
    full_cpu = signing_watch.figures["cpu_seconds"] + clustering_watch.figures["cpu_seconds"]
    size = sum(int(batch.column("text").nbytes) for batch in batches)
    return {
        "documents": count,
        "mb": size // 1_000_000,
        "threads_signing": threads,
        "sign": signing_watch.figures,
        "cluster": clustering_watch.figures,
        "add_one_twentieth": adding_watch.figures
        | {
            "is_equal_to_one_batch": again.members == found.members and again.edges == found.edges,
            "share_of_full_cpu": round(adding_watch.figures["cpu_seconds"] / full_cpu, 3),
        },
        "index_mib": sum(each.nbytes for each in (whole_index.documents, whole_index.texts, whole_index.keys)) >> 20,
        "peak_resident_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "report": found.report.as_json(),
    }


def mapped(segment: object, scratch: Path) -> object:
    """Return a segment of the index as a run finds it: in files that are mapped, not read."""
    parts = {}
    for name in ("documents", "texts", "keys"):
        path = scratch / f"index-{name}.arrow"
        table = getattr(segment, name)
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table.combine_chunks())
        parts[name] = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    return type(segment)(**parts)


def boilerplate(policy: object, parts: list[str], copies: int) -> dict[str, object]:
    """Cluster many texts that are one boilerplate but for a line of their own, half of them equal to the letter."""
    from pipeline.stages.cluster import cluster
    from pipeline.stages.sign import sign

    base = "".join(parts[:60])
    texts = [base if i % 2 else f"{base}{parts[i % len(parts)]}" for i in range(copies)]
    batch = pa.record_batch({"document_id": [f"{i:07}" for i in range(copies)], "source_id": ["s"] * copies, "text": texts})
    signed = pa.Table.from_batches([sign(batch, policy)])
    with Watch() as watch:
        found = cluster(
            signed, lambda wanted: pa.record_batch({"document_id": wanted, "text": [texts[int(name)] for name in wanted]}), policy
        )
    return {"documents": copies, **watch.figures, "report": found.report.as_json()}


PEERS = ("datasketch==2.0.0", "rensa==0.5.0", "datatrove==0.10.1", "text-dedup==0.4.0", "tokenizers", "xxhash==3.5.0", "pyarrow")
"""As installed together; datatrove's hash function needs an xxhash that takes text."""


def installed_peers(folder: Path) -> str:
    """Make an environment of the peers' own and return its Python."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PEERS], check=True)
    return str(python)


def first_call() -> dict[str, float]:
    """Return the seconds of importing and of signing one document in a fresh process, with machine code compiled and cached."""
    script = (
        "import time; a = time.perf_counter(); from benchmarks.duplicates import default_policy; from pipeline.stages.sign import sign; "
        "import pyarrow as pa; p = default_policy(); b = time.perf_counter(); "
        "sign(pa.record_batch({'document_id': ['a'], 'source_id': ['s'], 'text': ['one']}), p); print(b - a, time.perf_counter() - b)"
    )
    figures: dict[str, float] = {}
    cache = Path(".build") / f"numba-{os.getpid()}"
    for state in ("compiling", "cached"):
        done = subprocess.run(
            [sys.executable, "-c", script], check=True, capture_output=True, text=True, env=os.environ | {"NUMBA_CACHE_DIR": str(cache)}
        )
        imported, signed = map(float, done.stdout.split())
        figures |= {f"import_seconds_{state}": round(imported, 2), f"first_call_seconds_{state}": round(signed, 2)}
    return figures


def default_policy() -> object:
    """Return the policy that ships."""
    import yaml
    from pydantic import TypeAdapter

    from pipeline.domain.duplicates import DuplicatePolicy

    body = yaml.safe_load((Path(__file__).parents[1] / "pipeline" / "policies" / "duplicate.yaml").read_text(encoding="utf-8"))
    return TypeAdapter(DuplicatePolicy).validate_python(body)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--peers", help="a Python with the peers; with --install-peers, where to make its environment")
    parser.add_argument("--install-peers", action="store_true", help="make the environment and install the peers from the registry first")
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.peer:
        peer(given.peer, given.file)
        return
    if given.install_peers:
        given.peers = installed_peers(Path(given.peers or ".build/peers"))
    scratch = Path(".build") / "duplicates"
    scratch.mkdir(parents=True, exist_ok=True)
    policy = default_policy()
    parts = sentences(given.corpus)
    figures = {
        "first_call": first_call(),
        "signing": signing(policy, parts, given.peers, scratch),
        "end_to_end": end_to_end(policy, parts, 6000, given.peers, scratch) if given.peers else None,
        "against_truth": against_truth(policy, parts, 5000),
        "boilerplate": boilerplate(policy, parts, 100_000),
        "at_scale": at_scale(policy, parts, given.documents, scratch),
    }
    text = json.dumps(figures, indent=1)
    print(text)
    if given.out:
        given.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    main()
