"""The shipped suite on real kinds of text: what a reader would keep is kept, what is no text is held back for the right reason."""

import base64
import hashlib
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.adapters.great_expectations import check_suite
from pipeline.adapters.language import identify
from pipeline.adapters.policies import as_policy, read_yaml
from pipeline.domain.dispositions import Gate, Reason
from pipeline.domain.quality import QualityPolicy, Suite
from pipeline.stages.gate_quality import gate_quality
from pipeline.stages.measure import measure

ROOT = Path(__file__).resolve().parents[2]
LAW = (
    "第十三条 符合下列情形之一的，个人信息处理者方可处理个人信息：（一）取得个人的同意；（二）为订立、履行个人作为一方当事人的合同所必需；"
    "（三）为履行法定职责或者法定义务所必需；（四）为应对突发公共卫生事件所必需。"
)
ENGLISH = "All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience."
FRENCH = "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et de conscience."
PREAMBLE = "Recognition of the inherent dignity of all members of the human family is the foundation of freedom, justice and peace."
NOISE = b"".join(hashlib.sha256(bytes([i])).digest() for i in range(20))


def misread(text: str, written: str, read: str) -> str:
    return text.encode(written).decode(read, "ignore")


KEPT = {
    "an article of a law": LAW,
    "a short article": "第三条 本法自公布之日起施行。",
    "a quatrain": "床前明月光，疑是地上霜。举头望明月，低头思故乡。",
    "verse of four characters": "天地玄黃\n宇宙洪荒\n日月盈昃\n辰宿列張\n寒來暑往\n秋收冬藏\n閏餘成歲\n律呂調陽",
    "a saying": "子曰：“学而时习之，不亦说乎？”",
    "a dialogue": "客服：您好。\n用户：订单没到。\n客服：稍等。\n用户：好。\n客服：明天到。\n用户：谢谢。\n客服：不客气。\n用户：再见。",
    "Cantonese": "你聽日得唔得閒呀？我哋一齊去飲茶啦，嗰間新開嘅酒樓好似幾好食喎。",
    "an entry of a dictionary": "ABSENT, adj. Peculiarly exposed to the tooth of detraction; vilified.",
    "an English sentence": "Humpty Dumpty sat on a wall.",
    "English": ENGLISH,
    "Chinese with English": "我们使用 Python 3.11 和 numpy 处理数据，安装命令为 pip install numpy，详见官方文档。",
    "accents and quotation marks": "他说：“ÉCOLE”是法语里的“学校”，CAFÉ\u00a0» naïve São Paulo Ñandú。",
    "a quoted tag": f"{ENGLISH} {PREAMBLE} The element <p> is a paragraph.",
}
HELD = {
    "two characters": ("你好", Reason.QUALITY_TOO_SHORT),
    "a Chinese menu": ("首页\n新闻\n体育\n财经\n联系我们\n登录\n注册\n帮助\n关于", Reason.QUALITY_FRAGMENTED),
    "an English menu": ("Home\nNews\nSport\nAbout us\nContact\nLog in\nSign up\nHelp\nTerms\nPrivacy", Reason.QUALITY_FRAGMENTED),
    "terminal colours": ("\x1b[32m床前明月光\x1b[m，疑是地上霜。\x1b[33m作者：李白\x1b[m", Reason.QUALITY_ENCODING_DAMAGE),
    "UTF-8 read as GBK": (misread(LAW, "utf-8", "gb18030"), Reason.QUALITY_ENCODING_DAMAGE),
    "UTF-8 read as Latin-1": (misread(LAW, "utf-8", "latin-1"), Reason.QUALITY_ENCODING_DAMAGE),
    "UTF-8 read as Windows-1252": (misread(FRENCH, "utf-8", "cp1252"), Reason.QUALITY_ENCODING_DAMAGE),
    "GBK read as UTF-8": (LAW.encode("gb18030").decode("utf-8", "replace"), Reason.QUALITY_ENCODING_DAMAGE),
    "replacement characters read as GBK": ("锟斤拷锟斤拷锟斤拷，你好世界", Reason.QUALITY_ENCODING_DAMAGE),
    "uninitialized memory": ("烫烫烫烫烫烫烫烫烫烫烫烫屯屯屯屯屯屯屯", Reason.QUALITY_ENCODING_DAMAGE),
    "one line over and over": ("版权所有 未经许可不得转载。联系电话见首页。\n" * 12, Reason.QUALITY_REPETITIVE),
    "one sentence over and over": ("Click here to subscribe to our newsletter. " * 20, Reason.QUALITY_REPETITIVE),
    "base64 in one line": (base64.b64encode(NOISE).decode(), Reason.QUALITY_SYMBOLS),
    "base64 in lines": (base64.encodebytes(NOISE).decode(), Reason.QUALITY_SYMBOLS),
    "hexadecimal": (NOISE.hex(" "), Reason.QUALITY_SYMBOLS),
    "numbers": ("12.5 13.6 99.1 100.2 33.3 44.4 55.5\n1 2 3 4 5 6", Reason.QUALITY_SYMBOLS),
    "punctuation": ("。。。。。。。。。。。。。。。。。。", Reason.QUALITY_SYMBOLS),
    "HTML": (f"<div class='a'><p>{LAW}</p></div><br/>&nbsp;<a href='x'>更多</a>", Reason.QUALITY_MARKUP_LEFT),
    "French, undeclared": (FRENCH, Reason.QUALITY_LANGUAGE_UNDECLARED),
    "Japanese, undeclared": (
        "すべての人間は、生れながらにして自由であり、かつ、尊厳について平等である。",
        Reason.QUALITY_LANGUAGE_UNDECLARED,
    ),
}


@pytest.fixture(scope="module")
def suite() -> Suite:
    return as_policy(Suite, read_yaml(ROOT / "expectations" / "documents.yaml"), "documents")


@pytest.fixture(scope="module")
def reasons(suite: Suite) -> dict[str, str | None]:
    policy = as_policy(QualityPolicy, read_yaml(ROOT / "pipeline" / "policies" / "quality.yaml"), "quality")
    texts = KEPT | {name: text for name, (text, _) in HELD.items()}
    schema = pa.schema([("document_id", pa.string()), ("source_id", pa.string()), ("text", pa.string())])
    records = pa.record_batch([list(texts), ["s"] * len(texts), list(texts.values())], schema=schema)
    metrics = measure(records, declared_languages={"s": frozenset({"zh-Hans", "en"})}, identify=identify)
    failed = {each.expectation_id: each.unexpected_ids for each in check_suite(pa.Table.from_batches([metrics]), suite)}
    decisions = gate_quality(metrics, failed, suite, policy, policy_sha256="p", stage_version=1)
    return dict(zip(decisions["document_id"].to_pylist(), decisions["reason"].to_pylist(), strict=True))


@pytest.mark.parametrize("name", KEPT)
def test_ordinary_text_is_kept(reasons, name) -> None:
    assert reasons[name] is None


@pytest.mark.parametrize("name", HELD)
def test_what_is_no_text_is_held_back_for_its_fault(reasons, name) -> None:
    assert reasons[name] == HELD[name][1]


def test_every_fault_the_gate_may_find_has_an_expectation(suite) -> None:
    stated = {each.reason for each in suite.critical} | {Reason.QUALITY_NOT_MEASURED}
    assert stated == {reason for reason in Reason if reason.gate is Gate.QUALITY}


def test_every_expectation_names_its_clause_and_a_measured_column(suite) -> None:
    for each in suite.expectations:
        assert each.clause.startswith("Measures Art. "), each.id
        assert len(each.text["zh"]) > 5, each.id
