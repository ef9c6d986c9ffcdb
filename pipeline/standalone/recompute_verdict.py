"""Re-compute the verdict on a labeled batch from its published files alone, without the product that made it.

Usage: python recompute_verdict.py FOLDER

Standard library only. Prints what was found as JSON. Exit code 0: everything agrees; 1: something differs; 2: files are missing.

plan.json       {"method": claim | aql | sprt, "rule": {...}, "size", "sample_size", "max_errors", "looks": [[n, accept, refuse], ...]}
frame.tsv       one line per frozen item: record_id, tab, content_sha256
seed.json       {"round", "commitment", "secret"}: the secret in hex, revealed after the judgement
verdicts.csv    position, record_id, used_for, outcome, adjudication, labeler, verifier, adjudicator; position counts from 0 in draw order
judgement.json  {"round", "limits": {...}, "judgement": {"consequence", "statement": {...}, ...}}

How the sample is fixed: commitment = SHA256(secret); root = SHA256 of the sorted lines of frame.tsv joined by newlines;
seed = HMAC-SHA256(secret, root:plan_sha256:round), plan_sha256 over the plan's JSON with sorted keys and no spaces; items are ordered by
(HMAC-SHA256(seed, record_id), record_id), and the sample is the first of them. An auditor compares commitment, plan_sha256 and root with
the ledger, where they stand before the draw. How the verdict follows: an item is wrong when it cannot be verified or the adjudicator says
so; upper_defects is the largest D with P(X <= errors) > 1 - confidence, X hypergeometric, computed here in whole numbers.
Void, held and rule_back may rest on facts outside these files (alarms, reports): their numbers are checked, and that accepted was not due.
"""

import csv
import hashlib
import hmac
import json
import sys
from fractions import Fraction
from math import comb, floor
from pathlib import Path

FILES = ("plan.json", "frame.tsv", "seed.json", "verdicts.csv", "judgement.json")


def main(arguments: list[str]) -> int:
    """Check the folder named on the command line and print what was found."""
    folder = Path(arguments[0]) if len(arguments) == 1 else Path()
    missing = [name for name in FILES if not (folder / name).is_file()]
    if len(arguments) != 1 or missing:
        sys.stderr.write(f"usage: python recompute_verdict.py FOLDER (a folder with {', '.join(FILES)}; missing: {', '.join(missing)})\n")
        return 2
    try:
        report = recompute(folder)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        report = {"differences": [f"a file cannot be read as described ({type(error).__name__})"], "agrees": False}
    sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    return 0 if report["agrees"] else 1


def recompute(folder: Path) -> dict:  # type: ignore[type-arg]
    """Return what follows from the files and every difference from what they state."""
    plan, sealed, stated = (
        json.loads((folder / name).read_text(encoding="utf-8")) for name in ("plan.json", "seed.json", "judgement.json")
    )
    frame = [line for line in (folder / "frame.tsv").read_text(encoding="utf-8").split("\n") if line]
    with (folder / "verdicts.csv").open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["position"]))
    seal = reseal(plan, sealed, frame)
    differences = [] if seal["commitment"] == sealed["commitment"] else [f"the secret has commitment {seal['commitment']}"]
    if sealed["round"] != stated["round"]:
        differences.append("seed and judgement are of different rounds")
    order = draw_order([line.split("\t")[0] for line in frame], bytes.fromhex(seal["seed"]))
    if len(set(order)) != len(order):
        differences.append("a record stands twice in the frame")
    differences += misdrawn(rows, order, min(plan["sample_size"], len(order)))
    shared = dependence(rows, stated["limits"]["separation"])
    statement, said = restate(plan, len(frame), [is_wrong(row) for row in counted(rows)])
    published = stated["judgement"]
    differences += [
        f"{name}: recomputed {value}, stated {published['statement'][name]}"
        for name, value in statement.items()
        if published["statement"][name] != value
    ]
    due = consequence("go_on" if shared else said, rows, stated)
    claimed = published["consequence"]
    # Holding or voiding on grounds outside these files is always open to the house; accepting and relabeling are not.
    if due != claimed and (claimed in ("accepted", "relabel") or due == "void"):
        differences.append(f"consequence: recomputed {due}, stated {claimed}")
    return {
        **seal,
        "sample": len(counted(rows)),
        "statement": statement,
        "consequence": due,
        "stated": claimed,
        "not_independent": shared,
        "differences": differences,
        "agrees": not differences,
    }


def reseal(plan: dict, sealed: dict, frame: list[str]) -> dict:  # type: ignore[type-arg]
    """Return commitment, digest of the plan, root and seed."""
    secret = bytes.fromhex(sealed["secret"])
    canonical = json.dumps(plan, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    plan_sha256 = hashlib.sha256(canonical.encode()).hexdigest()
    root = hashlib.sha256("\n".join(sorted(frame)).encode()).hexdigest()
    seed = hmac.new(secret, f"{root}:{plan_sha256}:{sealed['round']}".encode(), "sha256").hexdigest()
    return {"commitment": hashlib.sha256(secret).hexdigest(), "plan_sha256": plan_sha256, "root": root, "seed": seed, "size": len(frame)}


def draw_order(records: list[str], seed: bytes) -> list[str]:
    """Return all records in draw order."""
    return sorted(records, key=lambda record: (hmac.new(seed, record.encode(), "sha256").digest(), record))


def misdrawn(rows: list[dict], order: list[str], n: int) -> list[str]:  # type: ignore[type-arg]
    """Return every verdict that is not on the item which the order puts there."""
    faults = []
    seen = set()
    for row in rows:
        position, record = int(row["position"]), row["record_id"]
        if position >= len(order) or order[position] != record or record in seen:
            faults.append(f"{record}: not the record drawn at position {position}, or twice")
        if (row["used_for"] == "acceptance") != (position < n):
            faults.append(f"{record}: position {position} is used for {row['used_for']}, the sample is the first {n}")
        seen.add(record)
    return faults


def dependence(rows: list[dict], separation: str) -> list[str]:  # type: ignore[type-arg]
    """Return everybody with two functions on the batch, or on one item where that is the rule: such a round is held."""
    groups = [rows] if separation == "batch" else [[row] for row in rows]
    found: set[str] = set()
    for group in groups:
        labelers, verifiers, adjudicators = ({row[who] for row in group} - {""} for who in ("labeler", "verifier", "adjudicator"))
        found |= (labelers & verifiers) | (labelers & adjudicators) | (verifiers & adjudicators)
    return sorted(found)


def counted(rows: list[dict]) -> list[dict]:  # type: ignore[type-arg]
    """Return the acceptance rows without a gap from position 0."""
    acceptance = [row for row in rows if row["used_for"] == "acceptance"]
    return [row for place, row in enumerate(acceptance) if int(row["position"]) == place]


def is_wrong(row: dict) -> bool:  # type: ignore[type-arg]
    """Tell whether an item counts as an error; a mismatch nobody has adjudicated does."""
    if "unverifiable" in (row["outcome"], row["adjudication"]):
        return True
    return row["adjudication"] in ("label_wrong", "illegal") if row["adjudication"] else row["outcome"] != "match"


def restate(plan: dict, size: int, wrong: list[bool]) -> tuple[dict, str]:  # type: ignore[type-arg]
    """Return the statement's numbers and what the plan says: accept, refuse, or go_on where verdicts are missing."""
    if plan["looks"]:
        said, n, allowed = look(plan["looks"], wrong, plan["max_errors"])
        return {
            "size": size,
            "verified": n,
            "errors": sum(wrong[:n]),
            "max_errors": allowed,
            "upper_defects": None,
            "meets_rule": said == "accept",
        }, said
    n, errors, most = len(wrong), sum(wrong), plan["max_errors"]
    confidence, claim = plan["rule"].get("confidence", "0.95"), plan["rule"].get("claim")
    defects = upper_defects(errors, n, size, Fraction(confidence))
    is_whole = n >= min(plan["sample_size"], size)
    meets = is_whole and errors <= most
    proves = claim is None or defects <= floor(size * (1 - Fraction(claim)))
    proved = None if claim is None else size > 0 and upper_defects(errors, n, size, Fraction("0.95")) <= floor(size * (1 - Fraction(claim)))
    numbers = {
        "size": size,
        "verified": n,
        "errors": errors,
        "max_errors": most,
        "upper_defects": defects,
        "meets_rule": meets,
        "proved_at_95": proved,
    }
    return {
        **numbers,
        "lower_bound": f"{(size - defects) / size:.6f}",
    }, "go_on" if not is_whole else "accept" if meets and proves else "refuse"


def look(looks: list[list[int]], wrong: list[bool], most: int) -> tuple[str, int, int]:
    """Return what a sequential plan says at its first deciding look, how many had been verified there, and how many errors it allowed."""
    for n, accept, refuse in looks:
        if n > len(wrong):
            break
        errors = sum(wrong[:n])
        if errors <= accept or errors >= refuse:
            return ("accept" if errors <= accept else "refuse"), n, accept
    return "go_on", len(wrong), most


def upper_defects(errors: int, n: int, size: int, confidence: Fraction) -> int:
    """Return the largest number of wrong items in the lot that so few errors leave open."""
    risk, low, high = 1 - confidence, errors, size - (n - errors)
    while low < high:
        middle = (low + high + 1) // 2
        if is_above(errors, size, middle, n, risk):
            low = middle
        else:
            high = middle - 1
    return low


def is_above(x: int, size: int, defects: int, n: int, risk: Fraction) -> bool:
    """Tell whether P(X <= x) > risk for n drawn from ``size`` of which ``defects`` are wrong, in whole numbers."""
    first = max(0, n - (size - defects))
    last = min(x, n, defects)
    total, term = 0, comb(defects, first) * comb(size - defects, n - first) if first <= last else 0
    for k in range(first, last + 1):
        total += term
        term = term * (defects - k) * (n - k) // ((k + 1) * (size - defects - n + k + 1))
    return total * risk.denominator > risk.numerator * comb(size, n)


def consequence(said: str, rows: list[dict], stated: dict) -> str:  # type: ignore[type-arg]
    """Return what follows from the verdicts, in the order of force: void, held, rule_back, accepted, relabel."""
    limits = stated["limits"]
    if limits["does_illegal_void"] and any(row["adjudication"] == "illegal" for row in rows):
        return "void"
    if any(row["outcome"] in ("illegal", "mismatch") and not row["adjudication"] for row in rows) or said == "go_on":
        return "held"
    sample = counted(rows)
    ambiguous = sum(row["adjudication"] == "rule_ambiguous" for row in sample)
    if ambiguous and ambiguous >= Fraction(limits["ambiguity_limit"]) * len(sample):
        return "rule_back"
    if said == "accept":
        return "accepted"
    return "held" if stated["round"] >= limits["max_rounds"] else "relabel"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
