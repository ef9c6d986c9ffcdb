"""The draw: fixed by two people who could not agree on it, computable by anyone afterwards.

The auditor commits to a secret before the frame exists; the frame's root holds every label; the seed needs both.
So who labels cannot know the sample before the frame is sealed, and who holds the secret cannot steer it. The order is a
ranking by HMAC-SHA256: no random number library, no version of one. The sample is a prefix of the order, so that
enlarging, replacing and looking again read on in the same list.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import DataError, EvidenceError

SECRET_BYTES = 32
_BLOCK_BYTES = 64  # of SHA-256, as HMAC pads its key (RFC 2104)


@dataclass(frozen=True, slots=True)
class Draw:
    """What a draw came to, in hex digests; ``sample`` is (position, record_id, content_sha256) in draw order, from 0."""

    commitment: str
    root: str
    seed: str
    size: int
    sample: pa.Table


def commit(secret: bytes) -> str:
    """Return the commitment to a secret of 32 random bytes, published before the frame is sealed."""
    if len(secret) != SECRET_BYTES:
        raise DataError(
            f"expected a secret of {SECRET_BYTES} bytes, found {len(secret)}; make one with secrets.token_bytes({SECRET_BYTES})"
        )
    return sha256(secret).hexdigest()


def frame_root(frame: pa.Table) -> str:
    """Return the SHA-256 over the sorted lines ``record_id TAB content_sha256``, joined by newlines, whatever the order of the rows."""
    whole = pc.binary_join(pa.ListArray.from_arrays([0, frame.num_rows], frame_lines(frame)), "\n")[0].as_py()
    return sha256(whole.encode()).hexdigest()


def frame_lines(frame: pa.Table) -> pa.Array:
    """Return the lines under the root; refuse an empty frame, a repeated record and an identifier that would break a line."""
    records, contents = (frame.column(name).combine_chunks().cast(pa.string()) for name in ("record_id", "content_sha256"))
    if not frame.num_rows:
        raise DataError("expected at least one record in the frame, found none; freeze a batch that holds items")
    if records.null_count or contents.null_count:
        raise DataError("expected a record_id and a content_sha256 in every row of the frame, found a null")
    if _has_control(records) or _has_control(contents):
        raise DataError("expected identifiers without control characters in the frame, found one; a line of the frame would be ambiguous")
    # No identifier holds a character below the tab, so the order of the records is the order of the lines.
    order = pc.sort_indices(records)
    ordered = records.take(order)
    if pc.any(pc.equal(ordered[1:], ordered[:-1])).as_py():
        raise DataError(f"expected each record once in the frame of {frame.num_rows} rows, found one twice")
    return pc.binary_join_element_wise(ordered, contents.take(order), "\t")


def draw_seed(secret: bytes, root: str, plan_sha256: str, round_number: int) -> bytes:
    """Return HMAC-SHA256(secret, ``root:plan:round``): it changes with any label, with the plan and with the round."""
    commit(secret)
    return hmac.digest(secret, f"{root}:{plan_sha256}:{round_number}".encode(), "sha256")


def draw(record_ids: Iterable[str] | pa.ChunkedArray | pa.Array, seed: bytes, n: int) -> list[str]:
    """Return the first n identifiers of the order by (HMAC-SHA256(seed, id), id); all of them when n is at least their number.

    Works for records, documents or any other distinct identifiers: ``draw(ids, seed, n)[:m] == draw(ids, seed, m)``.
    """
    names = record_ids.to_pylist() if isinstance(record_ids, pa.ChunkedArray | pa.Array) else list(record_ids)
    if n < 0:
        raise DataError(f"expected a sample of 0 or more, found {n}")
    if len(set(names)) != len(names):
        raise DataError(f"expected distinct identifiers to draw from, found {len(set(names))} in {len(names)}")
    ranks = _ranks(names, seed)
    taken = _lowest(ranks, n)
    return [name for _, name in sorted((ranks[i], names[i]) for i in taken)[:n]]


def draw_sample(frame: pa.Table, secret: bytes, plan_sha256: str, round_number: int, n: int, commitment: str) -> Draw:
    """Draw the sample of a sealed frame (``record_id, content_sha256``); a secret other than the committed one is refused."""
    if (found := commit(secret)) != commitment:
        raise EvidenceError(f"expected the secret of commitment {commitment}, found one of {found}; a lost secret needs a new round")
    root = frame_root(frame)
    seed = draw_seed(secret, root, plan_sha256, round_number)
    taken = draw(frame.column("record_id"), seed, n)
    drawn = frame.filter(pc.is_in(frame.column("record_id").cast(pa.string()), pa.array(taken, pa.string())))
    at = pc.index_in(pa.array(taken, pa.string()), drawn.column("record_id").combine_chunks().cast(pa.string()))
    sample = pa.table(
        {
            "position": pa.array(range(len(taken)), pa.int64()),
            "record_id": pa.array(taken, pa.string()),
            "content_sha256": drawn.column("content_sha256").cast(pa.string()).combine_chunks().take(at),
        },
    )
    return Draw(found, root, seed.hex(), frame.num_rows, sample)


def diagnostic(order: Sequence[str], stratum: Mapping[str, str], n: int, least: int, more: Mapping[str, int] | None = None) -> list[str]:
    """Return further records, read on after the sample, until every stratum has ``least`` in sample and diagnostics together.

    ``order`` is the whole draw order, ``stratum`` the annotator (or label, language, source) of each record, ``more`` a higher
    number for some strata, such as a revoked annotator. These items say whom to train; they are chosen by stratum and therefore
    never enter the bound of the lot.
    """
    wanted = more or {}
    seen: dict[str, int] = {}
    further = []
    for place, record in enumerate(order):
        name = stratum[record]
        if place < n or seen.get(name, 0) < max(least, wanted.get(name, 0)):
            seen[name] = seen.get(name, 0) + 1
            if place >= n:
                further.append(record)
    return further


def _has_control(column: pa.Array) -> bool:
    start, end = (int(offset) for offset in np.frombuffer(column.buffers()[1], np.int32)[[column.offset, column.offset + len(column)]])
    return start < end and bool((np.frombuffer(column.buffers()[2], np.uint8)[start:end] < ord(" ")).any())


def _ranks(names: list[str], seed: bytes) -> list[bytes]:
    """Return the HMAC of every name, the two padded keys hashed once (RFC 2104): twice as fast as a fresh HMAC each."""
    key = seed if len(seed) <= _BLOCK_BYTES else sha256(seed).digest()
    padded = key.ljust(_BLOCK_BYTES, b"\0")
    copy_inner = sha256(bytes(byte ^ 0x36 for byte in padded)).copy
    copy_outer = sha256(bytes(byte ^ 0x5C for byte in padded)).copy
    ranks = []
    for name in names:
        inner = copy_inner()
        inner.update(name.encode())
        outer = copy_outer()
        outer.update(inner.digest())
        ranks.append(outer.digest())
    return ranks


def _lowest(ranks: list[bytes], n: int) -> list[int]:
    """Return the places of the n lowest ranks and of every tie in their first 8 bytes, unsorted."""
    if n >= len(ranks):
        return list(range(len(ranks)))
    if n == 0:
        return []
    heads = np.frombuffer(b"".join(ranks), ">u8")[::4].astype(np.uint64)
    last = np.partition(heads, n - 1)[n - 1]
    lowest: list[int] = np.flatnonzero(heads <= last).tolist()
    return lowest
