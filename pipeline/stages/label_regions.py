"""Labels as Label Studio takes them back in: regions with ids, and spans with the text that they cover."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.errors import DataError


def label_studio_result(result: Sequence[Mapping[str, Any]], text: str) -> list[dict[str, Any]]:
    """Return a canonical result as Label Studio imports it. Raises DataError where a span lies outside the text (code points)."""
    regions = []
    for number, region in enumerate(result):
        value = dict(region["value"])
        if "start" in value:
            if not 0 <= value["start"] < value["end"] <= len(text):
                raise DataError(f"expected a span within {len(text)} characters, found {value['start']} to {value['end']}")
            value["text"] = text[value["start"] : value["end"]]
        regions.append({**region, "id": f"r{number}", "value": value})
    return regions
