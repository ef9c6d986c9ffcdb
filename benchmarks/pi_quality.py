"""Quality of detection on a labeled set: precision, recall and F1 by kind and by way of writing, and alarms on hard negatives.

    python -m benchmarks pi-quality --set FOLDER

Reads every ``*.jsonl`` of the folder: ``{id, text, spans: [{start, end, label, variant}]}``, offsets in characters. A span counts as
found when a finding of its label covers at least half of what both cover (intersection over union). Documents without
spans are the hard negatives.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

from benchmarks.measuring import ROOT, Figures
from pipeline.adapters.pi_detector import build_detector
from pipeline.adapters.pi_rules import load_rules
from pipeline.domain.pi import MINOR, Finding
from pipeline.stages.detect_pi import find_in_text

Span = dict[str, object]


def measure_pi_quality(arguments: list[str]) -> Figures:
    """Return the figures for the set that ``--set`` names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks pi-quality")
    parser.add_argument("--set", dest="folder", type=Path, required=True)
    folder = parser.parse_args(arguments).folder
    detector = build_detector(load_rules([ROOT / "pipeline" / "pi_rules"]))
    right, missed, wrong = Counter[str](), Counter[str](), Counter[str]()
    written, met = Counter[str](), Counter[str]()
    negatives = alarms = documents = 0
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.open(encoding="utf-8"):
            record = json.loads(line)
            found = [one for one in find_in_text(record["text"], detector) if one.kind != MINOR]
            documents += 1
            if not record["spans"]:
                negatives += 1
                alarms += len(found)
            for span in record["spans"]:
                match = next((one for one in found if one.kind == span["label"] and _overlap(one, span) >= 0.5), None)
                written[str(span.get("variant", "plain"))] += 1
                if match is None:
                    missed[span["label"]] += 1
                    continue
                found.remove(match)
                right[span["label"]] += 1
                met[str(span.get("variant", "plain"))] += 1
            wrong.update(one.kind for one in found)
    kinds = sorted({*right, *missed, *wrong})
    return {
        "documents": documents,
        "all": _scores(right.total(), missed.total(), wrong.total()),
        "by_kind": {kind: _scores(right[kind], missed[kind], wrong[kind]) for kind in kinds},
        "recall_by_variant": {name: round(met[name] / count, 4) for name, count in sorted(written.items())},
        "evasion_recall": round(
            sum(met[name] for name in written if name != "plain") / max(1, sum(written[name] for name in written if name != "plain")), 4
        ),
        "hard_negatives": {"documents": negatives, "alarms": alarms, "per_thousand": round(1000 * alarms / max(negatives, 1), 2)},
    }


def _overlap(one: Finding, span: Span) -> float:
    start, end = int(str(span["start"])), int(str(span["end"]))
    shared = min(one.end, end) - max(one.start, start)
    return shared / (max(one.end, end) - min(one.start, start))


def _scores(right: int, missed: int, wrong: int) -> dict[str, float]:
    precision, recall = right / max(right + wrong, 1), right / max(right + missed, 1)
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / max(precision + recall, 1e-9), 4),
        "spans": right + missed,
    }
