"""One person, one function: who labels does not verify, who verifies does not adjudicate (TC260-003, as reported).

The scope is the batch by default; the item is the floor. Rounds do not matter, and work that was taken away again still
counts: whoever saw an item once is not independent of it.
"""

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain.labeling import Function
from pipeline.errors import ConfigurationError

SCOPES = ("batch", "item")


def role_conflict(
    assignments: pa.Table, person: str, batch_id: str, function: Function, records: pa.Array | None = None, scope: str = "batch"
) -> str | None:
    """Return which other function keeps a person from this one, as a sentence; none when nothing does.

    ``assignments`` are rows of that table, of any batches and rounds. ``records`` are the items to be given; with scope
    ``item`` they are needed, with ``batch`` any item of the batch counts. Raises ConfigurationError for another scope.
    """
    if scope not in SCOPES:
        raise ConfigurationError(f"separation: expected one of {', '.join(SCOPES)}, found {scope}")
    if scope == "item" and records is None:
        raise ConfigurationError("separation by item: expected the items to be given, found none")
    held = assignments.filter(
        (pc.field("person") == person) & (pc.field("batch_id") == batch_id) & (pc.field("function") != function.value)
    )
    if scope == "item":
        held = held.filter(pc.is_in(held["record_id"], value_set=records))
    if not held.num_rows:
        return None
    others = ", ".join(sorted(held["function"].unique().to_pylist()))
    items = f"{pc.count_distinct(held['record_id']).as_py()} items of " if scope == "item" else ""
    return f"{person} already holds {others} on {items}batch {batch_id}, so cannot {function.value} there; name another person"


def are_independent(*people: str) -> bool:
    """Tell whether labeler, verifier and adjudicator are different people."""
    return len(set(people)) == len(people)
