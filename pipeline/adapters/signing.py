"""Ed25519 signatures by ``cryptography``: the private key stays in the keys folder, the public one goes everywhere.

Formats are those sigstore's tools read: PKCS#8 and SPKI in PEM; a key's id is the SHA-256 of its SPKI in DER.
"""

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from pipeline.errors import ConfigurationError, DataError

KEY_FILE = "signing.pem"
WAITING_FILE = "signing.pem.new"
"""A key that is being put in the other's place: it is in use once the ledger names it."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs. ``public_pem`` and ``key_id`` may be shown to anybody."""

    key_id: str
    public_pem: str
    _secret: Ed25519PrivateKey = field(repr=False)

    def sign(self, content: bytes) -> bytes:
        """Return the 64-byte signature of bytes."""
        return self._secret.sign(content)


def make_key(folder: Path, name: str = KEY_FILE) -> SigningKey:
    """Make a key file that only its owner can read, unless there is one; return the key in it."""
    path = folder / name
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        # Written whole under another name first: a reader never meets half a key.
        fresh = path.with_name(f".{name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # another process made one first, and that one counts
        finally:
            fresh.unlink()
    return read_key(folder, name)


def read_key(folder: Path, name: str = KEY_FILE) -> SigningKey:
    """Return the key of a file. Raises ConfigurationError without showing anything of it."""
    path = folder / name
    try:
        secret = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot read the signing key ({type(error).__name__}); set LAIYUAN_KEYS or make one") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        secret = None
    if not isinstance(secret, Ed25519PrivateKey):
        raise ConfigurationError(f"{path}: expected an Ed25519 key in PKCS#8 PEM, found something else")
    public = secret.public_key()
    return SigningKey(_key_id(public), _pem(public), secret)


def has_key(folder: Path, name: str = KEY_FILE) -> bool:
    """Tell whether there is a key file."""
    return (folder / name).exists()


def replace_key(folder: Path) -> None:
    """Put the waiting key in the place of the one in use; another process that came first has done as well."""
    with suppress(FileNotFoundError):
        (folder / WAITING_FILE).replace(folder / KEY_FILE)


def key_id_of(public_pem: str) -> str:
    """Return the id of a public key: the SHA-256 of its SPKI in DER. Raises DataError when it is no Ed25519 key."""
    return _key_id(_public(public_pem))


def is_signed_by(public_pem: str, signature: bytes, content: bytes) -> bool:
    """Tell whether a signature over bytes was made with the key behind a public key."""
    try:
        _public(public_pem).verify(signature, content)
    except InvalidSignature:
        return False
    return True


def _public(public_pem: str) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(public_pem.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise DataError("public key: expected an Ed25519 key as SPKI PEM, found something else")
    return key


def _pem(public: Ed25519PublicKey) -> str:
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def _key_id(public: Ed25519PublicKey) -> str:
    return hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
