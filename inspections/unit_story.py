"""All that the portal knows of one unit, on one page and within what the person may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from inspections.models import Extension, Paper, RectificationTask, SelfCheck, SupervisionReport, Visit
from inspections.reports.records import facts_or_none, in_their_order
from inspections.selectors import names_of
from inspections.unit_terms import lines_of, papers_of, strips_of, term_to_show
from inspections.workflows.closing import lineage_of
from schools.grades import grades_in_words
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.unit_codes import is_county_code
from shuangjian.journal import audit
from shuangjian.policy.models import Term
from shuangjian.registers import definitions
from shuangjian.registers.definitions import Register
from shuangjian.registers.models import Entry
from shuangjian.registers.permissions import reads
from tutoring.models import Institution

MOST_ROWS = 20  # of one kind on the page; the rest is behind the link to the full list


def with_open_problems(units: QuerySet[Organisation]) -> QuerySet[Organisation]:
    """The units with ``open_problems``: how many of their problems aren't closed out."""
    count = (
        RectificationTask.objects.filter(problem__organisation=OuterRef("pk"))
        .open()
        .order_by()
        .values("problem__organisation")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return units.annotate(open_problems=Coalesce(Subquery(count, output_field=IntegerField()), 0))


@dataclass(frozen=True)
class Change:
    """One line of the register's history of a unit: when, who, what, and what changed line by line."""

    at: datetime
    who: str
    what: str
    lines: list[str]


def changes_of(unit: Organisation) -> list[Change]:
    """The latest changes of the unit's entry, newest first."""
    entries = list(audit.story_of(unit)[:MOST_ROWS])
    names = names_of(entry.actor_id for entry in entries)
    return [
        Change(
            at=entry.at,
            who=names.get(entry.actor_id, "系统"),
            what=audit.words_of(entry.action),
            lines=entry.text.text.splitlines() if hasattr(entry, "text") else [],
        )
        for entry in entries
    ]


def profile_of(unit: Organisation) -> list[tuple[str, Any]]:
    """(label, value) of the unit's own facts and those of its kind, in order; empty ones too."""
    place = [("乡镇", unit.township), ("责任区", unit.area), ("地址", unit.address)]
    contact = [("联系人", unit.contact_name), ("联系电话", unit.contact_phone)]
    if unit.kind == Organisation.Kind.SCHOOL:
        school = unit.school
        facts = [
            ("办学类型", school.get_school_type_display()),
            ("举办者", school.get_sponsor_display()),
            ("学制", school.get_system_display()),
            ("开设年级", grades_in_words(school.grades)),
            ("在校学生", f"{school.pupil_count:,}人"),
            ("寄宿", "寄宿制" if school.is_boarding else "非寄宿制"),
        ]
        label = "县内编号" if is_county_code(unit.code) else "标识码"
        return [(label, unit.code), *facts, *place, *contact]
    one = unit.institution
    modes = dict(Institution.Mode.choices)
    licence: list[tuple[str, Any]] = [
        ("培训类别", one.get_category_display()),
        ("培训形式", "、".join(modes.get(mode, mode) for mode in one.modes)),
        ("培训内容", one.subjects),
        ("办学状态", one.get_operating_status_display()),
        ("性质", "非营利性" if one.is_nonprofit else "营利性"),
        ("主管部门", one.get_authority_display()),
        ("审批机关", one.licensing_office),
        ("许可证号", one.licence_no),
        ("有效期至", one.licence_until),
        ("举办者", one.sponsor_name),
        ("法定代表人", one.legal_person),
        ("校长", one.principal_name),
    ]
    label = "县内编号" if is_county_code(unit.code) else "信用代码"
    return [(label, unit.code), *licence, *place, *contact]


@dataclass(frozen=True)
class Part:
    """One list of the page: the first rows, and how many there are in all."""

    rows: Sequence[Any]
    total: int

    @property
    def is_cut(self) -> bool:
        return self.total > len(self.rows)


def _part(rows: Sequence[Any]) -> Part:
    return Part(rows[:MOST_ROWS], len(rows))


@dataclass(frozen=True)
class KeptRegisters:
    """The unit's registers of a term that the person reads: how many there are, and those not filled in."""

    total: int
    missing: list[Register]


def _registers(unit: Organisation, term: Term | None, user: User) -> KeptRegisters:
    facts = facts_or_none(unit)
    shown = [one for one in definitions.of_unit(facts) if reads(user, one)] if facts is not None else []
    kept = Entry.objects.filter(Q(term=term) | Q(term=None), organisation=unit)
    done = set(kept.values_list("register", flat=True))
    return KeptRegisters(len(shown), [one for one in shown if one.key not in done])


def story_of_unit(unit: Organisation, user: User, asked_term: str = "") -> dict[str, Any]:
    """What the unit's page shows to ``user``; every list within what that person may see.

    ``asked_term``: the code of the term whose rules are shown, else that of the latest self-check. What there
    is of one unit is read whole: some dozens of rows a year, of which lists, terms and papers are made.
    """
    open_first = (F("closed_at").desc(nulls_first=True), "due_on", "pk")
    asked = Prefetch("extensions", Extension.objects.select_related("sealed_page"))
    tasks = list(
        RectificationTask.objects.visible_to(user)
        .filter(problem__organisation=unit)
        .latest_rounds()
        .select_related("problem__rule", "problem__organisation", "problem__prohibition")
        .prefetch_related(asked)
        .order_by(*open_first)
    )
    own = {"organisation": unit}
    checks = list(
        SelfCheck.objects.visible_to(user)
        .filter(**own)
        .select_related("round", "scan")
        .order_by("-due_on", "-pk")
    )
    visits = list(
        Visit.objects.visible_to(user)
        .filter(**own)
        .distinct()
        .select_related("scan")
        .order_by("-planned_on", "-no")
    )
    reports = list(
        SupervisionReport.objects.visible_to(user)
        .filter(**own)
        .select_related("term", "final_file")
        .defer("data", "sections")  # a whole report each, which no line of a list shows
        .order_by("-no")
    )
    papers = Paper.objects.visible_to(user).filter(**own, state=Paper.State.ISSUED)
    papers = papers.select_related("final_file").defer("data", "sections")
    terms = in_their_order(Term.objects.all())
    lines = lines_of(terms, checks, tasks, visits)
    term = term_to_show(terms, lines, asked_term)
    shown = {one.pk for one in (*(line.term for line in lines), term) if one is not None}
    strips = strips_of(unit, terms, shown)
    merged, filed = lineage_of(unit)
    return {
        "profile": [(label, value) for label, value in profile_of(unit) if value not in (None, "")],
        "places": list(
            unit.school.campuses.all() if unit.kind == "school" else unit.institution.places.all()
        ),
        "heads": list(unit.headships.all()),
        "registers": _registers(unit, term, user),
        "merged": merged,
        "filed": filed,
        "problems": _part(tasks),
        "open_count": sum(task.is_open for task in tasks),
        "checks": _part(checks),
        "visits": _part(visits),
        "reports": _part(reports),
        "changes": changes_of(unit),
        "strip": strips[term.pk] if term is not None else None,
        "strips": [strip for strip in reversed(strips.values()) if not strip.is_empty],
        "lines": lines,
        "papers": _part(papers_of(checks, tasks, visits, reports, papers)),
    }
