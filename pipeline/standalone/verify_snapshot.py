"""Check a published snapshot, one document's proof or a ledger head from files alone, without the product that made them.

Usage: python verify_snapshot.py FOLDER | --proof proof.json [--text document.txt] | --head head.json [--since older.json]
With --key-id ID nothing holds unless that key signed it: take the id from where its owner published it, not from the files.
Standard library only. Where cryptography can be imported, Ed25519 signatures are checked; where pyarrow or duckdb can,
the published texts; elsewhere the report says that they were not. Exit code 0: all holds; 1: not; 2: nothing to check.
Of a snapshot: (1) every file of manifest.json is there with the digest it names, and no other; (2) the leaves are canonical
JSON, sorted by document_id, each once; (3) their RFC 9162 Merkle root is the snapshot's name; (4) every gate a leaf names
admits or redacts; (5) every published text has the digest its leaf names, and every leaf its text; (6) attestation.dsse.json
is DSSE over an in-toto statement that names the manifest's digest and that root.
Of a proof: the leaf leads to the root in its signed statement (2.1.3.2). Of a head: it holds the whole of an older one (2.1.4.2).
"""

import argparse
import base64
import gzip
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

LEAVES, MANIFEST, ATTESTATION, PUBLIC_KEY = "leaves.jsonl.gz", "manifest.json", "attestation.dsse.json", "signing_key.pem"
PAYLOAD_TYPE, STATEMENT_TYPE, ROOT_DIGEST = "application/vnd.in-toto+json", "https://in-toto.io/Statement/v1", "rfc9162Sha256"
PEM, PROOF_KIND = "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", "urn:laiyuan:inclusion-proof:v1"
UNREADABLE = (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError)


def main(arguments: list[str]) -> int:
    """Check what the command line names and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="a snapshot: a folder with manifest.json")
    for name, kind in (("--proof", Path), ("--text", Path), ("--head", Path), ("--since", Path), ("--key-id", str)):
        parser.add_argument(name, type=kind)
    asked = parser.parse_args(arguments)
    if asked.proof:
        report = verify_proof(asked.proof, asked.text, asked.key_id)
    elif asked.head:
        report = verify_head(asked.head, asked.since, asked.key_id)
    elif asked.folder and (asked.folder / MANIFEST).is_file():
        report = verify(asked.folder, asked.key_id)
    else:
        parser.error("expected FOLDER (a folder with manifest.json), --proof FILE or --head FILE")
    sys.stdout.write(json.dumps(report, indent=2) + "\n")
    return 0 if report["holds"] else 1


def verify(folder: Path, key_id: str | None = None) -> dict[str, object]:
    """Return what was checked of a snapshot and every fault found; ``holds`` is true when there is none."""
    root, digests, faults = _leaves(folder)
    manifest, files = {}, 0
    try:
        manifest = _object((folder / MANIFEST).read_bytes())
        files = len(manifest["files"])
        faults += _file_faults(folder, manifest)
        if root != manifest["snapshot_id"]:
            faults.append(f"Merkle root of the leaves is {root}, the manifest names {manifest['snapshot_id']}")
        if len(digests) != manifest["documents"]:
            faults.append(f"{len(digests)} leaves, the manifest counts {manifest['documents']}")
    except UNREADABLE as error:
        faults.append(f"{MANIFEST}: cannot be read as a manifest ({type(error).__name__})")
    counts = {"documents": len(digests), "files": files, "texts_compared": _texts(folder, digests, faults)}
    found = {"signature": _attested(folder, manifest, root, key_id, faults), "faults": faults[:100], "holds": not faults}
    return {"snapshot_id": manifest.get("snapshot_id"), "recomputed": root, **counts, **found}


def verify_proof(path: Path, text: Path | None = None, key_id: str | None = None) -> dict[str, object]:
    """Return what an inclusion proof shows of one document, and every fault found."""
    faults: list[str] = []
    proof, leaf, signature = {}, {}, "none"
    try:
        proof = _read(path, faults)
        leaf = _object(proof["leaf"])
        hashed = hashlib.sha256(b"\x00" + proof["leaf"].encode()).digest()
        if proof["kind"] != PROOF_KIND or proof["document_id"] != leaf["document_id"] or proof["leaf_sha256"] != hashed.hex():
            faults.append("the proof names another document or leaf than it holds")
        _, root = _fold(hashed, proof["index"], proof["size"] - 1, _digests(proof["path"]))
        if not 0 <= proof["index"] < proof["size"] or root is None or root.hex() != proof["snapshot_id"]:
            faults.append("the leaf does not lead to the root of the snapshot")
        if text and hashlib.sha256(text.read_bytes()).hexdigest() != leaf["text_sha256"]:
            faults.append(f"{text}: is not the text that was published")
        statement, signature = _opened(proof["attestation"], proof["public_key"], key_id, faults)
        if _subject(statement, ROOT_DIGEST) != proof["snapshot_id"] or statement["predicate"]["documents"] != proof["size"]:
            faults.append("the signed statement is about another snapshot")
    except UNREADABLE as error:
        faults.append(f"{path}: cannot be read as a proof ({type(error).__name__})")
    return {"snapshot_id": proof.get("snapshot_id"), "leaf": leaf, "signature": signature, "faults": faults, "holds": not faults}


def verify_head(path: Path, since: Path | None = None, key_id: str | None = None) -> dict[str, object]:
    """Return what a signed ledger head shows, whether it holds all of an older one, and every fault found."""
    faults: list[str] = []
    head, signature, consistent = {}, "none", "not asked"
    try:
        content = _read(path, faults)
        statement, signature = _opened(content, content["public_key"], key_id, faults)
        head = statement["predicate"]["ledger_head"]
        if since is not None:
            older = _read(since, faults)
            older = older.get("attestation", older)
            before = _object(_decoded(older["payload"]))["predicate"]["ledger_head"]
            roots = _digests([before["root"], head["root"]])
            is_held = _is_consistent(before["size"], roots[0], head["size"], roots[1], _digests(content["consistency"]))
            consistent = "yes" if is_held and before["ledger_id"] == head["ledger_id"] else "no"
            faults += [] if consistent == "yes" else ["the head does not hold the whole of the older one"]
    except UNREADABLE as error:
        faults.append(f"{path}: cannot be read as a head ({type(error).__name__})")
    return {"ledger_head": head, "signature": signature, "holds_older_head": consistent, "faults": faults, "holds": not faults}


def _attested(folder: Path, manifest: dict, root: str, key_id: str | None, faults: list[str]) -> str:  # type: ignore[type-arg]
    """Return what is known of a snapshot's signature; a statement that names other bytes or another root is a fault."""
    found: list[str] = []
    signature = "none"
    try:
        if (folder / ATTESTATION).is_file():
            signature = "not checked"
            public = (folder / PUBLIC_KEY).read_text(encoding="ascii")
            statement, signature = _opened(_read(folder / ATTESTATION, found), public, key_id, found)
            if _subject(statement, "sha256") != hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest():
                faults.append(f"{MANIFEST}: its bytes have another digest than the signed statement names")
            if _subject(statement, ROOT_DIGEST) != root:
                found.append("is signed for another Merkle root than that of the leaves")
        elif key_id or "signed_by" in manifest:
            found.append("not there, the snapshot should be signed")
    except UNREADABLE as error:
        found.append(f"cannot be read as a signed statement ({type(error).__name__})")
    faults += [f"{ATTESTATION}: {fault}" for fault in found]
    return signature


def _read(path: Path, faults: list[str]) -> dict:  # type: ignore[type-arg]
    """Return a JSON file that must be written in the one canonical way, so that no byte of it is free."""
    raw = path.read_bytes()
    content = _object(raw)
    if raw != (json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode():
        faults.append("not canonical JSON")
    return content


def _object(raw: bytes | str) -> dict:  # type: ignore[type-arg]
    content = json.loads(raw)
    if not isinstance(content, dict):
        raise TypeError("not an object")
    return content


def _opened(envelope: dict, public_pem: str, key_id: str | None, faults: list[str]) -> tuple[dict, str]:  # type: ignore[type-arg]
    """Return the statement in a DSSE envelope and what is known of its signature."""
    der, payload = _decoded("".join(public_pem.splitlines()[1:-1])), _decoded(envelope["payload"])
    (signed,) = envelope["signatures"]
    made, statement, signer = _decoded(signed["sig"]), _object(payload), hashlib.sha256(der).hexdigest()
    if public_pem != PEM.format(base64.b64encode(der).decode()) or signed["keyid"] != signer:
        faults.append("the public key is not the one that the envelope names")
    if key_id and signer != key_id:
        faults.append(f"signed by key {signer}, expected {key_id}")
    if envelope["payloadType"] != PAYLOAD_TYPE or statement["_type"] != STATEMENT_TYPE:
        faults.append("not an in-toto statement")
    kind = envelope["payloadType"].encode()
    covered = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return statement, f"not checked, names key {signer}: cryptography cannot be imported"
    try:
        Ed25519PublicKey.from_public_bytes(der[-32:]).verify(made, covered)
    except InvalidSignature:
        faults.append("its signature does not hold")
        return statement, f"does not hold, names key {signer}"
    return statement, f"holds, by key {signer}"


def _decoded(text: str) -> bytes:
    content = base64.b64decode(text, validate=True)
    if base64.b64encode(content).decode("ascii") != text:
        raise ValueError("base64 with spare bits")
    return content


def _digests(listed: list[str]) -> list[bytes]:
    content = [bytes.fromhex(each) for each in listed]
    if [each.hex() for each in content] != listed:
        raise ValueError("digests in another form")
    return content


def _subject(statement: dict, algorithm: str) -> str | None:  # type: ignore[type-arg]
    found = [each["digest"][algorithm] for each in statement["subject"] if algorithm in each["digest"]]
    return found[0] if len(found) == 1 else None


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _is_consistent(size: int, root: bytes, later_size: int, later_root: bytes, path: list[bytes]) -> bool:
    """Tell whether a tree holds an earlier one as its first leaves (RFC 9162, 2.1.4.2)."""
    if not 0 < size < later_size:
        return 0 < size == later_size and root == later_root and not path
    nodes = [root, *path] if size & (size - 1) == 0 else path
    node, last = size - 1, later_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    return bool(nodes) and _fold(nodes[0], node, last, nodes[1:]) == (root, later_root)


def _fold(start: bytes, node: int, last: int, path: list[bytes]) -> tuple[bytes | None, bytes | None]:
    """Climb from a node, joining only what stands left of it, and everything; None where the path has another length."""
    left = whole = start
    for sibling in path:
        if last == 0:
            return None, None
        if node & 1 or node == last:
            left, whole = _node(sibling, left), _node(sibling, whole)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            whole = _node(whole, sibling)
        node, last = node >> 1, last >> 1
    return (left, whole) if last == 0 else (None, None)


def _file_faults(folder: Path, manifest: dict) -> Iterator[str]:  # type: ignore[type-arg]
    named = {entry["path"]: entry["sha256"] for entry in manifest["files"]}
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {MANIFEST, ATTESTATION}
    yield from (f"{path}: not named by the manifest" for path in sorted(present - set(named)))
    for path, digest in sorted(named.items()):
        if path not in present:
            yield f"{path}: named by the manifest, not there"
            continue
        with (folder / path).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                yield f"{path}: its bytes have another digest than the manifest names"


def _leaves(folder: Path) -> tuple[str, dict[str, str], list[str]]:
    """Return the Merkle root, the text digest by document, and the faults of the leaves."""
    hashes, faults, last = [], [], ""
    digests: dict[str, str] = {}
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
    except Exception as error:  # noqa: BLE001 - a damaged archive is a fault, whatever the decoder calls it
        faults.append(f"{LEAVES}: cannot be read to its end ({type(error).__name__})")
    return _root(hashes), digests, faults


def _root(level: list[bytes]) -> str:
    """Return the tree hash (2.1.1): neighbours are paired, an odd last node is carried upwards."""
    while len(level) > 1:
        paired = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
    return level[0].hex() if level else hashlib.sha256(b"").hexdigest()


def _texts(folder: Path, digests: dict[str, str], faults: list[str]) -> int | str:
    """Compare every published text with its leaf, by whichever Parquet reader is at hand; return how many."""
    waiting, count = dict(digests), 0
    try:
        for document_id, text in _published(folder):
            count += 1
            if waiting.pop(document_id, None) != hashlib.sha256(text.encode()).hexdigest():
                faults.append(f"document {document_id}: its text is not the one its leaf names")
    except ImportError:
        return "not compared: neither pyarrow nor duckdb can be imported"
    except Exception as error:  # noqa: BLE001 - a damaged Parquet file is a fault, whatever the reader calls it
        faults.append(f"data: cannot be read to its end ({type(error).__name__})")
    else:
        faults += [f"document {document_id}: has a leaf and no text" for document_id in sorted(waiting)]
    return count


def _published(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted((folder / "data").glob("*.parquet")):
        try:
            from pyarrow import parquet
        except ImportError:
            import duckdb

            yield from duckdb.execute("SELECT document_id, text FROM read_parquet(?)", [str(path)]).fetchall()
            continue
        for batch in parquet.ParquetFile(path).iter_batches(columns=["document_id", "text"], batch_size=1024):
            yield from zip(batch["document_id"].to_pylist(), batch["text"].to_pylist(), strict=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
