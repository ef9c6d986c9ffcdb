"""Policies: the project's files, the versions recorded, and the one set that is active.

An edited file changes nothing until it is activated by a person who says why; decisions are then made again
under the new set, and ``preview`` says beforehand what that would mean.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.adapters.delta import Warehouse
from pipeline.adapters.pi_detector import build_detector
from pipeline.adapters.pi_rules import parse_rule, read_recognizers
from pipeline.adapters.policies import as_policy, read_yaml
from pipeline.adapters.shipped import shipped
from pipeline.domain.digests import canonical_json, json_digest
from pipeline.domain.duplicates import DuplicatePolicy
from pipeline.domain.labeling import LabelingPolicy
from pipeline.domain.ledger import Actor, LedgerEntry
from pipeline.domain.licensing import LicensePolicy, SourcePolicy
from pipeline.domain.pi import PiPolicy, PiRule
from pipeline.domain.policies import AcquirePolicy, GovernancePolicy, PublishPolicy
from pipeline.domain.quality import QualityPolicy, Suite
from pipeline.errors import ConfigurationError
from pipeline.flows.house import House
from pipeline.flows.runs import register
from pipeline.stages.detect_pi import find_in_text

ACTIVATED = "policy.activated"
_KINDS: dict[str, type[Any]] = {
    "acquire": AcquirePolicy,
    "duplicate": DuplicatePolicy,
    "governance": GovernancePolicy,
    "labeling": LabelingPolicy,
    "license": LicensePolicy,
    "pi": PiPolicy,
    "publish": PublishPolicy,
    "quality": QualityPolicy,
    "source": SourcePolicy,
}
RULES, SUITE, RECOGNIZERS = "pi_rules", "expectations", "pi_recognizers"


@dataclass(frozen=True, slots=True)
class PolicySet:
    """All policies that decide, with their digests; one digest names the set."""

    acquire: AcquirePolicy
    duplicate: DuplicatePolicy
    governance: GovernancePolicy
    labeling: LabelingPolicy
    license: LicensePolicy
    pi: PiPolicy
    publish: PublishPolicy
    quality: QualityPolicy
    source: SourcePolicy
    rules: tuple[PiRule, ...]
    suite: Suite
    bodies: Mapping[str, Any] = field(repr=False)

    @property
    def digests(self) -> dict[str, str]:
        """Return the digest of each policy by name."""
        return {name: json_digest(body) for name, body in sorted(self.bodies.items())}

    @property
    def policy_set_sha256(self) -> str:
        """Return the digest that names this set."""
        return json_digest(self.digests)


def read_policies(project: Path) -> PolicySet:
    """Read and check the project's policy files."""
    folder = project / "policies"
    bodies = {name: read_yaml(folder / f"{name}.yaml") for name in _KINDS}
    bodies[RULES] = {path.stem: read_yaml(path) for path in sorted((folder / RULES).glob("*.yaml"))}
    named = bodies["pi"].get("recognizers") if isinstance(bodies["pi"], dict) else None
    if named:
        bodies[RECOGNIZERS] = read_recognizers(folder / str(named))
    bodies[SUITE] = read_yaml(project / SUITE / "documents.yaml")
    return _policy_set(bodies)


def _policy_set(bodies: Mapping[str, Any], *, is_past: bool = False) -> PolicySet:
    plain = json.loads(canonical_json(bodies))
    missing = sorted(set(_KINDS) - set(plain))
    if missing and not is_past:
        raise ConfigurationError(
            f"the active policy set was made before these policies existed: {', '.join(missing)}; 'laiyuan init' copies the defaults, "
            "then run 'laiyuan policy activate --why ...'"
        )
    # A policy that did not exist in the past decided nothing then: a default fills its place, and no digest names it.
    stated = {**plain, **{name: read_yaml(shipped("policies", f"{name}.yaml")) for name in missing}}
    values = {name: as_policy(kind, stated[name], name) for name, kind in _KINDS.items()}
    rules = tuple(parse_rule(name, stated) for name, stated in sorted(plain[RULES].items()))
    return PolicySet(rules=rules, suite=as_policy(Suite, plain[SUITE], SUITE), bodies=plain, **values)


def active_policies(house: House) -> PolicySet:
    """Return the active set, from the bodies recorded at its activation and not from today's files."""
    return house.remembered("policies", lambda: _active_policies(house))


def _active_policies(house: House) -> PolicySet:
    entry = _last_activation(house)
    if entry is None:
        raise ConfigurationError("no policy set is active; read policies/ and run 'laiyuan policy activate --why ...'")
    wanted = json.loads(entry.body)["digests"]
    return _policy_set(recorded_bodies(house.warehouse, house.segments(), wanted), is_past=house.until is not None)


def recorded_bodies(warehouse: Warehouse, segments: set[str], wanted: Mapping[str, str]) -> dict[str, Any]:
    """Return the recorded bodies of policies by name, for given digests."""
    rows = warehouse.rows("policies", segments, ["name", "policy_sha256", "body"]).to_pylist()
    return {row["name"]: json.loads(row["body"]) for row in rows if wanted.get(row["name"]) == row["policy_sha256"]}


def active_digests(house: House) -> dict[str, str]:
    """Return the digests of the active set by policy name, empty when none is active."""
    entry = _last_activation(house)
    return dict(json.loads(entry.body)["digests"]) if entry else {}


def _last_activation(house: House) -> LedgerEntry | None:
    return next((entry for entry in reversed(house.entries()) if entry.event == ACTIVATED), None)


def _hold_examples(policies: PolicySet) -> None:
    """Refuse rules that do not keep their own examples. Raises ConfigurationError; shipped rules are held to theirs by our tests."""
    ours = {path.stem: json.loads(canonical_json(read_yaml(path))) for path in shipped("pi_rules").glob("*.yaml")}
    for rule in policies.rules:
        if policies.bodies[RULES][rule.id] == ours.get(rule.id):
            continue
        alone = build_detector([rule], engine="re2")
        missed = [place for place, text in enumerate(rule.match, 1) if not find_in_text(text, alone)]
        alarmed = [place for place, text in enumerate(rule.no_match, 1) if find_in_text(text, alone)]
        if missed or alarmed:
            raise ConfigurationError(
                f"pi_rules/{rule.id}: expected its examples to hold, found nothing in match {missed or 'none'} and something in no_match "
                f"{alarmed or 'none'} (by place in the list); change the rule or the example"
            )


def activate(house: House, actor: Actor, why: str) -> LedgerEntry | None:
    """Make the project's policy files the active set; return None when they already are."""
    fresh = read_policies(house.project)
    before = active_digests(house)
    if before == fresh.digests:
        return None
    changed = sorted(name for name, digest in fresh.digests.items() if before.get(name) != digest)
    if RULES in changed:
        _hold_examples(fresh)
    at = datetime.now(UTC)
    rows: dict[str, list[dict[str, object]]] = {
        "policies": [
            {"policy_sha256": fresh.digests[name], "name": name, "body": canonical_json(fresh.bodies[name]), "recorded_at": at}
            for name in changed
        ],
        "policy_sets": [
            {"policy_set_sha256": fresh.policy_set_sha256, "name": name, "policy_sha256": digest} for name, digest in fresh.digests.items()
        ],
    }
    facts = {"flow": "policy", "policy_set_sha256": fresh.policy_set_sha256, "digests": fresh.digests, "changed": changed, "why": why}
    return register(house, actor, ACTIVATED, "policies", rows, facts)
