"""The commands as operator and stranger use them: prove, hand over, check; keep a head, check against it; rebuild; rotate."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.audit.conftest import Published, opened
from tests.unit.test_cli import Answer


@pytest.fixture(scope="module")
def project(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, for commands that add to its ledger; every test leaves it whole."""
    return Path(shutil.copytree(published.project, tmp_path_factory.mktemp("commands") / "corpus"))


@pytest.fixture(scope="module")
def document(project: Path) -> str:
    found: str = opened(project).connect().execute("SELECT max(document_id) FROM snapshot_documents").fetchall()[0][0]
    return found


def check(project: Path, published: Published, *arguments: object) -> tuple[int, dict[str, object]]:
    """Run the verifier that the snapshot holds, as a stranger would."""
    script = project / "warehouse" / "snapshots" / published.snapshot_id / "verify_snapshot.py"
    done = subprocess.run([sys.executable, "-I", str(script), *map(str, arguments)], capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


def test_a_proof_is_written_and_checked(project: Path, published: Published, document: str, tmp_path: Path) -> None:
    key_id = str(Answer(project, "keys", "list", "--format", "json").rows()[0]["key_id"])
    for snapshot in ((), ("--snapshot", "first"), ("--snapshot", published.snapshot_id[:8])):
        out = tmp_path / "proof.json"
        answer = Answer(project, "prove", document[:12], *snapshot, "--out", str(out))
        assert (answer.code, answer.out.strip()) == (0, str(out)), answer.err
        code, report = check(project, published, "--proof", out, "--key-id", key_id)
        assert (code, report["snapshot_id"]) == (0, published.snapshot_id)
        assert report["leaf"]["document_id"] == document


def test_a_proof_has_a_name_of_its_own(project: Path, document: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Answer(project, "prove", document).out.strip() == f"proof-{document[:12]}.json"
    assert (tmp_path / f"proof-{document[:12]}.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("prove", "zzz"), "no published snapshot holds"),
        (("prove", "zzz", "--snapshot", "first"), "expected exactly one"),
        (("prove", "", "--snapshot", "first"), "expected exactly one"),
        (("prove", "a", "--snapshot", "none"), "snapshot none: expected one of"),
        (("rebuild", "none"), "snapshot none: expected one of"),
        (("keys", "show", "zzz"), "expected one whose id starts so, found 0"),
        (("ledger", "head", "--timestamp", __file__), "--import goes alone"),
        (("ledger", "head", "--since", "/nothing"), "does not exist"),
    ],
    ids=str,
)
def test_what_cannot_be_shown_is_said(project: Path, arguments: tuple[str, ...], said: str) -> None:
    answer = Answer(project, *arguments)
    assert answer.code == 2
    assert said in answer.err


def test_heads_go_out_and_come_in(project: Path, published: Published, tmp_path: Path) -> None:
    first, later = tmp_path / "head.json", tmp_path / "later.json"
    assert Answer(project, "ledger", "head", "--out", str(first)).out.strip() == str(first)
    assert Answer(project, "ledger", "head", "--import", str(first)).out.startswith("heads/")
    assert Answer(project, "ledger", "head", "--since", str(first), "--out", str(later)).code == 0
    code, report = check(project, published, "--head", later, "--since", first)
    assert (code, report["holds_older_head"]) == (0, "yes")
    printed = json.loads(Answer(project, "ledger", "head").out)
    assert set(printed) == {"payload", "payloadType", "public_key", "signatures"}
    checked = Answer(project, "audit", "check", "--against", str(first))
    assert checked.code == 0, checked.out
    assert json.loads(checked.out)["heads_checked"] == 2


def test_a_changed_byte_ends_with_one(copied: Published) -> None:
    path = copied.folder / "account.json"
    path.write_bytes(path.read_bytes().replace(b"1", b"2", 1))
    answer = Answer(copied.project, "audit", "check", "--against", str(copied.head))
    assert answer.code == 1
    assert any("account.json" in fault for fault in json.loads(answer.out)["faults"])
    rebuilt = Answer(copied.project, "rebuild", "first")
    assert rebuilt.code == 1
    assert json.loads(rebuilt.out)["faults"] == ["account.json: comes out otherwise"]


def test_keys_are_listed_shown_and_rotated(project: Path, published: Published, tmp_path: Path) -> None:
    """What the retired key signed stays valid; what comes after is signed by the new one."""
    before = Answer(project, "keys", "show").out
    assert before.startswith("-----BEGIN PUBLIC KEY-----\n")
    rotated = Answer(project, "keys", "rotate", "--why", "test")
    assert rotated.code == 0
    old, new = Answer(project, "keys", "list", "--format", "json").rows()
    assert (old["state"], new["state"]) == ("retired", "in use")
    assert rotated.out.startswith(str(new["key_id"]))
    assert Answer(project, "keys", "show", str(old["key_id"])[:10]).out == before
    assert Answer(project, "snapshot", "verify", "first", "--key-id", str(old["key_id"])).code == 0
    assert Answer(project, "snapshot", "verify", "first", "--key-id", str(new["key_id"])).code == 1
    Answer(project, "ledger", "head", "--out", str(tmp_path / "head.json"))
    assert check(project, published, "--head", tmp_path / "head.json", "--key-id", new["key_id"])[0] == 0
    assert Answer(project, "audit", "check").code == 0
    assert Answer(project, "rebuild", "first").code == 0
