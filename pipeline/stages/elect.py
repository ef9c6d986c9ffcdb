"""Elect who of each cluster is kept: by law before length, by an ordered policy, the same way every time.

A table stage, the last of the gates: it sees what the others decided and changes nothing but duplicates' decisions. An
admissible copy always beats one that is held back, so a refused document never removes an admissible one. Permissive
terms that rest on the republisher's own word, while a restricted copy came earlier, are held for a person (laundering).
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain.dispositions import SEVERITY, Disposition, Gate, Reason
from pipeline.domain.duplicates import KEPT, STANDINGS, DuplicatePolicy, Election, Ground, Rule
from pipeline.domain.tables import TABLE
from pipeline.errors import DataError
from pipeline.stages import STAGE

ELECTED = TABLE["duplicate_members"].schema.remove(TABLE["duplicate_members"].schema.get_field_index("run_id"))
DECISIONS = TABLE["decisions"].schema.remove(TABLE["decisions"].schema.get_field_index("run_id"))
RIGHTS = pa.schema(
    [
        pa.field("cluster_id", pa.string(), nullable=False),
        pa.field("kept_id", pa.string(), nullable=False),
        pa.field("source_ids", pa.list_(pa.string()), nullable=False),
        pa.field("license_classes", pa.list_(pa.string()), nullable=False),
        pa.field("attributed_source_ids", pa.list_(pa.string()), nullable=False),
    ]
)

Measure = Callable[[pa.Table], pa.Array]
"""Returns the true Jaccard similarity of each (left_id, right_id)."""
Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

UNKNOWN = "unknown"
SUSPECT = SEVERITY[Disposition.QUARANTINE] - 0.5
"""Rank of an admissible member that laundering would hold: behind those beyond suspicion, before what other gates hold."""
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class _Suspicion:
    """Which members may carry washed terms, and which could not be told for want of dates."""

    is_laundered: Flags
    is_undated: Flags


def elect(members: pa.Table, edges: pa.Table, standings: pa.Table, policy: DuplicatePolicy, measure: Measure | None = None) -> Election:
    """Return one row per member of a cluster, and one decision of the duplicate gate per row of ``standings``, in its order.

    ``members`` is (document_id, cluster_id), ``standings`` has the columns of ``STANDINGS`` and a row for every member.
    ``measure`` gives the similarity of pairs that no edge joins; without it the lower bound that the edges prove is given, 1 less
    the shortest sum of Jaccard distances (a metric: Levandowsky and Winter 1971). Raises DataError for members without standing.
    """
    standings = _checked(standings)
    place = pc.index_in(_one_array(members.column("document_id")), _one_array(standings.column("document_id")))
    if place.null_count:
        raise DataError(f"expected the standing of every member of a cluster, found {place.null_count} without; pass all documents")
    rows = place.to_numpy().astype(np.int64)
    cluster, cluster_ids = _codes(members.column("cluster_id"))
    own = standings.take(pa.array(rows))
    suspicion = _suspicion(own, cluster, len(cluster_ids), policy)
    keys = _keys(own, suspicion, policy)
    order = np.lexsort((*keys[::-1], cluster))
    is_best = np.concatenate([[True], cluster[order[1:]] != cluster[order[:-1]]]) if len(order) else np.zeros(0, bool)
    kept = np.empty(len(cluster_ids), np.int64)
    kept[cluster[order[is_best]]] = order[is_best]
    kept_of = kept[cluster]
    elected = _elected(members, own, policy, (cluster, kept_of), _deciding(keys, kept_of, policy))
    similarity = _similarities(elected, edges, measure)
    at = elected.schema.get_field_index("similarity")
    elected = elected.set_column(at, elected.schema.field(at), similarity).take(pc.sort_indices(elected.column("document_id")))
    disposition, reason = _rulings(len(standings), rows, kept_of, suspicion, policy)
    inputs = _inputs(standings, rows, cluster)
    return Election(elected, _decisions(standings, disposition, reason, inputs, policy))


def cluster_rights(elected: pa.Table, standings: pa.Table, policy: DuplicatePolicy) -> pa.Table:
    """Return, for each cluster, all members' sources and licence classes, and the sources that must be named beside the kept copy."""
    place = pc.index_in(_one_array(elected.column("document_id")), _one_array(standings.column("document_id")))
    classes = pc.fill_null(_one_array(standings.column("license_class")).take(place), UNKNOWN)
    found: dict[tuple[str, str], tuple[set[str], set[str], set[str]]] = {}
    columns = (elected.column(name).to_pylist() for name in ("cluster_id", "kept_id", "source_id"))
    for cluster_id, kept_id, source_id, license_class in zip(*columns, classes.to_pylist(), strict=True):
        sources, seen, attributed = found.setdefault((cluster_id, kept_id), (set(), set(), set()))
        sources.add(source_id)
        seen.add(license_class)
        if license_class in policy.attribution_classes:
            attributed.add(source_id)
    rows = [(*names, *(sorted(part) for part in parts)) for names, parts in sorted(found.items())]
    return pa.table([[row[i] for row in rows] for i in range(len(RIGHTS))], schema=RIGHTS)


def _checked(standings: pa.Table) -> pa.Table:
    """Return the standings with their columns in order, or say what is missing."""
    missing = [name for name in STANDINGS.names if name not in standings.schema.names]
    if missing:
        raise DataError(f"expected standings with {', '.join(STANDINGS.names)}; found none of {', '.join(missing)}")
    standings = standings.select(STANDINGS.names).cast(STANDINGS)
    if pc.count_distinct(standings.column("document_id")).as_py() != standings.num_rows:
        raise DataError("expected one standing per document, found several; an election needs one row for each")
    return standings


def _suspicion(own: pa.Table, cluster: Places, clusters: int, policy: DuplicatePolicy) -> _Suspicion:
    """Apply the laundering test to every member.

    Terms are washed when they are permissive, rest on the publisher's statement alone, and a restrictive member was
    evidently published or captured earlier. Where a date that would settle it is missing, nothing is settled.
    """
    classes = pc.fill_null(own.column("license_class"), UNKNOWN)
    is_restrictive = _is_in(classes, policy.restrictive_classes)
    is_by_statement = _is_in(pc.fill_null(own.column("terms_ground"), Ground.STATEMENT.value), (Ground.STATEMENT.value,))
    is_open = _is_in(classes, policy.permissive_classes) & is_by_statement
    dates = pc.fill_null(own.column("published_at").cast(pa.int64()), NEVER).to_numpy()
    # A restrictive member that is restrictive by law or by contract is one all the same; its ground does not matter.
    earliest = np.full(clusters, NEVER)
    np.minimum.at(earliest, cluster[is_restrictive], dates[is_restrictive])
    has_restrictive, has_undated = np.zeros(clusters, bool), np.zeros(clusters, bool)
    has_restrictive[cluster[is_restrictive]] = True
    has_undated[cluster[is_restrictive & (dates == NEVER)]] = True
    is_laundered = is_open & (dates != NEVER) & (earliest[cluster] < dates)
    is_undated = is_open & ~is_laundered & has_restrictive[cluster] & ((dates == NEVER) | has_undated[cluster])
    return _Suspicion(is_laundered, is_undated)


def _keys(own: pa.Table, suspicion: _Suspicion, policy: DuplicatePolicy) -> list[Numbers]:
    """Return one number per rule and member, the lesser the better."""
    disposition = _ranks(own.column("disposition"), [str(one) for one in Disposition])
    # Redaction is admission: a copy to be redacted loses nothing to a clean one on this rule.
    disposition = np.where(disposition <= SEVERITY[Disposition.REDACT], 0.0, disposition)
    for flags, ruling in ((suspicion.is_laundered, policy.laundering), (suspicion.is_undated, policy.undated)):
        if SEVERITY[ruling] >= SEVERITY[Disposition.QUARANTINE]:
            disposition = np.where(flags, np.maximum(disposition, SUSPECT), disposition)
    made: dict[Rule, Callable[[], Numbers]] = {
        Rule.DISPOSITION: lambda: disposition,
        Rule.LEGAL_BASIS: lambda: _ranks(own.column("legal_basis"), policy.legal_bases),
        Rule.LICENSE_CLASS: lambda: _ranks(own.column("license_class"), policy.license_classes),
        Rule.CONSENT: lambda: -own.column("has_consent").to_numpy().astype(np.float64),
        Rule.AUTHORITY: lambda: -own.column("authority").to_numpy().astype(np.float64),
        Rule.PUBLISHED: lambda: _moments(own.column("published_at")),
        Rule.ACQUIRED: lambda: _moments(own.column("acquired_at")),
        Rule.QUALITY: lambda: -pc.fill_null(own.column("quality"), -np.inf).to_numpy(),
        Rule.CHARS: lambda: -own.column("chars").to_numpy().astype(np.float64),
        Rule.DOCUMENT: lambda: _positions(own.column("document_id")),
    }
    return [made[rule]() for rule in policy.keep_by]


def _deciding(keys: list[Numbers], kept_of: Places, policy: DuplicatePolicy) -> pa.Array:
    """Return, for each member, the first rule on which it differs from the kept one."""
    rule = np.full(len(kept_of), KEPT, object)
    for key, name in zip(keys[::-1], policy.keep_by[::-1], strict=True):
        rule[key != key[kept_of]] = name.value
    return pa.array(rule, pa.string())


def _elected(members: pa.Table, own: pa.Table, policy: DuplicatePolicy, choice: tuple[Places, Places], rule: pa.Array) -> pa.Table:
    """Return the rows of ``duplicate_members``, similarities still to be filled in."""
    cluster, kept_of = choice
    document_ids = _one_array(members.column("document_id"))
    sizes = np.bincount(cluster) if len(cluster) else np.zeros(0, np.int64)
    return pa.table(
        [
            document_ids,
            _one_array(own.column("source_id")),
            _one_array(members.column("cluster_id")),
            document_ids.take(pa.array(kept_of)),
            pa.array(kept_of == np.arange(len(kept_of))),
            pa.array(np.ones(len(kept_of))),
            rule,
            pa.array(sizes[cluster].astype(np.int64)),
            pa.repeat(policy.params_sha256, len(kept_of)),
        ],
        schema=ELECTED,
    )


def _similarities(elected: pa.Table, edges: pa.Table, measure: Measure | None) -> pa.Array:
    """Return each member's similarity to the kept one: 1 for itself, the edge's, else measured."""
    ids = _one_array(elected.column("document_id"))
    kept = pc.index_in(_one_array(elected.column("kept_id")), ids).to_numpy().astype(np.int64)
    ends = [
        pc.fill_null(pc.index_in(_one_array(edges.column(name)), ids), -1).to_numpy().astype(np.int64) for name in ("left_id", "right_id")
    ]
    weights = edges.column("similarity").to_numpy()
    similarity = np.where(kept == np.arange(len(kept)), 1.0, np.nan)
    for here, there in (ends, ends[::-1]):
        is_direct = (here >= 0) & (there >= 0)
        is_direct[is_direct] = kept[here[is_direct]] == there[is_direct]
        similarity[here[is_direct]] = weights[is_direct]
    missing = np.flatnonzero(np.isnan(similarity))
    if len(missing) and measure is not None:
        pairs = pa.table({"left_id": ids.take(pa.array(missing)), "right_id": ids.take(pa.array(kept[missing]))})
        similarity[missing] = measure(pairs).to_numpy(zero_copy_only=False)
    elif len(missing):
        similarity[missing] = np.maximum(0.0, 1.0 - _distances(ends, 1.0 - weights, kept)[missing])
    return pa.array(similarity)


def _distances(ends: list[Places], lengths: Numbers, kept: Places) -> Numbers:
    """Return each member's shortest distance to its kept one along the edges (Bellman and Ford, all clusters at once)."""
    distance = np.where(kept == np.arange(len(kept)), 0.0, np.inf)
    is_inside = (ends[0] >= 0) & (ends[1] >= 0)
    left, right, lengths = ends[0][is_inside], ends[1][is_inside], lengths[is_inside]
    while True:
        before = distance.copy()
        np.minimum.at(distance, right, before[left] + lengths)
        np.minimum.at(distance, left, before[right] + lengths)
        if np.array_equal(before, distance):
            return np.where(np.isinf(distance), 1.0, distance)


def _rulings(
    count: int, rows: Places, kept_of: Places, suspicion: _Suspicion, policy: DuplicatePolicy
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_]]:
    """Return disposition and reason of each standing: singletons and kept copies are admitted unless held for a person."""
    disposition, reason = np.full(count, Disposition.ADMIT.value, object), np.full(count, None, object)
    is_kept = kept_of == np.arange(len(kept_of))
    for flags, ruling, why in (
        (suspicion.is_laundered, policy.laundering, Reason.DUPLICATE_LAUNDERING),
        (suspicion.is_undated, policy.undated, Reason.DUPLICATE_UNDATED),
    ):
        if ruling != Disposition.ADMIT:
            disposition[rows[is_kept & flags]], reason[rows[is_kept & flags]] = ruling.value, why.value
    disposition[rows[~is_kept]], reason[rows[~is_kept]] = Disposition.REJECT.value, Reason.DUPLICATE_MEMBER.value
    return disposition, reason


def _inputs(standings: pa.Table, rows: Places, cluster: Places) -> list[str]:
    """Return the digest of what each decision rests on: the standings of the document's whole cluster, sorted by document."""
    lines = _standing_lines(standings)
    digests = [sha256(line).hexdigest() for line in lines.to_pylist()]
    order = rows[np.lexsort((_positions(standings.column("document_id"))[rows], cluster))]
    codes = np.sort(cluster)
    starts = np.flatnonzero(np.concatenate([[True], np.diff(codes) != 0])).tolist() if len(codes) else []
    for start, stop in pairwise([*starts, len(order)]):
        together = order[start:stop].tolist()
        shared = sha256(b"".join(bytes.fromhex(digests[row]) for row in together)).hexdigest()
        for row in together:
            digests[row] = shared
    return digests


def _standing_lines(standings: pa.Table) -> pa.Array:
    """Return each standing as its fields, each preceded by its length in bytes (none as ``-``)."""
    fields = []
    for name in STANDINGS.names:
        column = _one_array(standings.column(name))
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.int64())
        text = column.cast(pa.string()).cast(pa.binary())
        size = pc.binary_length(text).cast(pa.string()).cast(pa.binary())
        fields.append(pc.fill_null(pc.binary_join_element_wise(size, text, b":"), b"-"))
    return pc.binary_join_element_wise(*fields, b",")


def _decisions(
    standings: pa.Table, disposition: npt.NDArray[np.object_], reason: npt.NDArray[np.object_], inputs: list[str], policy: DuplicatePolicy
) -> pa.Table:
    """Return the rows of ``decisions``."""
    count = standings.num_rows
    return pa.table(
        [
            standings.column("document_id"),
            standings.column("source_id"),
            pa.repeat(Gate.DUPLICATE.value, count),
            pa.array(disposition, pa.string()),
            pa.array(reason, pa.string()),
            pa.repeat(policy.sha256, count),
            pa.repeat(pa.scalar(STAGE["elect"].version, pa.int64()), count),
            pa.array(inputs, pa.string()),
        ],
        schema=DECISIONS,
    )


def _one_array(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Return a column as one array."""
    if isinstance(column, pa.Array):
        return column
    return column.combine_chunks() if column.num_chunks else pa.array([], column.type)


def _codes(column: pa.ChunkedArray) -> tuple[Places, pa.Array]:
    """Return a number per row, and what the numbers stand for."""
    encoded = _one_array(column).dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), encoded.dictionary


def _is_in(column: pa.ChunkedArray, names: tuple[str, ...]) -> Flags:
    """Tell which rows hold one of some names."""
    flags: Flags = pc.is_in(_one_array(column), value_set=pa.array(names, pa.string())).to_numpy(zero_copy_only=False)
    return flags


def _ranks(column: pa.ChunkedArray, best_first: tuple[str, ...] | list[str]) -> Numbers:
    """Return the position of each value in an ordered list, its length for what is not listed."""
    place = pc.index_in(_one_array(column), pa.array(best_first, pa.string()))
    ranks: Numbers = pc.fill_null(place, len(best_first)).to_numpy().astype(np.float64)
    return ranks


def _moments(column: pa.ChunkedArray) -> Numbers:
    """Return moments as microseconds (exact in a double until the year 2255), none as the latest of all."""
    moments = _one_array(column).cast(pa.int64())
    return np.where(pc.is_null(moments).to_numpy(zero_copy_only=False), np.inf, pc.fill_null(moments, 0).to_numpy().astype(np.float64))


def _positions(column: pa.ChunkedArray) -> Numbers:
    """Return each value's place in sorted order."""
    order = pc.sort_indices(_one_array(column)).to_numpy()
    positions = np.empty(len(order))
    positions[order] = np.arange(len(order))
    return positions
