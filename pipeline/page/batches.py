"""Labeling as an inspector sees it: batches with state, verdict and bounds, and the alarms that nobody has resolved."""

from pipeline.adapters.lineage import ask
from pipeline.domain.pictures import Bar, Number, bars
from pipeline.errors import ConfigurationError
from pipeline.flows.house import House
from pipeline.flows.labeling_status import alarms_status
from pipeline.flows.questions import ask_question
from pipeline.page.views import ROWS, Block, Picture, Row, View, Words, facts, grid, pages

_BATCH = "SELECT * FROM batches WHERE batch_id = $id"
_STATES = """
SELECT ledger.seq, ledger."at", batch_states.round, batch_states.state, batch_states.why, ledger.actor, ledger.actor_proof
FROM batch_states JOIN committed_runs USING (run_id) JOIN ledger ON ledger.seq = committed_runs.ledger_seq
WHERE batch_states.batch_id = $id ORDER BY ledger.seq
"""
_JUDGED = """
SELECT committed_runs.ledger_seq, judgements.* FROM judgements JOIN committed_runs USING (run_id)
WHERE judgements.subject = 'batch' AND judgements.subject_id = $id ORDER BY committed_runs.ledger_seq
"""
_OPEN_RUNS = "SELECT run_id, flow, scope, opened_at FROM runs WHERE state = 'open' ORDER BY opened_at, run_id"
_VERDICT = ("round", "outcome", "size", "sample_size", "errors", "illegal", "point", "lower_bound", "confidence")


def batches_view(house: House, words: Words, number: int) -> View:
    """Return every batch and judged round, as the question ``labeling-outcomes`` answers it."""
    found = ask_question(house, "labeling-outcomes", {}).to_pylist()
    part = found[(number - 1) * ROWS : number * ROWS]
    columns = ("batch_id", "rule_id", "rule_version", "producer", "state", *_VERDICT)
    shown = grid(words, words.say("batches"), columns, part, {"batch_id": lambda row: f"/batches/{row['batch_id']}"})
    return View(words.say("batches"), words.say("batches_lead"), [shown], pages("/batches", number, len(found)), "/batches")


def batch_view(house: House, words: Words, batch_id: str) -> View:
    """Return one batch's page. Raises ConfigurationError where none was drafted under this id."""
    named = {"id": batch_id}
    with house.connect() as rows:
        known = ask(rows, _BATCH, named).to_pylist()
        if not known:
            raise ConfigurationError(words.say("no_such_batch", id=batch_id))
        states, judged = ask(rows, _STATES, named).to_pylist(), ask(rows, _JUDGED, named).to_pylist()
    about = known[-1] | {"state": states[-1]["state"] if states else "draft"}
    columns = ("batch_id", "state", "rule_id", "rule_version", "rule_sha256", "producer", "snapshot_id", "size", "separation")
    blocks: list[Block] = [
        facts(words, words.say("in_short"), about, columns, {"snapshot_id": lambda row: f"/snapshots/{row['snapshot_id']}"})
    ]
    if judged:
        blocks.append(Picture(words.say("accuracy"), bars(words.say("accuracy"), _bounds(words, judged))))
    blocks += [
        grid(words, words.say("verdicts"), ("ledger_seq", *_VERDICT), judged, {"ledger_seq": lambda row: f"/ledger/{row['ledger_seq']}"}),
        grid(
            words, words.say("history"), ("seq", "at", "round", "state", "why", "actor", "actor_proof"), states,
            {"seq": lambda row: f"/ledger/{row['seq']}"},
        ),
    ]  # fmt: skip
    return View(words.say("batch", id=batch_id), words.say("batch_lead"), blocks, under="/batches")


def alarms_view(house: House, words: Words, number: int) -> View:
    """Return the alarms that nobody has resolved, and the runs that neither ended nor were given up."""
    alarms = alarms_status(house).to_pylist()
    with house.connect() as rows:
        runs = ask(rows, _OPEN_RUNS).to_pylist()
    part = alarms[(number - 1) * ROWS : number * ROWS]
    columns = ("alarm", "kind", "batch", "person", "where", "detail", "recorded_at")
    to_batch = {"batch": lambda row: f"/batches/{row['batch']}" if row["batch"] else None}
    blocks = [
        grid(words, words.say("labeling_alarms"), columns, part, to_batch),
        grid(words, words.say("open_runs"), ("run_id", "flow", "scope", "opened_at"), runs[:ROWS]),
    ]
    return View(words.say("alarms"), words.say("alarms_lead"), blocks, pages("/alarms", number, len(alarms)), "/alarms")


def _bounds(words: Words, judged: list[Row]) -> list[Bar]:
    """Return a bar for the point and one for the proved lower bound of each judged round."""
    return [
        Bar(f"{words.column('round')} {row['round']}, {words.column(name)}", Number(float(row[name]), str(row[name])))
        for row in judged
        for name in ("point", "lower_bound")
        if row[name] is not None
    ]
