"""A small published project for everything that is looked at: sources with hostile names, twins, held documents, labels, alarms."""

from datetime import UTC, datetime
from pathlib import Path

from pipeline.flows.house import House, open_house
from pipeline.flows.policies import activate
from pipeline.flows.project import init_project
from pipeline.flows.publish import publish
from pipeline.flows.run import run_sources
from pipeline.flows.runs import register
from pipeline.settings import MARKER, read_settings
from tests.conftest import add_source, declaration

HOSTILE = "<script>window.hacked=1</script><img src=x onerror=\"window.hacked=1\">\"'&"
MASKED = "13912345678"
HELD_MARK = "隔离标记甲乙丙丁"
LAW = "第{n}条 处理个人信息应当遵循合法、正当、必要和诚信原则，不得通过误导、欺诈、胁迫等方式处理个人信息，本条为第{n}次。"
TWIN = "天地玄黄，宇宙洪荒。日月盈昃，辰宿列张。寒来暑往，秋收冬藏。闰余成岁，律吕调阳。云腾致雨，露结为霜。金生丽水，玉出昆冈。"
MARKUP = "本段含有标记 <script>window.hacked=2</script>，仅供测试；它应当作为文字显示，而不应当被浏览器执行，特此说明，以资证明。"
SPEECH = "Fellow citizens, this is speech number {n}; it says that liberty and union are one, now and for ever, as was said {n} times."
AT = datetime(2026, 1, 2, tzinfo=UTC)


def shown_project(base: Path) -> House:
    """Return the project below ``base``, made by the product's own flows if it is not there yet."""
    folder = base / "shown" / "corpus"
    if (folder / MARKER).is_file():
        return open_house(read_settings(str(folder)))
    (folder / "sources" / ".keep").mkdir(parents=True)
    house = init_project(folder, alone=True)
    policy = folder / "policies" / "publish.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("needs_approval: true", "needs_approval: false"), encoding="utf-8")
    activate(house, house.os_user(), f"first policies {HOSTILE}")
    laws = [{"id": f"l{n}", "text": LAW.format(n=n)} for n in range(1, 62)]
    laws += [
        {"id": "twin", "text": TWIN},
        {"id": "markup", "text": MARKUP},
        {"id": "pi", "text": f"联系人王建国，手机号{MASKED}，地址不详，请于工作时间来电联系，谢谢配合，此致敬礼。"},
    ]
    add_source(house, declaration("laws", kind="public_sector", title={"en": f"Laws {HOSTILE}", "zh": f"法律 {HOSTILE}"}), {"l.jsonl": laws})
    held = [{"id": "short", "text": HELD_MARK}, {"id": "again", "text": TWIN}]
    speeches = [{"id": f"s{n}", "text": SPEECH.format(n=n)} for n in range(1, 5)]
    add_source(house, declaration("speeches", origin={"country": "US", "dataset": "speeches"}), {"s.jsonl": [*held, *speeches]})
    assert not run_sources(house, house.os_user(), ())
    publish(house, house.os_user(), "first")
    _label(house)
    house.publish_lineage()
    return house


def _label(house: House) -> None:
    """Enter a judged batch and an alarm as their registers hold them; no server is needed to look at them."""
    with house.connect() as rows:
        (snapshot_id,) = rows.execute("SELECT snapshot_id FROM snapshots").fetchall()[0]
    digest, actor = "0" * 64, house.os_user()
    batch = {"batch_id": "b-1", "rule_id": "quality", "rule_version": "1.0", "rule_sha256": digest, "producer": f"team {HOSTILE}",
             "snapshot_id": snapshot_id, "query": "{}", "size": 60, "separation": "soft", "instance": "labeling", "recorded_at": AT}  # fmt: skip
    state = {"batch_id": "b-1", "round": 1, "why": HOSTILE, "recorded_at": AT}
    register(house, actor, "batch.draft", "b-1", {"batches": [batch], "batch_states": [state | {"state": "draft"}]}, {"batch_id": "b-1"})
    judgement = {"subject": "batch", "subject_id": "b-1", "round": 1, "outcome": "accepted", "size": 60, "sample_size": 40, "errors": 1,
                 "illegal": 0, "point": "0.9750", "lower_bound": "0.9167", "confidence": "0.95", "body": "{}", "recorded_at": AT}  # fmt: skip
    alarm = {"alarm_id": "a" * 64, "kind": "too_fast", "batch_id": "b-1", "instance": "labeling", "project": 1, "token": "t-1",
             "person": "p-1", "detail": f"median 0.4 s {HOSTILE}", "recorded_at": AT}  # fmt: skip
    rows_of = {"batch_states": [state | {"state": "accepted"}], "judgements": [judgement], "labeling_alarms": [alarm]}
    register(house, actor, "batch.accepted", "b-1", rows_of, {"batch_id": "b-1"})
