"""How a figure is taken: in a process of its own, so that its peak memory is its own."""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[1]
BENCH = ROOT / ".build" / "bench"
RESULTS = ROOT / "benchmarks" / "results"

Figures = dict[str, Any]


def in_own_process(part: str, *arguments: str) -> Figures:
    """Run one part in a fresh process and return the figures it prints as its last line; name the error where it fails."""
    command = [sys.executable, "-m", "benchmarks", "one", part, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return {"failed": (done.stderr.strip().splitlines() or ["no message"])[-1][:300]}
    figures: Figures = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


class Stopwatch:
    """Adds up wall and CPU time of the spans it is open for; CPU time is that of all threads of this process."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    def __enter__(self) -> Self:
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall += time.perf_counter() - self._wall
        self.cpu += time.process_time() - self._cpu

    def figures(self, text_bytes: int) -> Figures:
        """Return seconds and MB of text per second, with the peak resident memory of this process so far."""
        return {
            "mb": round(text_bytes / 1e6, 1),
            "wall_seconds": round(self.wall, 2),
            "cpu_seconds": round(self.cpu, 2),
            "mb_per_cpu_second": round(text_bytes / 1e6 / max(self.cpu, 1e-9), 1),
            "mb_per_wall_second": round(text_bytes / 1e6 / max(self.wall, 1e-9), 1),
            "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }


def machine() -> Figures:
    """Return what the figures were taken on, and how busy it was with other work."""
    return {
        "cpus": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "python": sys.version.split()[0],
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
