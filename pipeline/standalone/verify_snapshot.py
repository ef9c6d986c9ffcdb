"""Check a published snapshot from its files alone, without the product that made it.

Usage: python verify_snapshot.py FOLDER

Standard library only. Where pyarrow or duckdb can be imported, the published texts are compared with the leaves too;
elsewhere the report says that they were not. Exit code 0: everything holds; 1: something does not; 2: not a snapshot.

What is checked:
(1) every file of manifest.json is there with the digest it names, and no other file stands beside them;
(2) the leaves are canonical JSON, sorted by document_id, each once;
(3) their RFC 9162 Merkle root is the snapshot's name;
(4) every leaf shows an admitting or redacting decision of each gate it names;
(5) every published text has the digest its leaf names, and every leaf has its text.
"""

import gzip
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

LEAVES, MANIFEST = "leaves.jsonl.gz", "manifest.json"


def main(arguments: list[str]) -> int:
    """Check the snapshot in the folder named on the command line and print what was found."""
    if len(arguments) != 1 or not (Path(arguments[0]) / MANIFEST).is_file():
        sys.stderr.write("usage: python verify_snapshot.py FOLDER (a folder with manifest.json)\n")
        return 2
    report = verify(Path(arguments[0]))
    sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    return 0 if report["holds"] else 1


def verify(folder: Path) -> dict[str, object]:
    """Return what was checked and every fault found; ``holds`` is true when there is none."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    faults = list(_file_faults(folder, manifest))
    root, digests, leaf_faults = _leaves(folder)
    faults += leaf_faults
    if root != manifest["snapshot_id"]:
        faults.append(f"Merkle root of the leaves is {root}, the manifest names {manifest['snapshot_id']}")
    if len(digests) != manifest["documents"]:
        faults.append(f"{len(digests)} leaves, the manifest counts {manifest['documents']}")
    texts, text_faults = _texts(folder, digests)
    faults += text_faults
    return {
        "snapshot_id": manifest["snapshot_id"],
        "recomputed": root,
        "documents": len(digests),
        "files": len(manifest["files"]),
        "texts_compared": texts,
        "faults": faults[:100],
        "holds": not faults,
    }


def _file_faults(folder: Path, manifest: dict) -> Iterator[str]:  # type: ignore[type-arg]
    named = {entry["path"]: entry for entry in manifest["files"]}
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    for path in sorted(present - set(named)):
        yield f"{path}: not named by the manifest"
    for path, entry in sorted(named.items()):
        if path not in present:
            yield f"{path}: named by the manifest, not there"
        elif _sha256_of(folder / path) != entry["sha256"]:
            yield f"{path}: its bytes have another digest than the manifest names"


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _leaves(folder: Path) -> tuple[str, dict[str, str], list[str]]:
    """Return the Merkle root, the text digest by document, and the faults of the leaves."""
    hashes: list[bytes] = []
    digests: dict[str, str] = {}
    faults: list[str] = []
    last = ""
    try:
        with gzip.open(folder / LEAVES, "rt", encoding="utf-8", newline="\n") as packed:
            for number, ended in enumerate(packed):
                line = ended.rstrip("\n")
                hashes.append(hashlib.sha256(b"\x00" + line.encode()).digest())
                leaf = json.loads(line)
                if json.dumps(leaf, ensure_ascii=False, sort_keys=True, separators=(",", ":")) != line:
                    faults.append(f"leaf {number}: not canonical JSON")
                if leaf["document_id"] <= last:
                    faults.append(f"leaf {number}: out of order or repeated")
                if not leaf["decisions"] or any(d["disposition"] not in ("admit", "redact") for d in leaf["decisions"]):
                    faults.append(f"leaf {number}: no admitting decision of every gate")
                last = leaf["document_id"]
                digests[last] = leaf["text_sha256"]
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        faults.append(f"{LEAVES}: cannot be read to its end ({type(error).__name__})")
    return _root(hashes), digests, faults


def _root(level: list[bytes]) -> str:
    """Return the RFC 9162 (2.1.1) tree hash: neighbours are paired, an odd last node is carried upwards."""
    if not level:
        return hashlib.sha256(b"").hexdigest()
    while len(level) > 1:
        paired = [hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
    return level[0].hex()


def _texts(folder: Path, digests: dict[str, str]) -> tuple[int | str, list[str]]:
    """Compare every published text with its leaf, by whichever Parquet reader is at hand."""
    waiting = dict(digests)
    faults: list[str] = []
    count = 0
    try:
        for document_id, text in _published(folder):
            count += 1
            if waiting.pop(document_id, None) != hashlib.sha256(text.encode()).hexdigest():
                faults.append(f"document {document_id}: its text is not the one its leaf names")
    except ImportError:
        return "not compared: neither pyarrow nor duckdb can be imported", []
    except Exception as error:  # noqa: BLE001 - a damaged Parquet file is a fault, whatever the reader calls it
        return count, [*faults, f"data: cannot be read to its end ({type(error).__name__})"]
    faults += [f"document {document_id}: has a leaf and no text" for document_id in sorted(waiting)]
    return count, faults


def _published(folder: Path) -> Iterator[tuple[str, str]]:
    paths = sorted((folder / "data").glob("*.parquet"))
    try:
        from pyarrow import parquet
    except ImportError:
        import duckdb

        for path in paths:
            yield from duckdb.execute("SELECT document_id, text FROM read_parquet(?)", [str(path)]).fetchall()
        return
    for path in paths:
        for batch in parquet.ParquetFile(path).iter_batches(columns=["document_id", "text"], batch_size=1024):
            yield from zip(batch["document_id"].to_pylist(), batch["text"].to_pylist(), strict=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
