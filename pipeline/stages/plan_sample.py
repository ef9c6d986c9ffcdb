"""Plans, made before the draw: how many to verify, what that can prove, what it costs, and a refusal of what cannot be.

Ten percent of a thousand with no error proves 97.2 %, not 98 %: people read more into a sample than it holds, so every plan
says in one sentence what it would prove at best.
"""

from collections.abc import Iterable, Sequence
from math import ceil, floor

from pipeline.domain.sampling import (
    AqlPlan,
    ClaimPlan,
    PointRule,
    Refusal,
    Rule,
    SamplingPlan,
    Sentence,
    Severity,
    SprtPlan,
)
from pipeline.errors import ConfigurationError
from pipeline.stages.bound_accuracy import (
    as_written,
    binomial_cdf,
    hypergeometric_cdf,
    min_sample,
    upper_defects,
)
from pipeline.stages.inspect_stream import TablePlan, table_plan
from pipeline.stages.look_sequentially import looks, sequential_characteristic, wald_lines

SHORTEST_LOT = 2
_MOST_ERRORS = 200


def plan_lot(rule: Rule, size: int, tables: Iterable[TablePlan] = ()) -> SamplingPlan | Refusal:
    """Return the plan of a rule for a lot of ``size`` items, or why there can be none; ``tables`` are needed for an AQL plan."""
    if size < 1:
        return Refusal("批次为空，无法抽样。", "The lot is empty; there is nothing to draw from.")
    if isinstance(rule, ClaimPlan):
        return _claim_plan(rule, size)
    if isinstance(rule, AqlPlan):
        return _aql_plan(rule, size, tables)
    if isinstance(rule, SprtPlan):
        return _sequential_plan(rule, size)
    return _point_plan(rule, size)


def is_as_strict(new: SamplingPlan, old: SamplingPlan) -> bool:
    """Tell whether a later round's plan is at least as strict as the earlier one's: same method, no limit loosened."""
    one, other = new.rule, old.rule
    if isinstance(one, ClaimPlan) and isinstance(other, ClaimPlan):
        claims = as_written(one.claim) >= as_written(other.claim) and as_written(one.confidence) >= as_written(other.confidence)
        return claims and one.max_errors <= other.max_errors
    if isinstance(one, AqlPlan) and isinstance(other, AqlPlan):
        is_loosened = one.severity is Severity.NORMAL and other.severity is Severity.TIGHTENED
        return float(one.aql) <= float(other.aql) and not is_loosened
    if isinstance(one, SprtPlan) and isinstance(other, SprtPlan):
        pairs = ((one.good, other.good), (one.bad, other.bad), (one.consumer_risk, other.consumer_risk))
        return all(as_written(mine) <= as_written(theirs) for mine, theirs in pairs)
    if isinstance(one, PointRule) and isinstance(other, PointRule):
        return as_written(one.accuracy) >= as_written(other.accuracy) and new.sample_size >= old.sample_size
    return False


def two_point_plan(size: int | None, good: float, bad: float, producer_risk: float = 0.05, consumer_risk: float = 0.05) -> tuple[int, int]:
    """Return the smallest (n, ac) that accepts a lot with a share ``good`` wrong and refuses one with ``bad``, at both risks.

    ``size=None`` is an unending stream: exams and gold are planned so.
    """
    if not 0 <= good < bad < 1:
        raise ConfigurationError(f"expected 0 <= good < bad < 1, found {good} and {bad}")
    for ac in range(_MOST_ERRORS):
        if (n := _least_for_bad(size, bad, ac, consumer_risk)) is not None and _passes(size, good, n, ac) >= 1 - producer_risk:
            return n, ac
    raise ConfigurationError(
        f"expected a plan with up to {_MOST_ERRORS} errors, found none between {good} and {bad}; set them further apart"
    )


def acceptance_probability(plan: SamplingPlan, wrong: float, *, is_stream: bool = False) -> float:
    """Return the probability that a lot with a share ``wrong`` is accepted: one point of the operating characteristic.

    The share is rounded to whole items of the lot; ``is_stream`` gives the binomial curve that the tables print.
    """
    size = None if is_stream else plan.size
    if plan.looks:
        return sequential_characteristic(plan.looks, size, wrong)[0]
    return _passes(size, wrong, plan.sample_size, plan.max_errors)


def operating_characteristic(plan: SamplingPlan, shares: Sequence[float]) -> list[tuple[float, float]]:
    """Return the points (share wrong, probability of acceptance) of a plan's curve on its own lot."""
    return [(share, acceptance_probability(plan, share)) for share in shares]


def chance_to_see(size: int, defects: int, n: int) -> float:
    """Return the probability that a sample of n holds at least one of ``defects`` items: why one unlawful item needs every channel."""
    return 1 - hypergeometric_cdf(0, size, defects, n)


def say_cost(plan: SamplingPlan) -> Sentence:
    """Return what the plan costs and proves at best, and where it proves less than people read into it."""
    n, size, ac = plan.sample_size, plan.size, plan.max_errors
    zh = f"从 {size:,} 条中核验 {n:,} 条（{_percent(n, size)} %）"
    en = f"{n:,} of {size:,} items are verified ({_percent(n, size)} %)"
    if plan.looks:
        return Sentence(
            f"{zh}为上限，可在规定的检查点提前停止；只报告判定及其风险，不给出精确下限。",
            f"{en} at most, fewer where a recorded look decides; the decision is reported with its risks, and no exact bound.",
        )
    best, worst = (_proved(x, n, size, plan.confidence) for x in (0, ac))
    level = f"{float(as_written(plan.confidence)) * 100:g}"
    if plan.claim is None:
        return Sentence(
            f"{zh}，至多允许 {_errors_zh(ac)}；该方案控制批次流，对单批仅以 {level} % 置信度证明准确率不低于 {worst} %。",
            f"{en}, up to {_errors(ac)} pass; the plan controls a stream, and of one lot it proves {worst} % with {level} % confidence.",
        )
    claim = f"{float(as_written(plan.claim)) * 100:g}"
    if upper_defects(ac, n, size, plan.confidence) <= floor(size * (1 - as_written(plan.claim))):
        return Sentence(
            f"{zh}，至多 {_errors_zh(ac)}即以 {level} % 置信度证明准确率不低于 {worst} %，满足 {claim} % 的声明。",
            f"{en}; {_at_most(ac)} prove {worst} % with {level} % confidence, which covers the claim of {claim} %.",
        )
    if upper_defects(0, n, size, plan.confidence) > floor(size * (1 - as_written(plan.claim))):
        return Sentence(
            f"{zh}；{n:,} 条中 0 个错误仅证明 {best} %，而非 {claim} %。",
            f"{en}; 0 errors of {n:,} proves {best} %, not {claim} %.",
        )
    return Sentence(
        f"{zh}；至多 {_errors_zh(ac)}符合规则，但 {_errors_zh(ac)}仅证明 {worst} %，而非 {claim} %。",
        f"{en}; up to {_errors(ac)} meet the rule, but {_errors(ac)} prove {worst} %, not {claim} %.",
    )


def _claim_plan(rule: ClaimPlan, size: int) -> SamplingPlan | Refusal:
    n = min_sample(size, rule.claim, rule.confidence, rule.max_errors)
    if n is not None:
        return SamplingPlan(rule, size, n, rule.max_errors)
    claim = f"{float(as_written(rule.claim)) * 100:g}"
    allowed = floor(size * (1 - as_written(rule.claim)))
    return Refusal(
        f"{size:,} 条的批次在 {claim} % 下允许 {allowed} 个错误；样本若允许 {_errors_zh(rule.max_errors)}，全检也无法证明。"
        "请减少允许的错误数、降低声明或合并批次。",
        f"A lot of {size:,} meets {claim} % with up to {_errors(allowed)}; a sample that allows {_errors(rule.max_errors)} cannot "
        "prove it, not even of every item. Allow fewer errors, claim less, or merge lots before the freeze.",
    )


def _aql_plan(rule: AqlPlan, size: int, tables: Iterable[TablePlan]) -> SamplingPlan | Refusal:
    if rule.severity is Severity.STOPPED:
        return Refusal(
            "该生产方的批次流已停止检验；请先查明原因并恢复检验。",
            "Inspection of this producer's stream is stopped; find the cause and resume it first.",
        )
    if size < SHORTEST_LOT:
        return Refusal("ISO 2859-1 的批量至少为 2；请全检。", "ISO 2859-1 starts at a lot of 2; verify the item.")
    found = table_plan(tables, size, rule.aql, rule.severity)
    return SamplingPlan(rule, size, min(found.n, size), found.ac)


def _sequential_plan(rule: SprtPlan, size: int) -> SamplingPlan | Refusal:
    good, bad, alpha, beta = (float(as_written(x)) for x in (rule.good, rule.bad, rule.producer_risk, rule.consumer_risk))
    if good >= bad or alpha + beta >= 1 or rule.look_every < 1 or rule.longest < 1:
        return Refusal(
            "序贯方案要求 good 小于 bad、两类风险之和小于 1、检查间隔和上限为正数。",
            "A sequential plan needs good below bad, risks that add up to less than 1, and a positive look_every and longest.",
        )
    longest = min(rule.longest, size)
    stops = looks(wald_lines(good, bad, alpha, beta), rule.look_every, longest)
    return SamplingPlan(rule, size, longest, stops[-1].accept, stops)


def _point_plan(rule: PointRule, size: int) -> SamplingPlan | Refusal:
    stated = rule.sample_size
    if rule.sample_ratio is not None:
        stated = max(stated or 0, ceil(size * as_written(rule.sample_ratio)))
    if not stated:
        return Refusal(f"规则 {rule.name} 没有给出样本量。", f"The rule {rule.name} states no sample size.")
    n = min(stated, size)
    return SamplingPlan(rule, size, n, floor(n * (1 - as_written(rule.accuracy))))


def _least_for_bad(size: int | None, bad: float, ac: int, risk: float) -> int | None:
    low = ac + 1
    high = low if size is None else size
    while size is None and _passes(size, bad, high, ac) > risk:
        high *= 2
    if low > high or _passes(size, bad, high, ac) > risk:
        return None
    while low < high:
        middle = (low + high) // 2
        if _passes(size, bad, middle, ac) > risk:
            low = middle + 1
        else:
            high = middle
    return low


def _passes(size: int | None, wrong: float, n: int, ac: int) -> float:
    return binomial_cdf(ac, n, wrong) if size is None else hypergeometric_cdf(ac, size, round(size * wrong), n)


def _proved(errors: int, n: int, size: int, confidence: str) -> str:
    """Return the bound in percent with one decimal, rounded down: a claim is never rounded up."""
    defects = upper_defects(min(errors, n), n, size, confidence)
    return f"{(size - defects) * 1000 // size / 10:g}"


def _errors(count: int) -> str:
    return "1 error" if count == 1 else f"{count:,} errors"


def _errors_zh(count: int) -> str:
    return f"{count:,} 个错误"


def _at_most(count: int) -> str:
    return "0 errors" if count == 0 else f"up to {_errors(count)}"


def _percent(part: int, whole: int) -> str:
    return f"{part * 100 / whole:.3g}"
