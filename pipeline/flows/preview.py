"""What activating the policy files on disk would decide anew, said before anything changes."""

from typing import Any

from pipeline.flows.gate import GATES, gate_keys, gated_sources, pending_for
from pipeline.flows.house import House
from pipeline.flows.policies import active_digests, read_policies

_POLICY_OF = {"expectations": "quality", "pi_rules": "pi"}


def preview(house: House) -> list[dict[str, Any]]:
    """Return, per edited policy, its gate, how many documents it would decide again and whether they are scanned again."""
    fresh = read_policies(house.project)
    active = active_digests(house)
    edited = [name for name, digest in fresh.digests.items() if active.get(name) != digest]
    found = []
    for name in edited:
        gate = _POLICY_OF.get(name, name)
        counts = [pending_for(house, source_id, gate_keys(house, source_id, fresh)).get(gate, 0) for source_id in gated_sources(house)]
        is_gate = gate in [each.value for each in GATES]
        found.append(
            {"policy": name, "gate": gate if is_gate or gate == "duplicate" else "", "documents": sum(counts) if is_gate else None}
        )
        found[-1]["scan_again"] = sum(counts) if name == "pi_rules" else 0
    return found
