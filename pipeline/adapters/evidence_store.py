"""Evidence as bytes under their own digest: what was read can be opened again, and a changed byte shows."""

import mimetypes
from pathlib import PurePosixPath

import fsspec

from pipeline.domain.digests import sha256_hex
from pipeline.errors import DataError, ServiceError

_KNOWN = {
    ".md": "text/markdown",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".jsonl": "application/x-ndjson",
    "": "text/plain",
}


def keep(warehouse: str, content: bytes) -> str:
    """Store bytes under their SHA-256 and return it; bytes that are there already stay as they are."""
    digest = sha256_hex(content)
    address = _address(warehouse, digest)
    try:
        system, path = fsspec.core.url_to_fs(address)
        if not system.exists(path):
            system.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
            system.pipe_file(path, content)
    except OSError as error:
        raise ServiceError(f"evidence {digest}: could not be stored ({type(error).__name__}); nothing was recorded") from None
    return digest


def read(warehouse: str, digest: str) -> bytes:
    """Return stored evidence. Raises DataError when it is gone or its bytes no longer have the digest."""
    try:
        system, path = fsspec.core.url_to_fs(_address(warehouse, digest))
        content: bytes = system.cat_file(path)
    except FileNotFoundError:
        raise DataError(f"evidence {digest}: expected its bytes in the evidence store, found none") from None
    if sha256_hex(content) != digest:
        raise DataError(f"evidence {digest}: its bytes were changed (they now have digest {sha256_hex(content)})")
    return content


def media_type(name: str) -> str:
    """Return the media type by a file's suffix; text where it has none."""
    suffix = PurePosixPath(name).suffix.lower()
    return _KNOWN.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def _address(warehouse: str, digest: str) -> str:
    return f"{warehouse.rstrip('/')}/evidence/{digest[:2]}/{digest}"
