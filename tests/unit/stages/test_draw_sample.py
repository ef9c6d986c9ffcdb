"""The draw: the golden vector, and what is refused."""

from hashlib import sha256

import pyarrow as pa
import pytest

from pipeline.domain.digests import json_digest
from pipeline.errors import DataError, EvidenceError
from pipeline.stages.draw_sample import commit, diagnostic, draw, draw_sample, draw_seed, frame_root

SECRET = bytes(range(32))
IDS = [f"rec-{i:03d}" for i in range(10)]
COMMITMENT = "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"
ROOT = "3332530ef0e287167fc5fff6c766cc644d2f03fd3b6f5ec9024a6b3f982189d3"
PLAN = "7a6f7da0a70d5eae275db6325b7fed1c1727649efec6f5b0049ec89e66282b40"
SEED = "3456c388bf2b7f3b71efcfa2c219bb9062325f6cb70cf6eafd9129dbf40d70d0"
ORDER = ["004", "005", "008", "006", "002", "003", "001", "009", "000", "007"]


def frame(ids=IDS, **changed: str) -> pa.Table:
    contents = [changed.get(i, sha256(f"label-{i}".encode()).hexdigest()) for i in ids]
    return pa.table({"record_id": pa.array(ids, pa.string()), "content_sha256": pa.array(contents, pa.string())})


def test_golden_vector():
    assert json_digest({"n": 4, "plan": "SRS"}) == PLAN
    drawn = draw_sample(frame(), SECRET, PLAN, 1, 4, COMMITMENT)
    assert (drawn.commitment, drawn.root, drawn.seed, drawn.size) == (COMMITMENT, ROOT, SEED, 10)
    assert drawn.sample.column("record_id").to_pylist() == [f"rec-{end}" for end in ORDER[:4]]
    assert drawn.sample.column("position").to_pylist() == [0, 1, 2, 3]
    assert drawn.sample.column("content_sha256").to_pylist() == [sha256(f"label-rec-{end}".encode()).hexdigest() for end in ORDER[:4]]
    assert draw(IDS, bytes.fromhex(SEED), 10) == [f"rec-{end}" for end in ORDER]


def test_order_of_rows_and_chunks_changes_nothing():
    mixed = pa.concat_tables([frame(IDS[5:]), frame(IDS[:5])])
    assert frame_root(mixed) == ROOT
    assert draw_sample(mixed, SECRET, PLAN, 1, 4, COMMITMENT).sample.equals(draw_sample(frame(), SECRET, PLAN, 1, 4, COMMITMENT).sample)


def test_one_changed_label_changes_root_seed_and_order():
    changed = draw_sample(frame(**{"rec-003": "0" * 64}), SECRET, PLAN, 1, 10, COMMITMENT)
    assert changed.root != ROOT
    assert changed.seed != SEED
    assert changed.sample.column("record_id").to_pylist() != [f"rec-{end}" for end in ORDER]


@pytest.mark.parametrize(("plan", "round_number"), [(PLAN, 2), ("0" * 64, 1)])
def test_plan_and_round_enter_the_seed(plan, round_number):
    assert draw_seed(SECRET, ROOT, plan, round_number).hex() != SEED


def test_sample_larger_than_the_lot_is_the_lot():
    assert draw_sample(frame(), SECRET, PLAN, 1, 99, COMMITMENT).sample.num_rows == 10
    assert draw(IDS, b"seed", 0) == []


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (pa.table({"record_id": pa.array([], pa.string()), "content_sha256": pa.array([], pa.string())}), "at least one record"),
        (pa.table({"record_id": ["a", "a"], "content_sha256": ["1", "2"]}), "each record once"),
        (pa.table({"record_id": ["a\tb"], "content_sha256": ["1"]}), "control characters"),
        (pa.table({"record_id": ["a"], "content_sha256": ["1\n"]}), "control characters"),
        (pa.table({"record_id": pa.array(["a", None]), "content_sha256": ["1", "2"]}), "null"),
    ],
)
def test_frames_that_are_refused(bad, message):
    with pytest.raises(DataError, match=message):
        frame_root(bad)


def test_secrets_that_are_refused():
    with pytest.raises(DataError, match="32 bytes"):
        commit(b"short")
    with pytest.raises(EvidenceError, match="lost secret needs a new round"):
        draw_sample(frame(), bytes(32), PLAN, 1, 4, COMMITMENT)
    with pytest.raises(DataError, match="0 or more"):
        draw(IDS, b"seed", -1)
    with pytest.raises(DataError, match="distinct"):
        draw(["a", "a"], b"seed", 1)


def test_diagnostic_items_read_on_until_everyone_has_enough():
    order = [f"r{i}" for i in range(12)]
    who = {record: "ab"[i % 2] if i < 8 else "c" for i, record in enumerate(order)}
    further = diagnostic(order, who, 4, 3)
    assert further == ["r4", "r5", "r8", "r9", "r10"]
    assert not set(further) & set(order[:4])
    assert diagnostic(order, who, 4, 3, {"c": 4}) == [*further, "r11"]
