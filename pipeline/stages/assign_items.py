"""Who gets which item of a batch, and how much gold goes among them: fixed by a seed, whatever the order of the input.

Items are dealt in an order that nobody chose, so that no annotator gets one source or one half of a batch.
"""

from collections.abc import Sequence

from pipeline.errors import DataError
from pipeline.stages.draw_sample import draw


def assign_items(record_ids: Sequence[str], people: Sequence[str], seed: bytes) -> dict[str, list[str]]:
    """Deal items to people, each one's share at most one larger than another's; return person to items in working order.

    Raises DataError when there is nobody to deal to, or a person or item comes twice.
    """
    if not people:
        raise DataError("expected at least one person to give items to, found none")
    turn = draw(people, seed, len(people))
    hands: dict[str, list[str]] = {person: [] for person in turn}
    for position, record_id in enumerate(draw(record_ids, seed, len(record_ids))):
        hands[turn[position % len(turn)]].append(record_id)
    return hands


def gold_count(items: int, percent: int, minimum: int) -> int:
    """Return how many gold items go among a person's items: a share of them, rounded up, and never fewer than the minimum."""
    return max(minimum, -(-items * percent // 100)) if items else 0
