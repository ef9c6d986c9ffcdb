"""Clusters of duplicates as last drawn: members, the kept copy, and the rights of all of them together. No text is shown."""

from pipeline.adapters.lineage import ask
from pipeline.flows.duplicates import show_cluster
from pipeline.flows.house import House
from pipeline.page.views import ROWS, View, Words, facts, grid, pages

_LIST = """
SELECT cluster_id, max(members) AS members, any_value(kept_id) AS kept_id, min(similarity) AS least_similarity,
       list(DISTINCT source_id ORDER BY source_id) AS sources
FROM current_clusters GROUP BY cluster_id ORDER BY members DESC, cluster_id
LIMIT $most OFFSET $after
"""


def clusters_view(house: House, words: Words, number: int) -> View:
    """Return the clusters of the last deduplicate run, the largest first."""
    with house.connect() as rows:
        total = ask(rows, "SELECT count(DISTINCT cluster_id) AS n FROM current_clusters")["n"][0].as_py()
        found = ask(rows, _LIST, {"most": ROWS, "after": (number - 1) * ROWS}).to_pylist()
    links = {"cluster_id": lambda row: f"/clusters/{row['cluster_id']}", "kept_id": lambda row: f"/documents/{row['kept_id']}"}
    shown = grid(words, words.say("clusters"), ("cluster_id", "members", "kept_id", "least_similarity", "sources"), found, links)
    return View(words.say("clusters"), words.say("clusters_lead"), [shown], pages("/clusters", number, total), "/clusters")


def cluster_view(house: House, words: Words, cluster_id: str, number: int) -> View:
    """Return one cluster's page. Raises ConfigurationError where the last run drew no such cluster."""
    seen = show_cluster(house, cluster_id)
    part = seen.members[(number - 1) * ROWS : number * ROWS]
    columns = (
        "document_id",
        "is_kept",
        "similarity",
        "rule",
        "source_id",
        "license",
        "license_class",
        "disposition",
        "reason",
        "snapshots",
    )
    links = {"document_id": lambda row: f"/documents/{row['document_id']}", "source_id": lambda row: f"/sources/{row['source_id']}"}
    members = grid(words, words.say("members"), columns, part, links)
    rights = facts(words, words.say("rights"), seen.rights, tuple(seen.rights))
    title = words.say("cluster", id=str(seen.members[0]["cluster_id"])[:12])
    whole = pages(f"/clusters/{cluster_id}", number, len(seen.members))
    return View(title, words.say("cluster_lead"), [members, rights], whole, "/clusters")
