"""The pinned packages of the demo corpus: brought by the registries' ordinary clients, by name and version, and opened."""

import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

QUICKSTART = Path(__file__).resolve().parent / "quickstart"
SOURCES = QUICKSTART / "sources"


class UnavailableError(Exception):
    """A package client is absent, failed, or brought other bytes than the declaration states."""


class Packages:
    """Archives of the package registries, brought by their ordinary clients and opened as a map of path to bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opened: dict[str, dict[str, bytes]] = {}

    def open(self, source: str) -> Mapping[str, bytes]:
        """Files of the archive that the declaration of ``source`` names, its digest checked."""
        package = declaration(source)["obtained"]["package"]
        registry, name, version = package["registry"], package["name"], package["version"]
        folder = self.folder / f"{registry}-{name.replace('/', '-').lstrip('@')}-{version}"
        if not folder.is_dir() or not any(folder.iterdir()):
            folder.mkdir(parents=True, exist_ok=True)
            BRING[registry](name, version, folder)
        [archive] = folder.iterdir()
        found = hashlib.sha256(archive.read_bytes()).hexdigest()
        if found != package["sha256"]:
            raise UnavailableError(f"{archive.name}: expected sha256 {package['sha256']}, found {found}")
        if str(archive) not in self.opened:
            self.opened = {str(archive): unpack(archive)}  # one at a time: the largest unpacks to 350 MB
        return self.opened[str(archive)]


def run(command: list[str], cwd: Path) -> bytes:
    """Output of a client."""
    if shutil.which(command[0]) is None:
        raise UnavailableError(f"client {command[0]} is not installed")
    done = subprocess.run(command, cwd=cwd, capture_output=True, check=False)
    if done.returncode != 0:
        raise UnavailableError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode()[-300:].strip()}")
    return done.stdout


def bring_pypi(name: str, version: str, folder: Path) -> None:
    """A wheel, by pip."""
    # One named wheel on every machine, else an archive with native code would differ from one to the next.
    wheel = "--only-binary=:all: --platform=manylinux2014_x86_64 --python-version=3.11 --implementation=cp --abi=abi3"
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode != 0:
        pip = ["pip"]
    run([*pip, "download", "--quiet", "--no-deps", *wheel.split(), f"--dest={folder}", f"{name}=={version}"], folder)


def bring_npm(name: str, version: str, folder: Path) -> None:
    """A tarball, by npm."""
    run(["npm", "pack", "--silent", f"{name}@{version}"], folder)


def bring_debian(name: str, version: str, folder: Path) -> None:
    """A package, by apt-get; other releases of Debian have other versions."""
    run(["apt-get", "download", f"{name}={version}"], folder)


BRING = {"pypi": bring_pypi, "npm": bring_npm, "debian": bring_debian}


def unpack(archive: Path) -> dict[str, bytes]:
    """Files of a wheel, a Debian package or a tarball."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist()}
    raw = run(["dpkg-deb", "--fsys-tarfile", str(archive)], archive.parent) if archive.suffix == ".deb" else archive.read_bytes()
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        return {m.name.removeprefix("./"): tar.extractfile(m).read() for m in tar if m.isfile()}  # type: ignore[union-attr]


def declaration(source: str) -> dict[str, Any]:
    """A source's declaration, as written by hand."""
    declared: dict[str, Any] = yaml.safe_load((SOURCES / source / "source.yaml").read_text("utf-8"))
    return declared
