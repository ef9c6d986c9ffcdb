"""What the manifest says of personal information: every text looked at again, and a share of them read by stock Presidio."""

import json

import yaml

from pipeline.flows.house import House
from pipeline.flows.policies import activate
from pipeline.flows.publish import publish, snapshots_folder
from pipeline.flows.run import run_sources
from tests.conftest import add_source, declaration

WORDS = "The committee met on the hill above the harbour and agreed that every delivery is entered in the register before noon. "


def told(house: House, name: str) -> dict[str, object]:
    digest = json.loads(publish(house, house.os_user(), name).body)["account"]["snapshot_id"]
    said = json.loads((snapshots_folder(house) / digest / "manifest.json").read_text(encoding="utf-8"))["personal_information"]
    assert isinstance(said, dict)
    return said


def test_a_share_goes_through_stock_presidio_and_both_counts_are_in_the_manifest(house: House) -> None:
    texts = [f"{WORDS}{number} boats came in, as www.harbour.org says. Write to clerk{number}@harbour.org." for number in range(12)]
    add_source(house, declaration("s"), {"one.jsonl": [{"id": str(number), "text": text} for number, text in enumerate(texts)]})
    path = house.project / "policies" / "publish.yaml"
    stated = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump({**stated, "second_opinion_ratio": "1"}), encoding="utf-8")
    activate(house, house.os_user(), "read them all")
    run_sources(house, house.os_user())
    said = told(house, "release")
    assert (said["looked_at_again"], said["forbidden_findings"]) == (12, 0)
    opinion = said["second_opinion"]
    assert isinstance(opinion, dict)
    assert opinion["documents"] == 12
    assert opinion["findings"], "plain addresses of sites are among its kinds, and pass under our policy"
    assert "EMAIL_ADDRESS" not in opinion["findings"], "addresses were redacted before it looked"
