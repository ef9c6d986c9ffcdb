"""The project's secret keys, kept outside the warehouse so that its tables alone identify nobody.

A key file holds ``<key id> <64 hex digits>``; the newest key is the one in use, retired keys stay for look-up.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import ConfigurationError

PI_KEY = "pi.key"


@dataclass(frozen=True, slots=True)
class Key:
    """A secret and the id under which rows name it."""

    key_id: str
    secret: bytes = field(repr=False)

    def pseudonym(self, name: str) -> str:
        """Return the pseudonymous id of a login: keyed, so that logins cannot be guessed from the ledger."""
        return "p-" + hmac.new(self.secret, b"actor\0" + name.encode(), hashlib.sha256).hexdigest()[:16]


def create_key(folder: Path, name: str = PI_KEY) -> Key:
    """Make a key readable by its owner only, unless one exists; return the key in use."""
    path = folder / name
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        secret = secrets.token_bytes(32)
        key_id = "k-" + hashlib.sha256(b"key id\0" + secret).hexdigest()[:12]
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{key_id} {secret.hex()}\n")
    return read_keys(folder, name)[0]


def read_keys(folder: Path, name: str = PI_KEY) -> tuple[Key, ...]:
    """Return the keys of a file, the one in use first. Raises ConfigurationError without naming any secret."""
    path = folder / name
    try:
        lines = path.read_text(encoding="ascii").split("\n")
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot read the project's key ({type(error).__name__}); set LAIYUAN_KEYS or run 'laiyuan init'"
        ) from None
    try:
        keys = tuple(Key(key_id, bytes.fromhex(secret)) for key_id, secret in (line.split() for line in lines if line.strip()))
    except ValueError:
        raise ConfigurationError(f"{path}: expected lines of '<key id> <64 hex digits>'") from None
    if not keys or any(len(key.secret) != 32 for key in keys):
        raise ConfigurationError(f"{path}: expected a key of 32 bytes")
    return keys
