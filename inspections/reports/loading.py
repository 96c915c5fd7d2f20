"""Takes a report's figures from the records: the only queries of the report pipeline.

The number of queries doesn't depend on how many units or problems there are. What was found on site outweighs
what a unit answered, item by item, and nothing unknown becomes 符合; a registered problem always shows in its
rule's mark.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Prefetch, Q
from django.utils import timezone

from inspections.models import Figure, Problem, RectificationTask, SelfCheck, Submission, Visit, VisitFinding
from inspections.models.visit import VisitMember
from inspections.reports.data import (
    FigureLine,
    MissingLine,
    ProblemLine,
    RuleLine,
    Share,
    SupervisionData,
    UnitLine,
    UnitReportData,
    VisitLine,
    dump,
)
from shuangjian.accounts.models import County, Organisation
from shuangjian.accounts.selectors import county as county_settings
from shuangjian.policy.judging import conclusion, judge, limit_for
from shuangjian.policy.models import CheckItem, Indicator, Rule, Rulebook, Term
from shuangjian.policy.scope import UnitFacts, concerns, grade_name
from shuangjian.policy.selectors import current_rulebook

_MARK_OF = {"meets": "ok", "partly": "partial", "fails": "bad", "na": "out", "": "none"}
_SITE_VALUE = {"meets": "meets", "problem": "fails", "na": "na"}


def take_figures(*, kind: str, term: Term, organisation: Organisation, as_of: datetime) -> dict[str, Any]:
    """The figures of a report as plain JSON (``data.dump``), as the records stand at ``as_of``."""
    data = _county_data(term, as_of) if kind == "county" else _unit_data(term, organisation, as_of)
    return dict(dump(data))


# --- The two reports ----------------------------------------------------------------------------------------
def _county_data(term: Term, as_of: datetime) -> SupervisionData:
    county = _county()
    book = _Book.of(term)
    units = list(_units_of(term))
    records = _Records.of(term, units, as_of, book, whole_county=True)
    before = _term_before(term)
    earlier = _Records.of(before, units, as_of, book) if before is not None else None
    lines = [_unit_line(unit, records, as_of) for unit in units]
    return SupervisionData(
        county_name=county.name,
        office_name=county.supervision_office_name,
        addressee=county.government_name,
        term_title=term.short_title,
        from_on=term.first_on,
        until_on=_until(term, as_of),
        as_of=as_of,
        rules=book.rules,
        units=tuple([*lines, *_others_with_problems(units, records)]),
        problems=tuple(_problem_line(problem) for problem in records.problems),
        carried=tuple(_problem_line(problem) for problem in _carried(term, as_of)),
        before=_group_shares(units, earlier) if earlier is not None else {},
        inspectors=records.inspector_count,
        methods=_methods(records),
        copies=tuple(name for name in ("县委教育工作领导小组办公室", county.superior_office_name) if name),
        missing=tuple([*_missing(units, records), *_never_asked()]),
        title_lines=county_title_lines(county.supervision_office_name, term),
    )


def _unit_data(term: Term, unit: Organisation, as_of: datetime) -> UnitReportData:
    county = _county()
    book = _Book.of(term)
    unit = Organisation.objects.select_related("school", "institution").get(pk=unit.pk)
    records = _Records.of(term, [unit], as_of, book)
    before = _term_before(term)
    earlier = _Records.of(before, [unit], as_of, book) if before is not None else None
    line = _unit_line(unit, records, as_of)
    check = next(iter(records.submitted_checks(unit)), None)
    return UnitReportData(
        county_name=county.name,
        office_name=county.supervision_office_name,
        unit_name=unit.name,
        unit_code=unit.code,
        unit_kind=_kind_words(unit),
        group=line.group,
        term_title=term.short_title,
        from_on=term.first_on,
        until_on=_until(term, as_of),
        as_of=as_of,
        rules=book.rules,
        marks=line.marks,
        problems=tuple(_problem_line(problem) for problem in records.problems),
        carried=tuple(_problem_line(problem) for problem in _carried(term, as_of, unit)),
        visits=line.visits,
        figures=tuple(_figures(check, unit)) if check is not None else (),
        self_check=line.self_check,
        self_check_on=_local_day(check.submitted_at) if check is not None else None,
        self_check_no=check.no if check is not None else "",
        before=_group_shares([unit], earlier).get(line.group) if earlier is not None else None,
        missing=tuple(_missing([unit], records)),
        hotline=county.hotline,
        title_lines=unit_title_lines(county.supervision_office_name, term, unit.name),
    )


def county_title_lines(office: str, term: Term) -> tuple[str, ...]:
    """The county report's title, broken by meaning (GB/T 9704: no word torn, the shape of a trapezium)."""
    return (f"{office}关于", f"{term.short_title}“双减”工作（减负三十条）", "落实情况的督导报告")


def unit_title_lines(office: str, term: Term, unit_name: str) -> tuple[str, ...]:
    """The title of one unit's report, broken by meaning."""
    return (f"{office}关于", f"{unit_name}{term.short_title}", "“双减”工作的督导报告")


# --- What a term's records hold -----------------------------------------------------------------------------
@dataclass(frozen=True)
class _Book:
    """The rulebook by which the term was worked: its rules, and the items that units answer."""

    rules: tuple[RuleLine, ...]
    items: tuple[CheckItem, ...]

    @classmethod
    def of(cls, term: Term) -> _Book:
        rulebook = Rulebook.objects.filter(rounds__term=term).order_by("-rounds__pk").first()
        rulebook = rulebook or current_rulebook()
        rules = Rule.objects.filter(rulebook=rulebook)
        items = CheckItem.objects.filter(rule__rulebook=rulebook, rule__group__in=["school", "institution"])
        return cls(
            tuple(RuleLine(rule.number, rule.title, rule.group) for rule in rules),
            tuple(items.select_related("rule")),
        )


@dataclass
class _Records:
    """All that was answered, seen and registered at the units in one term."""

    book: _Book
    checks: list[SelfCheck] = field(default_factory=list)
    answers: dict[int, dict[str, str]] = field(default_factory=dict)  # unit -> item code -> value
    visits: list[Visit] = field(default_factory=list)
    seen: dict[int, dict[str, str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    inspector_count: int = 0

    @classmethod
    def of(
        cls,
        term: Term,
        units: list[Organisation],
        as_of: datetime,
        book: _Book,
        *,
        whole_county: bool = False,
    ) -> _Records:
        """``whole_county`` takes the problems of the county's own offices in as well."""
        records = cls(book)
        ids = [unit.pk for unit in units]
        records.checks = list(
            SelfCheck.objects.filter(round__term=term, organisation__in=ids)
            .exclude(state=SelfCheck.State.ENDED)
            .order_by("-round__due_on", "-pk")
        )
        submissions = Submission.objects.filter(
            self_check__round__term=term, self_check__organisation__in=ids, submitted_at__lte=as_of
        ).order_by("self_check__round__due_on", "self_check", "ordinal")
        for unit_id, answers in submissions.values_list("self_check__organisation_id", "answers"):
            values = {code: answer.get("value", "") for code, answer in answers.items()}
            records.answers.setdefault(unit_id, {}).update(values)
        held = Visit.objects.filter(
            _of_term(term, "planned_on"),
            organisation__in=ids,
            state=Visit.State.CONFIRMED,
            confirmed_at__lte=as_of,
        )
        records.visits = sorted(held, key=lambda visit: (_visit_day(visit), visit.pk))
        order = {visit.pk: place for place, visit in enumerate(records.visits)}
        findings = VisitFinding.objects.filter(visit__in=order).exclude(value="").select_related("item")
        for finding in sorted(findings, key=lambda row: order[row.visit_id]):
            seen = records.seen.setdefault(records.visits[order[finding.visit_id]].organisation_id, {})
            seen[finding.item.code] = _SITE_VALUE[finding.value]
        records.inspector_count = (
            VisitMember.objects.filter(visit__in=order).values("user").distinct().count()
        )
        found = _problems_at(as_of).filter(_of_term(term, "found_on"))
        records.problems = list(found if whole_county else found.filter(organisation__in=ids))
        return records

    def submitted_checks(self, unit: Organisation) -> list[SelfCheck]:
        """The unit's self-checks of the term that were submitted and not sent back, newest round first."""
        done = (SelfCheck.State.SUBMITTED, SelfCheck.State.ACCEPTED)
        return [check for check in self.checks if check.organisation_id == unit.pk and check.state in done]

    def marks(self, unit: Organisation) -> tuple[str, ...]:
        """The unit's mark under every rule of the book, in its order."""
        facts = _facts(unit)
        known = {**self.answers.get(unit.pk, {}), **self.seen.get(unit.pk, {})}
        values: dict[int, list[str]] = {}
        for item in self.book.items:
            if facts is not None and concerns(item, facts):
                values.setdefault(item.rule.number, []).append(known.get(item.code, ""))
        for problem in self.problems:
            if problem.organisation_id == unit.pk:
                values.setdefault(problem.rule.number, []).append(_value_of(problem))
        return tuple(
            _MARK_OF[conclusion(values[rule.number])] if rule.number in values else "out"
            for rule in self.book.rules
        )


def _of_term(term: Term, day_field: str) -> Q:
    """Rows of the term; those that name none belong to it by their day, a vacation to the term after it."""
    before = _term_before(term)
    since = before.last_on + timedelta(days=1) if before is not None else term.first_on
    return Q(term=term) | Q(term=None, **{f"{day_field}__range": (since, term.last_on)})


def _problems_at(as_of: datetime) -> Any:
    rounds = RectificationTask.objects.filter(created_at__lte=as_of).order_by("ordinal")
    return (
        Problem.objects.filter(registered_at__lte=as_of)
        .select_related("organisation", "rule", "prohibition", "source_answer")
        .prefetch_related(Prefetch("tasks", rounds, to_attr="rounds"))
        .order_by("no")
    )


def _carried(term: Term, as_of: datetime, unit: Organisation | None = None) -> list[Problem]:
    """Problems of earlier terms that were still open when this one began."""
    before = _problems_at(as_of).filter(found_on__lt=term.first_on).exclude(_of_term(term, "found_on"))
    if unit is not None:
        before = before.filter(organisation=unit)
    return [
        problem
        for problem in before
        if problem.rounds
        and (
            problem.rounds[-1].closed_at is None or _local_day(problem.rounds[-1].closed_at) >= term.first_on
        )
    ]


def _value_of(problem: Problem) -> str:
    """What a registered problem says of its rule: 部分符合 only where the unit said so itself."""
    answer = problem.source_answer
    return "partly" if answer is not None and answer.value == "partly" else "fails"


# --- Lines --------------------------------------------------------------------------------------------------
def _unit_line(unit: Organisation, records: _Records, as_of: datetime) -> UnitLine:
    category = unit.institution.get_category_display() if unit.kind == "institution" else ""
    status = unit.institution.get_operating_status_display() if unit.kind == "institution" else ""
    if not any(check.organisation_id == unit.pk for check in records.checks):
        self_check = "not_due"
    else:
        self_check = "submitted" if records.submitted_checks(unit) else "missing"
    return UnitLine(
        name=unit.name,
        group=unit.kind,
        marks=records.marks(unit),
        visits=tuple(
            VisitLine(_visit_day(visit), visit.get_kind_display(), visit.no)
            for visit in records.visits
            if visit.organisation_id == unit.pk
        ),
        self_check=self_check,
        remark=_remark(unit),
        category=category,
        status=status,
    )


def _others_with_problems(units: list[Organisation], records: _Records) -> list[UnitLine]:
    """The county's own offices, where a problem was registered for one: its rules are those of government."""
    listed = {unit.pk for unit in units}
    others = {problem.organisation_id: problem.organisation for problem in records.problems}
    lines = []
    for pk, unit in others.items():
        if pk not in listed:
            marks = zip(records.book.rules, records.marks(unit), strict=True)
            lines.append(
                UnitLine(
                    name=unit.name,
                    group="government",
                    marks=tuple(
                        "none" if mark == "out" and rule.group == "government" else mark
                        for rule, mark in marks
                    ),
                )
            )
    return lines


def _problem_line(problem: Any) -> ProblemLine:
    last = problem.rounds[-1] if problem.rounds else None
    prohibition = problem.prohibition
    return ProblemLine(
        no=problem.no,
        unit=problem.organisation.name,
        group=problem.rule.group,
        rule=problem.rule.number,
        rule_title=problem.rule.title,
        fact=problem.fact,
        origin=problem.get_origin_display(),
        rectifying=problem.get_rectifying_display(),
        found_on=problem.found_on,
        due_on=last.due_on if last is not None else problem.found_on,
        state=last.get_state_display() if last is not None else "没有整改记录",
        closed_on=_local_day(last.closed_at) if last is not None and last.closed_at else None,
        prohibition="" if prohibition is None else "严禁" if prohibition.kind == "严禁" else "不得",
        phrase=str(prohibition) if prohibition is not None else "",
        red_line=problem.is_red_line,
        rounds=last.ordinal if last is not None else 1,
    )


def _figures(check: SelfCheck, unit: Organisation) -> Iterable[FigureLine]:
    """The figures that the unit stated, each beside the limit of its day."""
    facts = _facts(unit)
    on = _local_day(check.submitted_at)
    rows = (
        Figure.objects.filter(answer__self_check=check)
        .select_related("indicator__item__rule")
        .prefetch_related("indicator__limits__indicator")
        .order_by("indicator__item__rule__number", "indicator__item__ordinal", "indicator", "grade")
    )
    for row in rows:
        indicator: Indicator = row.indicator
        limit = limit_for(indicator, on=on, facts=facts, grade=row.grade) if facts is not None else None
        unit_words = "" if indicator.value_kind == Indicator.ValueKind.CLOCK else indicator.spoken_unit
        yield FigureLine(
            rule=indicator.item.rule.number,
            name=indicator.name + (f"（{grade_name(row.grade)}）" if row.grade else ""),
            value=f"{row.value}{unit_words}",
            limit=limit.words if limit is not None else "",
            within=judge(limit, row.value).is_within if limit is not None else None,
            source="单位自查",
        )


def _missing(units: list[Organisation], records: _Records) -> Iterable[MissingLine]:
    """What should be in the figures and isn't: listed one by one, averaged nowhere."""
    for unit in units:
        checks = [check for check in records.checks if check.organisation_id == unit.pk]
        if checks and not records.submitted_checks(unit):
            check = checks[0]
            due = f"应于{check.due_on.month}月{check.due_on.day}日前提交"
            yield MissingLine(f"{unit.name}自查", f"{due}，截至取数时{check.get_state_display()}")
    if not records.checks:
        yield MissingLine("单位自查", "本学期没有发布自查批次")
    for problem in records.problems:
        if not getattr(problem, "rounds", None):
            yield MissingLine(f"问题{problem.no}", "没有整改记录，不计入整改统计")


def _never_asked() -> list[MissingLine]:
    """The two groups of rules that nobody answers in the portal."""
    return [
        MissingLine("家庭教育监护（第18至21条）", "本学期没有家长问卷数据，不计算比例"),
        MissingLine("政府管理监督（第22至30条）", "县级部门自查没有在平台汇总，不计算比例"),
    ]


def _group_shares(units: list[Organisation], records: _Records) -> dict[str, Share]:
    """Marks 符合 of all known marks by group; a group of which nothing is known has no entry."""
    counts: dict[str, list[int]] = {}
    for unit in units:
        for mark in records.marks(unit):
            if mark in ("ok", "partial", "bad"):
                count = counts.setdefault(unit.kind, [0, 0])
                count[0] += mark == "ok"
                count[1] += 1
    return {group: Share(*count) for group, count in counts.items()}


def _methods(records: _Records) -> tuple[str, ...]:
    """How the term's supervision was done, as far as records show it."""
    methods = ["单位自查"] if records.answers else []
    methods += list(dict.fromkeys(visit.get_kind_display() for visit in records.visits))
    if any(problem.origin == Problem.Origin.COMPLAINT for problem in records.problems):
        methods.append("举报核查")
    return tuple(methods)


# --- Small facts --------------------------------------------------------------------------------------------
def _county() -> County:
    row = county_settings()
    if row is None:
        raise County.DoesNotExist("the county's settings come before its reports")
    return row


def _units_of(term: Term) -> Any:
    """Schools and institutions that existed in the term, schools first, each kind in order of pinyin."""
    units = Organisation.objects.filter(
        Q(opened_on=None) | Q(opened_on__lte=term.last_on),
        Q(closed_on=None) | Q(closed_on__gte=term.first_on),
        kind__in=[Organisation.Kind.SCHOOL, Organisation.Kind.INSTITUTION],
    ).select_related("school", "institution")
    return sorted(units, key=lambda unit: (unit.kind != Organisation.Kind.SCHOOL, unit.pinyin_key, unit.pk))


def _facts(unit: Organisation) -> UnitFacts | None:
    """What decides scope; None for an office, or a unit whose own entry is missing."""
    own = getattr(unit, unit.kind, None) if unit.is_unit else None
    return own.facts() if own is not None else None


def _kind_words(unit: Organisation) -> str:
    if unit.kind == Organisation.Kind.SCHOOL:
        return unit.school.get_school_type_display()
    return f"{unit.institution.get_category_display()}校外培训机构"


def _remark(unit: Organisation) -> str:
    if unit.closed_on is None:
        return ""
    return f"{unit.closed_on.month}月{unit.closed_on.day}日{unit.get_status_display()}"


def _term_before(term: Term) -> Term | None:
    return Term.objects.filter(last_on__lt=term.first_on).order_by("-last_on").first()


def _until(term: Term, as_of: datetime) -> date:
    return max(term.first_on, min(term.last_on, _local_day(as_of)))


def _local_day(moment: datetime | None) -> date:
    assert moment is not None  # noqa: S101  (rows in a state that has the time, by database constraint)
    return timezone.localtime(moment).date()


def _visit_day(visit: Visit) -> date:
    return _local_day(visit.started_at) if visit.started_at is not None else visit.planned_on
