"""README's commands, run as a newcomer runs them: line by line, in a fresh folder, in order."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)


def run(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LAIYUAN_")}
    return subprocess.run(["bash", "-c", line], cwd=folder, env={**kept, "PATH": path}, capture_output=True, text=True, check=False)


def test_every_command_of_readme_does_what_it_says(tmp_path: Path) -> None:
    folder, answers = tmp_path, {}
    lines = [line for block in BLOCKS for line in block.splitlines() if not line.startswith("make ")]
    assert len(lines) > 10
    for line in lines:
        if line.startswith("cd "):
            folder /= line.removeprefix("cd ")
            continue
        wanted = int(found[1]) if (found := re.search(r"# exits (\d)", line)) else 0
        done = run(line, folder)
        assert done.returncode == wanted, f"{line}\n{done.stdout}\n{done.stderr}"
        answers[line.partition("#")[0].strip()] = done.stdout
    assert json.loads(answers["laiyuan ledger check"])["holds"]
    assert json.loads(answers["laiyuan snapshot verify first"])["documents"] == 2
    assert "my-source" in answers["laiyuan ask composition-of-admitted"]


def test_make_knows_the_targets_that_readme_names(tmp_path: Path) -> None:
    for target in sorted(set(re.findall(r"\bmake ([a-z]+)", README))):
        done = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_every_file_that_readme_links_exists() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
