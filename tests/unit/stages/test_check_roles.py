"""One person never holds two functions on a batch, or on an item."""

import pyarrow as pa
import pytest

from pipeline.domain.labeling import Function
from pipeline.errors import ConfigurationError
from pipeline.stages.check_roles import are_independent, role_conflict

HELD = pa.table(
    {
        "batch_id": ["b-1", "b-1", "b-2", "b-1"],
        "record_id": ["x", "y", "x", "z"],
        "round": [1, 1, 1, 2],
        "function": ["label", "label", "label", "verify"],
        "person": ["ann", "ann", "ann", "bob"],
    }
)
NEW = pa.array(["z", "w"])
OLD = pa.array(["x", "w"])


@pytest.mark.parametrize(
    ("person", "batch", "function", "records", "scope", "refused"),
    [
        ("ann", "b-1", Function.LABEL, OLD, "batch", False),
        ("ann", "b-1", Function.VERIFY, NEW, "batch", True),
        ("ann", "b-1", Function.VERIFY, None, "batch", True),
        ("ann", "b-1", Function.VERIFY, NEW, "item", False),
        ("ann", "b-1", Function.VERIFY, OLD, "item", True),
        ("ann", "b-1", Function.ADJUDICATE, OLD, "item", True),
        ("ann", "b-3", Function.VERIFY, OLD, "batch", False),
        ("bob", "b-1", Function.LABEL, OLD, "batch", True),
        ("bob", "b-1", Function.LABEL, OLD, "item", False),
        ("eve", "b-1", Function.VERIFY, OLD, "batch", False),
    ],
)
def test_conflicts(person: str, batch: str, function: Function, records: pa.Array | None, scope: str, refused: bool) -> None:
    found = role_conflict(HELD, person, batch, function, records, scope)
    assert (found is not None) is refused
    assert found is None or (person in found and batch in found)


def test_an_unknown_scope_and_a_scope_without_items_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="expected one of batch, item"):
        role_conflict(HELD, "ann", "b-1", Function.LABEL, OLD, "round")
    with pytest.raises(ConfigurationError, match="items to be given"):
        role_conflict(HELD, "ann", "b-1", Function.VERIFY, None, "item")


def test_labeler_verifier_and_adjudicator_are_three_people() -> None:
    assert are_independent("ann", "bob", "eve")
    assert not are_independent("ann", "bob", "ann")
