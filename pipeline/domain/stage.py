"""What a stage is: a name, a version, what it reads and writes, and its shape.

The description is one word for the CLI, the DAGs and the lineage; the stage itself is a plain function.
"""

from dataclasses import dataclass
from enum import StrEnum


class Shape(StrEnum):
    """``row``: streamed and parallel, batch by batch. ``table``: needs everything at once."""

    ROW = "row"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Stage:
    """Description of one stage; ``version`` is raised when the same input may give another output."""

    name: str
    version: int
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    shape: Shape
