"""Detection on cases written apart from the rules: what people write, and what only looks like it."""

import json
import pickle
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from pipeline.adapters.pi_detector import build_detector
from pipeline.adapters.pi_rules import load_rules
from pipeline.domain.pi import Category, Finding, Variant
from pipeline.stages.detect_pi import FINDINGS, SCANS, detect_pi, find_in_text, publishable, value_hmac

DETECTOR = build_detector(load_rules([Path("pipeline/pi_rules")]))
KEY = b"0" * 32
HARD = yaml.safe_load((Path(__file__).parent / "hard_negatives.yaml").read_text(encoding="utf-8"))
ID = "330106198804123177"


def batch(*texts, locator="a/b.txt", title=None, metadata="{}"):
    count = len(texts)
    return pa.RecordBatch.from_pydict(
        {
            "document_id": [f"d{number:03d}" for number in range(count)],
            "source_id": ["s"] * count,
            "text": pa.array(texts, pa.string()),
            "locator": [locator] * count,
            "title": pa.array([title] * count, pa.string()),
            "metadata": [metadata] * count,
        },
    )


def detect(*texts, detector=DETECTOR, **fields):
    return detect_pi(batch(*texts, **fields), detector, key=KEY, key_id="k-1")


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("我的号码是138-1234-5677，晚上打", "PHONE_NUMBER", "138-1234-5677"),
        ("微信同号13812345677", "PHONE_NUMBER", "13812345677"),
        ("电话一三八 一二三四 五六七七", "PHONE_NUMBER", "一三八 一二三四 五六七七"),
        ("拨打１３８－１２３４－５６７７", "PHONE_NUMBER", "１３８－１２３４－５６７７"),
        ("①③⑧①②③④⑤⑥⑦⑦", "PHONE_NUMBER", "①③⑧①②③④⑤⑥⑦⑦"),
        ("壹叁捌壹贰叁肆伍陆柒柒", "PHONE_NUMBER", "壹叁捌壹贰叁肆伍陆柒柒"),
        ("加我1 3 8 1 2 3 4 5 6 7 7", "PHONE_NUMBER", "1 3 8 1 2 3 4 5 6 7 7"),
        ("家里电话 87654321", "CN_LANDLINE", "87654321"),
        (f"身份证号：{ID[:6]} {ID[6:14]} {ID[14:]}", "CN_ID_CARD", f"{ID[:6]} {ID[6:14]} {ID[14:]}"),
        (f"（{ID}）", "CN_ID_CARD", ID),
        ("回乡证号 H1234567801", "HM_PERMIT", "H1234567801"),
        ("香港身份證號碼 A1234563", "HK_ID", "A1234563"),
        ("粤Z1234港", "CN_PLATE", "粤Z1234港"),
        ("请发送简历至liwei＠foxmail．com", "EMAIL_ADDRESS", "liwei＠foxmail．com"),
        ("[2023-01-01] 123.125.114.8 - - GET /", "IP_ADDRESS", "123.125.114.8"),
        ("快递送到广州市天河区体育西路103号维多利广场A座2801", "ADDRESS", "广州市天河区体育西路103号维多利广场A座2801"),
        ("患者张建国，男，45岁", "PERSON", "张建国"),
        ("密码是 qwe123456", "PASSWORD", "qwe123456"),
        ("phone: +1 212 736 5000", "PHONE_NUMBER", "+1 212 736 5000"),
        ("SSN: 536-22-1234", "US_SSN", "536-22-1234"),
    ],
)
def test_finds(text, kind, value):
    assert [(one.kind, text[one.start : one.end]) for one in find_in_text(text, DETECTOR)] == [(kind, value)]


@pytest.mark.parametrize("text", [text for texts in HARD.values() for text in texts])
def test_leaves_hard_negatives_alone(text):
    assert find_in_text(text, DETECTOR) == []


@pytest.mark.parametrize(
    "text",
    [
        "订单编号13812345677已发货",
        "第11.13.3.9节",
        "版本 10.0.19041.1",
        "chrome/120.0.6099.109",
        "圆周率3.1415926535897932384626",
        "全国统一客服热线400-810-1234",
        "江泽民同志在北京会见外宾",
        "王先生您好",
        "联系人：客服部",
        "患者应当注意休息",
        "密码必须8-16位",
        "1949年10月1日成立",
        "commit da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "1、2、3、4、5、6、7、8、9、10、11",
        "1 2 3 4 5 6 7 8 9 10 11 12",
        "五千一百二十三万四千五百六十七",
        "git@github.com:user/repo",
        "公司坐落于深南大道1001号",
        "2023-01-01 12:00:00",
        "时间戳1672531200000",
    ],
)
def test_leaves_alone(text):
    assert find_in_text(text, DETECTOR) == []


def test_columns_are_the_tables():
    scan = detect("电话13812345677", "没有")
    assert scan.scans.schema == SCANS
    assert scan.findings.schema == FINDINGS
    assert scan.scans["findings"].to_pylist() == [1, 0]


@pytest.mark.parametrize(
    ("text", "variant"),
    [
        ("13812345677", "plain"),
        ("138-1234-5677", "dashed"),
        ("138 1234 5677", "spaced"),
        ("１３８１２３４５６７７", "fullwidth"),
        ("138\u200b1234\u200b5677", "zero_width"),
        ("幺三八一二三四五六七七", "numerals"),
    ],
)
def test_offsets_variant_and_digest_of_one_number_however_written(text, variant):
    prefix = "😀电话："
    row = detect(prefix + text + "。").findings.to_pylist()[0]
    assert (row["char_start"], row["char_end"]) == (len(prefix), len(prefix + text))
    assert (prefix + text).encode()[row["byte_start"] : row["byte_end"]].decode() == text
    assert row["variant"] == variant
    assert row["value_hmac"] == value_hmac(KEY, "PHONE_NUMBER", "13812345677")


def test_locator_title_and_metadata_are_read_with_the_columns_name_as_cue():
    metadata = json.dumps({"姓名": "张小明", "phone": 13812345677, "views": 7}, ensure_ascii=False)
    rows = detect("正文", locator="users/li@foxmail.com/1", title="致电13812345678", metadata=metadata).findings.to_pylist()
    assert [(row["field"], row["kind"], row["char_start"], row["byte_end"]) for row in rows] == [
        ("locator", "EMAIL_ADDRESS", 6, 20),
        ("metadata.phone", "PHONE_NUMBER", 0, 11),
        ("metadata.姓名", "PERSON", 0, 9),
        ("title", "PHONE_NUMBER", 2, 17),
    ]


def test_a_child_shows_as_minor_beside_the_number():
    kinds = [row["kind"] for row in detect("出生日期：2016年5月6日").findings.to_pylist()]
    assert kinds == ["DATE_OF_BIRTH", "MINOR"]


def test_broken_metadata_and_bytes_are_not_analysed():
    scan = detect("电话13812345677", metadata="[1]")
    assert scan.scans.to_pylist()[0]["is_analysed"] is False
    assert scan.findings.num_rows == 0
    broken = pa.StringArray.from_buffers(1, pa.array([0, 2], pa.int32()).buffers()[1], pa.py_buffer(b"\xff\xfe"))
    records = batch("x").set_column(2, "text", broken)
    scans = detect_pi(records, DETECTOR, key=KEY, key_id="k-1").scans.to_pylist()
    assert (scans[0]["is_analysed"], scans[0]["detail"]) == (False, "text: bytes are not UTF-8")


class Raises:
    id, sha256, triggers = "raises", "0" * 64, None

    def find(self, text):
        raise RuntimeError(text)


class Employee:
    id, sha256, triggers = "employee", "1" * 64, None

    def find(self, text):
        place = text.find("E-")
        found = Finding("EMPLOYEE", place, place + 4, 0.9, self.id, 1, Variant.PLAIN, Category.OTHER, False, False, text[place : place + 4])
        return [found] if place >= 0 else []


def test_a_recognizer_that_fails_leaves_its_document_not_analysed_and_no_text_in_the_detail():
    detector = build_detector([], recognizers=[Raises()], engine="re2")
    row = detect("秘密13812345677", detector=detector).scans.to_pylist()[0]
    assert (row["is_analysed"], row["detail"]) == (False, "text: analysis failed with RuntimeError")


def test_a_users_recognizer_runs_in_the_same_pass():
    detector = build_detector(DETECTOR.rules, recognizers=[Employee()])
    rows = detect("工号E-12，电话13812345677", "无", detector=detector).findings.to_pylist()
    assert [row["kind"] for row in rows] == ["EMPLOYEE", "PHONE_NUMBER"]
    assert detector.rule_pack_sha256 != DETECTOR.rule_pack_sha256


def test_a_detector_survives_pickling():
    again = pickle.loads(pickle.dumps(DETECTOR))
    assert again.rule_pack_sha256 == DETECTOR.rule_pack_sha256
    assert len(find_in_text("电话13812345677", again)) == 1


def test_publishable_paths():
    assert publishable("laws/2021/a.txt", DETECTOR) == "laws/2021/a.txt"
    assert publishable("users/13812345677.txt", DETECTOR).startswith("sha256:")


def test_a_wall_of_digits_is_given_up_or_found_but_never_clean():
    wall = "13812345677 " * 30_000
    row = detect(wall).scans.to_pylist()[0]
    assert not row["is_analysed"]
    assert detect("7" * 400_000).scans.num_rows == 1


@pytest.mark.parametrize("kind", [pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())])
def test_any_arrow_string_type_is_read(kind):
    records = batch("电话13812345677", "无")
    records = records.set_column(2, "text", records["text"].cast(kind))
    found = detect_pi(records.slice(0, 2), DETECTOR, key=KEY, key_id="k-1").findings
    assert found.equals(detect("电话13812345677", "无").findings)


def test_a_slice_of_a_batch_is_read_at_its_own_offsets():
    records = batch("电话13812345677", "QQ：12345678", "无")
    found = detect_pi(records.slice(1), DETECTOR, key=KEY, key_id="k-1").findings.to_pylist()
    assert [(row["document_id"], row["char_start"]) for row in found] == [("d001", 3)]


def test_empty_batch():
    scan = detect()
    assert (scan.scans.num_rows, scan.findings.num_rows) == (0, 0)
