"""A snapshot as a Croissant 1.1 dataset with the RAI vocabulary: files by digest, records by column, provenance by source.

Property names are those of the property table of Croissant RAI 1.0; its overview table spells some otherwise.
"""

from typing import Any

from pipeline.domain.ledger import moment_text
from pipeline.flows.exports.facts import Facts

SPDX = "https://spdx.org/licenses"
CONFORMS_TO = ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "prov": "http://www.w3.org/ns/prov#",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_COLUMNS = {
    "document_id": "Name of the document: digest over source, locator and content.",
    "source_id": "The declared source.",
    "locator": "The record's key or URL at its source; its digest where it held personal information.",
    "title": "Title of the record.",
    "text": "The text as published, personal information masked or replaced.",
    "language": "BCP 47 tag.",
    "license": "SPDX expression of the terms.",
    "text_sha256": "SHA-256 of the text as published.",
}


def croissant(facts: Facts) -> dict[str, Any]:
    """Return the JSON-LD document; content URLs are relative to the snapshot's folder."""
    snapshot_id, name = str(facts.scale["snapshot_id"]), str(facts.scale["name"])
    published = moment_text(facts.scale["published_at"])
    made = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": name,
        "description": _description(facts),
        "conformsTo": CONFORMS_TO,
        "identifier": f"sha256:{snapshot_id}",
        "url": f"urn:laiyuan:snapshot:{snapshot_id}",
        "version": f"1.0.0+{snapshot_id[:12]}",
        "citeAs": f"@dataset{{{snapshot_id[:12]}, title={{{name}}}, year={{{published[:4]}}}, note={{snapshot {snapshot_id}}}}}",
        "datePublished": published[:10],
        "inLanguage": facts.languages,
        "license": [_license_url(expression) for expression in facts.licenses],
        "creator": [{"@type": "sc:Organization", "name": publisher} for publisher in sorted({row["publisher"] for row in facts.sources})],
        "distribution": [_file(each) for each in _files(facts)] + [_file_set()],
        "recordSet": [_record_set()],
        "prov:wasDerivedFrom": [_derived_from(facts, row) for row in facts.sources],
        "prov:wasGeneratedBy": {"@type": "prov:Activity", "prov:label": f"ledger entry {facts.published}", "prov:endedAtTime": published},
    }
    return made | _responsible(facts)


def _description(facts: Facts) -> str:
    scale = facts.scale
    return (
        f"{scale['documents']} documents, {scale['bytes']} bytes and {scale['tokens']} tokens ({scale['counter']}) "
        f"from {len(facts.sources)} sources; every document carries its source, evidence, licence and decisions in leaves.jsonl.gz."
    )


def _license_url(expression: str) -> str:
    is_one = " " not in expression and "(" not in expression and not expression.startswith(("LicenseRef-", "NOASSERTION"))
    return f"{SPDX}/{expression}" if is_one else expression


def _files(facts: Facts) -> list[dict[str, Any]]:
    return [each for each in facts.manifest["files"] if str(each["path"]).startswith("data/")]


def _file(each: dict[str, Any]) -> dict[str, Any]:
    path = str(each["path"])
    return {
        "@type": "cr:FileObject",
        "@id": path,
        "name": path.rsplit("/", 1)[-1],
        "contentUrl": path,
        "contentSize": f"{each['bytes']} B",
        "encodingFormat": "application/x-parquet",
        "sha256": each["sha256"],
    }


def _file_set() -> dict[str, Any]:
    return {"@type": "cr:FileSet", "@id": "parts", "name": "parts", "encodingFormat": "application/x-parquet", "includes": "data/*.parquet"}


def _record_set() -> dict[str, Any]:
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"documents/{column}",
            "name": column,
            "description": meaning,
            "dataType": "sc:Text",
            "source": {"fileSet": {"@id": "parts"}, "extract": {"column": column}},
        }
        for column, meaning in _COLUMNS.items()
    ]
    return {"@type": "cr:RecordSet", "@id": "documents", "name": "documents", "key": {"@id": "documents/document_id"}, "field": fields}


def _derived_from(facts: Facts, row: dict[str, Any]) -> dict[str, Any]:
    origin = facts.declarations[row["source_id"]].get("origin", {})
    publisher = facts.declarations[row["source_id"]].get("publisher", {})
    return {
        "@type": "prov:Entity",
        "prov:label": row["title"],
        "identifier": row["source_id"],
        "license": _license_url(str(row["license"])),
        "prov:wasAttributedTo": {"@type": "prov:Agent", "prov:label": row["publisher"]},
        "prov:atLocation": publisher.get("url") or origin.get("url") or origin.get("obtained_from") or "not stated",
        "evidence": [f"sha256:{digest}" for digest in row["digests"]],
    }


def _responsible(facts: Facts) -> dict[str, Any]:
    kinds = sorted({str(row["kind"]) for row in facts.sources})
    found = [f"{row['kind']}: {row['action']} ({row['documents']} documents)" for row in facts.personal_information if row["findings"]]
    removed = sum(int(row["removed"]) for row in facts.duplicates)
    obtained = facts.obtained()
    said: dict[str, Any] = {
        "rai:dataCollection": f"{len(facts.sources)} declared sources, each admitted by a person on evidence kept under its digest.",
        "rai:dataCollectionType": kinds,
        "rai:dataCollectionTimeframe": [obtained[0], obtained[-1]] if obtained else [],
        "rai:dataCollectionRawData": "The text as read is kept in the store's table documents; what is published is masked.",
        "rai:dataPreprocessingProtocol": [
            "Unicode NFC; records that cannot be read are rejected with a reason.",
            f"Near-duplicates: {removed} copies removed in favour of documents published here, each named in the store.",
            "Personal information found by versioned rules is masked or replaced, or the document refused; the result is scanned again.",
        ],
        "rai:dataManipulationProtocol": "Every required gate decides every document under a policy whose digest is in its leaf.",
        "rai:personalSensitiveInformation": found or ["No finding in the published documents; rules find only what they describe."],
        "rai:dataLimitations": [
            "Content risks are not screened by this product.",
            "No sample was read for personal information that is left." if not facts.residual else "Residual rate: see the dossier.",
        ],
        "rai:dataBiases": ["Not measured."],
        "rai:dataUseCases": list(facts.purposes),
        "rai:dataReleaseMaintenancePlan": ["A snapshot never changes; a newer one supersedes it, and erasures are listed in the ledger."],
    }
    if facts.labels:
        counted = "; ".join(f"{row['kind']}: {row['labeled']} labeled, {row['verified']} verified" for row in facts.labels)
        said["rai:dataAnnotationProtocol"] = f"Labeled under approved, versioned rules and verified by sampling ({counted})."
        said["rai:dataAnnotationPlatform"] = ["Label Studio"]
    return {name: value for name, value in said.items() if value}
