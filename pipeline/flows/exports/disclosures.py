"""Two public disclosures as structured JSON: the EU summary of Art. 53(1)(d) and the items of California's AB 2013.

The texts of both rules were not seen: field lists are as reported by others, and every item says so. What the store
knows is filled in, what only the provider knows is named as missing, and nothing is guessed.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pipeline.flows.exports.facts import Facts

REPORTED = "as reported; the rule's own text was not seen"
_TEXT_RANGES = ((10**9, "less than 1 billion tokens"), (10**13, "1 billion to 10 trillion tokens"))
_PROVIDER = "the provider fills this in"


def eu_summary(facts: Facts) -> dict[str, Any]:
    """Return the public summary of training content, by the sections of the template as reported."""
    items = {number: (asks, answer(facts)) for number, (asks, answer) in _EU.items()}
    return _disclosure("EU AI Act, Art. 53(1)(d): summary of training content", facts, items)


def ab2013(facts: Facts) -> dict[str, Any]:
    """Return the twelve items of section 3111(a) as reported."""
    items = {number: (asks, answer(facts)) for number, (asks, answer) in _AB2013.items()}
    return _disclosure("California AB 2013, section 3111(a)", facts, items)


def _disclosure(rule: str, facts: Facts, items: Mapping[str, tuple[str, object]]) -> dict[str, Any]:
    listed = [
        {
            "item": number,
            "asks": asks,
            "answer": answer,
            "state": "missing" if answer in (None, _PROVIDER) else "filled",
            "certainty": "reported",
        }
        for number, (asks, answer) in items.items()
    ]
    snapshot = {"name": facts.scale["name"], "snapshot_id": facts.scale["snapshot_id"], "ledger_seq": facts.published}
    return {"rule": rule, "wording": REPORTED, "snapshot": snapshot, "items": listed}


def _named(facts: Facts, *kinds: str) -> list[dict[str, Any]]:
    return [
        {
            "name": row["title"],
            "publisher": row["publisher"],
            "license": row["license"],
            "documents": row["documents"],
            "obtained": facts.declarations[row["source_id"]].get("obtained", {}).get("at"),
        }
        for row in facts.of_kind(*kinds)
    ]


def _size(facts: Facts) -> dict[str, Any]:
    tokens, days = int(facts.scale["tokens"]), facts.obtained()
    return {
        "modalities": facts.modalities,
        "text": next((words for limit, words in _TEXT_RANGES if tokens < limit), "more than 10 trillion tokens"),
        "tokens": tokens,
        "counter": facts.scale["counter"],
        "bytes": facts.scale["bytes"],
        "languages": facts.languages,
        "latest_collection": days[-1] if days else None,
    }


def _crawl(facts: Facts) -> dict[str, Any]:
    sources = facts.of_kind("self_collected")
    return {
        "used": bool(sources),
        "sources": [row["source_id"] for row in sources],
        "behaviour": "robots.txt, TDM reservations and login or paywall flags are read at acquisition; a reservation denies",
    }


def _found(facts: Facts) -> list[dict[str, Any]]:
    return [{"kind": r["kind"], "action": r["action"], "documents": r["documents"]} for r in facts.personal_information if r["findings"]]


def _synthetic(facts: Facts) -> dict[str, Any]:
    made = [row for row in facts.synthetic if row["source_id"]]
    listed = [{"generator": row["generator"], "version": row["generator_version"], "at": row["generated_at"]} for row in made]
    return {"used": bool(made), "generators": listed, "tokens": sum(int(row["tokens"]) for row in made)}


def _processing(facts: Facts) -> dict[str, Any]:
    return {
        "steps": ["Unicode NFC", "personal information masked or refused", "quality gate", "near-duplicates removed"],
        "duplicates_removed": sum(int(row["removed"]) for row in facts.duplicates),
        "expectations": [row["expectation_id"] for row in facts.quality],
        "purpose": "lawful, legible training text without avoidable personal information (Measures Art. 7)",
    }


def _license_count(facts: Facts) -> dict[str, Any]:
    by_law = [row["source_id"] for row in facts.sources if "public_domain" in str(row["bases"]) or "public-domain" in str(row["license"])]
    return {"licenses": facts.licenses, "public_domain_by_law": by_law}


def _types(facts: Facts) -> dict[str, Any]:
    return {"modalities": facts.modalities, "languages": facts.languages, "labels": [row["kind"] for row in facts.labels]}


_Answer = Callable[[Facts], object]


def _provider(_: Facts) -> object:
    return _PROVIDER


_EU: Mapping[str, tuple[str, _Answer]] = {
    "0": ("version and last update", lambda f: {"version": f.scale["snapshot_id"], "last_update": str(f.scale["published_at"])[:10]}),
    "1.1": ("provider and representative", _provider),
    "1.2": ("model names, dependencies, date of placement on the market", _provider),
    "1.3": ("modalities, size range, latest collection date, languages", _size),
    "2.1": ("public datasets used", lambda f: _named(f, "open", "public_sector")),
    "2.2.1": ("commercial licences concluded", lambda f: _named(f, "commercial")),
    "2.2.2": ("other private datasets of third parties", lambda _: []),
    "2.3": ("crawlers: names, purposes, behaviour, period, sources", _crawl),
    "2.4": ("data of users", lambda f: _named(f, "user_input")),
    "2.5": ("synthetic data and the models that made it", _synthetic),
    "2.6": ("other sources", lambda _: []),
    "3.1": ("code of practice; respect of reservations", lambda f: {"signatory": _PROVIDER, "reservations": _crawl(f)["behaviour"]}),
    "3.2": ("removal of illegal content", lambda _: "content risks are not screened by this product; the provider states its measures"),
    "3.3": ("other", lambda f: {"personal_information": _found(f), "processing": _processing(f)}),
}  # fmt: skip
_AB2013: Mapping[str, tuple[str, _Answer]] = {
    "1": ("sources or owners of the datasets", lambda f: _named(f, *{str(row["kind"]) for row in f.sources})),
    "2": ("how the datasets further the purpose", lambda f: {"purposes": list(f.purposes), "explanation": _PROVIDER}),
    "3": ("number of data points", lambda f: f.scale["documents"]),
    "4": ("types of data points; types of labels", _types),
    "5": ("copyright, trademark, patent, or public domain", _license_count),
    "6": ("purchased or licensed", lambda f: {"purchased": _named(f, "commercial"), "licenses": f.licenses}),
    "7": ("personal information", _found),
    "8": ("aggregate consumer information", lambda _: _PROVIDER),
    "9": ("cleaning and processing, and its purpose", _processing),
    "10": ("collection period, and whether it goes on", lambda f: {"days": f.obtained(), "is_ongoing": _PROVIDER}),
    "11": ("dates of first use", _provider),
    "12": ("synthetic data", _synthetic),
}  # fmt: skip
