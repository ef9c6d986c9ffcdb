"""Reservations at acquisition: what a rights holder says of each document met, and of a source as a whole.

Signals of a record itself are read with it. robots.txt and tdmrep.json speak for the pages of a site, whatever the order in
which they came, so that they are asked about every page once a run has read all of its files.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.adapters.declarations import moment
from pipeline.adapters.evidence_store import keep, read
from pipeline.adapters.lineage import ask
from pipeline.adapters.robots import RobotsFile
from pipeline.adapters.tdmrep import TdmFile
from pipeline.domain.digests import sha256_hex
from pipeline.domain.records import Part
from pipeline.domain.rights import Answer, Reservation, Signal, SiteFile, SiteFileKind
from pipeline.domain.sources import EvidenceKind, Source
from pipeline.domain.tables import table_of
from pipeline.flows.house import House
from pipeline.flows.runs import Run

_SPEAKERS = {EvidenceKind.ROBOTS: SiteFileKind.ROBOTS, EvidenceKind.TDMREP: SiteFileKind.TDMREP}
_OPENED_BY = frozenset({EvidenceKind.AUTHORIZATION, EvidenceKind.CONTRACT})
"""Evidence that lets us through a login or paywall: somebody who may gave us leave."""
_PAGES_AT_ONCE = 50_000


class SiteVoice:
    """One robots.txt or tdmrep.json, to be asked about pages."""

    def __init__(self, kind: SiteFileKind, body: bytes, status: int, agent: str) -> None:
        self.kind = kind
        self.body_sha256 = sha256_hex(body)
        self._agent = agent
        self._robots = RobotsFile(body, agent, status=status) if kind is SiteFileKind.ROBOTS else None
        self._tdm = TdmFile(body, status=status) if kind is SiteFileKind.TDMREP else None

    def of(self, url: str) -> list[Reservation]:
        """Return what it says of one address; a tdmrep.json may say nothing."""
        if self._robots is not None:
            return self._of_robots(self._robots, url)
        said = self._tdm.verdict(url) if self._tdm is not None else None
        if said is None or said.answer is None:
            return []
        return [Reservation(Signal.TDMREP_FILE, said.answer, "*", "tdmrep.json", said.detail, self.body_sha256)]

    def _of_robots(self, robots: RobotsFile, url: str) -> list[Reservation]:
        found = robots.verdict(url)
        denied = [*([] if found.is_agent_allowed else [self._agent]), *found.denied_agents]
        answer = Answer.UNREADABLE if not found.reason.is_usable else Answer.DENIED if denied else Answer.ALLOWED
        agents = " ".join(dict.fromkeys(denied)) if answer is Answer.DENIED else self._agent
        said = [Reservation(Signal.ROBOTS, answer, agents, "robots.txt", found.reason.value, self.body_sha256)]
        if found.is_training_denied:
            said.append(Reservation(Signal.CONTENT_SIGNAL, Answer.DENIED, "*", "robots.txt", None, self.body_sha256))
        return said


def source_reservations(source: Source, bodies: Mapping[str, bytes], agent: str) -> list[tuple[Reservation, datetime]]:
    """Return what speaks for a source as a whole, each with the time it was read.

    Declared robots.txt and tdmrep.json are asked about the address of the source's origin, where it states one, else about the
    root of the site. A login or paywall reserves unless an authorization or a contract is among the evidence.
    """
    url = _address_of(source)
    found = [(said, moment(piece.retrieved_at)) for piece, voice in _declared_voices(source, bodies, agent) for said in voice.of(url)]
    is_open_to_us = any(piece.kind in _OPENED_BY for piece in source.evidence)
    for signal in (Signal.LOGIN, Signal.PAYWALL):
        if source.obtained.get(signal.value) is not None:
            is_denied = bool(source.obtained[signal.value]) and not is_open_to_us
            answer = Answer.DENIED if is_denied else Answer.ALLOWED
            said = Reservation(signal, answer, "*", "declaration", None, source.declaration_sha256)
            found.append((said, moment(str(source.obtained["at"]))))
    return found


def _address_of(source: Source) -> str:
    url = str(source.origin.get("url") or "")
    return url if origin_of(url) else "https://site.invalid/"


def _declared_voices(source: Source, bodies: Mapping[str, bytes], agent: str) -> Iterator[tuple["_Piece", SiteVoice]]:
    for piece in source.evidence:
        kind = _SPEAKERS.get(EvidenceKind(piece.kind))
        if kind is not None:
            yield _Piece(origin_of(piece.read_at), piece.retrieved_at), SiteVoice(kind, bodies[piece.file], 200, agent)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Of a declared robots.txt or tdmrep.json: which site it speaks for, none where it does not say, and when it was read."""

    origin: str | None
    retrieved_at: str


def origin_of(url: str) -> str | None:
    """Return scheme, host and port of a web address in lower case; None for anything else."""
    if not url[:8].casefold().startswith(("http://", "https://")):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}".casefold() if parts.netloc else None


def rows_of_records(part: Part, documents: pa.Table, run: Run) -> tuple[pa.Table, pa.Table]:
    """Return the rows of ``reservations`` and ``generated_labels`` that a part's records state of themselves."""
    common = {"source_id": run.scope, "run_id": run.run_id}
    ids = documents["document_id"]
    reserved = [
        {**common, **_row(Reservation(Signal(s), Answer(a), agent, place, detail or None, body), run.opened_at), "document_id": document_id}
        for document_id, written in _stated(ids, part.records["reservations"])
        for s, agent, a, place, detail, body in json.loads(written)
    ]
    generated = [
        {**json.loads(written), **common, "document_id": document_id} for document_id, written in _stated(ids, part.records["generated"])
    ]
    return table_of("reservations", reserved), table_of("generated_labels", generated)


def _stated(ids: pa.ChunkedArray, column: pa.Array) -> list[tuple[str, str]]:
    if column.null_count == len(column):
        return []
    mask = pc.is_valid(column)
    return list(zip(ids.filter(mask).to_pylist(), column.filter(mask).to_pylist(), strict=True))


def keep_site_files(house: House, found: Iterable[SiteFile], run: Run, file_id: str) -> pa.Table:
    """Keep the bytes of a part's robots.txt and tdmrep.json as evidence and return their rows of ``site_files``."""
    rows = [
        {
            "source_id": run.scope,
            "file_id": file_id,
            "ordinal": each.ordinal,
            "kind": each.kind.value,
            "origin": each.origin,
            "http_status": each.status,
            "body_sha256": keep(house.settings.warehouse, each.body),
            "captured_at": each.captured_at,
            "run_id": run.run_id,
        }
        for each in found
    ]
    return table_of("site_files", rows)


_SITE_FILES = """
WITH mine AS (SELECT kind, origin, http_status, body_sha256, 1 AS is_own, captured_at, 0::BIGINT AS seq FROM own_site_files),
before AS (
    SELECT site_files.kind, site_files.origin, site_files.http_status, site_files.body_sha256, 0 AS is_own,
           site_files.captured_at, committed_runs.ledger_seq AS seq
    FROM site_files JOIN committed_runs USING (run_id) WHERE site_files.source_id = $source_id
    QUALIFY row_number() OVER (PARTITION BY kind, origin ORDER BY ledger_seq DESC, captured_at DESC, body_sha256) = 1
)
SELECT DISTINCT kind, origin, http_status, body_sha256 FROM mine
UNION
SELECT kind, origin, http_status, body_sha256 FROM before ANTI JOIN mine USING (kind, origin)
ORDER BY ALL
"""

_PAGES = """
SELECT DISTINCT document_id, locator FROM (
    SELECT document_id, locator FROM own_documents
    UNION ALL
    SELECT documents.document_id, documents.locator FROM documents SEMI JOIN (
        SELECT document_id FROM own_acquisitions WHERE meeting = 'again'
    ) AS met USING (document_id)
) WHERE locator ILIKE 'http://%' OR locator ILIKE 'https://%' ORDER BY document_id
"""


def settle_site_files(
    house: House, rows: duckdb.DuckDBPyConnection, run: Run, source: Source, bodies: Mapping[str, bytes], agent: str
) -> None:
    """Ask the site files of a run, of earlier ones and of the declaration about every page met; write what they say.

    ``rows`` holds the run's own documents, acquisitions and site files. Every body of this run counts; an earlier one only
    for a site of which this run met none.
    """
    voices: dict[str | None, list[SiteVoice]] = {}
    for piece, voice in _declared_voices(source, bodies, agent):
        voices.setdefault(piece.origin, []).append(voice)
    for row in ask(rows, _SITE_FILES, {"source_id": run.scope}).to_pylist():
        body = read(house.settings.warehouse, row["body_sha256"])
        voices.setdefault(row["origin"], []).append(SiteVoice(SiteFileKind(row["kind"]), body, row["http_status"], agent))
    if not voices:
        return
    pages = ask(rows, _PAGES)
    for number, batch in enumerate(pages.to_batches(max_chunksize=_PAGES_AT_ONCE)):
        said = [
            {**_row(each, run.opened_at), "document_id": document_id, "source_id": run.scope, "run_id": run.run_id}
            for document_id, url in zip(*(batch[name].to_pylist() for name in ("document_id", "locator")), strict=True)
            for voice in (*voices.get(origin_of(url), ()), *voices.get(None, ()))
            for each in voice.of(url)
        ]
        table = table_of("reservations", said)
        house.warehouse.append("reservations", table, run_id=run.run_id, task="settle", shard=f"sites-{number}")


def _row(said: Reservation, read_at: datetime) -> dict[str, object]:
    return {
        "signal": said.signal.value,
        "verdict": said.answer.value,
        "agent": said.agent,
        "read_from": said.read_from,
        "detail": said.detail,
        "body_sha256": said.body_sha256,
        "read_at": read_at,
    }


def register_rows_of(found: Iterable[tuple[Reservation, datetime]]) -> list[dict[str, object]]:
    """Return rows of ``source_reservations``, but for source and declaration."""
    return [_row(said, read_at) for said, read_at in found]
