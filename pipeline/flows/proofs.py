"""What a stranger can check: a snapshot's signed statement, one document's inclusion proof, signed heads of the ledger.

A head kept where the operator cannot write is what later rewriting is found against: export ours, import others'.
"""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.adapters.signing import is_signed_by, key_id_of
from pipeline.domain.attestations import HEAD_PREDICATE, ROOT_DIGEST, SNAPSHOT_PREDICATE, Anchor, Signed, file_text, read_envelope
from pipeline.domain.digests import merkle_leaf, merkle_root, sha256_hex
from pipeline.domain.ledger import Actor, LedgerEntry, moment_text
from pipeline.domain.merkle import consistency_path, inclusion_path, ledger_leaf
from pipeline.errors import ConfigurationError, DataError, EvidenceError, LawError
from pipeline.flows.house import House
from pipeline.flows.signatures import anchor_of, known_keys, sign_statement, signature_faults, signing_key

ATTESTATION, PUBLIC_KEY = "attestation.dsse.json", "signing_key.pem"
PROOF_KIND = "urn:laiyuan:inclusion-proof:v1"
IMPORTED = "ledger.head_imported"
_STATED = ("snapshot_id", "kind", "name", "documents", "policy_set_sha256", "policies", "code_sha256", "table_versions")


def attest(house: House, folder: Path) -> None:
    """Sign a sealed snapshot: write the envelope over its manifest's digest, its root and the ledger's head beside it.

    The envelope is no part of what it signs, so that the snapshot's digest never depends on a key or a time.
    """
    (folder / ATTESTATION).write_text(file_text(_snapshot_envelope(house, (folder / "manifest.json").read_bytes())), encoding="ascii")


def _snapshot_envelope(house: House, manifest_bytes: bytes) -> dict[str, object]:
    manifest = json.loads(manifest_bytes)
    root = str(manifest["snapshot_id"])
    subjects = [("manifest.json", "sha256", sha256_hex(manifest_bytes)), ("leaves", ROOT_DIGEST, root)]
    predicate = {name: manifest[name] for name in _STATED}
    return sign_statement(house, SNAPSHOT_PREDICATE, subjects, {**predicate, "derived_at": manifest["ledger"]})


def prove(house: House, folder: Path, document: str) -> dict[str, object]:
    """Return a proof that a document is in the snapshot in ``folder``; ``document`` may be the start of its id.

    Raises ConfigurationError when not exactly one document starts so, LawError when the leaves are not the snapshot's.
    """
    manifest_bytes = (folder / "manifest.json").read_bytes()
    try:
        snapshot_id = str(json.loads(manifest_bytes)["snapshot_id"])
    except (ValueError, KeyError, TypeError):
        raise DataError(f"{folder / 'manifest.json'}: cannot be read as a manifest; run 'laiyuan audit check'") from None
    hashes: list[bytes] = []
    found: list[tuple[int, str]] = []
    for index, (document_id, line) in enumerate(read_leaves(folder)):
        hashes.append(merkle_leaf(line.encode()))
        if document_id.startswith(document):
            found.append((index, line))
    if merkle_root(hashes).hex() != snapshot_id:
        raise LawError(f"snapshot {snapshot_id}: its leaves do not have that root; run 'laiyuan audit check'")
    if len(found) != 1:
        raise ConfigurationError(
            f"document {document}: expected exactly one in snapshot {snapshot_id[:12]} whose id starts so, found {len(found)}"
        )
    index, line = found[0]
    signed, public_pem = _attestation_of(house, folder, manifest_bytes)
    return {
        "kind": PROOF_KIND,
        "snapshot_id": snapshot_id,
        "document_id": json.loads(line)["document_id"],
        "leaf": line,
        "leaf_sha256": hashes[index].hex(),
        "index": index,
        "size": len(hashes),
        "path": [each.hex() for each in inclusion_path(hashes, index)],
        "attestation": signed,
        "public_key": public_pem,
    }


def read_leaves(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield document id and line of each leaf of a snapshot, in order. Raises DataError when they cannot be read."""
    path = folder / "leaves.jsonl.gz"
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
            for ended in lines:
                line = ended.rstrip("\n")
                yield str(json.loads(line)["document_id"]), line
    except (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read ({type(error).__name__}); run 'laiyuan audit check'") from None


def _attestation_of(house: House, folder: Path, manifest_bytes: bytes) -> tuple[dict[str, Any], str]:
    """Return a snapshot's envelope and public key; one made before snapshots were signed is signed now."""
    if (folder / ATTESTATION).is_file():
        return json.loads((folder / ATTESTATION).read_text(encoding="utf-8")), (folder / PUBLIC_KEY).read_text(encoding="ascii")
    return _snapshot_envelope(house, manifest_bytes), signing_key(house).public_pem


def holding_snapshot(house: House, document: str) -> str:
    """Return the newest snapshot that holds a document, by the start of its id. Raises ConfigurationError when none does."""
    with house.connect() as rows:
        found = rows.execute(
            "SELECT snapshot_id FROM snapshot_documents JOIN snapshots USING (snapshot_id) "
            "WHERE starts_with(document_id, $start) ORDER BY ledger_seq DESC, snapshots.recorded_at DESC LIMIT 1",
            {"start": document},
        ).fetchall()
    if not found:
        raise ConfigurationError(f"document {document}: no published snapshot holds one whose id starts so; 'laiyuan why-not' says why")
    return str(found[0][0])


def export_head(house: House, since: Path | None = None) -> dict[str, object]:
    """Return a signed head of the ledger: a DSSE envelope with the public key and, with ``since``, a consistency proof.

    ``since`` is an earlier head, proof or attestation of ours. Raises LawError when the ledger no longer holds it.
    """
    signed = sign_statement(house, HEAD_PREDICATE, [], {"at": moment_text(datetime.now(UTC))})
    head: dict[str, object] = {**signed, "public_key": signing_key(house).public_pem}
    if since is not None:
        earlier = Anchor.of(read_signed(since)[0].statement)
        entries = house.entries()
        faults = anchor_faults(earlier, entries)
        if faults:
            raise LawError(f"{since}: {'; '.join(faults)}")
        # The proof must lead to the size that was signed: entries may have come in between.
        hashes = [ledger_leaf(entry.hash) for entry in entries[: Anchor.of(read_envelope(signed).statement).size]]
        head["consistency"] = [each.hex() for each in consistency_path(hashes, earlier.size)]
    return head


def anchor_faults(anchor: Anchor, entries: list[LedgerEntry]) -> list[str]:
    """Return how a ledger contradicts an earlier head of its own; empty when it holds all of it."""
    if not entries or entries[0].hash != anchor.ledger_id:
        return ["the head is of another ledger: its first entry is another"]
    if len(entries) < anchor.size:
        return [f"ledger: cut short: the head names {anchor.size} entries, found {len(entries)}"]
    if anchor_of(entries, anchor.size) != anchor:
        return [f"ledger: the first {anchor.size} entries are not those that the head was signed over"]
    return []


def read_signed(path: Path) -> tuple[Signed, dict[str, Any]]:
    """Return the envelope in a head, proof or attestation file, and the file's content. Raises DataError when it has none."""
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror}); name a file that 'laiyuan ledger head --out' wrote") from None
    except ValueError:
        raise DataError(f"{path}: expected JSON, found something else") from None
    if not isinstance(content, dict):
        raise DataError(f"{path}: expected a signed statement, found something else")
    return read_envelope(content.get("attestation", content)), content


def heads_folder(house: House) -> Path:
    """Return where imported heads and time stamps are kept, under their digests."""
    return house.project / "heads"


def import_head(house: House, actor: Actor, path: Path, timestamp: Path | None = None) -> LedgerEntry:
    """Keep a head, ours from earlier or someone else's, and enter it; optionally with an RFC 3161 token over its bytes.

    Raises EvidenceError when its signature or the token is not about these bytes, LawError when it is ours and the
    ledger no longer holds it. The token's own signature is not checked: that needs its authority's certificate.
    """
    signed, content = read_signed(path)
    anchor = Anchor.of(signed.statement)
    entries = house.entries()
    is_own = bool(entries) and anchor.ledger_id == entries[0].hash
    if is_own:
        faults = [*signature_faults(signed, known_keys(house.facts()), anchor.size), *anchor_faults(anchor, entries)]
        if faults:
            raise LawError(f"{path}: {'; '.join(faults)}; run 'laiyuan audit check --against {path.name}'")
    else:
        _check_foreign(path, signed, content)
    raw = path.read_bytes()
    digest, token = sha256_hex(raw), _token(timestamp, raw)
    folder = heads_folder(house)
    folder.mkdir(exist_ok=True)
    (folder / f"{digest}.json").write_bytes(raw)
    if token:
        (folder / f"{digest}.tsr").write_bytes(token)
    facts = {**anchor.facts(), "is_own": is_own, "key_id": signed.key_id, "head_sha256": digest}
    return house.record(actor, IMPORTED, {**facts, "timestamp_sha256": sha256_hex(token) if token else None})


def _check_foreign(path: Path, signed: Signed, content: Mapping[str, Any]) -> None:
    public_pem = str(content.get("public_key", ""))
    if key_id_of(public_pem) != signed.key_id or not is_signed_by(public_pem, signed.signature, signed.signed_bytes):
        raise EvidenceError(f"{path}: its signature does not hold under the public key it brings")


def _token(timestamp: Path | None, stamped: bytes) -> bytes | None:
    """Return a time-stamp token that names the digest of the stamped bytes (RFC 3161, 2.4.2: messageImprint)."""
    if timestamp is None:
        return None
    try:
        token = timestamp.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{timestamp}: cannot be read ({error.strerror})") from None
    if b"\x04\x20" + bytes.fromhex(sha256_hex(stamped)) not in token:
        raise EvidenceError(f"{timestamp}: expected an RFC 3161 token over the head's SHA-256, found no such digest in it")
    return token
