"""The marks of damage that ``measure`` counts: character pairs of wrongly decoded text, and names of HTML.

Pairs are derived from the encodings themselves, so that each can be traced to the bytes it betrays. A pair that ordinary
writing holds (a closing quotation mark after a capital, a no-break space before a guillemet) is left out.
"""

from collections.abc import Iterator
from html.entities import html5
from itertools import pairwise

_ORDINARY_AFTER_CAPITAL = frozenset("\u00a0«»‘’“”–—…™•")
_ORDINARY_AFTER_LETTER = _ORDINARY_AFTER_CAPITAL | frozenset("®©°·¹²³ªº")
_FREQUENT_CHINESE = "，。、；：“”！？的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会"
_FREQUENT_JAPANESE = "のはにをたがでとしてい。、るすまなれこ"
_CP1251_UNLETTERED = "°±µ¶·¤¦§¬†‡‰€"


def _as_cp1252(byte: int) -> set[str]:
    """Return what a byte becomes when read as Latin-1 and as Windows-1252."""
    as_windows = bytes([byte]).decode("cp1252", "ignore")
    return {chr(byte)} | set(as_windows)


def _utf8_as_latin() -> Iterator[tuple[str, str]]:
    """Yield lead and first following byte of UTF-8 sequences read as Latin-1 or Windows-1252, such as Ã© and ä¸."""
    follows = set().union(*(_as_cp1252(byte) for byte in range(0x80, 0xC0)))
    controls = {chr(point) for point in range(0x80, 0xA0)}
    # Letters of Windows-1252 follow an accented letter in Czech, Slovene or French words; only the rest betrays after those.
    strange = {c for c in follows if ord(c) < 0x100 or not c.isalpha()}
    for lead in "ÂÃÐÑ":
        yield from ((lead, c) for c in strange - _ORDINARY_AFTER_CAPITAL)
    for lead in map(chr, range(0xC4, 0xF5)):
        yield from ((lead, c) for c in controls)
    for lead in "äåæçèéãâïì":
        yield from ((lead, c) for c in strange - _ORDINARY_AFTER_LETTER)
    yield from (("â", "€"), ("ï", "¿"), ("ï", "¼"), ("ã", "€"))


def _utf8_as_double_byte(encoding: str, frequent: str, leads: range) -> Iterator[tuple[str, str]]:
    """Yield the two characters that a frequent character and the next one's lead byte become in a double-byte encoding."""
    for character in frequent:
        for lead in leads:
            try:
                misread = (character.encode() + bytes([lead])).decode(encoding)
            except UnicodeDecodeError:
                continue
            if len(misread) == 2:
                yield misread[0], misread[1]


def mojibake_pairs() -> frozenset[tuple[str, str]]:
    """Return every pair that betrays a wrong decoding; a pair of equals counts only as part of three, as in 烫烫烫."""
    pairs = set(_utf8_as_latin())
    pairs.update(_utf8_as_double_byte("gb18030", _FREQUENT_CHINESE, range(0xE3, 0xEA)))
    for character in _FREQUENT_JAPANESE:
        misread = character.encode().decode("cp932", "ignore")
        pairs.update(pairwise(misread))
    pairs.update((lead, c) for lead in "РС" for c in _CP1251_UNLETTERED)
    # U+FFFD in UTF-8, read as GBK: 锟斤拷. A byte-order mark: 锘. Uninitialized memory of two C run-times: 烫, 屯.
    pairs.update({("锟", "斤"), ("斤", "拷"), ("拷", "锟"), ("锘", "縍"), ("烫", "烫"), ("屯", "屯")})
    return frozenset(pairs)


_ELEMENTS = (
    "a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote body br button "
    "canvas caption center cite code col colgroup dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure font "
    "footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label legend li link main "
    "map mark marquee menu meta nav nobr noscript object ol optgroup option p param picture pre q s samp script section select "
    "small source span strike strong style sub summary sup svg table tbody td template textarea tfoot th thead title tr track tt u "
    "ul var video wbr"
)
HTML_ELEMENTS = frozenset(_ELEMENTS.split())
"""Elements of the HTML standard and its obsolete ones; a word in angle brackets that is none of them is no markup."""

HTML_ENTITIES = frozenset(name.removesuffix(";") for name in html5 if name.endswith(";"))
