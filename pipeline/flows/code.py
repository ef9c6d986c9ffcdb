"""Which code made a snapshot, file by file, so that whoever derives it again can say what has changed since."""

import platform
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from pipeline.adapters.shipped import shipped
from pipeline.domain.digests import sha256_hex
from pipeline.flows.runs import code_sha256


@cache
def code_facts() -> dict[str, object]:
    """Return the digests of the product's Python files and SQL views, and the versions of the libraries it stands on."""
    package = Path(__file__).resolve().parent.parent
    files = {path.relative_to(package.parent).as_posix(): sha256_hex(path.read_bytes()) for path in sorted(package.rglob("*.py"))}
    views = {f"warehouse/views/{path.name}": sha256_hex(path.read_bytes()) for path in sorted(shipped("warehouse", "views").glob("*.sql"))}
    return {"code_sha256": code_sha256(), "files": {**files, **views}, "libraries": _libraries(), "python": platform.python_version()}


def code_drift(recorded: Mapping[str, object]) -> dict[str, object]:
    """Return what differs between recorded code facts and the code that runs now; empty when nothing does."""
    now = code_facts()
    found: dict[str, object] = {}
    for name in ("files", "libraries"):
        before, after = recorded.get(name), now[name]
        if isinstance(before, dict) and isinstance(after, dict) and before != after:
            changed = sorted(each for each in {*before, *after} if before.get(each) != after.get(each))
            found[name] = changed if name == "files" else {each: [before.get(each), after.get(each)] for each in changed}
    if recorded.get("python") != now["python"]:
        found["python"] = [recorded.get("python"), now["python"]]
    return found


def _libraries() -> dict[str, str]:
    """Return the installed version of each library that the product names."""
    found = {}
    with suppress(PackageNotFoundError):  # run from a folder that was never installed
        for stated in requires("laiyuan") or ():
            name = re.split(r"[\s;\[<>=!~]", stated, maxsplit=1)[0]
            with suppress(PackageNotFoundError):  # an optional one
                found[name] = version(name)
    return dict(sorted(found.items()))
