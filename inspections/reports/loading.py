"""Takes a report's figures from the records: with records.py the only queries of the report pipeline.

The number of queries doesn't depend on how many units or problems there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from inspections.models import Extension, Figure, Problem, Recheck, SelfCheck, SupervisionReport
from inspections.parents.voice import parents_voice
from inspections.reports import aftercare
from inspections.reports.counting import RESTING, shares_by_group
from inspections.reports.data import (
    EarlierTerm,
    FigureLine,
    MissingLine,
    ProblemLine,
    Share,
    SupervisionData,
    UnitLine,
    UnitReportData,
    VisitLine,
    VoiceLine,
    dump,
    restore,
)
from inspections.reports.records import (
    Book,
    Records,
    carried_into,
    facts_or_none,
    offices_of,
    term_before,
    units_of,
    visit_day,
)
from shuangjian.accounts.models import County, Organisation
from shuangjian.accounts.selectors import county as county_settings
from shuangjian.dates import cn_short
from shuangjian.policy.judging import judge, limit_for
from shuangjian.policy.models import Indicator, Term
from shuangjian.policy.scope import grade_name, group_of


def take_figures(*, kind: str, term: Term, organisation: Organisation, as_of: datetime) -> dict[str, Any]:
    """The figures of a report as plain JSON (``data.dump``), as the records stand at ``as_of``."""
    data = _county_data(term, as_of) if kind == "county" else _unit_data(term, organisation, as_of)
    return dict(dump(data))


# --- The two reports ----------------------------------------------------------------------------------------
def _county_data(term: Term, as_of: datetime) -> SupervisionData:
    county = _county()
    book = Book.of(term)
    units = _units_in_order(term)
    offices = list(offices_of(term))
    records = Records.of(term, [*units, *offices], as_of, book, whole_county=True)
    before = term_before(term)
    earlier = _earlier(before, [*units, *offices], as_of, book) if before is not None else None
    lines = [_unit_line(unit, records, as_of) for unit in units]
    voices = _voices(term)
    return SupervisionData(
        county_name=county.name,
        office_name=county.supervision_office_name,
        addressee=county.government_name,
        term_title=term.short_title,
        from_on=term.first_on,
        until_on=_until(term, as_of),
        as_of=as_of,
        rules=book.rules,
        units=tuple([*lines, *_office_lines(offices, records, as_of)]),
        problems=_problem_lines(records.problems, as_of),
        carried=_problem_lines(carried_into(term, as_of), as_of),
        withdrawn=records.withdrawn,
        before=_known_shares(earlier) if earlier is not None else {},
        inspectors=len(records.inspectors),
        methods=_methods(records),
        copies=tuple(name for name in ("县委教育工作领导小组办公室", county.superior_office_name) if name),
        missing=tuple([*_missing([*units, *offices], records), *_never_asked(offices, records, voices)]),
        title_lines=county_title_lines(county.supervision_office_name, term),
        hotline=county.hotline,
        people=records.inspectors,
        withdrawn_nos=records.withdrawn_nos,
        earlier=earlier,
        rechecks=aftercare.rechecks_of(term, as_of),
        sanctions=aftercare.sanctions_of(term, as_of),
        leads=aftercare.leads_of(term, as_of),
        voices=voices,
    )


def _unit_data(term: Term, unit: Organisation, as_of: datetime) -> UnitReportData:
    county = _county()
    book = Book.of(term)
    unit = Organisation.objects.select_related("school", "institution").get(pk=unit.pk)
    records = Records.of(term, [unit], as_of, book)
    before = term_before(term)
    earlier = Records.of(before, [unit], as_of, book) if before is not None else None
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
        problems=_problem_lines(records.problems, as_of),
        carried=_problem_lines(carried_into(term, as_of, [unit]), as_of),
        withdrawn=records.withdrawn,
        visits=line.visits,
        figures=tuple(_figures(check, unit)) if check is not None else (),
        self_check=line.self_check,
        self_check_on=_local_day(check.submitted_at) if check is not None else None,
        self_check_no=check.no if check is not None else "",
        before=_group_shares([unit], earlier).get(line.group) if earlier is not None else None,
        missing=tuple(_missing([unit], records)),
        hotline=county.hotline,
        withdrawn_nos=records.withdrawn_nos,
        voices=_voices(term, unit),
        title_lines=unit_title_lines(county.supervision_office_name, term, unit.name),
    )


def _earlier(term: Term, units: list[Organisation], as_of: datetime, book: Book) -> EarlierTerm:
    """The term before: what its signed report says, else what the records say now."""
    signed = SupervisionReport.objects.filter(kind="county", term=term, state="issued").first()
    if signed is not None:
        told = restore(SupervisionData, signed.data)
        return EarlierTerm(
            told.term_title, told.until_on, told.rules, told.units, told.problems, signed.document_no
        )
    records = Records.of(term, units, as_of, book)
    return EarlierTerm(
        term_title=term.short_title,
        until_on=_until(term, as_of),
        rules=book.rules,
        units=tuple(
            replace(_unit_line(unit, records, as_of), group=unit.kind if unit.is_unit else "government")
            for unit in units
        ),
        problems=_problem_lines(records.problems, as_of),
    )


def _known_shares(earlier: EarlierTerm) -> dict[str, Share]:
    """Its shares by group; a group of which nothing is known has no entry."""
    shares = shares_by_group(earlier.units, earlier.rules)
    return {group: share for group, share in shares.items() if share.of}


def county_title_lines(office: str, term: Term) -> tuple[str, ...]:
    """The county report's title, broken by meaning (GB/T 9704: no word torn, the shape of a trapezium)."""
    return (f"{office}关于", f"{term.short_title}“双减”工作（减负三十条）", "落实情况的督导报告")


def unit_title_lines(office: str, term: Term, unit_name: str) -> tuple[str, ...]:
    """The title of one unit's report, broken by meaning."""
    return (f"{office}关于", f"{unit_name}{term.short_title}", "“双减”工作的督导报告")


# --- Lines --------------------------------------------------------------------------------------------------
def _unit_line(unit: Organisation, records: Records, as_of: datetime) -> UnitLine:
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
            VisitLine(visit_day(visit), visit.get_kind_display(), visit.no)
            for visit in records.visits
            if visit.organisation_id == unit.pk
        ),
        self_check=self_check,
        remark=_remark(unit),
        category=category,
        status=status,
    )


def _office_lines(offices: list[Organisation], records: Records, as_of: datetime) -> list[UnitLine]:
    """The county's own offices: those that answer its rules, and others for which a problem was registered.

    Of the latter nobody knows which rules are theirs, so that all of the government's count as unknown.
    """
    listed = set(records.unit_ids)
    others = {problem.organisation_id: problem.organisation for problem in records.problems}
    lines = [replace(_unit_line(unit, records, as_of), group="government") for unit in offices]
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


def _problem_lines(problems: Iterable[Any], as_of: datetime) -> tuple[ProblemLine, ...]:
    """A line for each problem with its ``rounds``; how often its date was moved until then in one query."""
    problems = list(problems)
    tasks = [problem.rounds[-1].pk for problem in problems if problem.rounds]
    granted = Extension.objects.filter(
        task__in=tasks, state=Extension.State.GRANTED, decided_at__lte=as_of
    ).values_list("task", flat=True)
    extended = Counter(granted)
    not_fixed = Recheck.objects.filter(
        task__problem__in=problems, state=Recheck.State.NOT_FIXED, done_at__lte=as_of
    )
    unfounded = set(not_fixed.values_list("task__problem", flat=True))
    return tuple(_problem_line(problem, extended, problem.pk in unfounded) for problem in problems)


def _problem_line(problem: Any, extended: Mapping[int, int], unfounded: bool) -> ProblemLine:
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
        extended=extended.get(last.pk, 0) if last is not None else 0,
        resting=last.state if last is not None and last.state in RESTING else "",
        unfounded=unfounded,
    )


def _figures(check: SelfCheck, unit: Organisation) -> Iterable[FigureLine]:
    """The figures that the unit stated, each beside the limit of its day."""
    facts = facts_or_none(unit)
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


def _missing(units: list[Organisation], records: Records) -> Iterable[MissingLine]:
    """What should be in the figures and isn't: listed one by one, averaged nowhere."""
    for unit in units:
        checks = [check for check in records.checks if check.organisation_id == unit.pk]
        if checks and not records.submitted_checks(unit):
            check = checks[0]
            due = f"应于{cn_short(check.due_on)}前提交"
            yield MissingLine(f"{unit.name}自查", f"{due}，截至取数时{check.get_state_display()}")
    if not records.checks:
        yield MissingLine("单位自查", "本学期没有发布自查批次")
    for problem in records.problems:
        if not getattr(problem, "rounds", None):
            yield MissingLine(f"问题{problem.no}", "没有整改记录，不计入整改统计")


def _voices(term: Term, unit: Organisation | None = None) -> tuple[VoiceLine, ...]:
    """What the parents say, as published: of a unit its group's, of the county the sum of the groups."""
    known = filter(None, parents_voice(term, unit).values())
    return tuple(VoiceLine(one.question.text, one.good, one.said) for one in known)


def _never_asked(
    offices: list[Organisation], records: Records, voices: tuple[VoiceLine, ...]
) -> Iterable[MissingLine]:
    """The groups of rules that nobody answered in the portal."""
    if voices:
        why = "家长自愿匿名填写，见“家长和社会评价”；按份计，不折算成项次"
        yield MissingLine("家庭教育监护（第18至21条）", why)
    else:
        yield MissingLine("家庭教育监护（第18至21条）", "本学期没有家长问卷数据，不计算比例")
    if not any(office.pk in records.answers for office in offices):
        yield MissingLine("政府管理监督（第22至30条）", "县级部门自查没有在平台汇总，不计算比例")
    yield MissingLine("校外培训预收费资金监管", "以全国校外教育培训监管平台为准，本平台不重复填报")


def _group_shares(units: list[Organisation], records: Records) -> dict[str, Share]:
    """Marks 符合 of all known marks by group; a group of which nothing is known has no entry."""
    counts: dict[str, list[int]] = {}
    for unit in units:
        for mark in records.marks(unit):
            if mark in ("ok", "partial", "bad"):
                count = counts.setdefault(group_of(unit.kind), [0, 0])
                count[0] += mark == "ok"
                count[1] += 1
    return {group: Share(*count) for group, count in counts.items()}


def _methods(records: Records) -> tuple[str, ...]:
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


def _units_in_order(term: Term) -> list[Organisation]:
    """Schools and institutions that existed in the term, schools first, each kind in order of pinyin."""
    return sorted(
        units_of(term), key=lambda unit: (unit.kind != Organisation.Kind.SCHOOL, unit.pinyin_key, unit.pk)
    )


def _kind_words(unit: Organisation) -> str:
    if unit.kind == Organisation.Kind.SCHOOL:
        return unit.school.get_school_type_display()
    return f"{unit.institution.get_category_display()}校外培训机构"


def _remark(unit: Organisation) -> str:
    if unit.closed_on is None:
        return ""
    return f"{cn_short(unit.closed_on)}{unit.get_status_display()}"


def _until(term: Term, as_of: datetime) -> date:
    return max(term.first_on, min(term.last_on, _local_day(as_of)))


def _local_day(moment: datetime | None) -> date:
    assert moment is not None  # noqa: S101  (rows in a state that has the time, by database constraint)
    return timezone.localtime(moment).date()
