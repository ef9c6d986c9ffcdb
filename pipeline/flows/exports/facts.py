"""What every export is made from: one reading of the store about one snapshot, asked where it was published."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.flows.dossier import publication_entry
from pipeline.flows.dossier_answers import Asker
from pipeline.flows.house import House
from pipeline.flows.policies import active_policies
from pipeline.flows.snapshots import find_snapshot, manifest

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """Answers about one snapshot; ``declarations`` are those of its sources, by source."""

    folder: Path
    manifest: Row
    published: int
    scale: Row
    sources: tuple[Row, ...]
    composition: tuple[Row, ...]
    personal_information: tuple[Row, ...]
    residual: tuple[Row, ...]
    synthetic: tuple[Row, ...]
    quality: tuple[Row, ...]
    duplicates: tuple[Row, ...]
    labels: tuple[Row, ...]
    declarations: dict[str, Row]
    purposes: tuple[str, ...]

    @property
    def licenses(self) -> list[str]:
        """Return the licence expressions in the snapshot."""
        return sorted({str(row["value"]) for row in self.composition if row["dimension"] == "license"})

    @property
    def languages(self) -> list[str]:
        """Return the languages in the snapshot, the undecided left out."""
        return sorted({str(row["value"]) for row in self.composition if row["dimension"] == "language"} - {"und"})

    @property
    def modalities(self) -> list[str]:
        """Return the modalities in the snapshot."""
        return sorted({str(row["value"]) for row in self.composition if row["dimension"] == "modality"})

    def of_kind(self, *kinds: str) -> list[Row]:
        """Return the sources of some kinds."""
        return [row for row in self.sources if row["kind"] in kinds]

    def obtained(self) -> list[str]:
        """Return the days on which the sources were obtained, as declared, sorted."""
        days = (str(declared.get("obtained", {}).get("at", ""))[:10] for declared in self.declarations.values())
        return sorted({day for day in days if day})


def read_facts(house: House, name: str) -> Facts:
    """Return the facts of a published and measured snapshot."""
    folder = find_snapshot(house, name)
    published = publication_entry(house, folder.name)
    asker, named = Asker(house), {"snapshot": folder.name}
    today = house.entries()[-1].seq

    def asked(question: str, *, seq: int = published, is_named: bool = True) -> tuple[Row, ...]:
        return tuple(dict(row) for row in asker.ask(question, seq, **(named if is_named else {})).table)

    declared = {row["source_id"]: json.loads(row["declaration"]) for row in _declarations(house)}
    sources = asked("sources-of-snapshot")
    return Facts(
        folder=folder,
        manifest=manifest(folder),
        published=published,
        scale=asked("snapshot-scale")[0],
        sources=sources,
        composition=asked("composition-by-dimension"),
        personal_information=asked("personal-information-in-snapshot"),
        residual=asked("residual-personal-information", seq=today),
        synthetic=asked("synthetic-share"),
        quality=asked("expectations-by-clause", is_named=False),
        duplicates=asked("duplicates-in-snapshot"),
        labels=asked("filing-labels", seq=today, is_named=False),
        declarations={row["source_id"]: declared.get(row["source_id"], {}) for row in sources},
        purposes=active_policies(house).governance.purposes,
    )


def _declarations(house: House) -> list[Row]:
    rows: list[Row] = house.warehouse.rows("sources", house.segments(), ["source_id", "declaration", "recorded_at"]).to_pylist()
    return sorted(rows, key=lambda row: row["recorded_at"])
