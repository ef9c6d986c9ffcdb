"""Decisions for a batch whose documents share a few values: one ruling per distinct value, one decision per document.

The source and the licence gate rule on a source, or on a source and a licence; a batch holds thousands of documents and
a handful of those.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain.dispositions import Disposition, Gate, Reason
from pipeline.domain.tables import TABLE


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a gate says of one value, and the digest of what it knew."""

    disposition: Disposition
    reason: Reason | None
    inputs_sha256: str


DECISIONS = pa.schema([field for field in TABLE["decisions"].schema if field.name != "run_id"])
"""Columns of the table ``decisions`` without ``run_id``, which the flow adds."""


def decide_by_value(
    documents: pa.RecordBatch,
    columns: Sequence[str],
    rule: Callable[..., Ruling],
    gate: Gate,
    policy_sha256: str,
    stage_version: int,
) -> pa.RecordBatch:
    """Return one decision per document in order; ``rule`` is called once per distinct combination of the named columns."""
    codes, values = _distinct([documents.column(name) for name in columns])
    rulings = [rule(*combination) for combination in values]
    rows = documents.num_rows
    taken = {
        "disposition": pa.array([ruling.disposition.value for ruling in rulings], pa.string()).take(codes),
        "reason": pa.array([ruling.reason.value if ruling.reason else None for ruling in rulings], pa.string()).take(codes),
        "inputs_sha256": pa.array([ruling.inputs_sha256 for ruling in rulings], pa.string()).take(codes),
    }
    fixed = {
        "document_id": documents.column("document_id"),
        "source_id": documents.column("source_id"),
        "gate": pa.repeat(pa.scalar(gate.value), rows),
        "policy_sha256": pa.repeat(pa.scalar(policy_sha256), rows),
        "stage_version": pa.repeat(pa.scalar(stage_version, pa.int64()), rows),
    }
    columns_by_name = taken | fixed
    return pa.RecordBatch.from_arrays([columns_by_name[field.name].cast(field.type) for field in DECISIONS], schema=DECISIONS)


def _distinct(arrays: Sequence[pa.Array]) -> tuple[pa.Array, list[tuple[str | None, ...]]]:
    """Return, for each row, the position of its combination of values, and the combinations."""
    combined = np.zeros(len(arrays[0]), dtype=np.int64)
    dictionaries: list[list[str | None]] = []
    for array in arrays:
        encoded = pc.dictionary_encode(array, null_encoding="encode")
        dictionaries.append(encoded.dictionary.to_pylist())
        combined = combined * max(len(dictionaries[-1]), 1) + encoded.indices.to_numpy(zero_copy_only=False)
    distinct, codes = np.unique(combined, return_inverse=True)
    return pa.array(codes, pa.int64()), [_values(int(number), dictionaries) for number in distinct]


def _values(number: int, dictionaries: Sequence[list[str | None]]) -> tuple[str | None, ...]:
    """Read back which value of each dictionary a combined number stands for."""
    values: list[str | None] = []
    for dictionary in reversed(dictionaries):
        number, position = divmod(number, max(len(dictionary), 1))
        values.append(dictionary[position])
    return tuple(reversed(values))
