"""Count tokens by a rule that anybody can repeat: it is no model's tokenizer, and needs no vocabulary.

A token is one Han, hiragana or katakana character, or one unbroken run of other letters, marks and digits. Spaces,
punctuation and symbols count nothing. Scripts that write no spaces between words (Thai, Khmer, Lao, Tibetan in part)
are undercounted: a run counts once however long it is.
"""

import pyarrow as pa
import pyarrow.compute as pc

COUNTER = "laiyuan-tokens-1"
"""Name of the rule; another rule gets another name."""
PATTERN = r"[\p{Han}\p{Hiragana}\p{Katakana}]|[^\p{Han}\p{Hiragana}\p{Katakana}\p{Z}\p{C}\p{P}\p{S}]+"


def count_tokens(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return the number of tokens of each text, as int64, null where there is no text."""
    return pc.count_substring_regex(texts, pattern=PATTERN).cast(pa.int64())
