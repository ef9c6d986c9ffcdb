"""A planted value is nowhere but in ``documents``: not in any other table, snapshot, log, ledger or loose file of the project."""

import json
import logging
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.domain.pi import MINOR
from pipeline.flows.house import House
from pipeline.flows.publish import publish, snapshots_folder
from pipeline.flows.run import run_sources
from pipeline.standalone.verify_snapshot import verify
from tests.conftest import add_source, declaration

TEXTS = (
    "春天来了，山坡上的桃花开得正盛，孩子们沿着小溪一路奔跑，笑声传到很远的地方，老人们坐在树下慢慢喝茶。",
    "这台机器每天早晨自动启动，先检查油压和温度，再按照设定的速度运转，遇到故障时会亮起红灯并停止工作。",
    "图书馆的三层收藏了大量地方志，读者可以在阅览室查阅，需要复印的话请到服务台登记，闭馆时间是晚上九点。",
    "做这道菜要先把豆腐切成小块，用盐水浸泡一刻钟，再放进热锅里煎到两面金黄，最后淋上酱油和葱花就好了。",
    "海边的风很大，渔船陆续回港，码头上堆满了刚捕上来的鱼虾，商贩们忙着称重装箱，准备连夜运往内地市场。",
)
PHONE, MAIL, IDENTITY, NAME, QQ = "13907418253", "liwei.planted@foxmail.com", "330106198804123177", "司徒文秀", "791352468"
PLANTED = (PHONE, MAIL, IDENTITY, NAME, QQ)


@pytest.fixture
def published(house: House) -> Path:
    """Acquire, gate, deduplicate and publish a source with values in text, locator, title and metadata."""
    fields = {"id": "id", "text": "text", "title": "title"}
    delivery = {"address": "data", "files": "*.jsonl", "format": "jsonl", "fields": fields, "metadata": ["contact"]}
    stated = declaration("s", delivery=delivery)
    rows = [
        {"id": "plain", "text": TEXTS[0], "title": "无", "contact": "无"},
        {"id": "text", "text": f"{TEXTS[1]}电话{PHONE}，请保密。", "title": "无", "contact": "无"},
        {"id": f"users/{MAIL}/1", "text": TEXTS[2], "title": "无", "contact": "无"},
        {"id": "title", "text": TEXTS[3], "title": f"身份证{IDENTITY}", "contact": "无"},
        {"id": "meta", "text": TEXTS[4], "title": "无", "contact": f"联系人：{NAME}，QQ：{QQ}"},
    ]
    add_source(house, stated, {"one.jsonl": rows})
    assert run_sources(house, house.os_user()) == {}
    entry = publish(house, house.os_user(), "release")
    return snapshots_folder(house) / json.loads(entry.body)["account"]["snapshot_id"]


def written(path: Path) -> str:
    """Return all that a file says, the columns of a Parquet file unpacked."""
    if path.suffix == ".parquet":
        return json.dumps(pq.ParquetFile(path).read().to_pylist(), ensure_ascii=False, default=str)
    return path.read_bytes().decode("utf-8", "replace")


def test_no_value_outside_documents(
    house: House, published: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    stores = {house.project / "sources", house.project / "warehouse" / "tables" / "documents"}
    places = [path for path in house.project.rglob("*") if path.is_file() and not any(store in path.parents for store in stores)]
    assert published in {folder for path in places for folder in path.parents}
    leaks = {(path.relative_to(house.project).as_posix(), value) for path in places for value in PLANTED if value in written(path)}
    assert leaks == set()
    out = capfd.readouterr()
    assert not any(value in caplog.text + out.out + out.err for value in PLANTED)
    assert verify(published)["holds"]


def test_a_hit_in_a_locator_publishes_its_digest(house: House, published: Path) -> None:
    found = house.connect().execute("SELECT DISTINCT field, kind FROM current_findings ORDER BY ALL").fetchall()
    assert found == [
        ("locator", "EMAIL_ADDRESS"), ("metadata.contact", "PERSON"), ("metadata.contact", "QQ"), ("text", "PHONE_NUMBER"),
        ("title", "CN_ID_CARD"),
    ]  # fmt: skip
    assert MINOR not in {kind for _, kind in found}
    (path,) = published.rglob("*.parquet")
    locators = {row["locator"] for row in pq.ParquetFile(path).read().to_pylist()}
    assert {one for one in locators if not one.startswith("sha256:")} == {"plain", "text", "title", "meta"}
    assert len(locators) == 5
