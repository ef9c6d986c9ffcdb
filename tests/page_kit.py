"""A small published project for everything that is looked at: sources with hostile names, twins, held documents, labels, alarms."""

from datetime import UTC, datetime
from pathlib import Path
from random import Random

from pipeline.flows.house import House, open_house
from pipeline.flows.policies import activate
from pipeline.flows.project import init_project
from pipeline.flows.publish import publish
from pipeline.flows.run import run_sources
from pipeline.flows.runs import register
from pipeline.settings import MARKER, read_settings
from tests.conftest import add_source, declaration

HOSTILE = '<script>window.hacked=1</script><img src=x onerror="window.hacked=1">"\'&'
MASKED = "13912345678"
HELD_MARK = "隔离标记甲乙丙丁"
CLAUSES = (
    "处理个人信息应当遵循合法、正当、必要和诚信原则",
    "国家鼓励利用网络开展教育培训、科学普及和文化传播",
    "村民委员会办理本村的公共事务和公益事业",
    "船舶进出港口应当遵守港口管理机构的调度",
    "种子生产经营者应当保证种子质量并建立档案",
    "公共图书馆应当免费向社会公众开放基本服务",
    "气象台站的探测环境受法律保护",
    "旅行社不得以不合理的低价组织旅游活动",
    "测绘成果实行汇交制度并由国家定期公布",
    "用人单位招用劳动者不得扣押居民身份证件",
    "农民专业合作社成员以其账户内记载的出资额承担责任",
    "渔业资源的增殖和保护费由渔业行政主管部门征收",
    "档案馆应当定期公布开放档案的目录",
    "消费者享有自主选择商品或者服务的权利",
    "海关监管货物未经海关许可不得开拆和转让",
    "运动员应当公平竞争并拒绝使用违禁药物",
    "仲裁裁决作出后即发生法律效力",
    "企业破产案件由债务人住所地人民法院管辖",
    "矿产资源属于国家所有并由国务院行使所有权",
    "铁路运输企业应当保证旅客按车票载明的日期乘车",
    "注册会计师依法独立公正执行业务",
    "电力设施受国家保护任何单位和个人不得危害",
    "防震减灾规划应当与城乡规划相协调",
    "广告应当真实合法并以健康的表现形式表达内容",
    "传染病疫情信息由卫生行政部门统一公布",
    "合同的变更和解除应当采用书面形式",
)
TWIN = "天地玄黄，宇宙洪荒。日月盈昃，辰宿列张。寒来暑往，秋收冬藏。闰余成岁，律吕调阳。云腾致雨，露结为霜。金生丽水，玉出昆冈。"
# Long enough that its two tags stay below the share of markup that the quality gate allows.
MARKUP = "留言须先转义，否则其中的 <script>window.hacked=2</script> 会被执行。" + "；".join(Random(0).sample(CLAUSES, 26)) + "。"
SPEECHES = (
    "Fellow citizens, we meet again to take account of the harvest, of the roads that were built, and of the debts that were paid.",
    "The treasury reports a surplus this year, and I ask that it be spent on lighthouses, harbors and the schools of the frontier.",
    "Peace with our neighbors holds; the commission has drawn the northern boundary, and both sides have signed its map.",
    "Let us judge every law by what it does for those who have least, and repeal without regret the ones that fail them.",
)


def law(number: int) -> str:
    """Return an article of its own: clauses in an order that no other article has."""
    return f"第{number}条　" + "；".join(Random(number).sample(CLAUSES, 6)) + "。"


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
    laws = [{"id": f"l{n}", "text": law(n)} for n in range(1, 62)]
    laws += [
        {"id": "twin", "text": TWIN},
        {"id": "markup", "text": MARKUP},
        {"id": "pi", "text": f"联系人王建国，手机号{MASKED}，地址不详，请于工作时间来电联系，谢谢配合，此致敬礼。"},
    ]
    add_source(house, declaration("laws", kind="public_sector", title=dict.fromkeys(("en", "zh"), f"Laws {HOSTILE}")), {"l.jsonl": laws})
    held = [{"id": "short", "text": HELD_MARK}, {"id": "again", "text": TWIN}]
    speeches = [{"id": f"s{n}", "text": text} for n, text in enumerate(SPEECHES)]
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
             "snapshot_id": snapshot_id, "query": "{}", "size": 60, "separation": "soft", "instance": "labeling",
             "recorded_at": AT}  # fmt: skip
    state = {"batch_id": "b-1", "round": 1, "why": HOSTILE, "recorded_at": AT}
    register(house, actor, "batch.draft", "b-1", {"batches": [batch], "batch_states": [state | {"state": "draft"}]}, {"batch_id": "b-1"})
    judgement = {"subject": "batch", "subject_id": "b-1", "round": 1, "outcome": "accepted", "size": 60, "sample_size": 40,
                 "errors": 1, "illegal": 0, "point": "0.9750", "lower_bound": "0.9167", "confidence": "0.95", "body": "{}",
                 "recorded_at": AT}  # fmt: skip
    alarm = {"alarm_id": "a" * 64, "kind": "too_fast", "batch_id": "b-1", "instance": "labeling", "project": 1, "token": "t-1",
             "person": "p-1", "detail": f"median 0.4 s {HOSTILE}", "recorded_at": AT}  # fmt: skip
    rows_of = {"batch_states": [state | {"state": "accepted"}], "judgements": [judgement], "labeling_alarms": [alarm]}
    register(house, actor, "batch.accepted", "b-1", rows_of, {"batch_id": "b-1"})
