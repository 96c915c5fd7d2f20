"""What the papers about a unit share: whom they address, the visit that they rest on, each problem found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from inspections import visit_kinds
from inspections.models import FindingPhoto, Problem, RectificationTask, Visit
from inspections.reports.blocks import Text, numeral
from shuangjian import clock
from shuangjian.accounts.models import County, Organisation
from shuangjian.dates import cn_date_weekday
from shuangjian.policy.models import ProofRequirement


@dataclass(frozen=True)
class Addressee:
    """The unit as the paper's first line names it, and how the text speaks to it."""

    name: str
    line: str  # name and code, and of an institution licence and address
    you: str
    is_school: bool


def addressee_of(unit: Organisation) -> Addressee:
    if unit.kind == Organisation.Kind.SCHOOL:
        return Addressee(unit.name, f"{unit.name}（学校标识码{unit.code}）", "你校", True)
    institution = unit.institution
    parts = [f"统一社会信用代码{unit.code}"]
    if institution.licence_no:
        parts.append(f"办学许可证号{institution.licence_no}")
    place = institution.places.order_by("pk").first()
    if place is not None:
        parts.append(f"地址{place.address}")
    return Addressee(unit.name, f"{unit.name}（{'，'.join(parts)}）", "你单位", False)


@dataclass(frozen=True)
class Occasion:
    """The visit that the paper rests on."""

    kind: str
    on: date
    record_no: str
    people: tuple[str, ...]  # 王某（证号云督0021）
    by_bureau: bool  # a check of the bureau's own, not a supervision


def occasion_of(visit: Visit | None) -> Occasion | None:
    if visit is None:
        return None
    members = visit.members.select_related("user").order_by("-is_lead", "pk")
    on = clock.local_day(visit.started_at) if visit.started_at else visit.planned_on
    return Occasion(
        kind=visit.get_kind_display(),
        on=on,
        record_no=visit.record_no,
        people=tuple(
            f"{one.user.name}（{one.certificate_no}）" if one.certificate_no else one.user.name
            for one in members
        ),
        by_bureau=visit_kinds.kind_of(visit.kind).is_bureaus,
    )


@dataclass(frozen=True)
class Fact:
    """One problem as the paper states it, with what must be true by when and which proof shows it."""

    no: str
    rule: int
    rule_title: str
    basis: str  # document, number, article
    prohibition: str  # 严禁…, with its words
    is_red_line: bool
    fact: str
    rectifying: str
    due_on: date
    demand: str  # the item's own sentence: what must be true
    at_once: bool
    photos: int
    proofs: tuple[str, ...]


def facts_of(tasks: Iterable[RectificationTask]) -> tuple[Fact, ...]:
    """In the order of the rules. Three queries, however many problems."""
    rows = sorted(tasks, key=lambda task: (task.problem.rule.number, task.problem.no))
    findings = [task.problem.source_finding_id for task in rows if task.problem.source_finding_id]
    photos = Counter(FindingPhoto.objects.filter(finding__in=findings).values_list("finding_id", flat=True))
    needs = list(ProofRequirement.objects.filter(is_required=True))
    return tuple(_fact(task, needs, photos) for task in rows)


def _fact(task: RectificationTask, needs: Sequence[ProofRequirement], photos: Counter[int]) -> Fact:
    problem = task.problem
    finding = problem.source_finding
    return Fact(
        no=problem.no,
        rule=problem.rule.number,
        rule_title=problem.rule.title,
        basis=problem.rule.source_text,
        prohibition=f"{problem.prohibition}" if problem.prohibition else "",
        is_red_line=problem.is_red_line,
        fact=_bare(problem.fact),
        rectifying=problem.get_rectifying_display(),
        due_on=task.due_on,
        demand=_bare(problem.item.text) if problem.item else "",
        at_once=bool(finding and finding.at_once) or problem.rectifying == Problem.Rectifying.AT_ONCE,
        photos=photos[problem.source_finding_id] if problem.source_finding_id else 0,
        proofs=tuple(need.title for need in needs if _concerns(need, problem)),
    )


def _concerns(need: ProofRequirement, problem: Problem) -> bool:
    in_scope = not need.rule_codes or problem.rule.code in need.rule_codes
    return in_scope and problem.severity in need.severities and not problem.light_track


def _bare(words: str) -> str:
    """A sentence without its end: the paper goes on after it."""
    return " ".join(words.split()).rstrip("。；，、,;. ")


# --- Sentences ----------------------------------------------------------------------------------------------
def state_facts(text: Text, facts: Sequence[Fact]) -> None:
    """（一） a fact, its number, the rule it breaks, the proof that was taken."""
    for one in facts:
        breach = f"，触碰“{one.prohibition}”" if one.prohibition else ""
        red = "，属于红线" if one.is_red_line else ""
        proof = f"佐证：现场照片{one.photos}张。" if one.photos else ""
        text.point(
            "",
            f"{one.fact}。问题编号{one.no}。不符合减负三十条第{one.rule}条（{one.rule_title}）"
            f"{breach}{red}。{proof}",
        )


def demand_of(one: Fact, place: int, count: int) -> str:
    """问题一限期整改：做到“…”，2026年7月10日（星期五）前改正并报送…。"""
    name = f"问题{numeral(place)}" if count > 1 else "上述问题"
    stop = "立即停止；" if one.at_once and one.prohibition else ""
    goal = f"做到“{one.demand}”；" if one.demand else ""
    proofs = f"，并报送{'、'.join(one.proofs)}" if one.proofs else ""
    return f"{name}{one.rectifying}：{stop}{goal}{cn_date_weekday(one.due_on)}前改正{proofs}。"


def opening_of(occasion: Occasion, we: str, you: str) -> str:
    """2026年5月12日（星期二），我局组织王某、李某到你校开展专项督导（现场检查记录…）"""
    people = "、".join(occasion.people)
    record = f"（现场检查记录{occasion.record_no}）" if occasion.record_no else ""
    return f"{cn_date_weekday(occasion.on)}，{we}组织{people}到{you}开展{occasion.kind}{record}"


def contact_of(names: County) -> str:
    """Whom to ask, and where the return is filed."""
    portal = f"整改情况在{names.portal_name}填报"
    hours = f"（{names.hotline_hours}）" if names.hotline_hours else ""
    return f"{portal}，联系电话{names.hotline}{hours}。" if names.hotline else f"{portal}。"
