"""A full disk and a read-only folder end in one clear error that says what to do, and the same command then goes on.

The small disk is a tmpfs in a mount namespace of its own, which needs no root where user namespaces are allowed.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.flows.acquire import acquire
from pipeline.flows.house import House
from tests.conftest import add_source, declaration

LAIYUAN = str(Path(sys.executable).parent / "laiyuan")
UNSHARE = shutil.which("unshare")


def mounted(mount: str, project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a namespace where ``mount`` was run first."""
    script = f'{mount} && exec "$@"'
    words = [UNSHARE or "unshare", "-rm", "sh", "-c", script, "sh", LAIYUAN, "--project", str(project), *command]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)


can_mount = UNSHARE is not None and subprocess.run([UNSHARE, "-rm", "true"], check=False, capture_output=True).returncode == 0
needs_namespaces = pytest.mark.skipif(not can_mount, reason="this system lets nobody but root mount a small disk")


@pytest.fixture
def waiting(house: House) -> House:
    """A project whose one source is admitted and not read yet."""
    texts = [
        {"id": str(n), "text": f"{n} " + "".join(chr(0x4E00 + (n * 7919 + k * 104729) % 20000) for k in range(2000))} for n in range(400)
    ]
    add_source(house, declaration("s"), {"one.jsonl": texts})
    return house


@needs_namespaces
def test_a_full_disk_ends_in_one_clear_error_and_the_same_command_goes_on(waiting: House, rows: Callable[[str], object]) -> None:
    warehouse = waiting.project / "warehouse"
    kept = waiting.project / "kept"
    shutil.copytree(warehouse, kept)
    mount = f"mount -t tmpfs -o size=1500k tmpfs {warehouse} && cp -r {kept}/. {warehouse}/"
    ended = mounted(mount, waiting.project, "run", "s")
    assert ended.returncode == 2, ended.stderr[-2000:]
    assert "no space left on the device" in ended.stderr
    assert "Traceback" not in ended.stderr
    acquire(waiting, waiting.os_user(), "s")
    assert rows("SELECT count(*) FROM documents") == [(400,)]


@needs_namespaces
def test_a_read_only_warehouse_ends_in_one_clear_error(waiting: House) -> None:
    warehouse = waiting.project / "warehouse"
    mount = f"mount --bind {warehouse} {warehouse} && mount -o remount,ro,bind {warehouse}"
    ended = mounted(mount, waiting.project, "run", "s")
    assert ended.returncode == 2, ended.stderr[-2000:]
    assert "cannot be written" in ended.stderr
    assert "Traceback" not in ended.stderr
