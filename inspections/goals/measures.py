"""What the goals are measured by, each counted from rows that can be opened. Never by class, never a ranking.

A measure counts a term as at an instant: records made later don't count, so that the end of a term can be
counted again afterwards. What the portal has no records of says so and has no figure. Source: practice.md
P24; the goals themselves are the plan's (policy/data/plan.yaml).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.urls import reverse

from inspections.models import VisitFinding
from inspections.reports.data import Share
from inspections.reports.records import Book, problems_at, visits_held
from inspections.workflows.attainment import in_operation, is_closed, units_counted
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.policy import judging
from shuangjian.policy.models import Term
from shuangjian.policy.scope import concerns, grade_name
from shuangjian.registers import definitions
from shuangjian.registers.findings import Judge
from shuangjian.registers.models import Entry, EntryVersion
from shuangjian.registers.records import Records
from tutoring.models import Lead, LeadStep

HOMEWORK_AND_EXAMS = ("R04", "R05", "R06")
_HOMEWORK_ITEMS = ("R04-1", "R04-2", "R04-3")
FEWEST_FOR_PERCENT = 10  # a smaller base carries no percentage


@dataclass(frozen=True)
class Row:
    """One row of a figure's base: a unit, a grade, a lead. ``is_counted``: it makes up the figure itself."""

    name: str
    words: str
    url: str
    is_counted: bool

    def kept(self) -> list[Any]:
        """As it stands in the column of a snapshot."""
        return [self.name, self.words, self.url, self.is_counted]


@dataclass(frozen=True)
class Counted:
    """A figure with its rows: ``count`` of ``base``, or a bare number; neither where nothing is known."""

    rows: list[Row] = field(default_factory=list)
    is_share: bool = True

    @property
    def count(self) -> int | None:
        return sum(row.is_counted for row in self.rows) if self.rows or not self.is_share else None

    @property
    def base(self) -> int | None:
        return len(self.rows) if self.rows and self.is_share else None


@dataclass(frozen=True)
class Measure:
    """One measure of a goal. ``how`` defines it; without ``take`` there are no records, and ``why`` says so.

    ``unit`` is what is counted (所, 个年级); a bare number is no share.
    """

    key: str
    goal: str
    title: str
    how: str
    unit: str = ""
    take: Callable[[Term, datetime], Counted] | None = None
    why: str = ""
    is_share: bool = True

    def count(self, term: Term, as_of: datetime) -> Counted:
        """The figure of ``term`` as at ``as_of``."""
        return self.take(term, as_of) if self.take is not None else Counted()


def in_words(count: int | None, base: int | None, unit: str) -> str:
    """「86.7%（26/30所）」; under ten no percentage: 「3/8所」; a bare number 「12处」; 「—」 for nothing."""
    if count is None:
        return "—"
    if base is None:
        return f"{count}{unit}"
    if base < FEWEST_FOR_PERCENT:
        return f"{count}/{base}{unit}"
    return f"{percent(count, base)}（{count}/{base}{unit}）"


def percent(count: int, base: int) -> str:
    """As the reports print it: one decimal, never 100 for nearly all."""
    return Share(count, base).percent_text


# --- G1: homework -----------------------------------------------------------------------------------------
def _schools(term: Term, as_of: datetime) -> Any:
    return in_operation(term, as_of).filter(kind=Organisation.Kind.SCHOOL).order_by("pinyin_key", "pk")


def _homework_stated(term: Term, as_of: datetime) -> Counted:
    """Of the grades whose homework a register of the term states, those within every limit of their grade."""
    register = definitions.find("homework")
    if register is None:
        return Counted()
    minutes, judge = register.field("minutes"), Judge()
    latest = (
        EntryVersion.objects.filter(entry__term=term, entry__register=register.key, written_at__lte=as_of)
        .order_by("entry_id", "-ordinal")
        .distinct("entry_id")
        .values_list("entry__organisation_id", "lines")
    )
    stated = dict(latest)
    rows = []
    for unit in _schools(term, as_of).filter(pk__in=stated):
        entry = Entry(organisation=unit, register=register.key, lines=stated[unit.pk])
        records = Records(unit, unit.school.facts(), term, clock.local_day(as_of), {register.key: entry})
        url = f"{reverse('unit-register', args=[unit.code, register.key])}?term={term.code}"
        for line in records.lines(register.key):
            limits = [limit for _, limit in judge.limits(minutes, records, line)]
            said = line.text(minutes.key)
            if said and limits:
                within = all(judging.judge(limit, said).is_within for limit in limits)
                words = f"{line.label}每天{said}分钟，{'在限值内' if within else '超出限值'}"
                rows.append(Row(unit.name, words, url, within))
    return Counted(rows)


def _homework_seen(term: Term, as_of: datetime) -> Counted:
    """Of the grades whose homework was looked at on a visit of the term, those found to keep the rule."""
    visits = {visit.pk: visit for visit in visits_held(term, as_of)}
    findings = VisitFinding.objects.filter(visit__in=visits, item__code__in=_HOMEWORK_ITEMS)
    seen: dict[tuple[int, str], tuple[str, int]] = {}
    order = {pk: place for place, pk in enumerate(visits)}
    told = findings.exclude(value__in=["", "na"]).values_list("visit", "item__code", "value")
    for visit_id, code, value in sorted(told, key=lambda one: order[one[0]]):
        seen[visits[visit_id].organisation_id, code] = value, visit_id
    items = {item.code: item for item in Book.of(term).items if item.code in _HOMEWORK_ITEMS}
    rows = []
    for unit in _schools(term, as_of):
        facts = unit.school.facts()
        for grade in sorted(facts.grades):
            for code, item in items.items():
                if (unit.pk, code) in seen and concerns(item, replace(facts, grades=frozenset([grade]))):
                    value, visit_id = seen[unit.pk, code]
                    keeps = value == "meets"
                    words = f"{grade_name(grade)}，督导{visits[visit_id].no}{'符合' if keeps else '有问题'}"
                    url = reverse("visit", args=[visits[visit_id].no])
                    rows.append(Row(unit.name, words, url, keeps))
    return Counted(rows)


# --- G3, G4 -----------------------------------------------------------------------------------------------
def _troubled(term: Term, as_of: datetime) -> Counted:
    """Of the schools on the register, those with a problem of 第4至6条 that was not closed."""
    found: dict[int, list[str]] = {}
    for problem in problems_at(as_of).filter(rule__code__in=HOMEWORK_AND_EXAMS):
        if not is_closed(problem, as_of):
            found.setdefault(problem.organisation_id, []).append(problem.no)
    return Counted(
        [
            Row(
                unit.name,
                f"未销号：{'、'.join(found[unit.pk])}" if unit.pk in found else "没有未销号的",
                f"{reverse('unit', args=[unit.code])}?term={term.code}",
                unit.pk in found,
            )
            for unit in _schools(term, as_of)
        ]
    )


def _attained(term: Term, as_of: datetime) -> Counted:
    """Of the schools and institutions on the register, those whose conclusion is 达标."""
    rows = []
    for row in units_counted(term, in_operation(term, as_of), as_of):
        unit = row.organisation
        url = f"{reverse('attainment-unit', args=[unit.code])}?term={term.code}"
        rows.append(Row(unit.name, row.get_conclusion_display(), url, row.conclusion == row.Conclusion.MET))
    return Counted(rows)


# --- Paid lessons by teachers and hidden tutoring ---------------------------------------------------------
def _leads_at(stage: str) -> Callable[[Term, datetime], Counted]:
    """线索点 found in the term; ``stage``: a kind of step that they had taken by then, none for all."""

    def take(term: Term, as_of: datetime) -> Counted:
        found = Lead.objects.filter(found_on__range=(term.first_on, term.last_on), created_at__lte=as_of)
        if stage:
            found = found.filter(pk__in=LeadStep.objects.filter(kind=stage, at__lte=as_of).values("lead"))
        return Counted([_lead_row(lead) for lead in found.order_by("no")], is_share=False)

    return take


def _lead_row(lead: Lead) -> Row:
    words = f"{lead.get_kind_display()}，{lead.get_source_display()}，发现于{lead.found_on:%Y-%m-%d}"
    return Row(lead.no, words, reverse("lead", args=[lead.no]), True)


_NO_ANSWERS = "见家长问卷的全县汇总，没有并入本表"
_GRADES, _SCHOOLS, _UNITS = "个年级", "所", "个单位"
MEASURES: tuple[Measure, ...] = (
    Measure(
        "homework_stated", "G1", "登记的书面作业在限值内的年级",
        "学校在登记档案里填报书面作业的年级中，用时不超过该年级限值的", _GRADES, _homework_stated,
    ),
    Measure(
        "homework_seen", "G1", "到校查过、书面作业符合的年级",
        "本学期督导查过第4条书面作业的年级中，最近一次查到符合的", _GRADES, _homework_seen,
    ),
    Measure(
        "homework_parents", "G1", "家长反映书面作业在限值内的年级", "家长问卷第1题，按学段的限值",
        why=_NO_ANSWERS,
    ),
    Measure(
        "burden_parents", "G1", "认为作业、培训费用减轻的家长", "家长问卷的两道选答题：减轻、差不多、加重",
        why=_NO_ANSWERS,
    ),
    Measure(
        "satisfaction", "G2", "满意和比较满意的家长", "家长问卷，四档满意度，以第一个学期为基线",
        why=_NO_ANSWERS,
    ),
    Measure(
        "troubled", "G3", "作业、考试问题没有销号的学校",
        "学期末在册的学校中，第4至6条（作业总量、布置作业、考试次数）有问题没有销号的；越少越好",
        _SCHOOLS, _troubled,
    ),
    Measure(
        "attained", "G4", "达标的学校和机构", "学期末在册的学校和校外培训机构中，结论为达标的",
        _UNITS, _attained,
    ),
    Measure(
        "leads_found", "有偿补课", "发现的线索点", "本学期发现、登记的疑似有偿补课、隐形变异培训线索点",
        "处", _leads_at(""), is_share=False,
    ),
    Measure(
        "leads_verified", "有偿补课", "核实属实的线索点", "其中核实属实的", "处",
        _leads_at(LeadStep.Kind.VERIFIED), is_share=False,
    ),
    Measure(
        "leads_closed", "有偿补课", "办结的线索点", "其中已办结的", "处",
        _leads_at(LeadStep.Kind.CLOSED), is_share=False,
    ),
)  # fmt: skip


def find(key: str) -> Measure | None:
    return next((one for one in MEASURES if one.key == key), None)


def counted_ones() -> Iterator[Measure]:
    """Those of which the portal keeps records."""
    return (one for one in MEASURES if one.take is not None)


def rows_of(kept: Iterable[list[Any]]) -> list[Row]:
    """The rows of a snapshot's column."""
    return [Row(*one) for one in kept]
