"""Keys and signatures: the formats sigstore's tools read, and nothing secret where others can see it."""

import hashlib
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from pipeline.adapters.signing import (
    KEY_FILE,
    WAITING_FILE,
    has_key,
    is_signed_by,
    key_id_of,
    make_key,
    read_key,
    replace_key,
)
from pipeline.errors import ConfigurationError, DataError


def pem(key: object) -> bytes:
    return key.private_bytes(  # type: ignore[attr-defined]
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def test_the_known_answer_of_rfc_8032(tmp_path: Path) -> None:
    """Section 7.1, test 2, through our files."""
    secret = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    (tmp_path / KEY_FILE).write_bytes(pem(ed25519.Ed25519PrivateKey.from_private_bytes(secret)))
    key = read_key(tmp_path)
    signature = key.sign(b"\x72")
    assert signature.hex().startswith("92a009a9f0d4cab8720e820b5f642540")
    assert is_signed_by(key.public_pem, signature, b"\x72")
    assert not is_signed_by(key.public_pem, signature, b"\x73")
    der = bytes.fromhex("302a300506032b65700321003d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    assert key.key_id == key_id_of(key.public_pem) == hashlib.sha256(der).hexdigest()


def test_a_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first = make_key(folder)
    assert make_key(folder).key_id == first.key_id
    assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == [KEY_FILE]
    assert first.public_pem.startswith("-----BEGIN PUBLIC KEY-----\n")
    assert "PRIVATE" not in repr(first)


def test_a_waiting_key_takes_the_place(tmp_path: Path) -> None:
    old, new = make_key(tmp_path), make_key(tmp_path, WAITING_FILE)
    replace_key(tmp_path)
    assert read_key(tmp_path).key_id == new.key_id != old.key_id
    assert not has_key(tmp_path, WAITING_FILE)
    replace_key(tmp_path)  # another process came first


@pytest.mark.parametrize("content", [b"", b"not a key", pem(rsa.generate_private_key(65537, 2048))], ids=["empty", "text", "RSA"])
def test_another_key_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / KEY_FILE).write_bytes(content)
    with pytest.raises(ConfigurationError, match="expected an Ed25519 key"):
        read_key(tmp_path)


def test_a_missing_key_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="LAIYUAN_KEYS"):
        read_key(tmp_path)


def test_another_public_key_is_refused() -> None:
    with pytest.raises(DataError, match="expected an Ed25519 key"):
        key_id_of("not a key")
