"""Bytes of the demo corpus: the same for the same content, and an older build's leftovers removed."""

import gzip
import json
from collections.abc import Iterable, Mapping

from packages import SOURCES

Files = dict[str, bytes]
"""Path below the source's folder -> bytes."""


def gz(data: bytes) -> bytes:
    """Compress without a time or a name inside."""
    return gzip.compress(data, 9, mtime=0)


def jsonl(records: Iterable[Mapping[str, object]]) -> bytes:
    """One record a line, nothing escaped."""
    return "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records).encode()


def pretty(value: object) -> bytes:
    """JSON for people."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def excerpt(data: bytes, of: str, start: str, end: str | None = None) -> bytes:
    """Part of a file from ``start`` up to and with ``end``; both must be there, so that a changed file is noticed."""
    text = data.decode()
    first = text.index(start)
    last = len(text) if end is None else text.index(end, first) + len(end)
    return f"[Excerpt of {of}]\n\n{text[first:last].strip()}\n".encode()


def package_json(data: bytes, extra: tuple[str, ...] = ()) -> bytes:
    """Name, version, description and licence of an npm package; contact details of its authors are left out."""
    known = json.loads(data)
    return pretty({key: known[key] for key in ("name", "version", "description", "license", *extra) if key in known})


def write(source: str, files: Files) -> int:
    """Write a source's files and remove what an earlier build left behind."""
    root = SOURCES / source
    for part in ("data", "evidence"):
        for old in sorted((root / part).rglob("*")):
            if old.is_file() and str(old.relative_to(root)) not in files:
                old.unlink()
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return sum(map(len, files.values()))
