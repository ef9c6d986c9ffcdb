"""The peers of the duplicate stages, run in an environment of their own: sign, bucket and cluster the texts of a file.

    PYTHON benchmarks/duplicates_peers.py datatrove FILE FOLDER

Prints CPU seconds of the whole and the clusters found, as JSON. The texts come with a space after every character and are cut at spaces, so that
word n-grams are character n-grams: a tokenizer of the peer's own would only be slower.
"""

import json
import resource
import sys
from pathlib import Path


class AtSpaces:
    """The cheapest tokenizer there is."""

    def word_tokenize(self, text: str) -> list[str]:
        return text.split()


class Removed:
    """Takes the documents that the filter leaves out."""

    def __init__(self) -> None:
        self.documents: list[object] = []

    def __enter__(self) -> "Removed":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def write(self, document: object, _: int) -> None:
        self.documents.append(document)


def cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def datatrove(file: str, folder: Path) -> dict[str, object]:
    """Run the four steps of datatrove's MinHash deduplication, with the bands of our default policy."""
    from datatrove.data import Document
    from datatrove.pipeline.dedup.minhash import (
        MinhashConfig,
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupFilter,
        MinhashDedupSignature,
    )

    texts = [" ".join(text) for text in json.loads(Path(file).read_text(encoding="utf-8"))]
    config = MinhashConfig(n_grams=5, num_buckets=21, hashes_per_bucket=6)
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


if __name__ == "__main__":
    print(json.dumps({"datatrove": datatrove}[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))))
