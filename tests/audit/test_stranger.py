"""What a stranger sees with the verifier alone: one file, another interpreter, no package of ours."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.domain.attestations import file_text
from pipeline.flows.proofs import export_head, prove
from pipeline.flows.signatures import signing_key
from pipeline.standalone import verify_snapshot
from pipeline.standalone.verify_snapshot import verify, verify_head, verify_proof
from tests.audit.conftest import Published, opened

Flip = Callable[..., bytes]


def check(script: Path, *arguments: object, bare: bool = False) -> tuple[int, dict[str, object]]:
    """Run the verifier in an isolated interpreter, ``bare`` without any installed package."""
    command = [sys.executable, "-I", *(["-S"] if bare else []), str(script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", timeout=60)
    return done.returncode, json.loads(done.stdout or "{}")


@pytest.fixture(scope="module")
def handed(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What was handed over: the snapshot, one document's proof, two heads; and the script, taken apart from them."""
    folder = tmp_path_factory.mktemp("handed")
    shutil.copytree(published.folder, folder / "snapshot")
    shutil.copyfile(published.folder / "verify_snapshot.py", folder / "verify_snapshot.py")
    house = opened(published.project)
    document = house.connect().execute("SELECT min(document_id) FROM snapshot_documents").fetchall()[0][0]
    (folder / "proof.json").write_text(file_text(prove(house, published.folder, document[:16])), encoding="utf-8")
    house.record(house.os_user(), "test.later", {})
    (folder / "later.json").write_text(file_text(export_head(house, published.head)), encoding="ascii")
    shutil.copyfile(published.head, folder / "head.json")
    (folder / "key_id").write_text(signing_key(house).key_id, encoding="ascii")
    return folder


def test_a_snapshot_is_checked_in_another_interpreter(handed: Path) -> None:
    key_id = (handed / "key_id").read_text(encoding="ascii")
    code, report = check(handed / "verify_snapshot.py", handed / "snapshot", "--key-id", key_id)
    assert (code, report["faults"], report["signature"]) == (0, [], f"holds, by key {key_id}")
    assert report["texts_compared"] == report["documents"] > 1
    code, report = check(handed / "verify_snapshot.py", handed / "snapshot", "--key-id", "0" * 64)
    assert (code, len(report["faults"])) == (1, 1)
    assert "expected 0000" in report["faults"][0]


def test_without_any_package_it_says_what_it_did_not_check(handed: Path) -> None:
    code, report = check(handed / "verify_snapshot.py", handed / "snapshot", bare=True)
    assert code == 0
    assert str(report["signature"]).startswith("not checked")
    assert str(report["texts_compared"]).startswith("not compared")
    assert str(check(handed / "verify_snapshot.py", "--proof", handed / "proof.json", bare=True)[1]["signature"]).startswith("not checked")


def test_a_proof_shows_the_document_and_its_text(handed: Path, tmp_path: Path) -> None:
    proof = json.loads((handed / "proof.json").read_text(encoding="utf-8"))
    code, report = check(handed / "verify_snapshot.py", "--proof", handed / "proof.json")
    assert (code, report["faults"]) == (0, [])
    assert report["leaf"]["document_id"] == proof["document_id"]
    assert report["leaf"]["license"] == "CC0-1.0"
    (tmp_path / "text.txt").write_text("another text", encoding="utf-8")
    code, report = check(handed / "verify_snapshot.py", "--proof", handed / "proof.json", "--text", tmp_path / "text.txt")
    assert code == 1
    assert "is not the text that was published" in report["faults"][0]


def test_a_head_holds_the_older_one(handed: Path) -> None:
    for older in (handed / "head.json", handed / "snapshot" / "attestation.dsse.json", handed / "proof.json"):
        made = check(handed / "verify_snapshot.py", "--head", handed / "later.json", "--since", older)[1]
        assert made["holds_older_head"] == ("yes" if older.name == "head.json" else "no")  # the proof is from one size
    code, report = check(handed / "verify_snapshot.py", "--head", handed / "head.json")
    assert (code, report["holds_older_head"]) == (0, "not asked")


def test_a_head_since_an_attestation(published: Published, handed: Path, tmp_path: Path) -> None:
    """A snapshot's own statement is a head too: a later head can be asked to hold it."""
    attestation = published.folder / "attestation.dsse.json"
    (tmp_path / "head.json").write_text(file_text(export_head(opened(published.project), attestation)), encoding="ascii")
    assert check(handed / "verify_snapshot.py", "--head", tmp_path / "head.json", "--since", attestation)[0] == 0


@pytest.mark.parametrize("arguments", [(), ("nothing",), ("--what",)], ids=str)
def test_nothing_to_check_is_another_code(handed: Path, arguments: tuple[str, ...]) -> None:
    assert check(handed / "verify_snapshot.py", *arguments)[0] == 2


@pytest.mark.parametrize("name", ["manifest.json", "attestation.dsse.json", "signing_key.pem", "account.json", "ATTRIBUTION.md"])
def test_every_byte_of_a_small_file_counts(handed: Path, tmp_path: Path, flip: Flip, name: str) -> None:
    """One bit flipped in any byte is found, and the file named: by the two checks that read these files."""
    folder = tmp_path / "snapshot"
    shutil.copytree(handed / "snapshot", folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for place in range((folder / name).stat().st_size):
        content = flip(folder / name, place, place % 8)
        faults = [] if name in {"manifest.json", "attestation.dsse.json"} else list(verify_snapshot._file_faults(folder, manifest))
        if not faults:
            verify_snapshot._attested(folder, manifest, manifest["snapshot_id"], None, faults)
        (folder / name).write_bytes(content)
        assert any(name in fault for fault in faults), f"byte {place}"


def test_sampled_bytes_of_all_files_count(handed: Path, tmp_path: Path, flip: Flip) -> None:
    """Parquet padding included: what changes nothing that can be read is still named by the file's digest."""
    folder = tmp_path / "snapshot"
    shutil.copytree(handed / "snapshot", folder)
    assert verify(folder)["holds"]
    paths = [path for path in folder.rglob("*") if path.is_file()]
    assert len(paths) == 9
    for path in paths:
        size = path.stat().st_size
        for place in range(0, size, max(1, size // 20)):
            content = flip(path, place, place % 8)
            report = verify(folder)
            path.write_bytes(content)
            assert any(path.name in fault for fault in report["faults"]), f"{path.name} byte {place}"  # type: ignore[attr-defined]


def test_every_byte_of_a_proof_counts(handed: Path, tmp_path: Path, flip: Flip) -> None:
    """Every byte but those of the envelope, of which some: it is the snapshot's own, flipped byte by byte above."""
    proof = Path(shutil.copy(handed / "proof.json", tmp_path))
    assert verify_proof(proof)["holds"]
    text = proof.read_text(encoding="utf-8")
    envelope = range(text.index('"payload"'), text.index('"signatures"'))
    for place in [place for place in range(len(text)) if place not in envelope or place % 29 == 0]:
        content = flip(proof, place, place % 8)
        assert not verify_proof(proof)["holds"], f"byte {place}"
        proof.write_bytes(content)


def test_every_byte_of_a_head_counts(handed: Path, tmp_path: Path, flip: Flip) -> None:
    head = Path(shutil.copy(handed / "later.json", tmp_path))
    assert verify_head(head, handed / "head.json")["holds"]
    for place in range(head.stat().st_size):
        content = flip(head, place, place % 8)
        assert not verify_head(head, handed / "head.json")["holds"], f"byte {place}"
        head.write_bytes(content)


def test_files_added_or_taken_are_named(handed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "snapshot"
    shutil.copytree(handed / "snapshot", folder)
    (folder / "more.txt").write_text("", encoding="utf-8")
    (folder / "ATTRIBUTION.md").unlink()
    (folder / "attestation.dsse.json").unlink()
    assert sorted(verify(folder)["faults"]) == [  # type: ignore[call-overload]
        "ATTRIBUTION.md: named by the manifest, not there",
        "attestation.dsse.json: not there, the snapshot should be signed",
        "more.txt: not named by the manifest",
    ]


def test_the_verifier_is_one_plain_file(handed: Path) -> None:
    """It imports the standard library, and three packages only where it can do without them."""
    script = (handed / "verify_snapshot.py").read_text(encoding="utf-8")
    imported = {line.split()[1].partition(".")[0] for line in script.splitlines() if line.strip().startswith(("import ", "from "))}
    assert imported - set(sys.stdlib_module_names) == {"cryptography", "pyarrow", "duckdb"}
    assert len(script.splitlines()) < 300
