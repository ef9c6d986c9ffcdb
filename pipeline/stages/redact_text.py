"""Redaction, once, when a document is published: byte splices that never cut a character.

What was found is written over by the policy's operator. Overlapping findings become one span under the strictest
operator among them (replace). A locator or a metadata column's value is treated like the text; a locator is
replaced as a whole by its digest, because half a path is still a path.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipeline.domain.digests import canonical_json
from pipeline.domain.pi import KindPolicy, Operator, PiPolicy
from pipeline.errors import DataError, LawError
from pipeline.stages.surrogates import surrogate

_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes of one field to be written over."""

    start: int
    end: int
    kind: str
    value_hmac: str


def redact_text(documents: pa.RecordBatch, findings: pa.RecordBatch | pa.Table, policy: PiPolicy, *, key: bytes | None) -> pa.RecordBatch:
    """Return the same rows with what policy forbids written over in text, title, metadata and locator.

    Args:
        documents: Columns document_id, text, locator, title, metadata; any other column is passed through.
        findings: Rows of the table ``findings`` for these and possibly other documents.
        policy: Kinds that pass stay; every other kind at or above the threshold is written over.
        key: Needed by surrogates only.

    Raises DataError where an offset does not fit its field, for then the findings are of another text.

    """
    spans = _spans(findings, policy)
    if not spans:
        return documents
    columns = {name: documents[name].to_pylist() for name in ("text", "locator", "title", "metadata")}
    for row, document_id in enumerate(documents["document_id"].to_pylist()):
        for name, found in spans.get(document_id, {}).items():
            try:
                _redact_field(columns, row, name, found, policy, key)
            except (UnicodeDecodeError, IndexError, KeyError) as error:
                raise DataError(f"document {document_id}: findings in {name} do not fit its bytes; detect again") from error
    redacted = documents
    for name, values in columns.items():
        place = documents.schema.get_field_index(name)
        redacted = redacted.set_column(place, documents.schema.field(place), pa.array(values, documents.schema.field(place).type))
    return redacted


def redact_until_clean(
    documents: pa.RecordBatch,
    findings: pa.RecordBatch | pa.Table,
    look: Callable[[pa.RecordBatch], pa.RecordBatch],
    policy: PiPolicy,
    *,
    key: bytes | None,
) -> pa.RecordBatch:
    """Redact, look again and redact what a redaction uncovered, until a look finds nothing that policy forbids.

    Writing over one value changes the neighbourhood of the next, so that what stood too close to be a value may now be
    one. ``look`` detects and returns findings. Raises LawError where five rounds do not end it.
    """
    for _ in range(_ROUNDS):
        documents = redact_text(documents, findings, policy, key=key)
        findings = forbidden_findings(look(documents), policy)
        if findings.num_rows == 0:
            return documents
    kinds = ", ".join(sorted(set(findings["kind"].to_pylist())))
    where = findings["document_id"][0]
    raise LawError(f"document {where}: expected nothing forbidden after {_ROUNDS} rounds of redaction, found {kinds}; nothing is published")


def forbidden_findings(findings: pa.RecordBatch | pa.Table, policy: PiPolicy) -> pa.RecordBatch | pa.Table:
    """Return the findings that must not be in anything published: those that policy would write over."""
    is_forbidden = [
        policy.redacts(kind, score) for kind, score in zip(findings["kind"].to_pylist(), findings["score"].to_pylist(), strict=True)
    ]
    return findings.filter(pa.array(is_forbidden, pa.bool_()))


def redacted_string(text: str, found: Iterable[Span], policy: PiPolicy, key: bytes | None) -> str:
    """Return one string with spans written over."""
    content = text.encode()
    pieces: list[bytes] = []
    done = 0
    for group in _merged(found):
        start, end = group[0].start, max(span.end for span in group)
        if not 0 <= start < end <= len(content):
            raise IndexError("span outside its field")
        covered = content[start:end].decode()
        pieces += [content[done:start], _written(covered, group, policy, key).encode()]
        done = end
    return b"".join([*pieces, content[done:]]).decode()


def tag(kind: str) -> str:
    """Return what replaces a value: its kind in angle brackets, which no rule takes for a value."""
    return f"<{kind}>"


def _written(covered: str, group: Sequence[Span], policy: PiPolicy, key: bytes | None) -> str:
    """Return what stands in place of the covered text."""
    if len(group) > 1:
        return tag(max(group, key=lambda span: (span.end - span.start, span.kind)).kind)
    kind, stated = group[0].kind, policy.of(group[0].kind)
    if stated.operator is Operator.MASK:
        return _masked(covered, stated)
    if stated.operator is Operator.SURROGATE:
        if key is None:
            raise DataError(f"policy {policy.version}: {kind} is replaced by surrogates, which need the project's key; none was given")
        seed = hmac.digest(key, f"surrogate\0{group[0].value_hmac}".encode(), "sha256")
        return surrogate(kind, seed)
    return tag(kind)


def _masked(covered: str, stated: KindPolicy) -> str:
    """Return asterisks, with the ends that policy keeps; at least half is always hidden."""
    kept = stated.keep_first + stated.keep_last
    if kept * 2 > len(covered):
        return "*" * len(covered)
    last = covered[len(covered) - stated.keep_last :] if stated.keep_last else ""
    return covered[: stated.keep_first] + "*" * (len(covered) - kept) + last


def _redact_field(
    columns: Mapping[str, list[Any]], row: int, name: str, found: Sequence[Span], policy: PiPolicy, key: bytes | None
) -> None:
    if name == "locator":
        columns[name][row] = f"sha256:{hashlib.sha256(columns[name][row].encode()).hexdigest()}"
    elif name in {"text", "title"}:
        columns[name][row] = redacted_string(columns[name][row], found, policy, key)
    else:
        stated = json.loads(columns["metadata"][row])
        column = name.removeprefix("metadata.")
        value = stated[column] if isinstance(stated[column], str) else canonical_json(stated[column])
        columns["metadata"][row] = canonical_json({**stated, column: redacted_string(value, found, policy, key)})


def _spans(findings: pa.RecordBatch | pa.Table, policy: PiPolicy) -> dict[str, dict[str, list[Span]]]:
    names = ("document_id", "field", "kind", "score", "byte_start", "byte_end", "value_hmac")
    spans: dict[str, dict[str, list[Span]]] = {}
    for document_id, name, kind, score, start, end, digest in zip(*(findings[one].to_pylist() for one in names), strict=True):
        if policy.redacts(kind, score):
            spans.setdefault(document_id, {}).setdefault(name, []).append(Span(start, end, kind, digest))
    return spans


def _merged(found: Iterable[Span]) -> list[list[Span]]:
    """Group overlapping spans; spans that only touch stay apart."""
    groups: list[list[Span]] = []
    reached = -1
    for span in sorted(set(found), key=lambda one: (one.start, one.end, one.kind, one.value_hmac)):
        if groups and span.start < reached:
            groups[-1].append(span)
        else:
            groups.append([span])
        reached = max(reached, span.end) if len(groups[-1]) > 1 else span.end
    return groups
