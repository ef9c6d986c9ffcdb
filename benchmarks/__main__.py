"""Measure and print; ``make bench`` runs every part, a name runs that part alone.

    python -m benchmarks [stages | end-to-end | cli | explain] [--documents 1000000] [--fresh]

Each part goes to ``benchmarks/results/<part>.json``. Nothing is asserted.
"""

import argparse
import json
import sys

from benchmarks.cli import measure_cli
from benchmarks.end_to_end import is_prepared, measure_end_to_end, prepare
from benchmarks.explain import measure_explain
from benchmarks.measuring import RESULTS, Figures, in_own_process, machine
from benchmarks.pi_quality import measure_pi_quality
from benchmarks.pi_throughput import measure_pi_throughput
from benchmarks.stages import STAGES, measure_stage

ON_REQUEST = {"pi-quality": measure_pi_quality, "pi-throughput": measure_pi_throughput}
"""Parts that take arguments of their own (``--help`` after the name) and run only when they are named."""
PARTS = ("end-to-end", "stages", "cli", "explain")
"""In this order: the first lays down the corpus that the others read."""


def _one(name: str, arguments: list[str]) -> Figures:
    """Measure one thing in this process."""
    if name == "end-to-end":
        return measure_end_to_end()
    if name == "cli":
        return measure_cli()
    if name == "explain":
        return measure_explain(int(arguments[0]), fresh="fresh" in arguments)
    return measure_stage(name)


def _part(name: str, documents: int, *, is_fresh: bool) -> Figures:
    if name in ("stages", "cli") and not is_prepared():
        print("laying down the corpus ...", file=sys.stderr)
        prepare()
    if name == "stages":
        figures: Figures = {}
        for stage in STAGES:
            figures[stage] = in_own_process(stage)
            print(f"  {stage}", file=sys.stderr)
        return figures
    return in_own_process(name, *([str(documents), *(["fresh"] if is_fresh else [])] if name == "explain" else []))


def _printed(name: str, figures: Figures) -> None:
    print(f"\n{name}")
    rows = [(key, value) for key, value in figures.items() if isinstance(value, dict)]
    for key, value in figures.items():
        if not isinstance(value, dict):
            print(f"  {key:<34} {value}")
    for key, value in rows:
        print(f"  {key:<34} " + "  ".join(f"{field} {shown}" for field, shown in value.items()))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("part", nargs="?", choices=(*PARTS, *ON_REQUEST, "one"), help="one part; all without it")
    parser.add_argument("rest", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--documents", type=int, default=1_000_000, help="documents behind the latency of explain")
    parser.add_argument("--fresh", action="store_true", help="build the warehouse behind explain again")
    given, rest = parser.parse_known_args()
    if rest and given.part not in ON_REQUEST:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if given.part == "one":
        print(json.dumps(_one(given.rest[0], given.rest[1:])))
        return
    RESULTS.mkdir(parents=True, exist_ok=True)
    for part in (given.part,) if given.part else PARTS:
        print(f"measuring {part} ...", file=sys.stderr)
        before = machine()
        figures = ON_REQUEST[part](rest) if part in ON_REQUEST else _part(part, given.documents, is_fresh=given.fresh)
        path = RESULTS / f"{part}.json"
        path.write_text(json.dumps({"machine": before, part: figures}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        _printed(f"{part} (load average {before['load_average']:.1f} on {before['cpus']} processors)", figures)
        print(f"  written to {path.relative_to(RESULTS.parents[1])}")


if __name__ == "__main__":
    main()
