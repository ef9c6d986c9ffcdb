"""Reading bytes in a test: what came out, as plain rows."""

import io
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from pipeline.adapters.readers import read_records
from pipeline.domain.policies import AcquirePolicy
from pipeline.domain.records import RECORDS, REJECTED
from pipeline.domain.sources import Delivery, Format

LIMIT = 1 << 20


@dataclass(frozen=True)
class Read:
    records: list[dict]
    rejected: list[dict]
    parts: list
    absent: Mapping[str, int]

    @property
    def texts(self):
        return [row["text"] for row in self.records]

    @property
    def reasons(self):
        return [row["reason"].removeprefix("record.") for row in self.rejected]

    @property
    def ordinals(self):
        return sorted(row["ordinal"] for row in self.records + self.rejected)


def read_all(raw, path="a", form="jsonl", max_record_bytes=LIMIT, **declared):
    delivery = Delivery("anywhere", "**", Format(form), **declared)
    opened = raw if hasattr(raw, "read") else io.BytesIO(raw)
    parts = list(read_records(opened, path, delivery, AcquirePolicy("1", max_record_bytes, 0.1)))
    records, rejected, absent = [], [], {}
    for part in parts:
        assert part.records.schema.equals(RECORDS)
        assert part.rejected.schema.equals(REJECTED)
        part.records.validate(full=True)
        part.rejected.validate(full=True)
        records += part.records.to_pylist()
        rejected += part.rejected.to_pylist()
        for name, count in part.absent.items():
            absent[name] = absent.get(name, 0) + count
    found = Read(records, rejected, parts, absent)
    assert found.ordinals == list(range(len(records) + len(rejected)))
    return found


@pytest.fixture(scope="session")
def read():
    """Read a whole file given as bytes."""
    return read_all
