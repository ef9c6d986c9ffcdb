"""Keys: made with the project or on first need, rotated under the old one's signature, and never lost to a kill."""

import json
import stat
from pathlib import Path

import pytest

from pipeline.adapters import signing
from pipeline.errors import ConfigurationError
from pipeline.flows.audit_files import check_everything
from pipeline.flows.house import House
from pipeline.flows.project import init_project
from pipeline.flows.proofs import export_head
from pipeline.flows.signatures import KnownKey, key_faults, known_keys, rotate_key, signing_key
from tests.audit.conftest import opened


@pytest.fixture
def house(tmp_path: Path) -> House:
    return init_project(tmp_path / "corpus", alone=True)


def events(house: House) -> list[str]:
    return [entry.event for entry in house.entries()]


def test_init_makes_a_key_outside_the_warehouse(house: House) -> None:
    path = house.settings.keys / signing.KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.is_relative_to(house.settings.warehouse)
    key = signing_key(house)
    body = json.loads(house.entries()[-1].body)
    assert events(house) == ["project.created", "key.created"]
    assert (body["key_id"], body["public_key"]) == (key.key_id, key.public_pem)
    init_project(house.project, alone=True)
    assert len(events(house)) == 2


def test_a_project_from_before_gets_one_on_first_need(house: House) -> None:
    (house.settings.keys / signing.KEY_FILE).unlink()
    export_head(house)
    assert events(house) == ["project.created", "key.created", "key.created"]
    assert house.entries()[-1].actor == "system"
    assert check_everything(house)["holds"]


def test_rotation_is_signed_by_the_old_key(house: House) -> None:
    old = signing_key(house)
    entry = rotate_key(house, house.os_user(), "yearly")
    new = signing_key(house)
    known = known_keys(house.facts())
    assert known[old.key_id] == KnownKey(old.key_id, old.public_pem, 1, entry.seq)
    assert known[new.key_id] == KnownKey(new.key_id, new.public_pem, entry.seq)
    assert key_faults(house.facts()) == []
    assert [known[old.key_id].may_sign(size) for size in (1, 2, entry.seq, entry.seq + 1)] == [False, True, True, False]
    assert [known[new.key_id].may_sign(size) for size in (entry.seq, entry.seq + 1)] == [False, True]


def test_a_rotation_that_the_old_key_did_not_sign_is_a_fault(house: House, tmp_path: Path) -> None:
    old, thief = signing_key(house), signing.make_key(tmp_path / "thief")
    facts = {"key_id": thief.key_id, "algorithm": "ed25519", "public_key": thief.public_pem, "retires": old.key_id}
    house.record(house.os_user(), "key.rotated", {**facts, "endorsement": "AAAA", "why": "theft"})
    house.record(house.os_user(), "key.created", {**facts, "key_id": "0" * 64})
    assert key_faults(house.facts()) == [
        "ledger entry 2: the key it retires did not sign the new one",
        "ledger entry 3: the public key has another id than the entry says",
    ]
    found = check_everything(house)["faults"]
    assert isinstance(found, list)
    assert len(found) == 2


def test_a_rotation_killed_before_the_exchange_goes_on(house: House) -> None:
    """The entry decides: with it the waiting key is in use, without it the old one is."""
    old = signing_key(house)
    waiting = signing.make_key(house.settings.keys, signing.WAITING_FILE)
    assert signing_key(house).key_id == old.key_id
    entry = rotate_key(house, house.os_user(), "test")
    assert json.loads(entry.body)["key_id"] == waiting.key_id
    path = house.settings.keys / signing.KEY_FILE
    path.rename(house.settings.keys / signing.WAITING_FILE)
    assert signing_key(opened(house.project)).key_id == waiting.key_id


def test_a_retired_key_signs_nothing(house: House) -> None:
    path = house.settings.keys / signing.KEY_FILE
    old = path.read_bytes()
    rotate_key(house, house.os_user(), "test")
    path.write_bytes(old)
    with pytest.raises(ConfigurationError, match="was retired by ledger entry 2"):
        export_head(house)
