"""Verbs: pure functions over Arrow. ``STAGES`` lists them in the order a document meets them."""

from pipeline.domain.pi import DETECTION
from pipeline.domain.stage import Shape, Stage

STAGES: tuple[Stage, ...] = (
    Stage("normalize_text", 1, ("records",), ("documents",), Shape.ROW),
    Stage("gate_source", 2, ("documents", "source_states", "evidence", "legal_bases", "reservations"), ("decisions",), Shape.ROW),
    Stage("gate_license", 1, ("documents", "license_conclusions"), ("decisions",), Shape.ROW),
    Stage("detect_pi", DETECTION, ("documents",), ("scans", "findings"), Shape.ROW),
    Stage("gate_pi", 1, ("scans", "findings"), ("decisions",), Shape.ROW),
    Stage("measure", 1, ("documents",), ("metrics",), Shape.ROW),
    Stage("gate_quality", 1, ("metrics",), ("decisions",), Shape.ROW),
    Stage("sign", 1, ("documents",), ("signatures",), Shape.ROW),
    Stage("cluster", 1, ("signatures", "documents"), ("duplicate_edges",), Shape.TABLE),
    Stage("elect", 1, ("duplicate_edges", "decisions"), ("duplicate_members", "decisions"), Shape.TABLE),
    Stage("publish", 1, ("documents", "decisions", "findings"), ("snapshots", "snapshot_documents"), Shape.ROW),
)

STAGE = {stage.name: stage for stage in STAGES}
