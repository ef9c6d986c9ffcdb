"""Presidio at the edge: our rules as its recognizers, and a user's recognizers in our pass.

The only importer of presidio_analyzer. Its logger is silenced, because some recognizers log the text they fail to
validate; a pattern that Presidio abandons on timeout is a failed analysis here and not a clean one. Domain suffixes
come from the list inside the package, never from the network, and no language model is loaded.
"""

import importlib
import inspect
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import tldextract
from presidio_analyzer import AnalyzerEngine, EntityRecognizer, LocalRecognizer, PatternRecognizer, RecognizerRegistry, RecognizerResult
from presidio_analyzer import predefined_recognizers as predefined
from presidio_analyzer.nlp_engine import NlpArtifacts, NoOpNlpEngine

from pipeline.adapters.policies import read_yaml
from pipeline.adapters.prefilter import necessary_condition
from pipeline.domain.digests import json_digest
from pipeline.domain.pi import Category, Finding, Recognizer, Trigger, Variant
from pipeline.errors import ConfigurationError

Find = Callable[[str], Sequence[Finding]]


class _Watch(logging.Logger):
    """Writes nothing anywhere; remembers only that a pattern was abandoned.

    Presidio's loggers are made members of this class, because whatever else lives in the process (Airflow among it) may
    disable a logger, set its level or take its filters away, and an abandoned pattern must still be seen.
    """

    abandoned = 0

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 (the name is logging's)
        """Tell that warnings and worse are wanted, whatever was configured."""
        return level >= logging.WARNING

    def _log(self, level: int, msg: object, args: object, **_others: object) -> None:  # type: ignore[override]
        del level, args
        _Watch.abandoned += "timed out" in str(msg)


def silence() -> None:
    """Stop Presidio's loggers at their source, and take domain look-ups off the network."""
    for name in ("presidio-analyzer", "presidio-anonymizer"):
        logging.getLogger(name).__class__ = _Watch
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


silence()


class PackRecognizer(LocalRecognizer):  # type: ignore[misc]  # the library has no types
    """Our rule pack as one ordinary Presidio recognizer, for AnalyzerEngine and whatever is built on it."""

    def __init__(self, kinds: Iterable[str], find: Find, language: str = "zh") -> None:
        self._find = find
        super().__init__(supported_entities=sorted(set(kinds)), supported_language=language, name="LaiyuanRecognizer")

    def load(self) -> None:
        """Do nothing: the detector is ready."""

    def analyze(self, text: str, entities: Sequence[str], nlp_artifacts: NlpArtifacts | None = None) -> list[RecognizerResult]:
        """Return our findings of the wanted kinds in Presidio's form."""
        del nlp_artifacts
        about = {RecognizerResult.RECOGNIZER_NAME_KEY: self.name, RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id}
        return [
            RecognizerResult(one.kind, one.start, one.end, one.score, recognition_metadata=about)
            for one in self._find(text)
            if one.kind in entities
        ]


def analyzer(recognizers: Sequence[EntityRecognizer], language: str = "zh") -> AnalyzerEngine:
    """Return Presidio's engine over some recognizers, without a language model."""
    registry = RecognizerRegistry(supported_languages=[language])
    registry.recognizers = list(recognizers)
    engine = NoOpNlpEngine(models=[{"lang_code": language, "model_name": ""}])
    return AnalyzerEngine(registry=registry, supported_languages=[language], nlp_engine=engine)


class PresidioRecognizer:
    """A user's Presidio recognizer in our pass: called on a document only where a trigger says that it can match."""

    def __init__(self, recognizer: EntityRecognizer) -> None:
        self._recognizer = recognizer
        self.id = f"presidio:{recognizer.name}"
        self.sha256 = json_digest(_definition(recognizer))
        self.triggers = _triggers(recognizer)

    def find(self, text: str) -> list[Finding]:
        """Return what the recognizer finds; raises TimeoutError where it gave up a pattern."""
        abandoned = _Watch.abandoned
        results = self._recognizer.analyze(text, self._recognizer.supported_entities, None)
        if _Watch.abandoned != abandoned:
            raise TimeoutError("a pattern was abandoned")
        return [self._finding(text, one) for one in results]

    def _finding(self, text: str, one: RecognizerResult) -> Finding:
        return Finding(
            one.entity_type, one.start, one.end, one.score, self.id, 1, Variant.PLAIN, Category.OTHER,
            is_sensitive_35273=False, is_sensitive_45574=False, normalized=text[one.start : one.end].lower(),
        )  # fmt: skip


def wrapped(recognizers: Iterable[EntityRecognizer]) -> tuple[Recognizer, ...]:
    """Return Presidio recognizers as the detector takes them."""
    return tuple(PresidioRecognizer(recognizer) for recognizer in recognizers)


def load_recognizers(path: Path) -> tuple[Recognizer, ...]:
    """Return the recognizers of a YAML file in Presidio's own form.

    An entry with ``patterns`` or ``deny_list`` is a custom recognizer; one with ``class`` names a Python class as
    ``package.module:Class``; one with a name only is one of Presidio's. Raises ConfigurationError.
    """
    stated = read_yaml(path)
    entries = stated.get("recognizers") if isinstance(stated, Mapping) else None
    if not isinstance(entries, list):
        raise ConfigurationError(f"{path.name}: expected a list under 'recognizers', as Presidio writes it")
    return wrapped(_recognizer(path.name, entry) for entry in entries)


def without_trigger(recognizers: Iterable[Recognizer]) -> tuple[str, ...]:
    """Return the ids of recognizers that must read every document, for the plan to say so."""
    return tuple(recognizer.id for recognizer in recognizers if recognizer.triggers is None)


def _recognizer(file: str, entry: object) -> EntityRecognizer:
    entry = {"name": entry} if isinstance(entry, str) else entry
    if not isinstance(entry, Mapping):
        raise ConfigurationError(f"{file}: expected a recognizer's name or its keys")
    stated = {key: value for key, value in entry.items() if key not in {"type", "enabled"}}
    try:
        if "class" in stated:
            module, _, name = str(stated.pop("class")).partition(":")
            return getattr(importlib.import_module(module), name)(**stated)
        if "patterns" in stated or "deny_list" in stated:
            return PatternRecognizer.from_dict(stated)
        return getattr(predefined, str(stated.pop("name")))(**stated)
    except (ImportError, AttributeError, TypeError, ValueError, KeyError) as error:
        name = entry.get("name", entry.get("class", "?"))
        raise ConfigurationError(
            f"{file}: recognizer {name}: cannot be built ({type(error).__name__}); compare it with Presidio's own form"
        ) from error


def _triggers(recognizer: EntityRecognizer) -> tuple[Trigger, ...] | None:
    """Return what must be in a text for the recognizer to match; None where nothing can be said.

    Only a recognizer that analyzes by its patterns alone can be told beforehand.
    """
    if not isinstance(recognizer, PatternRecognizer) or not recognizer.patterns:
        return None
    if type(recognizer).analyze not in {PatternRecognizer.analyze, predefined.IbanRecognizer.analyze}:
        return None
    conditions = [necessary_condition(pattern.regex) for pattern in recognizer.patterns]
    if None in conditions:
        return None
    return tuple(Trigger(condition, is_prefilter=True) for condition in conditions if condition is not None)


def _definition(recognizer: EntityRecognizer) -> dict[str, str]:
    """Return what a recognizer is made of: its class, its source and its settings."""
    kind = type(recognizer)
    try:
        source = inspect.getsource(kind)
    except (OSError, TypeError):
        source = ""
    settings = {key: value for key, value in recognizer.to_dict().items() if key != "id"}
    return {
        "class": f"{kind.__module__}.{kind.__qualname__}",
        "source": source,
        "settings": repr(sorted(settings.items(), key=lambda item: item[0])),
    }
