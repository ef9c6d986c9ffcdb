"""The real flows over the corpus: declare, admit, acquire, gate, deduplicate, publish, in one process, from an empty project.

python -m benchmarks end-to-end
"""

import shutil
import time

from benchmarks.corpus import PACKAGES, lay_down
from benchmarks.measuring import Figures, Stopwatch
from benchmarks.stages import PROJECT, warehouse_mb
from pipeline.domain.sources import SourceState
from pipeline.flows.policies import activate
from pipeline.flows.project import init_project
from pipeline.flows.publish import publish
from pipeline.flows.run import run_sources
from pipeline.flows.sources import change_state, declare, declared_paths


def prepare() -> Figures:
    """Make the project folder anew, with the corpus in it; return what it holds and what is missing."""
    shutil.rmtree(PROJECT, ignore_errors=True)
    init_project(PROJECT, alone=True)
    shutil.rmtree(PROJECT / "sources" / "my-source")
    publishing = PROJECT / "policies" / "publish.yaml"
    publishing.write_text(publishing.read_text(encoding="utf-8").replace("needs_approval: true", "needs_approval: false"), encoding="utf-8")
    return lay_down(PROJECT)


def is_prepared() -> bool:
    """Tell whether the project holds a corpus."""
    return any((PROJECT / "sources" / package.source / "data").is_dir() for package in PACKAGES)


def measure_end_to_end() -> Figures:
    """Run everything once and return seconds by step, throughput and peak memory of this process, the largest of all."""
    corpus = prepare()
    house = init_project(PROJECT, alone=True)
    shutil.rmtree(PROJECT / "sources" / "my-source", ignore_errors=True)
    actor, watch = house.os_user(), Stopwatch()
    steps: dict[str, float] = {}
    last = ("declare", time.perf_counter())

    def tell(step: str, done: int, total: int) -> None:  # noqa: ARG001
        nonlocal last
        (before, since), now = last, time.perf_counter()
        steps[before] = round(steps.get(before, 0.0) + now - since, 1)
        flow, _, part = step.partition(":")
        last = (flow.split()[0] + part, now)

    with watch:
        activate(house, actor, "benchmark")
        for path in declared_paths(PROJECT):
            declare(house, actor, path)
            for state in (SourceState.ASSESSED, SourceState.ADMITTED):
                change_state(house, actor, path.parent.name, state, "benchmark")
        failures = run_sources(house, actor, tell=tell)
        tell("publish", 0, 1)
        entry = publish(house, actor, "benchmark", tell)
        tell("end", 1, 1)
    with house.connect() as rows:
        account = rows.execute(
            "SELECT disposition, sum(documents)::BIGINT FROM account WHERE gate = 'all' GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    return {
        **watch.figures(int(corpus["text_mb"] * 1e6)),
        "documents": corpus["documents"],
        "missing": corpus["missing"],
        "seconds_by_step": steps,
        "failed_sources": {name: type(error).__name__ for name, error in failures.items()},
        "account": dict(account),
        "published_at_seq": entry.seq,
        "tables_mb": warehouse_mb(PROJECT),
    }
