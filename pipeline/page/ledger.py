"""The ledger, newest entries first, and one entry whole: what changed, by whom, how that was proved, and its place in the chain."""

import json

from pipeline.errors import ConfigurationError
from pipeline.flows.house import House
from pipeline.page.views import ROWS, Block, Passage, View, Words, facts, grid, pages

_COLUMNS = ("seq", "at", "event", "scope", "actor", "actor_proof", "hash")


def ledger_view(house: House, words: Words, number: int) -> View:
    """Return a page of the ledger, the newest entry first."""
    known = house.facts()
    end = max(0, len(known) - (number - 1) * ROWS)
    part = [
        {"seq": each.seq, "at": each.at, "event": each.event, "scope": body.get("scope") or body.get("source_id"),
         "actor": each.actor, "actor_proof": each.actor_proof, "hash": each.hash}
        for each, body in reversed(known[max(0, end - ROWS) : end])
    ]  # fmt: skip
    shown = grid(words, words.say("entries"), _COLUMNS, part, {"seq": lambda row: f"/ledger/{row['seq']}"})
    return View(words.say("ledger"), words.say("ledger_lead"), [shown], pages("/ledger", number, len(known)), "/ledger")


def entry_view(house: House, words: Words, seq: int) -> View:
    """Return one entry. Raises ConfigurationError where the ledger has none at this position."""
    known = house.facts()
    if not 0 <= seq < len(known):
        raise ConfigurationError(words.say("no_such_entry", id=seq))
    entry, body = known[seq]
    about = {name: getattr(entry, name) for name in ("seq", "at", "event", "actor", "actor_proof", "prev", "hash")}
    blocks: list[Block] = [
        facts(words, words.say("in_short"), about, tuple(about)),
        Passage(words.say("body"), json.dumps(body, ensure_ascii=False, indent=2, sort_keys=True)),
    ]
    return View(words.say("entry", id=seq), words.say("entry_lead"), blocks, under="/ledger")
