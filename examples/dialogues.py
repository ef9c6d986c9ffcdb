"""Generated text for the demo corpus: customer-service dialogues with planted identifiers, and weather-station notes.

Every name, number and address here is invented. Resident numbers carry birth dates of 1901 to 1915, e-mail addresses end in
domains reserved for examples, IP addresses are those of public resolvers, card and mobile numbers are drawn at random with
valid check digits; a mobile number that is somebody's would be a coincidence.
"""

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone

Record = dict[str, str]
Planted = list[dict[str, str]]

CHINA = timezone(timedelta(hours=8))

FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


# ---- identifiers -----------------------------------------------------------------------------------------------------------


def resident_id(rng: random.Random) -> str:
    """18 characters with the check character of GB 11643 (ISO 7064 MOD 11-2)."""
    region = rng.choice(["110101", "310104", "440106", "510107", "330102", "420106", "610103", "320102", "350203", "230102"])
    born = date(1901, 1, 1) + timedelta(days=rng.randrange(365 * 14))
    body = f"{region}{born:%Y%m%d}{rng.randrange(1000):03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(w * int(d) for w, d in zip(weights, body, strict=True)) % 11]


def mobile(rng: random.Random) -> str:
    """Eleven digits of an assigned range."""
    return rng.choice(["134", "139", "151", "158", "166", "177", "186", "189", "198"]) + f"{rng.randrange(10**8):08d}"


def bank_card(rng: random.Random) -> str:
    """19 (or 16) digits of a UnionPay range with a Luhn check digit."""
    head, size = rng.choice([("622202", 19), ("621700", 19), ("622848", 19), ("621483", 16), ("622588", 16)])
    body = head + "".join(str(rng.randrange(10)) for _ in range(size - len(head) - 1))
    total = sum(d if n % 2 else d * 2 - 9 * (d > 4) for n, d in enumerate(map(int, reversed(body))))
    return f"{body}{-total % 10}"


def email(rng: random.Random) -> str:
    """An address below a domain that is reserved for examples."""
    name = rng.choice(["lin", "zhao", "qian", "sun", "wu", "xu", "he", "gao", "luo", "tang"]) + rng.choice(
        [".mei", "_hao", "yu", "-jia", ""]
    )
    return f"{name}{rng.randrange(10, 999)}@{rng.choice(['example.com', 'example.net', 'example.org', 'mail.example.com'])}"


def ipv4(rng: random.Random) -> str:
    """A public resolver's address."""
    return rng.choice(
        ["114.114.114.114", "114.114.115.115", "223.5.5.5", "223.6.6.6", "119.29.29.29", "180.76.76.76", "208.67.222.222", "101.226.4.6"]
    )


KINDS: dict[str, tuple[Callable[[random.Random], str], tuple[str, ...]]] = {
    "resident_id": (
        resident_id,
        (
            "客户：我身份证号是{}麻烦核对一下。",
            "客户：身份证{}没错吧？",
            "客户：登记时用的证件号码：{}。",
            "客服：您报的身份证号{}已经核验通过。",
            "客户：{}是我母亲的身份证号码，是她本人办理的。",
        ),
    ),
    "mobile": (
        mobile,
        (
            "客户：打我手机{}就行，白天都能接。",
            "客户：手机号{}。",
            "客服：我们稍后用座机回拨您的{}请留意接听。",
            "客户：短信发到{}，这个号一直在用。",
            "客户：联系电话填的是+86{}，应该没有错。",
        ),
    ),
    "bank_card": (
        bank_card,
        (
            "客户：钱退到银行卡{}上。",
            "客服：系统显示扣款卡号{}，请问是您本人的卡吗？",
            "客户：卡号{}开户行在城西支行。",
            "客户：我用储蓄卡{}付的款。",
        ),
    ),
    "email": (
        email,
        (
            "客户：电子发票请发到邮箱{}谢谢。",
            "客户：我的邮箱是{}，附件别太大。",
            "客服：材料清单已发送至{}请查收。",
            "客户：也可以写信给{}联系我。",
        ),
    ),
    "ipv4": (
        ipv4,
        (
            "客服：后台记录的登录IP是{}，请问是您常用的网络吗？",
            "客户：路由器里显示的公网地址为{}有时会变。",
            "客服：异常请求来自IP地址{}，我们已经临时拦截。",
        ),
    ),
}


def plant(rng: random.Random, kind: str) -> tuple[str, dict[str, str]]:
    """A line that holds a new identifier, and what was planted; one in eight is written in full-width digits."""
    make, lines = KINDS[kind]
    plain = make(rng)
    written = plain.translate(FULL_WIDTH) if kind in ("resident_id", "mobile", "bank_card") and rng.randrange(8) == 0 else plain
    planted = {"kind": kind, "value": written, "field": "text"}
    return rng.choice(lines).format(written), planted if written == plain else {**planted, "plain": plain}


# ---- dialogues -------------------------------------------------------------------------------------------------------------

HELLO = (
    "客服：您好，这里是客服中心，请问有什么可以帮您？", "客服：上午好，很高兴为您服务。", "客服：您好，感谢来电，请讲。",
    "客服：晚上好，让您久等了，请问遇到什么问题？", "客服：您好，我是本次接待的客服，工号零七三。", "客服：欢迎咨询，请描述一下您的情况。",
)  # fmt: skip
BYE = (
    "客服：感谢您的耐心，祝您生活愉快。", "客户：好的，明白了，谢谢你。", "客服：稍后会有满意度短信，期待您的评价，再见。",
    "客户：行，那我等消息，再见。", "客服：如果还有疑问，欢迎随时再联系我们。", "客户：辛苦了，今天的服务挺好。",
)  # fmt: skip
CITY = ["杭州", "成都", "沈阳", "厦门", "西安", "武汉", "昆明", "青岛", "长沙", "兰州", "南宁", "合肥", "太原", "贵阳", "苏州", "珠海"]
ITEM = [
    "电热水壶",
    "儿童书包",
    "蓝牙耳机",
    "羽绒外套",
    "茶叶礼盒",
    "空气炸锅",
    "登山鞋",
    "机械键盘",
    "床垫",
    "护眼台灯",
    "扫地机器人",
    "咖啡豆",
    "雨伞",
    "拼图",
]
WHEN = ["昨天傍晚", "上周三", "国庆前一天", "本月初", "前天中午", "周末", "六月底", "大概十天前", "今天一早", "春节刚过"]

TOPICS: dict[str, tuple[tuple[str, ...], ...]] = {
    "快递": (
        (
            "客户：我{when}买的{item}到现在还没送到{city}。",
            "客户：包裹一直停在{city}分拨中心不动了。",
            "客户：{item}显示已签收，可是我没收到。",
            "客户：寄往{city}的{item}外箱破了，怎么处理？",
        ),
        (
            "客服：请稍等，我查一下物流轨迹。",
            "客服：麻烦提供运单编号，我帮您催一下网点。",
            "客服：快件在{city}中转时遇到暴雨，耽搁了{n}天。",
            "客服：网点反馈是放在了驿站的{n}号柜。",
        ),
        (
            "客户：驿站离我家有点远，能不能送上门？",
            "客户：我着急用，最晚什么时候能到？",
            "客户：之前也发生过一次，希望别再这样。",
            "客户：我拍了照片，可以传给你看。",
        ),
        (
            "客服：已经登记加急，预计{n}小时内有人联系您。",
            "客服：破损部分按保价条款赔付{amount}元。",
            "客服：我让快递员今天下午改送到门口。",
            "客服：如果明天仍未更新，系统会自动补发一件。",
        ),
    ),
    "退货": (
        (
            "客户：{when}收到的{item}颜色和页面上不一样，我想退。",
            "客户：这款{item}用了{n}次就坏了。",
            "客户：七天无理由还能退{item}吗？",
            "客户：退回去的{item}你们仓库签收了，钱没到账。",
        ),
        (
            "客服：退货申请在订单详情页里提交，审核大约要{n}小时。",
            "客服：请保留好吊牌和赠品，一起寄回{city}仓。",
            "客服：质检结果出来后会原路退款。",
            "客服：这笔退款金额为{amount}元，正在财务复核。",
        ),
        ("客户：运费是谁承担？", "客户：优惠券还能恢复吗？", "客户：我只想换一件尺码大一点的。", "客户：包装盒已经扔掉了，有影响吗？"),
        (
            "客服：因质量问题产生的运费由我们承担。",
            "客服：券会在退款完成后自动返还，有效期不变。",
            "客服：换货的话，新的{item}会从{city}发出。",
            "客服：没有外盒也可以，请用气泡膜包好。",
        ),
    ),
    "银行": (
        (
            "客户：{when}有一笔{amount}元的扣款我不认识。",
            "客户：我在{city}的柜员机取款，机器没吐钱却记了账。",
            "客户：想问下信用卡账单能不能分{n}期。",
            "客户：转账写错了收款人，还能追回来吗？",
        ),
        (
            "客服：为了安全，我先核对几项信息。",
            "客服：这笔交易的商户名称是一家便利店，金额{amount}元。",
            "客服：差错处理一般需要{n}个工作日。",
            "客服：分期手续费按剩余本金计算。",
        ),
        (
            "客户：那张卡我一直放在家里没带出来。",
            "客户：能不能先把卡挂失？",
            "客户：利率有没有优惠活动？",
            "客户：我要去网点办还是电话里就行？",
        ),
        (
            "客服：已为您临时挂失，补卡请带证件到{city}任一网点。",
            "客服：争议款项先行冻结，结果以短信通知。",
            "客服：当前活动期内手续费打八折，到月底截止。",
            "客服：收款方确认后，款项会在{n}天内退回。",
        ),
    ),
    "宽带": (
        (
            "客户：家里宽带从{when}开始一直掉线。",
            "客户：光猫红灯闪，网页打不开。",
            "客户：我从{city}搬家，宽带能不能一起移过去？",
            "客户：办的是千兆套餐，测速只有{n}兆。",
        ),
        (
            "客服：请先把光猫断电{n}分钟再试一次。",
            "客服：我这边远程看到您的端口有误码。",
            "客服：移机需要预约师傅上门，{city}地区收取{amount}元工料费。",
            "客服：您连接的是二点四吉赫兹频段，换到五吉赫兹会快一些。",
        ),
        (
            "客户：重启过好几遍，没有用。",
            "客户：师傅能周末来吗？我平时要上班。",
            "客户：套餐合约还有{n}个月，有没有违约金？",
            "客户：隔壁邻居也说今晚网慢。",
        ),
        (
            "客服：已派单，维修员会在{n}小时内上门。",
            "客服：片区光缆正在抢修，预计今晚恢复。",
            "客服：故障期间的费用按天减免，共{amount}元。",
            "客服：移机不影响合约，到期日照旧。",
        ),
    ),
    "机票": (
        (
            "客户：{when}订的飞{city}的航班被取消了，怎么改？",
            "客户：我想把去{city}的机票名字里的错字改一下。",
            "客户：行李到了{city}没出来，箱子里有{item}。",
            "客户：退票手续费怎么收了{amount}元这么多？",
        ),
        (
            "客服：因流量控制取消的航班可以免费改签一次。",
            "客服：同音字错误可以免费更正，需要上传证件照片。",
            "客服：行李查询编号已经生成，请记下后四位。",
            "客服：起飞前{n}小时以内退票，按票面的比例收取。",
        ),
        (
            "客户：改到第二天早上那班还有座位吗？",
            "客户：我带着老人，希望坐在一起。",
            "客户：箱子是蓝色的，拉杆上系了一条丝带。",
            "客户：能开行程单报销吗？",
        ),
        (
            "客服：次日早班还剩{n}个座位，已经帮您锁定。",
            "客服：座位选在了前排相邻的位置。",
            "客服：行李在{city}机场找到了，明天配送到酒店。",
            "客服：行程单可以在出行后{n}天内自助打印。",
        ),
    ),
    "水电": (
        (
            "客户：这个月电费一下子涨到{amount}元，是不是抄错了？",
            "客户：{when}缴的水费，今天又收到欠费通知。",
            "客户：{city}这边小区停电，什么时候来电？",
            "客户：我想给新房开通阶梯峰谷电价。",
        ),
        (
            "客服：我看到您家本月用电比上月多了{n}成。",
            "客服：系统入账有延迟，通知可以先忽略。",
            "客服：停电原因是变压器检修，计划{n}小时。",
            "客服：峰谷电价次月生效，一年内只能变更一次。",
        ),
        (
            "客户：可我们一家出门旅游去了，家里没人。",
            "客户：缴费截图我还留着。",
            "客户：冰箱里都是海鲜，能不能快一点？",
            "客户：充电桩也按这个价算吗？",
        ),
        (
            "客服：我安排抄表员上门复核，不收费用。",
            "客服：如确认多收，{amount}元会抵扣到下个月。",
            "客服：抢修车已经到{city}现场，请放心。",
            "客服：充电桩建议单独装一块表，审批要{n}天。",
        ),
    ),
    "医保": (
        (
            "客户：我在{city}住院，异地医保怎么备案？",
            "客户：{when}买药刷卡提示余额不足，可明明有{amount}元。",
            "客户：换了单位以后，医保断了{n}个月怎么办？",
            "客户：孩子的门诊费用能报多少？",
        ),
        (
            "客服：备案可以在线办理，选择{city}即可，当天生效。",
            "客服：个人账户每月月底划拨，这个月还没有到账。",
            "客服：断缴期间可以按灵活就业补上。",
            "客服：门诊起付线以上部分，按比例报销。",
        ),
        (
            "客户：出院以后再备案还来得及吗？",
            "客户：药店说要换新的电子凭证。",
            "客户：补缴会不会有滞纳金？",
            "客户：需要准备哪些票据原件？",
        ),
        (
            "客服：出院结算前补办都可以，结算后需要手工报销。",
            "客服：在手机上重新激活一次电子凭证就行。",
            "客服：三个月以内补缴，待遇不受影响。",
            "客服：发票、费用清单和病历各一份，{n}个工作日办结。",
        ),
    ),
    "酒店": (
        (
            "客户：{when}订的{city}的酒店，到店说没有房。",
            "客户：房间空调漏水，把我的{item}弄湿了。",
            "客户：我要取消{city}的预订，页面说不能退。",
            "客户：早餐券少了{n}张。",
        ),
        (
            "客服：非常抱歉，我马上联系{city}门店的值班经理。",
            "客服：该订单属于限时特价，取消政策比较严格。",
            "客服：可以先为您升级到行政楼层。",
            "客服：前台系统里登记的是{n}位客人。",
        ),
        (
            "客户：现在已经很晚了，我总不能睡大堂。",
            "客户：行程有变是因为台风，不是我的原因。",
            "客户：那损失怎么算？",
            "客户：我们两个大人一个小孩。",
        ),
        (
            "客服：已改订到隔壁同档次的酒店，差价由我们承担。",
            "客服：凭停航证明可以全额退还{amount}元。",
            "客服：物品损失请拍照留存，店方赔偿{amount}元。",
            "客服：早餐券已经补发到前台，报房号领取即可。",
        ),
    ),
}
KINDS_OF_NOTE = ("已回访，客户满意。", "待跟进。", "转技术组处理。", "按流程结案。", "客户要求邮件回复。", "重复来电，已合并工单。")


def lines_of(rng: random.Random, topic: str) -> list[str]:
    """Seven turns on a topic: an opening, then facts, worries and answers."""
    opening, facts, worries, answers = TOPICS[topic]
    turns = [rng.choice(opening)]
    for fact, worry, answer in zip(rng.sample(facts, 2), rng.sample(worries, 2), rng.sample(answers, 2), strict=True):
        turns += [fact, worry, answer]
    return [
        turn.format(
            city=rng.choice(CITY), item=rng.choice(ITEM), when=rng.choice(WHEN), n=rng.randrange(2, 30), amount=rng.randrange(12, 3000)
        )
        for turn in turns
    ]


def dialogue(rng: random.Random, number: int, identifiers: int) -> tuple[Record, Planted]:
    """One dialogue: greeting, seven turns on one topic with the planted lines among them, farewell."""
    topic = rng.choice(sorted(TOPICS))
    turns, planted = lines_of(rng, topic), Planted()
    kinds = sorted(KINDS) * 3 if identifiers > len(KINDS) else sorted(KINDS)
    for kind in rng.sample(kinds, identifiers):
        line, what = plant(rng, kind)
        if any(what["value"] == p["value"] for p in planted):
            continue
        turns.insert(rng.randrange(1, len(turns) + 1), line)
        planted.append(what)
    started = datetime(2026, 3, 2, 8, 30, tzinfo=CHINA) + timedelta(minutes=37 * number + rng.randrange(30))
    return {
        "id": f"dlg-{number:04d}",
        "started_at": started.isoformat(),
        "channel": rng.choice(["电话", "在线", "微信"]),
        "topic": topic,
        "agent_note": rng.choice(KINDS_OF_NOTE),
        "text": "\n".join([rng.choice(HELLO), *turns, rng.choice(BYE)]),
    }, planted


def dialogue_files(seed: int) -> tuple[dict[str, list[Record]], dict[str, Planted], dict[str, int]]:
    """Records by file name, what was planted by record id, and how many of each sort there are."""
    rng = random.Random(seed)
    sorts = [("ordinary", 160), ("dense", 15), ("clean", 20)]
    order = [sort for sort, count in sorts for _ in range(count)]
    rng.shuffle(order)
    records = list[Record]()
    planted = dict[str, Planted]()
    by_sort: dict[str, list[Record]] = {sort: [] for sort, _ in sorts}
    for number, sort in enumerate(order, 1):
        many = {"ordinary": rng.choice([1, 1, 2, 2, 3]), "dense": rng.randrange(8, 13), "clean": 0}[sort]
        record, what = dialogue(rng, number, many)
        records.append(record)
        by_sort[sort].append(record)
        if what:
            planted[record["id"]] = what

    note = by_sort["clean"][0]  # its text is clean, its metadata is not
    left = mobile(rng)
    note["agent_note"] = f"客户另留手机{left}，请晚上联系。"
    planted[note["id"]] = [{"kind": "mobile", "value": left, "field": "agent_note"}]

    twins = [*by_sort["ordinary"][:3], *by_sort["clean"][1:3]]
    for n, twin in enumerate(twins, len(order) + 1):
        copy = {**twin, "id": f"dlg-{n:04d}", "agent_note": "重复来电，已合并工单。"}
        records.append(copy)
        if twin["id"] in planted:
            planted[copy["id"]] = planted[twin["id"]]

    calls = []
    for n in range(len(order) + len(twins) + 1, len(order) + len(twins) + 11):
        record, what = dialogue(rng, n, rng.choice([0, 1, 2]))
        calls.append(record)
        if what:
            planted[record["id"]] = what
    by_name = "call-13800138000.jsonl"
    planted[f"file:{by_name}"] = [{"kind": "mobile", "value": "13800138000", "field": "file name"}]
    counts = dict(sorts) | {"exact_duplicates": len(twins), "in_named_file": len(calls)}
    return {"dialogues.jsonl": records, by_name: calls}, planted, counts


# ---- weather-station notes ---------------------------------------------------------------------------------------------------

SKY = ["云层较低", "天空转晴", "有薄雾", "午后起风", "夜间有霜", "阵雨将至", "能见度良好", "远处有雷声", "积雪未化", "沙尘减弱"]
WORK = (
    "更换了风向标的轴承", "清理了雨量筒里的落叶", "校准了气压计", "给百叶箱补刷了白漆", "检查了太阳能板的接线", "重新拧紧了拉线",
    "下载了上周的数据", "更换了记录纸", "测试了备用电源", "除去了传感器上的冰", "量了积雪的深度", "修剪了观测场的草",
)  # fmt: skip
THEN = (
    "数据恢复正常", "读数仍偏高，明天再看", "备件不足，已向总站申请", "一切就绪", "与邻站比对相差无几", "需要再观察两天",
    "夜班同事会接着记录", "没有发现其他问题", "等待通信恢复后上传", "照片已归档",
)  # fmt: skip


def station_notes(seed: int, count: int) -> list[Record]:
    """Notes of an invented weather station, with nobody in them."""
    rng = random.Random(seed)
    notes = []
    for n in range(1, count + 1):
        day = date(2025, 1, 1) + timedelta(days=2 * n)
        first, second = rng.sample(WORK, 2)
        text = (
            f"{day.year}年{day.month}月{day.day}日，{rng.choice(SKY)}，气温{rng.randrange(-20, 36)}.{rng.randrange(10)}度，"
            f"相对湿度{rng.randrange(20, 99)}%，气压{rng.randrange(860, 1030)}.{rng.randrange(10)}百帕。"
            f"{rng.choice(['上午', '午前', '清晨'])}{first}，"
            f"{rng.choice(THEN)}；{rng.choice(['下午', '傍晚', '收工前'])}{second}，{rng.choice(THEN)}。"
            f"{rng.choice(['风速', '阵风'])}{rng.randrange(1, 19)}.{rng.randrange(10)}米每秒，{rng.choice(SKY)}。"
        )
        notes.append({"id": f"note-{n:03d}", "station": f"N-{rng.randrange(1, 9):02d}", "text": text})
    return notes
