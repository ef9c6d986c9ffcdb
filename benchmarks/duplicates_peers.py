"""The peers of the duplicate stages, run in an environment of their own: sign, bucket and cluster the texts of a file.

    PYTHON benchmarks/duplicates_peers.py datatrove|text-dedup FILE FOLDER

Prints CPU seconds of the whole and the clusters found, as JSON. The texts get a space after every character and are cut at
spaces, so that word n-grams are character n-grams: a tokenizer of the peer's own would only be slower.
"""

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Self


class AtSpaces:
    """The cheapest tokenizer there is."""

    def word_tokenize(self, text: str) -> list[str]:
        """Return the words of a text."""
        return text.split()


class Removed:
    """Takes the documents that the filter leaves out."""

    def __init__(self) -> None:
        self.documents: list[object] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def write(self, document: object, _: int) -> None:
        """Take one document."""
        self.documents.append(document)


def cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def datatrove(file: str, folder: Path) -> dict[str, object]:
    """Run the four steps of datatrove's MinHash deduplication, with its own bands, on 5-grams."""
    from datatrove.data import Document
    from datatrove.pipeline.dedup.minhash import (
        MinhashConfig,
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupFilter,
        MinhashDedupSignature,
    )

    texts = [" ".join(text) for text in json.loads(Path(file).read_text(encoding="utf-8"))]
    config = MinhashConfig(n_grams=5)
    documents = lambda: (Document(text=text, id=str(number)) for number, text in enumerate(texts))  # noqa: E731
    started = cpu()
    signing = MinhashDedupSignature(str(folder / "signatures"), config, language="ace_Arab")
    signing.word_tokenizer = AtSpaces()
    signing.run(documents(), 0, 1)
    signed = cpu()
    for bucket in range(config.num_buckets):
        MinhashDedupBuckets(str(folder / "signatures"), str(folder / "buckets"), config=config).run(None, bucket, config.num_buckets)
    MinhashDedupCluster(str(folder / "buckets"), str(folder / "removed"), config=config, save_cluster_id=True).run(None, 0, 1)
    removed = Removed()
    kept = list(MinhashDedupFilter(str(folder / "removed"), removed, load_cluster_ids=True).run(documents(), 0, 1))
    ended = cpu()
    clusters: dict[int, list[int]] = {}
    for document in (*kept, *removed.documents):
        clusters.setdefault(document.metadata.get("minhash_cluster_id", -1), []).append(int(document.id))
    clusters.pop(-1, None)
    return {"cpu_seconds": ended - started, "signing_cpu_seconds": signed - started, "clusters": list(clusters.values())}


def text_dedup(file: str, folder: Path) -> dict[str, object]:
    """Run text-dedup's MinHash command; the seconds are those beyond its imports."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps({"text": " ".join(text)}) for text in json.loads(Path(file).read_text(encoding="utf-8")))
    (folder / "texts.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    given = {
        "path": "json", "data_files": str(folder / "texts.jsonl"), "split": "train", "output": str(folder / "out"), "column": "text",
        "ngram": "5", "num_perm": "128", "threshold": "0.8", "num_proc": "1", "cache_dir": str(folder / "cache"),
    }  # fmt: skip
    options = [part for name, value in given.items() for part in (f"--{name}", value)]
    used = [cpu()]
    for command in (["-c", "import text_dedup.minhash"], ["-m", "text_dedup.minhash", *options]):
        subprocess.run([sys.executable, *command], check=True, capture_output=True)
        used.append(cpu())
    return {"cpu_seconds": (used[2] - used[1]) - (used[1] - used[0])}


if __name__ == "__main__":
    print(json.dumps({"datatrove": datatrove, "text-dedup": text_dedup}[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))))
