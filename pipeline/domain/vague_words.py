"""Words that leave a decision to each reader, with what to write instead. A definition that needs one is not operable.

Reviewed data: Chinese words are looked for anywhere, English ones as whole words. Examples are not searched, since they quote.
"""

from collections.abc import Mapping

_NUMBER = "give the number or the sign that decides"
_LIST = "list what is meant; an open list is decided by each reader"
_WHO = "say by which observable feature; a judgement of taste differs from reader to reader"
_DUTY = "say what must be done and when; this leaves it open"

VAGUE_ZH: Mapping[str, str] = {
    "适当": _DUTY,
    "酌情": _DUTY,
    "视情况": _DUTY,
    "尽量": _DUTY,
    "尽可能": _DUTY,
    "必要时": _DUTY,
    "一般来说": _DUTY,
    "原则上": _DUTY,
    "较多": _NUMBER,
    "较少": _NUMBER,
    "较长": _NUMBER,
    "较短": _NUMBER,
    "大量": _NUMBER,
    "少量": _NUMBER,
    "过多": _NUMBER,
    "过长": _NUMBER,
    "过短": _NUMBER,
    "太多": _NUMBER,
    "明显": _WHO,
    "合理": _WHO,
    "恰当": _WHO,
    "优质": _WHO,
    "低质": _WHO,
    "比较好": _WHO,
    "不太好": _WHO,
    "有意义": _WHO,
    "无意义": _WHO,
    "通顺": _WHO,
    "等等": _LIST,
    "之类": _LIST,
    "及其他": _LIST,
    "诸如": _LIST,
}

VAGUE_EN: Mapping[str, str] = {
    "appropriate": _DUTY,
    "as needed": _DUTY,
    "if necessary": _DUTY,
    "where possible": _DUTY,
    "as far as possible": _DUTY,
    "usually": _DUTY,
    "generally": _DUTY,
    "should be avoided": _DUTY,
    "many": _NUMBER,
    "few": _NUMBER,
    "several": _NUMBER,
    "some": _NUMBER,
    "too much": _NUMBER,
    "too long": _NUMBER,
    "too short": _NUMBER,
    "significant": _NUMBER,
    "reasonable": _WHO,
    "obvious": _WHO,
    "obviously": _WHO,
    "clearly": _WHO,
    "good": _WHO,
    "bad": _WHO,
    "high quality": _WHO,
    "low quality": _WHO,
    "meaningful": _WHO,
    "etc": _LIST,
    "and so on": _LIST,
    "such as": _LIST,
    "among others": _LIST,
}

PLACEHOLDERS = ("请填写", "待填写", "FILL IN", "TODO")
"""What a shipped frame holds where its user must write."""
