"""A judged round as one page in Chinese or English: what was planned, found and decided, with its pictures and no outside asset."""

from collections.abc import Mapping
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

from pipeline.domain.judging import BatchFacts, Judgement
from pipeline.domain.sampling import Posterior, Stratum
from pipeline.domain.verdict_pictures import Range, curve, matrix, ranges
from pipeline.flows.batch_facts import commitment_of, sealing_of
from pipeline.flows.batches import Batch, read_batch
from pipeline.flows.house import House
from pipeline.flows.judge import last_judgement, replay
from pipeline.stages.plan_sample import acceptance_probability, operating_characteristic, say_cost

_POINTS = 41
WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "title": "抽样核验报告", "batch": "批次", "rule": "标注规则", "round": "轮次", "outcome": "结论", "why": "理由", "size": "批量",
        "verified": "核验数", "errors": "错误数", "point": "点估计准确率", "bound": "准确率精确下限", "wilson": "Wilson 区间（仅供显示）",
        "meets": "符合方案", "proved": "以 95 % 置信度证明声明", "separation": "职责分离", "commitment": "密钥承诺",
        "order": "台账次序：方案、承诺、冻结、抽样",
        "undefined": "无定义", "yes": "是", "no": "否", "raw": "一致率", "krippendorff_alpha": "Krippendorff α", "gwet_ac1": "Gwet AC1",
        "span_f1": "片段 F1", "corrected": "校正核验员误差后的错误率", "oc": "抽检特性曲线与本批结果", "wrong": "批内错误比例",
        "chance": "接收概率",
        "strata": "各层准确率：点与精确下限", "posteriors": "各标注员错误率的后验均值与超限概率", "matrix": "核验前一致性：冻结标注与盲标",
        "frozen": "冻结标注", "blind": "盲标", "illegal": "确认违法条目", "ambiguous": "规则不明确", "unverifiable": "无法核验",
        "over": "超限概率",
    },
    "en": {
        "title": "Report on sampled verification", "batch": "Batch", "rule": "Labeling rule", "round": "Round", "outcome": "Outcome",
        "why": "Reasons", "size": "Lot", "verified": "Verified", "errors": "Errors", "point": "Point accuracy",
        "bound": "Exact lower bound on accuracy", "wilson": "Wilson interval (display only)", "meets": "Meets the plan",
        "proved": "Proves the claim at 95 %", "separation": "Separation", "commitment": "Commitment",
        "order": "Ledger order: plan, commitment, freeze, draw", "undefined": "not defined", "yes": "yes", "no": "no",
        "raw": "Raw agreement", "krippendorff_alpha": "Krippendorff alpha", "gwet_ac1": "Gwet AC1", "span_f1": "Span F1",
        "corrected": "Error rate freed from verifiers' errors", "oc": "Operating characteristic with what was observed",
        "wrong": "share wrong in the lot", "chance": "accepted", "strata": "Accuracy by stratum: point and exact lower bound",
        "posteriors": "Posterior mean error rate by annotator, and probability over the limit",
        "matrix": "Agreement before adjudication: frozen against blind labels", "frozen": "frozen", "blind": "blind",
        "illegal": "Confirmed unlawful items", "ambiguous": "Rule ambiguous", "unverifiable": "Unverifiable", "over": "over the limit",
    },
}  # fmt: skip


def write_report(house: House, batch_id: str, lang: str, target: Path, round_number: int | None = None) -> None:
    """Write a judged round's report as one HTML file. Raises EvidenceError before the judgement."""
    batch = read_batch(house, batch_id)
    batch = replace(batch, round=round_number or batch.round)
    facts, judgement = replay(house, batch)
    agreement = last_judgement(house, batch)["agreement"]
    stated: Mapping[str, Any] = agreement if isinstance(agreement, dict) else {}
    words = WORDS[lang]
    head = f"{words['title']} {batch.batch_id}"
    cost = say_cost(facts.plan)
    rows = _rows(house, batch, facts, judgement, words) + _agreement_rows(stated, words)
    table = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
    drawn = "".join(f"<h2>{escape(name)}</h2>{svg}" for name, svg in pictures(facts, judgement, stated, lang).items())
    target.write_text(
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{escape(head)}</title><style>'
        "body{font:15px/1.6 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}th{text-align:left;padding-right:1.5rem;"
        "font-weight:600;vertical-align:top}svg{width:100%;height:auto}</style></head><body>"
        f"<h1>{escape(head)}</h1><p>{escape(cost.zh if lang == 'zh' else cost.en)}</p><table>{table}</table>{drawn}</body></html>\n",
        encoding="utf-8",
    )


def pictures(facts: BatchFacts, judgement: Judgement, agreement: Mapping[str, Any], lang: str) -> dict[str, str]:
    """Return every picture of a judged round as SVG by its title."""
    words, stated = WORDS[lang], judgement.statement
    observed = 1 - stated.point if stated.point is not None else None
    widest = min(1.0, max(0.1, 3 * (observed or 0.0), 4 * (facts.plan.max_errors + 1) / facts.plan.sample_size))
    shares = [widest * place / (_POINTS - 1) for place in range(_POINTS)]
    seen = (observed, acceptance_probability(facts.plan, observed)) if observed is not None else None
    strata = [_stratum(each) for each in judgement.strata if each.verified]
    lowest = min((each.low for each in strata), default=0.0)
    people = [_posterior(each, words["over"]) for each in judgement.posteriors]
    limit = float(facts.policy.error_limit)
    return {
        words["oc"]: curve(words["oc"], operating_characteristic(facts.plan, shares), seen, (words["wrong"], words["chance"])),
        words["strata"]: ranges(words["strata"], strata, float(facts.plan.claim) if facts.plan.claim else None, min(lowest, 0.5)),
        words["posteriors"]: ranges(words["posteriors"], people, limit),
        words["matrix"]: matrix(words["matrix"], agreement.get("matrix", {}), (words["frozen"], words["blind"])),
    }


def _stratum(each: Stratum) -> Range:
    point = (each.verified - each.errors) / each.verified
    low = each.lower_bound if each.lower_bound is not None else point
    return Range(f"{each.dimension}: {each.name}", low, 1.0, point, f"{each.verified - each.errors}/{each.verified} {low:.3f}")


def _posterior(each: Posterior, over: str) -> Range:
    return Range(each.person, 0.0, each.mean, each.mean, f"{each.mean:.1%}; {each.over_limit:.0%} {over}"[:24])


def _rows(house: House, batch: Batch, facts: BatchFacts, judgement: Judgement, words: Mapping[str, str]) -> list[tuple[str, str]]:
    stated, sealing, sealed = judgement.statement, sealing_of(house, batch), commitment_of(house, batch)
    order = (sealing.planned_seq, sealing.committed_seq, sealing.frozen_seq, sealing.drawn_seq) if sealing else ()
    corrected = judgement.corrected
    return [
        (words["batch"], batch.batch_id),
        (words["rule"], f"{batch.rule.name} {batch.rule_sha256}"),
        (words["round"], str(facts.round_number)),
        (words["outcome"], judgement.consequence.value),
        (words["why"], ", ".join(judgement.why)),
        (words["size"], str(stated.size)),
        (words["verified"], str(stated.verified)),
        (words["errors"], f"{stated.errors} / {stated.max_errors}"),
        (words["point"], _share(stated.point, words)),
        (words["bound"], f"{_share(stated.lower_bound, words)} ({stated.confidence})"),
        (words["wilson"], " \N{EN DASH} ".join(_share(limit, words) for limit in stated.wilson)),
        (words["meets"], words["yes" if stated.meets_rule else "no"]),
        (words["proved"], words["undefined"] if stated.proved_at_95 is None else words["yes" if stated.proved_at_95 else "no"]),
        (words["illegal"], str(judgement.illegal)),
        (words["ambiguous"], str(judgement.ambiguous)),
        (words["unverifiable"], str(judgement.unverifiable)),
        (
            words["corrected"],
            f"{corrected.rate:.2%} ({corrected.low:.2%} \N{EN DASH} {corrected.high:.2%})" if corrected else words["undefined"],
        ),
        (words["separation"], batch.separation),
        (words["commitment"], sealed["commitment"] if sealed else words["undefined"]),
        (words["order"], " < ".join(map(str, order))),
    ]


def _agreement_rows(stated: Mapping[str, Any], words: Mapping[str, str]) -> list[tuple[str, str]]:
    names = ("raw", "krippendorff_alpha", "gwet_ac1", "span_f1")
    return [(words[name], words["undefined"] if stated.get(name) is None else str(stated[name])) for name in names]


def _share(share: float | None, words: Mapping[str, str]) -> str:
    return words["undefined"] if share is None else f"{share:.2%}"
