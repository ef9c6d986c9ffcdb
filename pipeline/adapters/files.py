"""Files of a delivery: listed, opened and digested below one address, on this host or wherever fsspec reaches.

A path below an address is data from outside: it never leaves the address, whether by ``..`` or by a symbolic link.
Faults are told apart by who must act: a wrong address is configuration, a file that cannot be read is data, a service
that does not answer may be asked again.
"""

import contextlib
import hashlib
import io
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from fsspec.core import url_to_fs

from pipeline.errors import ConfigurationError, DataError, ServiceError

BUFFER_BYTES = 1 << 20
CREDENTIALS = re.compile(r"//[^/@]*@")
ETAG_NAMES = ("ETag", "etag", "md5", "md5Hash", "checksum")
TIME_NAMES = ("mtime", "LastModified", "last_modified", "updated", "created")


@dataclass(frozen=True, slots=True)
class ListedFile:
    """One file below an address, with what tells later that it has not changed."""

    path: str
    bytes: int
    etag: str | None


def list_files(address: str, pattern: str) -> list[ListedFile]:
    """Return the files below an address whose path matches a pattern, sorted by path.

    In a pattern ``*`` and ``?`` stay within a folder and ``**`` spans folders. Raise ConfigurationError where the
    address holds nothing, DataError for a name that cannot be recorded, ServiceError where the store does not answer.
    """
    matches = re.compile(glob_expression(pattern), re.DOTALL).fullmatch
    root = _local_root(address)
    found = _local_files(root, pattern) if root is not None else _remote_files(address)
    return sorted((file for file in found if matches(file.path)), key=lambda file: file.path)


def open_file(address: str, path: str) -> BinaryIO:
    """Open one file below an address for reading.

    Raise DataError where it cannot be read (a reject row of its run), ServiceError where the store does not answer.
    """
    _check_below(address, path)
    root = _local_root(address)
    if root is not None:
        return _open_local(root, path, address)
    with _translated(address, path):
        fs, base = url_to_fs(address)
        return io.BufferedReader(_Translated(fs.open(_joined(base, path), "rb"), address, path), BUFFER_BYTES)


def file_digest(address: str, path: str) -> str:
    """Return the SHA-256 of one file's bytes; raise as ``open_file`` does."""
    hasher = hashlib.sha256()
    with open_file(address, path) as opened:
        try:
            while chunk := opened.read(BUFFER_BYTES):
                hasher.update(chunk)
        except OSError as error:
            raise DataError(f"{_shown(address)}: {path!a} cannot be read ({_fault(error)}); repair the file or its rights") from error
    return hasher.hexdigest()


def glob_expression(pattern: str) -> str:
    """Return a pattern as a regular expression over paths with forward slashes; raise ConfigurationError if it leaves its root."""
    if not pattern or pattern.startswith("/") or ".." in pattern.split("/"):
        raise ConfigurationError(f"expected a pattern below the delivery's address, found {pattern!a}; correct `files` in the delivery")
    pieces = re.split(r"(\*\*/|\*\*|\*|\?|\[!?[^]/]+\])", pattern)
    return "".join(_piece_expression(piece) for piece in pieces)


def _piece_expression(piece: str) -> str:
    if piece.startswith("[") and piece.endswith("]"):
        negated = "^" if piece[1] == "!" else ""
        return f"[{negated}{re.escape(piece[1 + len(negated) : -1]).replace(chr(92) + '-', '-')}]"
    return {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(piece, re.escape(piece))


def _local_root(address: str) -> Path | None:
    """Return the folder of a local address, None for any other."""
    if address.startswith("file://"):
        return Path(address.removeprefix("file://"))
    return None if "://" in address or "::" in address else Path(address)


def _local_files(root: Path, pattern: str) -> Iterator[ListedFile]:
    if not root.is_dir():
        raise ConfigurationError(f"expected a folder at {root}, found none; correct `address` in the delivery or bring the files there")
    deepest = None if "**" in pattern else pattern.count("/")
    for folder, subfolders, names in os.walk(root, onerror=_refuse_folder):
        below = PurePosixPath(Path(folder).relative_to(root).as_posix())
        if deepest is not None and len(below.parts) >= deepest:
            subfolders.clear()
        for name in subfolders:
            if os.path.islink(os.path.join(folder, name)):  # noqa: PTH114, PTH118 (names may hold any bytes)
                raise DataError(f"{root}: {str(below / name)!a} is a link to a folder; deliver the folder itself, links are not followed")
        for name in names:
            listed = _local_file(root, str(below / name))
            if listed is not None:
                yield listed


def _refuse_folder(error: OSError) -> None:
    raise DataError(f"{error.filename!a}: the folder cannot be listed ({_fault(error)}); give this user the right to read it") from error


def _local_file(root: Path, path: str) -> ListedFile | None:
    """Return one listed file, None for what is no file (a socket, a pipe); a link that leads nowhere or out has no tag."""
    try:
        path.encode()
    except UnicodeEncodeError as error:
        raise DataError(f"{root}: the file name {path!a} is not UTF-8; rename the file") from error
    try:
        found = (root / path).lstat()
        if stat.S_ISLNK(found.st_mode):
            if not _is_inside(root, path):
                return ListedFile(path, 0, None)
            found = (root / path).stat()
    except OSError:
        return ListedFile(path, 0, None)
    return ListedFile(path, found.st_size, f"{found.st_size}-{found.st_mtime_ns}") if stat.S_ISREG(found.st_mode) else None


def _is_inside(root: Path, path: str) -> bool:
    try:
        return (root / path).resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # pathlib says RuntimeError of links that lead to themselves
        return False


def _open_local(root: Path, path: str, address: str) -> BinaryIO:
    if not _is_inside(root, path):
        raise DataError(f"{_shown(address)}: {path!a} links to a place outside the delivery; deliver the file itself")
    try:
        if not stat.S_ISREG((root / path).stat().st_mode):
            raise DataError(f"{_shown(address)}: expected a file at {path!a}, found something else; remove it from the delivery")
        return (root / path).open("rb", buffering=BUFFER_BYTES)
    except OSError as error:
        raise DataError(f"{_shown(address)}: {path!a} cannot be opened ({_fault(error)}); repair the file or its rights") from error


def _check_below(address: str, path: str) -> None:
    if not path or path.startswith("/") or "\0" in path or ".." in path.split("/"):
        raise DataError(f"{_shown(address)}: expected a path below this address, found {path!a}; list the delivery again")


def _remote_files(address: str) -> Iterator[ListedFile]:
    with _translated(address):
        fs, base = url_to_fs(address)
        fs.invalidate_cache()
        found = fs.find(base, detail=True)
        if not found and not fs.exists(base):
            raise FileNotFoundError
    prefix = base.rstrip("/") + "/"
    for name, info in found.items():
        path = name.removeprefix(prefix)
        _check_below(address, path)
        yield ListedFile(path, int(info.get("size") or 0), _etag(info))


def _etag(info: dict[str, Any]) -> str | None:
    """Return the store's entity tag, else size and time, else nothing: such a file is read each time."""
    for name in ETAG_NAMES:
        if info.get(name):
            return str(info[name]).strip('"')
    times = [info[name] for name in TIME_NAMES if info.get(name)]
    return f"{info.get('size')}-{times[0]}" if times else None


def _joined(base: str, path: str) -> str:
    return f"{base.rstrip('/')}/{path}"


class _Translated(io.RawIOBase):
    """A remote file whose failures are ours: they are the store's, never the file's."""

    def __init__(self, inner: Any, address: str, path: str) -> None:
        super().__init__()
        self._inner = inner
        self._address = address
        self._path = path

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _translated(self._address, self._path):
            read = self._inner.read(len(buffer))
        buffer[: len(read)] = read
        return len(read)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        with _translated(self._address, self._path):
            return cast(int, self._inner.seek(offset, whence))

    def tell(self) -> int:
        return cast(int, self._inner.tell())

    def close(self) -> None:
        self._inner.close()
        super().close()


@contextlib.contextmanager
def _translated(address: str, path: str | None = None) -> Iterator[None]:
    """Raise fsspec's and its stores' exceptions as ours, naming the address and never the store's own words."""
    where = _shown(address) if path is None else f"{_shown(address)}: {path!a}"
    try:
        yield
    except (ConfigurationError, DataError, ServiceError):
        raise
    except FileNotFoundError as error:
        if path is None:
            raise ConfigurationError(f"{where} holds nothing; correct `address` in the delivery or bring the files there") from error
        raise DataError(f"{where} is gone; list the delivery again") from error
    except PermissionError as error:
        raise ConfigurationError(f"{where} may not be read with these credentials; give them the right or correct the address") from error
    except (ImportError, ValueError) as error:
        raise ConfigurationError(
            f"{where} cannot be reached ({type(error).__name__}); correct the address, or install the extra that brings its driver"
        ) from error
    except Exception as error:  # stores raise classes of their own, which all mean that they did not answer
        raise ServiceError(f"{where} did not answer ({type(error).__name__}); try again, or check the store") from error


def _fault(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _shown(address: str) -> str:
    """Return an address without the credentials that may stand in it."""
    return CREDENTIALS.sub("//", address)
