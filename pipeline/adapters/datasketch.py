"""The only place that knows datasketch: our signatures in the forms its users load.

Our kernel computes datasketch's ``affine32`` scheme from the same seed, so a stored signature is a datasketch MinHash
as it stands; nothing is converted.
"""

import pickle
from collections.abc import Sequence

import numpy as np
from datasketch import LeanMinHash, MinHash
from datasketch.lsh import MinHashLSH

from pipeline.errors import DataError

SCHEME = "affine32"


def as_min_hash(signature: bytes, seed: int) -> MinHash:
    """Return one stored signature (little-endian uint32 values) as a MinHash of that seed; raises DataError for an empty one."""
    if not signature or len(signature) % 4:
        raise DataError(f"expected a signature of whole 4-byte values, found {len(signature)} bytes; texts below the floor have none")
    return MinHash(seed=seed, hashvalues=np.frombuffer(signature, "<u4").astype(np.uint32), scheme=SCHEME)


def lean_bytes(signature: bytes, seed: int) -> bytes:
    """Return one stored signature in datasketch's portable LeanMinHash form, little-endian."""
    lean = LeanMinHash(as_min_hash(signature, seed))
    buffer = bytearray(lean.bytesize("<"))
    lean.serialize(buffer, "<")
    return bytes(buffer)


def pickled(signatures: Sequence[bytes], seed: int) -> bytes:
    """Return stored signatures as one pickled list of MinHash, for tools that load those."""
    return pickle.dumps([as_min_hash(signature, seed) for signature in signatures])


def optimal_bands(threshold: float, permutations: int, false_positive_weight: float) -> tuple[int, int]:
    """Return the (bands, rows) that datasketch's MinHashLSH chooses: the oracle for our own."""
    weights = (false_positive_weight, 1 - false_positive_weight)
    index = MinHashLSH(threshold=threshold, num_perm=permutations, weights=weights)
    return index.b, index.r
