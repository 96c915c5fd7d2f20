"""All that the portal knows of one unit, on one page and within what the person may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from inspections.models import RectificationTask, SelfCheck, SupervisionReport, Visit
from inspections.selectors import names_of
from inspections.workflows.closing import lineage_of
from schools.grades import grades_in_words
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.unit_codes import is_county_code
from shuangjian.journal import audit
from tutoring.models import Institution

MOST_ROWS = 20  # of one kind on the page; the rest is behind the link to the full list


def with_open_problems(units: QuerySet[Organisation]) -> QuerySet[Organisation]:
    """The units with ``open_problems``: how many of their problems aren't closed out."""
    count = (
        RectificationTask.objects.filter(problem__organisation=OuterRef("pk"))
        .exclude(state=RectificationTask.State.CLOSED)
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


def _part(queryset: QuerySet[Any], total: int | None = None) -> Part:
    rows = list(queryset[: MOST_ROWS + 1])
    if total is None:
        total = len(rows) if len(rows) <= MOST_ROWS else queryset.count()
    return Part(rows[:MOST_ROWS], total)


def story_of_unit(unit: Organisation, user: User) -> dict[str, Any]:
    """What the unit's page shows to ``user``; every list within what that person may see."""
    tasks = RectificationTask.objects.visible_to(user).filter(problem__organisation=unit).latest_rounds()
    checks = SelfCheck.objects.visible_to(user).filter(organisation=unit)
    visits = Visit.objects.visible_to(user).filter(organisation=unit).distinct()
    reports = SupervisionReport.objects.visible_to(user).filter(organisation=unit)
    open_first = (F("closed_at").desc(nulls_first=True), "due_on", "pk")
    still_open = Count("pk", filter=~Q(state=RectificationTask.State.CLOSED))
    counts = tasks.aggregate(total=Count("pk"), open=still_open)
    with_rules = tasks.select_related("problem__rule", "problem__organisation")
    merged, filed = lineage_of(unit)
    return {
        "profile": [(label, value) for label, value in profile_of(unit) if value not in (None, "")],
        "places": list(
            unit.school.campuses.all() if unit.kind == "school" else unit.institution.places.all()
        ),
        "heads": list(unit.headships.all()),
        "merged": merged,
        "filed": filed,
        "problems": _part(with_rules.order_by(*open_first), counts["total"]),
        "open_count": counts["open"],
        "checks": _part(checks.select_related("round").order_by("-due_on", "-pk")),
        "visits": _part(visits.order_by("-planned_on", "-no")),
        "reports": _part(reports.select_related("term").order_by("-no")),
        "changes": changes_of(unit),
    }
