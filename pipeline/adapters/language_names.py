"""Languages as catalogues write them, as BCP 47 tags: codes stay, names are looked up, and what is neither is not guessed."""

import re

_TAG = re.compile(r"([A-Za-z]{2,3})((?:-[A-Za-z0-9]{1,8})*)\Z")
CODE = "zxx"
"""BCP 47 for no linguistic content: program code."""
SEVERAL = "mul"

_WRITTEN = (
    "afrikaans=af|albanian=sq|amharic=am|arabic=ar|modern standard arabic=ar|armenian=hy|assamese=as|azerbaijani=az|basque=eu|"
    "belarusian=be|bengali=bn|bangla=bn|bosnian=bs|bulgarian=bg|burmese=my|cantonese=yue|catalan=ca|chinese=zh|"
    "chinese (simplified)=zh-Hans|chinese (traditional)=zh-Hant|simplified chinese=zh-Hans|traditional chinese=zh-Hant|mandarin=cmn|"
    "mandarin chinese=cmn|croatian=hr|czech=cs|danish=da|dutch=nl|english=en|esperanto=eo|estonian=et|finnish=fi|french=fr|galician=gl|"
    "georgian=ka|german=de|greek=el|"
    "modern greek=el|gujarati=gu|haitian creole=ht|hausa=ha|hebrew=he|hindi=hi|hungarian=hu|icelandic=is|"
    "igbo=ig|indonesian=id|irish=ga|italian=it|japanese=ja|javanese=jv|kannada=kn|kazakh=kk|khmer=km|kinyarwanda=rw|korean=ko|kurdish=ku|"
    "kyrgyz=ky|lao=lo|latin=la|latvian=lv|lithuanian=lt|macedonian=mk|malay=ms|malayalam=ml|maltese=mt|marathi=mr|mongolian=mn|"
    "nepali=ne|norwegian=no|odia=or|oriya=or|pashto=ps|persian=fa|farsi=fa|polish=pl|portuguese=pt|punjabi=pa|romanian=ro|russian=ru|"
    "sanskrit=sa|serbian=sr|sindhi=sd|sinhala=si|slovak=sk|slovenian=sl|somali=so|spanish=es|castilian=es|sundanese=su|swahili=sw|"
    "swedish=sv|tagalog=tl|filipino=fil|tajik=tg|tamil=ta|tatar=tt|telugu=te|thai=th|tibetan=bo|turkish=tr|turkmen=tk|ukrainian=uk|urdu=ur|"
    "uyghur=ug|uzbek=uz|vietnamese=vi|welsh=cy|wolof=wo|xhosa=xh|yiddish=yi|yoruba=yo|zulu=zu|"
    "中文=zh|汉语=zh|简体中文=zh-Hans|繁体中文=zh-Hant|英文=en|英语=en|日语=ja|粤语=yue|multilingual=mul|"
    "code=zxx|program code=zxx|python=zxx|java=zxx|javascript=zxx|c++=zxx|sql=zxx|shell=zxx|go=zxx|rust=zxx|php=zxx|ruby=zxx"
)
_NAMES = dict(pair.split("=") for pair in _WRITTEN.split("|"))


def language_tag(written: str) -> str | None:
    """Return the BCP 47 tag that a catalogue's word for a language means; None where it is neither a tag nor a known name."""
    word = " ".join(written.split())
    named = _NAMES.get(word.casefold())
    if named is not None:
        return named
    tag = _TAG.match(word.replace("_", "-"))
    return tag[1].lower() + tag[2] if tag else None
