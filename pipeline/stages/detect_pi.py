"""Detection of personal information: one scan over Arrow, windows on flagged strings only, findings without values.

Every document gets one row in ``scans``. A document that could not be analysed says so and is never silently clean.
The text, the locator, the title and every metadata value are read alike (Measures Art. 7(3); PIPL Art. 4).
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.domain.digests import canonical_json
from pipeline.domain.pi import MINOR, Detector, Finding, NameLane, Recognizer, Scan
from pipeline.domain.tables import TABLE
from pipeline.stages.find_pi import Plan, candidates, minors, plan_of, resolve
from pipeline.stages.pi_windows import Windows, block_of, row_bounds, windows_of

_MAX_FINDINGS = 20_000
"""More findings in one string than this is a list of people; it is given up and so quarantined."""

SCANS = pa.schema([column for column in TABLE["scans"].schema if column.name != "run_id"])
FINDINGS = pa.schema([column for column in TABLE["findings"].schema if column.name != "run_id"])


Origin = tuple[int, str, int]
"""Document, field, and how many characters of cue stand in front of the value."""


Row = tuple[int, str, Finding, int, int]
"""Document, field, finding in characters of its string, and its bytes."""


@dataclass(slots=True)
class _Account:
    """What is known of each document of the batch so far."""

    faults: dict[int, str] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Strings:
    """Short strings of a batch (locators, titles, metadata) in one column, with where each came from."""

    column: pa.StringArray
    origin: list[Origin]


def detect_pi(documents: pa.RecordBatch, detector: Detector, *, key: bytes, key_id: str) -> Scan:
    """Look for personal information in every document of a batch.

    Args:
        documents: Columns document_id, source_id, text, locator, title, metadata (a canonical JSON object).
        detector: Rules, the user's recognizers and the engine.
        key: Key of the values' digests.
        key_id: Public name of that key.

    Returns:
        ``scans`` with one row per document in order, ``findings`` sorted by document, field and place.

    """
    plan = plan_of(detector)
    account = _Account()
    for row, fault in _invalid_rows(documents):
        account.faults.setdefault(row, fault)
    is_valid = [row not in account.faults for row in range(documents.num_rows)]
    text = _only(documents["text"], is_valid)
    _detect_column(text, [(row, "text", 0) for row in range(len(text))], detector, plan, account)
    strings = _short_strings(documents, is_valid, account)
    _detect_column(strings.column, strings.origin, detector, plan, account)
    if detector.names:
        _name(documents, text, account, detector.names)
    findings = _findings(documents, account, detector, key, key_id)
    return Scan(_scans(documents, account, findings, detector), findings)


def _name(documents: pa.RecordBatch, text: pa.StringArray, account: _Account, lane: NameLane) -> None:
    """Let the model for names read the texts that policy chooses, all of a batch at once."""
    with_finding = {row[0] for row in account.rows}
    chosen = [
        row
        for row, document_id in enumerate(documents["document_id"].to_pylist())
        if row not in account.faults and lane.policy.chooses(document_id, has_finding=row in with_finding, is_risky=lane.is_risky)
    ]
    texts = [text[row].as_py() or "" for row in chosen]
    try:
        tagged = lane.tagger.tag(texts)
    except Exception as error:  # noqa: BLE001  (a model may raise anything; its message may hold text)
        account.faults.update({row: f"names: analysis failed with {type(error).__name__}" for row in chosen})
        return
    before: dict[int, list[Finding]] = {}
    for row, name, finding, _, _ in account.rows:
        if name == "text" and finding.kind != MINOR:
            before.setdefault(row, []).append(finding)
    for row, written, found in zip(chosen, texts, tagged, strict=True):
        known = before.get(row, [])
        account.rows += [
            (row, "text", one, len(written[: one.start].encode()), len(written[: one.end].encode()))
            for one in resolve([*known, *found])
            if one not in known
        ]


def find_in_text(text: str, detector: Detector) -> list[Finding]:
    """Return what a detector finds in one string, in characters of it. Raises ValueError when it cannot be analysed."""
    account = _Account()
    _detect_column(pa.array([text], pa.string()), [(0, "text", 0)], detector, plan_of(detector), account)
    if account.faults:
        raise ValueError(account.faults[0])
    return [finding for _, _, finding, _, _ in account.rows]


def publishable(text: str, detector: Detector) -> str:
    """Return a path or name as it may stand in tables and logs: itself, or its digest if it holds personal information."""
    try:
        is_clean = not find_in_text(text, detector)
    except ValueError:
        is_clean = False
    return text if is_clean else f"sha256:{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()}"


def value_hmac(key: bytes, kind: str, normalized: str) -> str:
    """Return the keyed digest by which equal values of one kind are known without being kept."""
    return hmac.digest(key, f"{kind}\0{normalized}".encode(), "sha256").hex()


def _invalid_rows(documents: pa.RecordBatch) -> Iterator[tuple[int, str]]:
    """Yield rows whose strings are not UTF-8; Arrow does not look unless asked."""
    for name in ("text", "locator", "title", "metadata"):
        column = documents[name]
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            for row in range(len(column)):
                try:
                    column.slice(row, 1).validate(full=True)
                except pa.ArrowInvalid:
                    yield row, f"{name}: bytes are not UTF-8"


def _only(column: pa.StringArray, is_wanted: Sequence[bool]) -> pa.StringArray:
    """Return the column with unwanted rows empty; itself where all are wanted, so that its buffer is not copied."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        column = column.cast(pa.string())  # views and dictionaries have no single buffer to scan
    if all(is_wanted) and column.null_count == 0:
        return column
    kept = [value.as_py() if wanted and value.is_valid else "" for value, wanted in zip(column, is_wanted, strict=True)]
    return pa.array(kept, pa.string())


def _short_strings(documents: pa.RecordBatch, is_valid: Sequence[bool], account: _Account) -> _Strings:
    """Gather locators, titles and metadata values; a metadata value is read behind its column's name, which is a cue."""
    values: list[str] = []
    origin: list[Origin] = []
    for name in ("locator", "title"):
        for row, value in enumerate(_only(documents[name], is_valid).to_pylist()):
            if value:
                values.append(value)
                origin.append((row, name, 0))
    for row, stated in enumerate(_only(documents["metadata"], is_valid).to_pylist()):
        if stated in {"", "{}"}:
            continue
        try:
            columns = metadata_strings(stated)
        except ValueError:
            account.faults.setdefault(row, "metadata: not a JSON object")
            continue
        for name, value in columns.items():
            cue = f"{name}："
            values.append(cue + value)
            origin.append((row, f"metadata.{name}", len(cue)))
    return _Strings(pa.array(values, pa.string()), origin)


def metadata_strings(stated: str) -> dict[str, str]:
    """Return the columns of a metadata object as strings; what is no string is its canonical JSON. Raises ValueError."""
    parsed = json.loads(stated)
    if not isinstance(parsed, dict):
        raise ValueError("not an object")  # noqa: TRY004  (the caller knows one kind of fault)
    return {name: value if isinstance(value, str) else canonical_json(value) for name, value in parsed.items()}


def _detect_column(column: pa.StringArray, origin: Sequence[Origin], detector: Detector, plan: Plan, account: _Account) -> None:
    """Scan one column and add its findings and faults to the account."""
    if len(column) == 0:
        return
    events = detector.scanner.scan(column)
    bounds, content = row_bounds(column)
    for row in events.given_up:
        account.faults.setdefault(origin[row][0], f"{origin[row][1]}: too many digits and cues per byte")
    found = _FoundByRow(bounds, content, plan)
    found.look(windows_of(events, np.diff(bounds), plan.reach))
    found.ask_everywhere(plan.everywhere, len(column))
    for row in found.rows():
        document, name, skipped = origin[row]
        try:
            findings = found.findings(row, detector)
        except Exception as error:  # noqa: BLE001  (a user's recognizer may raise anything; its message may hold text)
            account.faults.setdefault(document, f"{name}: analysis failed with {type(error).__name__}")
            continue
        if len(findings) > _MAX_FINDINGS:
            account.faults.setdefault(document, f"{name}: more than {_MAX_FINDINGS} findings")
            continue
        if skipped:
            account.rows += _without_cue(findings, found.text_of(row), document, name, skipped)
        else:
            account.rows += [(document, name, finding, *found.bytes_of(row, finding)) for finding in findings]


def _without_cue(findings: Sequence[Finding], text: str, document: int, name: str, skipped: int) -> Iterator[Row]:
    """Yield a string's findings in characters and bytes of the value, without the cue read in front of it."""
    value = text[skipped:]
    for finding in findings:
        if finding.end > skipped:
            start, end = max(finding.start, skipped) - skipped, finding.end - skipped
            yield document, name, replace(finding, start=start, end=end), len(value[:start].encode()), len(value[:end].encode())


class _FoundByRow:
    """Candidates of one column by row."""

    def __init__(self, bounds: npt.NDArray[np.int64], content: npt.NDArray[np.uint8], plan: Plan) -> None:
        self._bounds, self._content, self._plan = bounds, content, plan
        self._found: dict[int, list[Finding]] = {}
        self._asked: dict[int, int] = {}
        self._near: dict[int, list[tuple[int, int, int]]] = {}
        """By row, the recognizers called for in each window, as bits, and its bytes."""
        self._bytes: dict[tuple[int, int, int], tuple[int, int]] = {}
        self._called: dict[int, tuple[tuple[int, ...], int]] = {}

    def look(self, windows: Windows) -> None:
        """Run the rules whose triggers fired in each window; note which recognizers are to read a whole row."""
        called = [self._calls(triggers) for triggers in windows.triggers]
        for window, (_, recognizers) in enumerate(called):
            if recognizers:
                row = int(windows.rows[window])
                self._asked[row] = self._asked.get(row, 0) | recognizers
                self._near.setdefault(row, []).append((recognizers, int(windows.starts[window]), int(windows.ends[window])))
        some = [number for number, (rules, _) in enumerate(called) if rules]
        if not some:
            return
        windows = windows.only(some)
        block = block_of(self._content, self._bounds, windows)
        before: dict[int, int] = {}
        rows = windows.rows.tolist()
        for window, finding in candidates(block, [called[number][0] for number in some], self._plan):
            row, edge = rows[window], block.edges[window]
            if window not in before:
                before[window] = self._chars(row, edge)
            moved = _moved(finding, before[window])
            low = block.lows[window]
            first = edge + len(block.raw[low : low + finding.start].encode())
            self._bytes[row, moved.start, moved.end] = first, first + len(block.raw[low + finding.start : low + finding.end].encode())
            self._found.setdefault(row, []).append(moved)

    def ask_everywhere(self, recognizers: int, rows: int) -> None:
        """Note recognizers that must read every row."""
        if recognizers:
            for row in range(rows):
                self._asked[row] = self._asked.get(row, 0) | recognizers

    def rows(self) -> list[int]:
        """Return rows with anything to say, in order."""
        return sorted(self._found.keys() | self._asked.keys())

    def findings(self, row: int, detector: Detector) -> list[Finding]:
        """Return the row's findings, the user's recognizers asked. Raises whatever a recognizer raises."""
        found = self._found.get(row, [])
        if row in self._asked:
            found = [*found, *self._of_recognizers(row, detector.recognizers)]
        kept = resolve(found)
        shown = [*kept, *minors(kept, self._plan.born_since)]
        return sorted(shown, key=lambda one: (one.start, one.end, one.kind, one.rule_id)) if len(shown) > 1 else shown

    def _of_recognizers(self, row: int, recognizers: Sequence[Recognizer]) -> Iterator[Finding]:
        """Yield what the recognizers called for find in a row, each told where its triggers were."""
        text, asked = self.text_of(row), self._asked[row]
        low, high = int(self._bounds[row]), int(self._bounds[row + 1])
        chars = None if len(text) == high - low else np.cumsum(self._content[low:high].view(np.int8) >= -64)
        near = self._near.get(row, [])
        if chars is not None:
            # A byte end is the end of a character: as many characters start before it as there are.
            before = [0, *chars.tolist()]
            near = [(called, before[start], before[end]) for called, start, end in near]
        for number, recognizer in enumerate(recognizers):
            if asked >> number & 1:
                places = [(start, end) for called, start, end in near if called >> number & 1]
                yield from recognizer.find(text) if recognizer.triggers is None else recognizer.find(text, places)

    def text_of(self, row: int) -> str:
        """Return a row as a string."""
        return self._content[self._bounds[row] : self._bounds[row + 1]].tobytes().decode()

    def bytes_of(self, row: int, finding: Finding) -> tuple[int, int]:
        """Return the bytes of a finding within its row."""
        known = self._bytes.get((row, finding.start, finding.end))
        if known is None:
            text = self.text_of(row)
            known = len(text[: finding.start].encode()), len(text[: finding.end].encode())
        return known

    def _chars(self, row: int, byte: int) -> int:
        """Return how many characters of a row start before a byte of it."""
        low = int(self._bounds[row])
        return int(np.count_nonzero(self._content[low : low + byte].view(np.int8) >= -64))

    def _calls(self, triggers: int) -> tuple[tuple[int, ...], int]:
        """Return the rules that triggers call for, and the recognizers, as bits."""
        if triggers not in self._called:
            rules = recognizers = 0
            for trigger in range(triggers.bit_length()):
                if triggers >> trigger & 1:
                    rules |= self._plan.rules_of_trigger[trigger]
                    recognizers |= self._plan.recognizers_of_trigger[trigger]
            self._called[triggers] = tuple(number for number in range(rules.bit_length()) if rules >> number & 1), recognizers
        return self._called[triggers]


def _moved(one: Finding, by: int) -> Finding:
    """Return a finding further right; written out, because ``dataclasses.replace`` takes ten times as long."""
    return Finding(
        one.kind, one.start + by, one.end + by, one.score, one.rule_id, one.rule_version, one.variant,
        one.category_35273, one.is_sensitive_35273, one.is_sensitive_45574, one.normalized,
    )  # fmt: skip


def _scans(documents: pa.RecordBatch, account: _Account, findings: pa.RecordBatch, detector: Detector) -> pa.RecordBatch:
    count: dict[str, int] = {}
    for document_id in findings["document_id"].to_pylist():
        count[document_id] = count.get(document_id, 0) + 1
    rows = range(documents.num_rows)
    columns = {
        "document_id": documents["document_id"],
        "source_id": documents["source_id"],
        "rule_pack_sha256": pa.array([detector.rule_pack_sha256] * documents.num_rows, pa.string()),
        "is_analysed": pa.array([row not in account.faults for row in rows], pa.bool_()),
        "detail": pa.array([account.faults.get(row) for row in rows], pa.string()),
        "findings": pa.array([count.get(one, 0) for one in documents["document_id"].to_pylist()], pa.int64()),
    }
    return pa.RecordBatch.from_arrays([columns[name] for name in SCANS.names], schema=SCANS)


def _findings(documents: pa.RecordBatch, account: _Account, detector: Detector, key: bytes, key_id: str) -> pa.RecordBatch:
    """Write findings as rows; those of a document that was given up are dropped with it."""
    ids, sources = documents["document_id"], documents["source_id"]
    rows = []
    for document, name, one, low, high in account.rows:
        if document not in account.faults:
            rows.append((
                ids[document].as_py(), sources[document].as_py(), name, one.kind, one.start, one.end, low, high, one.score, one.rule_id,
                one.rule_version, one.variant.value, one.category_35273.value, one.is_sensitive_35273, one.is_sensitive_45574,
                value_hmac(key, one.kind, one.normalized), key_id, detector.rule_pack_sha256,
            ))  # fmt: skip
    rows.sort(key=lambda row: (row[0], row[2], row[4], row[5], row[3], row[9]))
    columns = list(zip(*rows, strict=True)) or [()] * len(FINDINGS)
    return pa.RecordBatch.from_arrays(
        [pa.array(column, kind.type) for column, kind in zip(columns, FINDINGS, strict=True)], schema=FINDINGS
    )
