"""Detection of personal information: one scan over Arrow, windows on flagged strings only, findings without values.

Every document gets one row in ``scans``. A document that could not be analysed says so and is never silently clean.
The text, the locator, the title and every metadata value are read alike (Measures Art. 7(3); PIPL Art. 4).
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.domain.digests import canonical_json
from pipeline.domain.pi import Detector, Finding, Scan
from pipeline.domain.tables import TABLE
from pipeline.stages.find_pi import Plan, ReadyRule, candidates, minors, plan_of, resolve
from pipeline.stages.pi_windows import Window, row_bounds, window_text, windows_of

_MAX_FINDINGS = 20_000
"""More findings in one string than this is a list of people; it is given up and so quarantined."""

SCANS = pa.schema([column for column in TABLE["scans"].schema if column.name != "run_id"])
FINDINGS = pa.schema([column for column in TABLE["findings"].schema if column.name != "run_id"])


Origin = tuple[int, str, int]
"""Document, field, and how many characters of cue stand in front of the value."""


@dataclass(slots=True)
class _Account:
    """What is known of each document of the batch so far."""

    faults: dict[int, str] = field(default_factory=dict)
    rows: list[tuple[int, str, Finding, int, int]] = field(default_factory=list)
    """Document, field, finding in characters of its string, and its bytes."""


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
    findings = _findings(documents, account, detector, key, key_id)
    return Scan(_scans(documents, account, findings, detector), findings)


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


def _detect_column(
    column: pa.StringArray, origin: Sequence[tuple[int, str, int]], detector: Detector, plan: Plan, account: _Account
) -> None:
    """Scan one column and add its findings and faults to the account."""
    if len(column) == 0:
        return
    events = detector.scanner.scan(column)
    bounds, content = row_bounds(column)
    for row in events.given_up:
        account.faults.setdefault(origin[row][0], f"{origin[row][1]}: too many digits and cues per byte")
    windows = windows_of(events, np.diff(bounds), plan.reach)
    found = _FoundByRow(bounds, content, plan)
    for window in windows:
        found.look(window)
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
        _add(findings, found.text_of(row), document, name, skipped, account)


def _add(findings: Sequence[Finding], text: "_RowText", document: int, name: str, skipped: int, account: _Account) -> None:
    """Place a string's findings in characters and bytes of the value, without the cue read in front of it."""
    cue_bytes = text.bytes_before(skipped) if skipped else 0
    for finding in findings:
        if finding.end <= skipped:
            continue
        start = max(finding.start, skipped)
        low, high = text.bytes_before(start) - cue_bytes, text.bytes_before(finding.end) - cue_bytes
        account.rows.append((document, name, replace(finding, start=start - skipped, end=finding.end - skipped), low, high))


class _RowText:
    """Character and byte places of one row, counted forward once."""

    __slots__ = ("_bytes", "_starts")

    def __init__(self, content: npt.NDArray[np.uint8]) -> None:
        self._starts = np.flatnonzero((content & 0xC0) != 0x80)
        self._bytes = len(content)

    def chars_before(self, byte: int) -> int:
        """Return how many characters start before a byte."""
        return int(np.searchsorted(self._starts, byte))

    def bytes_before(self, char: int) -> int:
        """Return the byte at which a character starts."""
        return int(self._starts[char]) if char < len(self._starts) else self._bytes


class _FoundByRow:
    """Candidates of one column by row, found window by window."""

    def __init__(self, bounds: npt.NDArray[np.int64], content: npt.NDArray[np.uint8], plan: Plan) -> None:
        self._bounds, self._content, self._plan = bounds.tolist(), content, plan
        self._found: dict[int, list[Finding]] = {}
        self._asked: dict[int, int] = {}
        self._texts: dict[int, _RowText] = {}
        self._rules_of: dict[int, tuple[tuple[ReadyRule, ...], int]] = {}

    def look(self, window: Window) -> None:
        """Run the rules whose triggers fired in a window; note which recognizers are to read the whole row."""
        rules, recognizers = self._rules(window.triggers)
        if recognizers:
            self._asked[window.row] = self._asked.get(window.row, 0) | recognizers
        if not rules:
            return
        lowest, highest = self._bounds[window.row], self._bounds[window.row + 1]
        edge, text, first = window_text(self._content, lowest + window.start, lowest + window.end, (lowest, highest))
        found = list(candidates(text, first, rules))
        if found:
            before = self.text_of(window.row).chars_before(edge - lowest)
            self._found.setdefault(window.row, []).extend(_moved(found, before))

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
        asked = self._asked.get(row, 0)
        if asked:
            text = self._content[self._bounds[row] : self._bounds[row + 1]].tobytes().decode()
            found = [
                *found,
                *(one for number, recognizer in enumerate(detector.recognizers) if asked >> number & 1 for one in recognizer.find(text)),
            ]
        kept = resolve(found)
        return sorted([*kept, *minors(kept, detector.rules)], key=lambda one: (one.start, one.end, one.kind, one.rule_id))

    def text_of(self, row: int) -> _RowText:
        """Return the places of a row's characters."""
        if row not in self._texts:
            self._texts = {row: _RowText(self._content[self._bounds[row] : self._bounds[row + 1]])}
        return self._texts[row]

    def _rules(self, triggers: int) -> tuple[tuple[ReadyRule, ...], int]:
        if triggers not in self._rules_of:
            rules = recognizers = 0
            for trigger in range(triggers.bit_length()):
                if triggers >> trigger & 1:
                    rules |= self._plan.rules_of_trigger[trigger]
                    recognizers |= self._plan.recognizers_of_trigger[trigger]
            chosen = tuple(ready for number, ready in enumerate(self._plan.rules) if rules >> number & 1)
            self._rules_of[triggers] = (chosen, recognizers)
        return self._rules_of[triggers]


def _moved(found: Iterable[Finding], by: int) -> Iterator[Finding]:
    return (replace(finding, start=finding.start + by, end=finding.end + by) for finding in found)


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
