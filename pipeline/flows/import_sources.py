"""Many sources at once: catalogues in, a proposed declaration for each record that lacks nothing, a reason for each that does.

Nothing is dropped (records = ready + conflict + lacking) and nothing is admitted: what is written here is only a proposal that
``sources add`` takes up. A person's edits are never overwritten, and the same catalogues read again change nothing.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from pipeline.adapters.catalog_files import catalog_files, read_catalog
from pipeline.domain.digests import fields_digest, json_digest, sha256_hex
from pipeline.domain.imports import CatalogRecord, Imported, ImportState, Lack
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.domain.licensing import LicensePolicy, permitted
from pipeline.errors import ConfigurationError
from pipeline.flows.house import House
from pipeline.flows.imported_records import Judge, Judged, rendered
from pipeline.flows.policies import active_digests, active_policies
from pipeline.flows.sources import declare_many

IMPORTED = "sources.imported"
Tell = Callable[[str, int, int], None]

_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
_MARK = re.compile(r"# imported ([0-9a-f]{16}) ([0-9a-f]{16})(?: [^\n]*)?\n")
_DAY = re.compile(r'^obtained: \{"method": "upload", "at": "([0-9-]{10})"\}$', re.MULTILINE)
_MAX_ID_CHARS = 52
_TELL_EVERY = 100


@dataclass(frozen=True, slots=True)
class Import:
    """What one import came to; without an entry the ledger held it already."""

    records: tuple[Imported, ...]
    entry: LedgerEntry | None
    proposed: int = 0
    """How many declarations were proposed with it."""

    def count(self, state: ImportState) -> int:
        """Return how many records ended in a state."""
        return sum(1 for each in self.records if each.state is state)

    def summary(self) -> list[dict[str, object]]:
        """Return records by state, and below each state by reason; a record with several reasons stands under each."""
        rows: list[dict[str, object]] = []
        for state in ImportState:
            mine = [each for each in self.records if each.state is state]
            rows.append({"state": state.value, "reason": "all", "records": len(mine)})
            of_reasons = Counter(str(reason) for each in mine for reason in each.reasons)
            of_reasons.update(each.permits for each in mine if each.permits and state is ImportState.READY)
            rows += [
                {"state": state.value, "reason": name, "records": count}
                for name, count in sorted(of_reasons.items(), key=lambda item: (-item[1], item[0]))
            ]
        return rows


def import_sources(
    house: House, actor: Actor, paths: Sequence[Path], *, add: bool = False, on: date | None = None, tell: Tell | None = None
) -> Import:
    """Read catalogues, write a proposed declaration for each record that is ready or in conflict, and enter the list once.

    With ``add`` what was written is proposed in one ledger entry that names each declaration. ``on`` is the day on which the
    catalogues were fetched; today when not given. Raises ConfigurationError for a path that is no catalogue.
    """
    files = catalog_files(paths)
    if not files:
        raise ConfigurationError("expected at least one catalogue (.md, .json, .jsonld, .jsonl, .csv, .tsv), found none in these folders")
    say = tell or (lambda *_: None)
    records: list[CatalogRecord] = []
    for number, (path, name) in enumerate(files, start=1):
        records += read_catalog(path, name)
        if number % _TELL_EVERY == 0 or number == len(files):
            say("read", number, len(files))
    identities = _identities(records)
    ids = _ids(house.project, records, identities)
    judge = Judge(records, ids, (on or datetime.now(UTC).date()).isoformat())
    policy = active_policies(house).license if active_digests(house) else None
    ended: list[Imported] = []
    for place in range(len(records)):
        ended.append(_settled(house.project, judge.of(place), ids[place], identities[place], policy))
        if (place + 1) % _TELL_EVERY == 0 or place + 1 == len(records):
            say("judge", place + 1, len(records))
    entry = _enter(house, actor, ended, records)
    proposed = 0
    if add:
        written = [house.project / "sources" / each.source / "source.yaml" for each in ended if each.source and _is_declared(each)]
        proposed = declare_many(house, actor, written, "imported from catalogues")[1]
    return Import(tuple(ended), entry, proposed)


def _is_declared(each: Imported) -> bool:
    return each.state is not ImportState.LACKING and each.change != "none"


def _enter(house: House, actor: Actor, ended: Sequence[Imported], records: Sequence[CatalogRecord]) -> LedgerEntry | None:
    """Enter counts and the digest of the list into the ledger, unless its last import was the very same."""
    lines = sorted(
        [
            *(each.locator, each.form.value, each.name, each.state.value),
            *(each.license or "", each.source or "", each.declaration_sha256 or ""),
            *sorted(str(reason) for reason in each.reasons),
            *sorted(sha256_hex(piece.content) for piece in record.pieces),
        ]
        for each, record in zip(ended, records, strict=True)
    )
    digest = json_digest([[word.encode("utf-8", "replace").decode() for word in line] for line in lines])
    last = next((facts for entry, facts in reversed(house.facts()) if entry.event == IMPORTED), None)
    if last is not None and last.get("list_sha256") == digest:
        return None
    reasons = Counter(str(reason) for each in ended for reason in each.reasons)
    states = {state.value: sum(1 for each in ended if each.state is state) for state in ImportState}
    facts = {"list_sha256": digest, "records": len(ended), **states, "reasons": dict(sorted(reasons.items()))}
    return house.record(actor, IMPORTED, facts)


# ---- names -------------------------------------------------------------------------------------------------------------


def safe_id(name: str) -> str:
    """Return a folder's name for a dataset's name: lower-case ASCII that no file system gives a meaning.

    What is lost on the way (another script, length) is made up for by a digest of the name.
    """
    letters = unicodedata.normalize("NFKD", name[:1000]).casefold()
    kept = "".join(char for char in letters if not unicodedata.combining(char))
    slug = re.sub(r"\.{2,}", ".", re.sub(r"[^a-z0-9._]+", "-", kept)).strip("-._")
    is_whole = all(char.isascii() or not char.isalnum() for char in kept) and len(slug) <= _MAX_ID_CHARS and len(name) <= 1000
    if is_whole and slug:
        return f"{slug}-source" if _RESERVED.fullmatch(slug) else slug
    return "-".join(part for part in (slug[: _MAX_ID_CHARS - 8].strip("-._") or "dataset", _short(name)) if part)


def _short(name: str) -> str:
    return sha256_hex(name.encode("utf-8", "replace"))[:8]


def _identities(records: Sequence[CatalogRecord]) -> list[str]:
    """Return who each record is, whatever its place in which file: its form, its name, and which of several of that name it is."""
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for record in records:
        seen[record.form, record.name] += 1
        name = record.name.encode("utf-8", "replace").decode()
        found.append(fields_digest("import", record.form, name, str(seen[record.form, record.name]))[:16])
    return found


def _ids(project: Path, records: Sequence[CatalogRecord], identities: Sequence[str]) -> list[str]:
    """Give each record an id of its own; a folder that an earlier import wrote for it stays its folder."""
    groups: dict[str, list[int]] = {}
    for place, record in enumerate(records):
        groups.setdefault(safe_id(record.name), []).append(place)
    ids = [""] * len(records)
    for slug, places in groups.items():
        folder = project / "sources" / slug / "source.yaml"
        mark = _MARK.match(_text(folder)) if folder.exists() else None
        holders = [place for place in places if mark and mark[1] == identities[place]]
        # A folder of another origin keeps its name: all of ours get a suffix.
        first = holders[:1] or ([] if folder.exists() else places[:1])
        for place in places:
            ids[place] = slug if place in first else f"{slug[:_MAX_ID_CHARS]}-{identities[place][:8]}"
    return ids


# ---- writing -----------------------------------------------------------------------------------------------------------


def _settled(project: Path, judged: Judged, source_id: str, identity: str, policy: LicensePolicy | None) -> Imported:
    """Write what a record proposes and return how it ended."""
    record, reasons, state, change = judged.record, dict(judged.reasons), judged.state, "none"
    if judged.source is not None:
        change = _write(project / "sources" / source_id, judged, identity)
        if change == "edited":
            reasons[Lack.EDITED] = f"a look at sources/{source_id}: its declaration is a person's, and the record has changed since"
            state, change = (ImportState.LACKING, "none") if state is ImportState.READY else (state, "none")
    permission = permitted(judged.expression, policy) if policy and judged.expression else None
    return Imported(
        locator=record.locator,
        form=record.form,
        name=record.name,
        state=state,
        reasons=reasons,
        license=judged.expression,
        permits=None if permission is None else "permitted" if permission.reason is None else permission.reason.value,
        source=source_id if (project / "sources" / source_id).exists() else None,
        change=change,
        declaration_sha256=_without_day(judged) if change != "none" else None,
    )


def _without_day(judged: Judged) -> str | None:
    """Return a digest of what is declared, the day of reading aside: reading the same again is no news."""
    if judged.source is None:
        return None
    return sha256_hex(re.sub(r'"(at|retrieved_at)": "[0-9-]{10}"', "", rendered(judged.source.declaration)).encode())


def _write(folder: Path, judged: Judged, identity: str) -> str:
    """Write evidence and declaration; return ``new``, ``changed``, ``unchanged``, or ``edited`` for a folder that is left alone."""
    assert judged.source is not None
    body = rendered(judged.source.declaration)
    path = folder / "source.yaml"
    if path.exists():
        present = _text(path)
        mark = _MARK.match(present)
        if mark is None or mark[1] != identity:
            return "edited"
        is_same = all(_bytes(folder / piece.file) == piece.content for piece in judged.pieces)
        is_ours = mark[2] == sha256_hex(present[mark.end() :].encode())[:16]
        day = _DAY.search(present)
        if is_same and (not is_ours or (day and present[mark.end() :] == _on(body, day[1]))):
            return "unchanged"
        if not is_ours:
            return "edited"
    change = "changed" if path.exists() else "new"
    for piece in judged.pieces:
        (folder / piece.file).parent.mkdir(parents=True, exist_ok=True)
        (folder / piece.file).write_bytes(piece.content)
    mark_line = f"# imported {identity} {sha256_hex(body.encode())[:16]} from a catalogue; what you change below stays yours\n"
    # The declaration comes last and whole: a killed import leaves evidence without one, and is simply run again.
    aside = folder / "source.yaml.new"
    aside.write_text(mark_line + body, encoding="utf-8", newline="\n")
    aside.replace(path)
    return change


def _on(body: str, day: str) -> str:
    """Return a declaration as it would have been written on another day."""
    return re.sub(r'("(?:at|retrieved_at)": )"[0-9]{4}-[0-9]{2}-[0-9]{2}"', rf'\1"{day}"', body)


def _text(path: Path) -> str:
    return _bytes(path).decode("utf-8", "replace")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
