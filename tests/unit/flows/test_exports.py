"""Exports: each validates against what its format's own tool or schema says, is recorded, and gives the same bytes twice."""

import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from uuid import UUID

import jsonschema
import mlcroissant
import pytest
from openlineage.client import event_v2, facet_v2
from referencing import Registry, Resource

from pipeline.errors import ConfigurationError, ServiceError
from pipeline.flows.composition import measure_snapshot
from pipeline.flows.exports import FORMATS, export_text, make_export
from pipeline.flows.house import House
from pipeline.flows.questions import ask_question
from pipeline.flows.snapshots import find_snapshot

OURS = sorted((Path(__file__).parents[3] / "pipeline/schemas/openlineage").glob("*.json"))
PARTS = {
    "schema": facet_v2.schema_dataset.SchemaDatasetFacet,
    "outputStatistics": facet_v2.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet,
    "jobType": facet_v2.job_type_job.JobTypeJobFacet,
}
BASE = {"type": "object", "properties": {"_producer": {"type": "string"}}, "required": ["_producer", "_schemaURL"]}


@pytest.fixture(scope="module")
def texts(released: House) -> dict[str, str]:
    """Every export of the released snapshot."""
    measure_snapshot(released, released.os_user(), find_snapshot(released, "first"))
    return {format_: export_text(released, format_, "first") for format_ in FORMATS}


@pytest.fixture
def endpoint() -> Iterator[tuple[str, list[dict[str, object]], list[int]]]:
    """An HTTP endpoint on loopback that keeps what is posted and answers with the last code given."""
    kept: list[dict[str, object]] = []
    codes = [201]

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if codes[-1] < 300:
                kept.append(json.loads(body))
            self.send_response(codes[-1])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Taker)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", kept, codes
    server.shutdown()
    thread.join()
    server.server_close()


def test_croissant_has_no_issue_and_its_records_can_be_read(released: House, texts: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "snapshot"
    shutil.copytree(find_snapshot(released, "first"), folder)
    (folder / "croissant.json").write_text(texts["croissant"], encoding="utf-8")
    dataset = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    assert not dataset.metadata.ctx.issues.warnings
    read = {record["documents/document_id"] for record in dataset.records("documents")}
    assert len(read) == json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["documents"]
    said = json.loads(texts["croissant"])
    assert {"rai:dataCollectionType", "rai:personalSensitiveInformation", "rai:dataUseCases"} <= set(said)
    assert {row["identifier"] for row in said["prov:wasDerivedFrom"]} == {"laws", "made", "speeches"}


def test_openlineage_events_are_what_the_published_classes_accept(released: House, texts: dict[str, str]) -> None:
    events = [json.loads(line) for line in texts["openlineage"].splitlines()]
    base = Resource.from_contents(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$defs": dict.fromkeys(("RunFacet", "OutputDatasetFacet", "DatasetFacet"), BASE),
        },
    )
    ours = {schema["$id"]: schema for schema in (json.loads(path.read_text(encoding="utf-8")) for path in OURS)}
    registry = Registry().with_resources(
        [
            ("https://openlineage.io/spec/2-0-2/OpenLineage.json", base),
            *((name, Resource.from_contents(body)) for name, body in ours.items()),
        ],
    )
    seen = set()
    for event in events:
        run, job = event_v2.Run(**event["run"]), event_v2.Job(**event["job"])
        inputs = [event_v2.InputDataset(**each) for each in event["inputs"]]
        outputs = [event_v2.OutputDataset(**each) for each in event["outputs"]]
        told = {name: event[name] for name in ("eventTime", "producer")}
        event_v2.RunEvent(eventType=event_v2.RunState(event["eventType"]), run=run, job=job, inputs=inputs, outputs=outputs, **told)
        UUID(event["run"]["runId"])
        facets = {**event["run"].get("facets", {}), **event["job"].get("facets", {})}
        for each in (*event["inputs"], *event["outputs"]):
            facets |= {**each.get("facets", {}), **each.get("outputFacets", {})}
        for name, facet in facets.items():
            seen.add(name)
            if name.startswith("laiyuan_"):
                jsonschema.Draft202012Validator({"$ref": facet["_schemaURL"]}, registry=registry).validate(facet)
            else:
                PARTS[name](**{key: value for key, value in facet.items() if not key.startswith("_")})
    assert seen == {"laiyuan_commit", "laiyuan_rows", "laiyuan_snapshot", *PARTS}
    committed = [entry.seq for entry in released.committed_runs().values()]
    told = [event["run"]["facets"]["laiyuan_commit"]["ledgerSeq"] for event in events if event["eventType"] == "COMPLETE"]
    assert told == [seq for seq in sorted(committed) if seq <= told[-1]]
    assert [event["eventType"] for event in events] == ["START", "COMPLETE"] * len(told)


def test_a_facet_that_breaks_our_schema_is_refused() -> None:
    schema = json.loads(OURS[0].read_text(encoding="utf-8"))
    name = OURS[0].stem
    base = Resource.from_contents({"$schema": schema["$schema"], "$defs": {"RunFacet": BASE}})
    registry = Registry().with_resources(
        [("https://openlineage.io/spec/2-0-2/OpenLineage.json", base), (schema["$id"], Resource.from_contents(schema))]
    )
    facet = {"_producer": "x", "_schemaURL": "y", "run": "r", "ledgerSeq": -1}
    problems = list(jsonschema.Draft202012Validator({"$ref": f"{schema['$id']}#/$defs/{name}"}, registry=registry).iter_errors(facet))
    assert {problem.validator for problem in problems} == {"required", "minimum"}


def test_events_are_posted_one_by_one(
    released: House, texts: dict[str, str], endpoint: tuple[str, list[dict[str, object]], list[int]]
) -> None:
    address, kept, _ = endpoint
    entry = make_export(released, released.os_user(), "openlineage", "first", address)
    assert kept == [json.loads(line) for line in texts["openlineage"].splitlines()]
    assert json.loads(entry.body)["is_posted"] is True


def test_an_endpoint_that_refuses_is_a_service_error_and_nothing_is_recorded(
    released: House, texts: dict[str, str], endpoint: tuple[str, list[dict[str, object]], list[int]]
) -> None:
    assert texts
    address, kept, codes = endpoint
    codes.append(400)
    before = len(released.entries())
    with pytest.raises(ServiceError, match="event 1 of"):
        make_export(released, released.os_user(), "openlineage", "first", address)
    assert len(released.entries()) == before
    assert kept == []


@pytest.mark.parametrize("format_", FORMATS)
def test_an_export_is_recorded_and_repeats_its_bytes(released: House, texts: dict[str, str], tmp_path: Path, format_: str) -> None:
    entry = make_export(released, released.os_user(), format_, "first", str(tmp_path / "out"))
    assert (tmp_path / "out").read_text(encoding="utf-8") == texts[format_]
    made = json.loads(entry.body)
    assert (entry.event, made["format"], made["bytes"]) == ("export.made", format_, (tmp_path / "out").stat().st_size)


def test_provenance_has_the_required_fields(texts: dict[str, str]) -> None:
    said = json.loads(texts["provenance"])
    assert {"version", "title", "id", "location", "issuer", "description"} <= set(said["source"])
    assert {"origin-geography", "date", "generation-method"} <= set(said["provenance"])
    assert {"classification", "intended-purpose"} <= set(said["use"])
    assert said["use"]["intended-purpose"][0]["code"] == "ai-pre-training"
    assert {part["source"]["id"] for part in said["provenance"]["sub-provenance"]} == {"laws", "made", "speeches"}


@pytest.mark.parametrize(("format_", "count"), [("eu-summary", 14), ("ab2013", 12)])
def test_disclosures_say_that_they_are_reported_and_what_is_missing(texts: dict[str, str], format_: str, count: int) -> None:
    said = json.loads(texts[format_])
    assert len(said["items"]) == count
    assert "as reported" in said["wording"]
    assert {item["certainty"] for item in said["items"]} == {"reported"}
    assert {item["state"] for item in said["items"]} == {"filled", "missing"}


def test_nothing_exported_is_text_or_a_name(released: House, texts: dict[str, str]) -> None:
    for text in texts.values():
        assert "13912345678" not in text
        assert "Li Ming" not in text
        assert "Fellow citizens" not in text
        assert "第1条" not in text
    assert ask_question(released, "who-decided-what", {}).num_rows


def test_only_openlineage_goes_to_an_address(released: House) -> None:
    with pytest.raises(ConfigurationError, match="only openlineage is posted"):
        make_export(released, released.os_user(), "croissant", "first", "http://127.0.0.1:1")
    with pytest.raises(ConfigurationError, match="expected one of"):
        export_text(released, "spdx", "first")
