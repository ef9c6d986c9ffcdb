"""A snapshot in the fields of the Data & Trust Alliance's Data Provenance Standards 1.0.0, one sub-provenance per source.

What the store does not know is left out where the standard allows it and said so where it does not.
"""

from typing import Any

from pipeline.domain.ledger import moment_text
from pipeline.flows.exports.facts import Facts

VERSION = "1.0.0"
METHODS = {
    "open": "third-party-open",
    "self_collected": "web-scraping",
    "commercial": "third-party-commercial",
    "user_input": "user-provided",
    "synthetic": "synthetic",
    "public_sector": "public-records",
}
"""Generation methods by our kind of source: words of ours, since the standard's code list was not read."""


def provenance(facts: Facts) -> dict[str, Any]:
    """Return the three groups source, provenance and use for the snapshot, with those of each source below it."""
    snapshot_id = str(facts.scale["snapshot_id"])
    is_found = any(row["findings"] for row in facts.personal_information)
    return {
        "standard": {"name": "Data & Trust Alliance Data Provenance Standards", "version": VERSION},
        "source": {
            "version": VERSION,
            "title": str(facts.scale["name"]),
            "id": f"urn:laiyuan:snapshot:{snapshot_id}",
            "location": f"snapshots/{snapshot_id}",
            "issuer": [{"name": "operator of this store", "address": "not recorded"}],
            "description": f"{facts.scale['documents']} documents of {len(facts.sources)} sources",
        },
        "provenance": {
            "source": f"ledger entry {facts.published}",
            "origin-geography": [{"country": country} for country in sorted({str(row["origin_country"]) for row in facts.sources})],
            "date": moment_text(facts.scale["published_at"]),
            "generation-period": _period(facts.obtained()),
            "generation-method": [
                {"code": METHODS.get(kind, "other"), "description": kind} for kind in sorted({r["kind"] for r in facts.sources})
            ],
            "format": ["application/x-parquet"],
            "sub-provenance": [_of_source(facts, row) for row in facts.sources],
        },
        "use": {
            "classification": [
                {
                    "regulation": {"code": "pi" if is_found else "none found"},
                    "evaluated": True,
                    "tool": "laiyuan rule pack; 'none found' says that its rules found none, not that there is none",
                },
            ],
            "privacy-enhancing": [
                {
                    "tool-category": "redaction",
                    "tool-used": "laiyuan",
                    "parameters": f"policy set {facts.scale['policy_set_sha256']}",
                    "result": f"{row['documents']} documents with {row['kind']}: {row['action']}",
                }
                for row in facts.personal_information
                if row["findings"]
            ],
            "license": facts.licenses,
            "intended-purpose": [{"code": purpose, "description": "purpose named by the governance policy"} for purpose in facts.purposes],
            "copyright": sorted({str(row["bases"]) for row in facts.sources if row["bases"]}),
        },
    }


def _period(days: list[str]) -> dict[str, str]:
    return {"start": days[0], "end": days[-1]} if days else {}


def _of_source(facts: Facts, row: dict[str, Any]) -> dict[str, Any]:
    declared = facts.declarations[row["source_id"]]
    publisher, origin = declared.get("publisher", {}), declared.get("origin", {})
    return {
        "source": {
            "version": VERSION,
            "title": row["title"],
            "id": row["source_id"],
            "location": publisher.get("url") or origin.get("url") or origin.get("obtained_from") or "not stated",
            "issuer": [{"name": row["publisher"], "address": publisher.get("url", "not stated")}],
            "description": declared.get("description", "not stated"),
        },
        "provenance": {
            "origin-geography": [{"country": row["origin_country"]}],
            "date": str(declared.get("obtained", {}).get("at", "not stated")),
            "generation-method": [{"code": METHODS.get(row["kind"], "other"), "description": row["kind"]}],
        },
        "use": {"license": [row["license"]], "evidence": [f"sha256:{digest}" for digest in row["digests"]]},
    }
