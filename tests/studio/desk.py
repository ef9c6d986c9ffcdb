"""A rule with one question, spans and a note, a project under it, and pulls of it as the flow makes them."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa

from pipeline.adapters.label_studio import LabelStudio
from pipeline.domain.labeling import (
    Acceptance,
    Control,
    ControlType,
    LabelingRule,
    Option,
    Pilot,
    RuleKind,
    RuleStage,
    Unsure,
)
from pipeline.domain.studio import TOKEN_FIELD, payload_digest
from pipeline.stages.read_annotations import REVISIONS, Desk, Placement, Reading, Seen, read_annotations
from pipeline.stages.render_rule import render_config, render_instructions

QUALITY = Control("quality", ControlType.CHOICES, "Quality", tuple(Option(each, each, each) for each in ("good", "bad", "illegal")))
SPANS = Control("names", ControlType.LABELS, "Names", (Option("PER", "PER", "a person"),), is_single=False, is_required=False)
NOTE = Control("note", ControlType.NOTE, "Note", is_required=False)
RULE = LabelingRule(
    id="test",
    version="1.0",
    kind=RuleKind.FUNCTIONAL,
    stage=RuleStage.LABEL,
    language="en",
    title="Test",
    purpose="p",
    data_format="d",
    text_field="text",
    method="m",
    quality_indicators=("q",),
    controls=(QUALITY, SPANS, NOTE),
    unsure=Unsure("quality", "bad", "say so"),
    illegal=Unsure("quality", "illegal", "say so"),
    acceptance=Acceptance("0.98", "0.95", 1),
    pilot=Pilot(2, 20, "krippendorff_alpha", "0.70"),
    clauses=(),
)
PERSON = "p-annotator"
EVER = ((datetime(2020, 1, 1, tzinfo=UTC), None),)
TEXT = "😀😀我叫王小明 {}"


def choice(value: str) -> dict:
    """Return an answer to the question."""
    return {"from_name": "quality", "to_name": "text", "type": "choices", "value": {"choices": [value]}}


def span(start: int, end: int, text: str, label: str = "PER") -> dict:
    """Return a marked span."""
    value = {"start": start, "end": end, "text": text, "labels": [label]}
    return {"from_name": "names", "to_name": "text", "type": "labels", "value": value}


@dataclass
class Pulls:
    """A desk with what its pulls recorded so far, as the tables would hold it."""

    desk: Desk
    known: pa.Table = field(default_factory=REVISIONS.empty_table)
    raised: list[dict] = field(default_factory=list)
    cursor: datetime | None = None

    def pull(self, studio: LabelStudio, *, is_full: bool = False) -> Reading:
        """Pull once and record what is new; list everything when the counts ask for it."""
        found = studio.find_project(self.desk.project)
        counts = studio.counts(self.desk.project)
        pages = studio.pull(self.desk.project, None if is_full else self.cursor) if found else ()
        tasks = [task for page in pages for task in page]
        whole = is_full or self.cursor is None
        seen = Seen(tasks, found.config_sha256 if found else None, counts, whole, datetime(2026, 6, 1, tzinfo=UTC))
        # Tables promise no order.
        known = self.known.take(pa.array(reversed(range(self.known.num_rows)), pa.int64()))
        reading = read_annotations(self.desk, RULE, seen, known, [each["alarm_id"] for each in self.raised])
        self.known = pa.concat_tables([self.known, reading.revisions])
        self.raised += reading.alarms.to_pylist()
        self.cursor = max(filter(None, (self.cursor, reading.cursor)), default=None)
        return reading

    def kinds(self) -> list[str]:
        """Return which alarms were raised so far."""
        return sorted(each["kind"] for each in self.raised)


def open_desk(studio: LabelStudio, title: str, tokens: list[str], accounts: dict[int, str]) -> Pulls:
    """Make a project with one task a token, and return its desk."""
    project = studio.ensure_project(title, render_config(RULE), render_instructions(RULE))
    data = [{"text": TEXT.format(index), TOKEN_FIELD: token} for index, token in enumerate(tokens)]
    placed = studio.ensure_tasks(project.id, data)
    placements = [
        Placement(each[TOKEN_FIELD], placed[each[TOKEN_FIELD]].id, placed[each[TOKEN_FIELD]].created_at, payload_digest(each))
        for each in data
    ]
    desk = Desk(
        instance=studio.instance,
        project=project.id,
        person=PERSON,
        batch_id="b",
        config_sha256=project.config_sha256,
        placements=tuple(placements),
        accounts=accounts,
        fit=EVER,
        fastest_seconds=Decimal("1.5"),
    )
    return Pulls(desk)


def changed(pulls: Pulls, **fields: object) -> None:
    """Change what the desk knows."""
    pulls.desk = replace(pulls.desk, **fields)
