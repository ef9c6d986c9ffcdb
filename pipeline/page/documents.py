"""Search, and one document: its chain as a picture and a table, what keeps it out, and its text as it was published.

A text is shown only where the document is admitted today and a snapshot holds it, and then from the snapshot's own
file: redacted, as everybody who has the release sees it. A text that somebody asks about is compared and kept nowhere.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import groupby

import pyarrow.compute as pc
import pyarrow.dataset as ds

from pipeline.adapters.lineage import ask
from pipeline.domain.digests import sha256_hex
from pipeline.errors import ConfigurationError, DataError
from pipeline.flows.duplicates import find_text
from pipeline.flows.house import House
from pipeline.flows.publish import snapshots_folder
from pipeline.page.chain import Step, chain
from pipeline.page.views import ROWS, Block, Note, Passage, Picture, Row, View, Words, facts, grid, pages

LEAST = 0.5
"""Least similarity at which a document is shown as like the text asked about."""
_TEXT_CHARS = 20_000
_TAG = re.compile("(?!und)[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_CHAIN = ("step", "fact", "value", "evidence_sha256", "run_id", "at")
_DISPOSITIONS = ("reject", "quarantine", "redact", "admit")


def search_view(house: House, words: Words) -> View:
    """Return the first page: what can be looked up, and how much there is."""
    with house.connect() as rows:
        counted = ask(
            rows,
            """
            SELECT (SELECT count(*) FROM documents) AS documents, (SELECT count(*) FROM current_sources) AS sources,
                   (SELECT count(DISTINCT snapshot_id) FROM snapshots) AS snapshots,
                   (SELECT count(*) FROM runs WHERE state = 'open') AS open_runs
            """,
        ).to_pylist()[0]
    counted["entries"] = len(house.entries())
    shown = facts(words, words.say("what_there_is"), counted, ("documents", "sources", "snapshots", "open_runs", "entries"))
    return View(words.say("search"), words.say("search_lead"), [shown], template="page/search.html.jinja", more={"asked": ""})


def candidates_view(house: House, words: Words, start: str, number: int) -> View | str:
    """Return the documents whose id starts so, or the id where it is only one. Raises ConfigurationError for none."""
    if not start or not set(start) <= set("0123456789abcdef"):
        raise ConfigurationError(words.say("id_expected"))
    with house.connect() as rows:
        total = ask(rows, "SELECT count(*) AS n FROM documents WHERE starts_with(document_id, $start)", {"start": start})["n"][0].as_py()
        found = ask(
            rows,
            """
            SELECT document_id, source_id, chars FROM documents WHERE starts_with(document_id, $start)
            ORDER BY document_id LIMIT $most OFFSET $after
            """,
            {"start": start, "most": ROWS, "after": (number - 1) * ROWS},
        ).to_pylist()
    if total == 1 and found:
        return str(found[0]["document_id"])
    if not total:
        raise ConfigurationError(words.say("no_such_document", id=start))
    shown = grid(words, words.say("documents"), ("document_id", "source_id", "chars"), found, {"document_id": _to_document})
    lead = words.say("candidates_lead", count=total)
    return View(words.say("documents"), lead, [shown], pages(f"/documents?start={start}", number, total))


def found_view(house: House, words: Words, text: str) -> View:
    """Return the documents that are this text (by the digest of its NFC form) or like it."""
    # A browser sends CR LF for every line end of a form; the document may hold either.
    forms = {unicodedata.normalize("NFC", each) for each in (text, text.replace("\r\n", "\n"))}
    with house.connect() as rows:
        same = ask(
            rows,
            "SELECT document_id, source_id, content_sha256 FROM documents WHERE content_sha256 IN (SELECT unnest($digests)) "
            "ORDER BY document_id LIMIT $most",
            {"digests": sorted(sha256_hex(form.encode()) for form in forms), "most": ROWS},
        ).to_pylist()
    links = {"document_id": _to_document, "source_id": _to_source}
    blocks: list[Block] = [grid(words, words.say("same_text"), ("document_id", "source_id", "content_sha256"), same, links)]
    try:
        alike = find_text(house, text.replace("\r\n", "\n"), least=LEAST)
    except ConfigurationError as error:
        blocks.append(Note(words.say("alike"), str(error)))
    else:
        columns = ("document_id", "similarity", "source_id", "license", "disposition", "snapshots")
        blocks.append(grid(words, words.say("alike"), columns, alike[:ROWS], links))
    return View(words.say("found"), words.say("found_lead"), blocks, template="page/search.html.jinja", more={"asked": text})


def document_view(house: House, words: Words, document_id: str) -> View:
    """Return one document's page by its whole id. Raises ConfigurationError where no committed run holds it."""
    with house.connect() as rows:
        steps = ask(rows, "SELECT * FROM explain_document($id)", {"id": document_id}).to_pylist()
        if not steps:
            raise ConfigurationError(words.say("no_such_document", id=document_id))
        obstacles = ask(rows, "SELECT * FROM why_not($id)", {"id": document_id}).to_pylist()
        known = ask(
            rows,
            "SELECT documents.document_id, documents.source_id, documents.chars, documents.bytes, current_clusters.cluster_id "
            "FROM documents LEFT JOIN current_clusters USING (document_id) WHERE documents.document_id = $id",
            {"id": document_id},
        ).to_pylist()[0]
    is_in = bool(obstacles) and obstacles[0]["fact"] == "in"
    holding = [str(step["value"]) for step in steps if step["step"] == "snapshot"]
    known["standing"] = words.value(str(obstacles[0]["fact"])) if obstacles else None
    links = {"source_id": _to_source, "cluster_id": lambda row: f"/clusters/{row['cluster_id']}"}
    columns = ("document_id", "standing", "source_id", "cluster_id", "chars", "bytes")
    blocks: list[Block] = [
        facts(words, words.say("in_short"), known, columns, links),
        Picture(words.say("chain"), chain(words.say("chain_of", id=document_id[:12]), _steps(words, steps))),
    ]
    if not is_in:
        blocks.append(grid(words, words.say("why_not"), _CHAIN, obstacles[1:], {"value": _to_twin}))
    proofs = [{"snapshot_id": each, "proof": words.say("proof_file")} for each in dict.fromkeys(holding)]
    leads = {"snapshot_id": _to_snapshot, "proof": lambda row: f"/snapshots/{row['snapshot_id']}/proof/{document_id}"}
    blocks += [
        grid(words, words.say("snapshots"), ("snapshot_id", "proof"), proofs, leads),
        _text(house, words, document_id, holding if is_in else []),
        grid(words, words.say("chain_in_full"), _CHAIN, steps, {"value": _to_snapshot_of_step, "evidence_sha256": _to_evidence}),
    ]
    return View(words.say("document", id=document_id[:12]), words.say("document_lead"), blocks, under="/")


def _steps(words: Words, steps: Sequence[Row]) -> list[Step]:
    """Return the facts of a chain, those of one step together; a step that decided has its strictest disposition."""
    drawn = []
    for name, group in groupby(steps, key=lambda step: step["step"]):
        said = list(group)
        lines = [f"{words.value(step['fact'])}: {_said(words, step)}" for step in said]
        decided = {str(step["value"]).partition(" ")[0] for step in said} if name == "gate" else set()
        drawn.append(Step(words.value(name), lines, next((each for each in _DISPOSITIONS if each in decided), "")))
    return drawn


def _said(words: Words, step: Row) -> str:
    """Return a fact's value, its first word in the page's language where it is one of a closed list."""
    value = str(step["value"] if step["value"] is not None else "")
    head = re.match("[a-z_]*", value)
    if head and (step["step"] == "gate" or step["fact"] in ("state", "kind and publisher")):
        return words.value(head[0]) + value[head.end() :]
    return value


def _text(house: House, words: Words, document_id: str, holding: Sequence[str]) -> Passage | Note:
    """Return the text from the newest snapshot that holds it, or the reason why none is shown."""
    heading = words.say("text_as_published")
    for snapshot_id in reversed(holding):
        folder = snapshots_folder(house) / snapshot_id / "data"
        if not folder.is_dir():
            continue
        try:
            is_it = pc.field("document_id") == document_id
            found = ds.dataset(folder, format="parquet").to_table(columns=["text", "language"], filter=is_it)
        except (OSError, ValueError) as error:
            fault = f"its files cannot be read ({type(error).__name__}); run 'laiyuan audit check'"
            raise DataError(f"snapshot {snapshot_id}: {fault}") from None
        for row in found.to_pylist():
            text = str(row["text"])
            shown = text if len(text) <= _TEXT_CHARS else text[:_TEXT_CHARS] + "\n" + words.say("cut", chars=len(text))
            # A record may name its own language: what is no tag would mislead a reader's voice.
            return Passage(heading, shown, row["language"] if _TAG.fullmatch(row["language"] or "") else None)
    return Note(heading, words.say("text_not_shown"))


def _to_document(row: Row) -> str:
    return f"/documents/{row['document_id']}"


def _to_source(row: Row) -> str:
    return f"/sources/{row['source_id']}"


def _to_snapshot(row: Row) -> str:
    return f"/snapshots/{row['snapshot_id']}"


def _to_snapshot_of_step(row: Row) -> str | None:
    return f"/snapshots/{row['value']}" if row["step"] == "snapshot" else None


def _to_evidence(row: Row) -> str | None:
    return f"/evidence/{row['evidence_sha256']}" if row["step"] == "evidence" else None


def _to_twin(row: Row) -> str | None:
    return f"/documents/{str(row['value'])[:64]}" if row["fact"] in ("duplicate of", "superseded by") else None
