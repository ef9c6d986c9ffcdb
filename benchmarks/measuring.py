"""How a figure is taken: in a process of its own, so that its peak memory is its own."""

from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BENCH = ROOT / ".build" / "bench"
RESULTS = ROOT / "benchmarks" / "results"

Figures = dict[str, Any]
