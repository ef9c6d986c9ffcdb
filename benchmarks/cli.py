"""Cold start of the command line: wall seconds of fresh processes, the median of five after one that warms the disk cache.

python -m benchmarks cli
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.measuring import Figures
from benchmarks.stages import PROJECT

COMMANDS = (("--help",), ("sources", "list"), ("account",))


def measure_cli() -> Figures:
    """Return wall seconds per command, and of a Python that does nothing."""
    laiyuan = str(Path(sys.executable).parent / "laiyuan")
    figures = {"python -c pass": _seconds([sys.executable, "-c", "pass"])}
    for words in COMMANDS:
        figures[f"laiyuan {' '.join(words)}"] = _seconds([laiyuan, *words])
    return figures


def _seconds(command: list[str]) -> dict[str, float]:
    taken = []
    for _ in range(6):
        started = time.perf_counter()
        subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
        taken.append(time.perf_counter() - started)
    return {"median_seconds": round(statistics.median(taken[1:]), 3), "best_seconds": round(min(taken), 3)}
