"""Source declarations: the YAML a data engineer writes, checked as a whole before anything rests on it.

Every problem is listed at once with its line, unknown keys are refused, and nothing that is not written is filled in
with a value that would make the source more lawful.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import jsonschema

from pipeline.adapters.shipped import shipped
from pipeline.adapters.spdx import normalize_expression, read_expression
from pipeline.adapters.strict_yaml import Document, Place, read_yaml
from pipeline.domain.digests import json_digest
from pipeline.domain.licensing import NOASSERTION
from pipeline.domain.sources import (
    BASES,
    Basis,
    Delivery,
    Evidence,
    Fields,
    Format,
    Generator,
    LegalBasis,
    LicenseStatement,
    Regime,
    Source,
    SourceKind,
)
from pipeline.errors import ConfigurationError, EvidenceError

Problem = tuple[Place, str]

_EXPECTED = {
    "type": "expected {want}, found {found}",
    "enum": "expected one of {want}, found {found}",
    "pattern": "expected {want}, found {found}",
    "minItems": "expected at least {want} entry, found fewer",
    "minLength": "expected at least {want} character, found fewer",
    "uniqueItems": "expected each entry once, found one again",
}
_SHAPES = {
    r"\S": "some text",
    "^[A-Z]{2}$": "two capital letters (ISO 3166-1 alpha-2)",
    "^[0-9a-f]{64}$": "64 lower-case hex digits",
    "^[a-z0-9][a-z0-9._-]{0,62}$": "lower-case letters, digits, dots, hyphens",
    "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$": "a BCP 47 language tag",
}
_MOMENT = "a date, or a date and time with its offset (ISO 8601)"


def read_declaration(path: Path) -> Source:
    """Read and check one declaration; raise ConfigurationError that lists every problem with its line."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: expected a source declaration, found no readable file") from error
    document = read_yaml(content, str(path))
    problems = _problems(document.value)
    if problems:
        raise ConfigurationError("\n".join(_line(path, document, problem) for problem in problems))
    return _source(document.value)


def check_declaration(value: Mapping[str, object]) -> Source:
    """Check a declaration that was made and not written yet; raise ConfigurationError that lists every problem."""
    problems = _problems(value)
    if problems:
        raise ConfigurationError("; ".join(f"{'.'.join(str(part) for part in place)}: {what}" for place, what in problems))
    return _source(value)


def _problems(value: object) -> list[Problem]:
    # What the schema refuses cannot be looked at more closely.
    return sorted(_shape_problems(value), key=_order) or sorted(_meaning_problems(value), key=_order)


def recorded_declaration(canonical: str) -> Source:
    """Return a source from the canonical JSON of a declaration that was checked when it was recorded."""
    return _source(json.loads(canonical))


def evidence_bytes(path: Path, source: Source) -> dict[str, bytes]:
    """Return the bytes of each evidence file, by its declared name; raise EvidenceError that lists all that is missing.

    ``path`` is the declaration's. A name that leads out of its folder, by ``..`` or by a link, raises ConfigurationError.
    """
    folder = path.parent.resolve()
    outside = [item.file for item in source.evidence if not _is_inside(folder, item.file)]
    if outside:
        raise ConfigurationError(f"{path}: expected evidence below this folder, found names that lead out of it: {', '.join(outside)}")
    missing = [item.file for item in source.evidence if not (folder / item.file).is_file()]
    if missing:
        raise EvidenceError(f"{path}: expected {len(source.evidence)} evidence files, missing: {', '.join(missing)}")
    return {item.file: (folder / item.file).read_bytes() for item in source.evidence}


def moment(written: str) -> datetime:
    """Return a declared date or time in UTC; a date alone is its midnight in UTC. Raises ValueError."""
    parsed = datetime.fromisoformat(written.replace(" ", "T"))
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _is_inside(folder: Path, name: str) -> bool:
    if "\0" in name or PurePosixPath(name).is_absolute():
        return False
    return (folder / name).resolve().is_relative_to(folder)


@cache
def _validator() -> Any:
    return jsonschema.Draft202012Validator(json.loads(shipped("schemas", "source.schema.json").read_bytes()))


def _order(problem: Problem) -> tuple[str, ...]:
    return (*(str(part) for part in problem[0]), problem[1])


def _line(path: Path, document: Document, problem: Problem) -> str:
    place, what = problem
    return f"{path}:{document.line_of(place)}: {'.'.join(str(part) for part in place) or 'declaration'}: {what}"


def _shape_problems(value: object) -> Iterator[Problem]:
    for error in _validator().iter_errors(value):
        yield from _explained(error)


def _explained(error: Any) -> Iterator[Problem]:
    """Say a schema error in this project's words, one problem per missing or unknown key."""
    place = tuple(error.absolute_path)
    if error.validator == "required":
        missing = next((name for name in error.validator_value if name not in error.instance and f"'{name}'" in error.message), "")
        yield (*place, missing), "expected this key, found none"
    elif error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        for key in error.instance:
            if key not in known:
                yield (*place, key), f"expected one of {', '.join(sorted(known))}; found an unknown key"
    else:
        template = _EXPECTED.get(error.validator, "expected {want}, found {found}")
        yield place, template.format(want=_wanted(error), found=_short(error.instance))


def _wanted(error: Any) -> str:
    if error.validator == "enum":
        return ", ".join(str(choice) for choice in error.validator_value)
    if error.validator == "pattern":
        return _SHAPES.get(error.validator_value, _MOMENT)
    wanted = error.validator_value
    return (
        " or ".join(_plain_type(name) for name in ([wanted] if isinstance(wanted, str) else wanted))
        if error.validator == "type"
        else str(wanted)
    )


def _plain_type(name: str) -> str:
    return {"string": "text (in quotes if it looks like a number)", "object": "keys", "array": "a list", "null": "nothing"}.get(name, name)


def _short(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case dict():
            return "keys"
        case list():
            return "a list"
        case str() if len(value) > 40:
            return repr(value[:40] + "...")
        case _:
            return repr(value)


def _meaning_problems(value: Any) -> Iterator[Problem]:
    """Yield what a schema cannot say: real dates, SPDX expressions, a ground from its regime's list, each file once."""
    yield from _license_problems(value)
    yield from _moment_problems(value)
    files = {item["file"] for item in value["evidence"]}
    for place, basis in _bases(value):
        if Basis(basis["basis"]) not in BASES[Regime(basis["regime"])]:
            known = ", ".join(sorted(BASES[Regime(basis["regime"])]))
            yield (*place, "basis"), f"expected a ground of {basis['regime']} ({known}), found {basis['basis']!r}"
        if basis.get("evidence") not in {None, *files}:
            yield (*place, "evidence"), f"expected one of the files under evidence, found {_short(basis['evidence'])}"
    seen: set[str] = set()
    for index, item in enumerate(value["evidence"]):
        if item["file"] in seen:
            yield ("evidence", index, "file"), f"expected each file once, found {item['file']!r} again"
        seen.add(item["file"])


def _bases(value: Any) -> list[tuple[Place, Any]]:
    """Return each ground with its place; a declaration names one, or a list of them."""
    stated = value.get("legal_basis")
    if isinstance(stated, list):
        return [(("legal_basis", index), basis) for index, basis in enumerate(stated)]
    return [(("legal_basis",), stated)] if stated else []


def _license_problems(value: Any) -> Iterator[Problem]:
    stated: list[tuple[Place, str | None]] = [(("license", "concluded"), value["license"]["concluded"])]
    stated += [(("evidence", index, "states"), item.get("states")) for index, item in enumerate(value["evidence"])]
    for place, written in stated:
        if written is not None and written != NOASSERTION and read_expression(written) is None:
            meant = normalize_expression(written)
            hint = f"; write {meant}" if meant else ""
            yield place, f"expected an SPDX expression (or a LicenseRef) or NOASSERTION, found {_short(written)}{hint}"


def _moment_problems(value: Any) -> Iterator[Problem]:
    written: list[tuple[Place, str | None]] = [(("obtained", "at"), value["obtained"]["at"])]
    written += [(("evidence", index, "retrieved_at"), item["retrieved_at"]) for index, item in enumerate(value["evidence"])]
    written += [(("generator", "at"), (value.get("generator") or {}).get("at"))]
    written += [((*place, name), basis.get(name)) for place, basis in _bases(value) for name in ("valid_from", "valid_to")]
    unreal = [place for place, text in written if text is not None and not _is_real(text)]
    yield from ((place, f"expected {_MOMENT}, found one that does not exist") for place in unreal)
    for place, basis in _bases(value):
        start, end = basis.get("valid_from"), basis.get("valid_to")
        if start and end and not unreal and moment(start) >= moment(end):
            yield (*place, "valid_to"), "expected an end after valid_from"


def _is_real(written: str) -> bool:
    try:
        date.fromisoformat(written[:10])
        moment(written)
    except (ValueError, OverflowError):
        return False
    return True


def _source(value: Any) -> Source:
    bases = [LegalBasis(**basis) for _, basis in _bases(value)]
    return Source(
        source=value["source"],
        kind=SourceKind(value["kind"]),
        title=value["title"],
        publisher=value["publisher"],
        origin=value["origin"],
        obtained=value["obtained"],
        languages=tuple(value["languages"]),
        modality=value["modality"],
        license=_license(value["license"]),
        legal_basis=bases[0] if bases else None,
        other_bases=tuple(bases[1:]),
        evidence=_evidence(value["evidence"]),
        delivery=_delivery(value["delivery"]) if value.get("delivery") else None,
        declaration=value,
        declaration_sha256=json_digest(value),
        propose=value["propose"],
        refuse_because=value.get("refuse_because"),
        generator=Generator(**value["generator"]) if value.get("generator") else None,
    )


def _license(value: Mapping[str, Any]) -> LicenseStatement:
    declared = value["declared"]
    stated = LicenseStatement(declared, read_expression(value["concluded"]) or NOASSERTION, value.get("why"))
    return replace(stated, declared_expression=normalize_expression(declared or ""))


def _evidence(items: Sequence[Mapping[str, Any]]) -> tuple[Evidence, ...]:
    # NOASSERTION states nothing: it is the absence of a statement, not one that disagrees.
    return tuple(Evidence(**{**item, "states": read_expression(item.get("states") or "")}) for item in items)


def _delivery(value: Mapping[str, Any]) -> Delivery:
    given = {key: value[key] for key in ("separator", "encoding", "deliveries", "max_reject_ratio") if key in value}
    return Delivery(
        address=value["address"],
        files=value["files"],
        format=Format(value["format"]),
        fields=Fields(**value.get("fields", {})),
        metadata=tuple(value.get("metadata", ())),
        **given,
    )
