"""Sources: what each is, in which state and why, on which evidence and ground, and what became of its documents."""

from pipeline.adapters.evidence_store import read
from pipeline.adapters.lineage import ask, first_row
from pipeline.domain.pictures import Bar, Number, bars
from pipeline.errors import ConfigurationError
from pipeline.flows.house import House
from pipeline.page.views import ROWS, Block, Picture, Row, View, Words, facts, grid, pages

_LIST = """
SELECT current_sources.source_id, current_sources.title, current_sources.title_zh, current_sources.kind, current_sources.state,
       current_conclusions.expression AS license, current_sources.publisher
FROM current_sources LEFT JOIN current_conclusions USING (source_id) ORDER BY current_sources.source_id
"""
_EVIDENCE = (
    "SELECT name, kind, about, read_at, retrieved_at, states, evidence_sha256 FROM current_evidence WHERE source_id = $id ORDER BY ALL"
)
_BASES = "SELECT regime, basis, clause, valid_from, valid_to FROM current_legal_bases WHERE source_id = $id ORDER BY ALL"
_CONCLUSIONS = "SELECT expression, reason, explanation, recorded_at FROM current_conclusions WHERE source_id = $id"
_HISTORY = """
SELECT ledger.seq, ledger."at", source_states.state, source_states.why, ledger.actor, ledger.actor_proof
FROM source_states JOIN committed_runs USING (run_id) JOIN ledger ON ledger.seq = committed_runs.ledger_seq
WHERE source_states.source_id = $id ORDER BY ledger.seq
"""
_ACCOUNT = """
SELECT disposition, reason, documents FROM account WHERE gate = 'all' AND source_id = $id ORDER BY documents DESC, disposition, reason
"""


def sources_view(house: House, words: Words, number: int) -> View:
    """Return the list of sources with state and licence."""
    with house.connect() as rows:
        found = ask(rows, _LIST).to_pylist()
    for row in found:
        row["title"] = _title(row, words)
    part = found[(number - 1) * ROWS : number * ROWS]
    columns = ("source_id", "title", "kind", "state", "license", "publisher")
    shown = grid(words, words.say("sources"), columns, part, {"source_id": lambda row: f"/sources/{row['source_id']}"})
    return View(words.say("sources"), words.say("sources_lead"), [shown], pages("/sources", number, len(found)), "/sources")


def source_view(house: House, words: Words, source_id: str) -> View:
    """Return one source's page. Raises ConfigurationError where no such source was declared."""
    named = {"id": source_id}
    with house.connect() as rows:
        known = ask(rows, "SELECT * FROM current_sources WHERE source_id = $id", named).to_pylist()
        if not known:
            raise ConfigurationError(words.say("no_such_source", id=source_id))
        evidence, bases, conclusions, history, account = (
            ask(rows, sql, named).to_pylist() for sql in (_EVIDENCE, _BASES, _CONCLUSIONS, _HISTORY, _ACCOUNT)
        )
    about = known[0] | {"title": _title(known[0], words)}
    columns = ("source_id", "title", "kind", "state", "state_why", "publisher", "origin_country", "languages", "license_declared",
               "declaration_sha256")  # fmt: skip
    blocks: list[Block] = [facts(words, words.say("in_short"), about, columns)]
    if account:
        named_bars = [
            Bar(" ".join(filter(None, (words.value(row["disposition"]), row["reason"]))), Number(row["documents"], f"{row['documents']:,}"))
            for row in account
        ]
        blocks.append(Picture(words.say("account_of_source"), bars(words.say("account_of_source"), named_bars)))
    to_evidence = {"evidence_sha256": lambda row: f"/evidence/{row['evidence_sha256']}"}
    evidence_columns = ("name", "kind", "about", "read_at", "retrieved_at", "states", "evidence_sha256")
    blocks += [
        grid(words, words.say("evidence"), evidence_columns, evidence, to_evidence),
        grid(words, words.say("conclusion"), ("expression", "reason", "explanation", "recorded_at"), conclusions),
        grid(words, words.say("legal_bases"), ("regime", "basis", "clause", "valid_from", "valid_to"), bases),
        grid(words, words.say("history"), ("seq", "at", "state", "why", "actor", "actor_proof"), history, {"seq": _to_entry}),
    ]
    if account:
        blocks.append(grid(words, words.say("account_in_numbers"), ("disposition", "reason", "documents"), account))
    return View(str(about["title"]), words.say("source_lead"), blocks, under="/sources")


def evidence_bytes(house: House, words: Words, digest: str) -> bytes:
    """Return the bytes of a piece of evidence that a source cites. Raises ConfigurationError for any other digest."""
    with house.connect() as rows:
        cited = first_row(rows, "SELECT count(*) FROM evidence WHERE evidence_sha256 = $digest", {"digest": digest})
    if not cited or not cited[0]:
        raise ConfigurationError(words.say("no_such_evidence", id=digest))
    return read(house.settings.warehouse, digest)


def _title(row: Row, words: Words) -> str:
    return str((row["title_zh"] if words.lang == "zh" else None) or row["title"])


def _to_entry(row: Row) -> str:
    return f"/ledger/{row['seq']}"
