"""现场检查 on A4: the blank checklist before a visit, the 现场检查记录 after it, signed by hand by both (P6).

P1: every flow has a paper twin. What isn't ticked is 未查, never 符合. The record is no order: that is the
bureau's sealed paper.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse
from django.utils import timezone

from inspections import visit_kinds
from inspections.models import FindingPhoto, Visit, VisitMember
from inspections.printouts.base import Printable, Subject, moment
from inspections.reports.blocks import NOTHING
from inspections.reports.data import restore
from inspections.visit_sheet import SheetLine, sheet_of
from shuangjian import clock
from shuangjian.accounts.access import get_visible, require
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import SUPERVISION_ROLES
from shuangjian.accounts.selectors import the_county
from shuangjian.dates import cn_date


@dataclass(frozen=True)
class Line:
    """One item of the checklist; ``seen`` is empty on a blank one."""

    code: str
    text: str
    ban: str
    own: str
    seen: str = ""
    is_problem: bool = False
    fact: str = ""
    due: str = ""
    methods: str = ""
    photos: str = ""  # 照片1—3, as they are numbered through the record


@dataclass(frozen=True)
class VisitData:
    """One visit on paper; without ``record_no`` it is the blank checklist."""

    issuer: str
    no: str
    record_no: str
    unit: str
    code: str
    kind: str
    times: str
    people: str
    basis: str
    lines: tuple[Line, ...]
    summary: str
    remark: str
    is_confirmed: bool
    refused: str
    unit_person: str
    inspector: str
    as_of: datetime
    on_paper: bool = False
    stroke: str = ""  # what was written on the screen, as the path of a drawing
    stroke_box: str = ""


class PrintedVisit(Printable):
    key = "visit"
    roles = SUPERVISION_ROLES
    template = "visit"
    asks = ("visit",)

    def subject(self, user: User, parameters: Mapping[str, str]) -> Subject:
        visit = _visit(user, parameters.get("visit", ""))
        if not visit.record_no:
            require(user, "inspections.manage_visit", visit)
        name = "现场检查记录" if visit.record_no else "现场检查清单"
        told = (("督导", f"{visit.get_kind_display()}，{visit.no}"), ("计划日期", cn_date(visit.planned_on)))
        back = reverse("visit", args=[visit.no])
        return Subject(f"{visit.organisation.name}{name}", visit.organisation, back, told)

    def take(self, user: User, parameters: Mapping[str, str]) -> VisitData:
        visit = _visit(user, parameters.get("visit", ""))
        return visit_data(visit, sheet_of(visit).lines)

    def context(self, data: Mapping[str, Any]) -> dict[str, Any]:
        taken = restore(VisitData, data)
        seen = [line for line in taken.lines if line.seen]
        return {
            "visit": taken,
            "as_of": moment(data["as_of"]),
            "name": "现场检查记录" if taken.record_no else "现场检查清单",
            "problems": [line for line in taken.lines if line.is_problem],
            "seen": len(seen),
            "unseen": len(taken.lines) - len(seen),
        }


def _visit(user: User, no: str) -> Visit:
    members = Prefetch("members", VisitMember.objects.select_related("user").order_by("-is_lead", "pk"))
    rows = Visit.objects.select_related(
        "organisation__school", "organisation__institution", "rulebook", "inspector_confirmed_by"
    )
    visit: Visit = get_visible(rows.distinct().prefetch_related(members), user, no=no)
    return visit


def photos_of(lines: Sequence[SheetLine]) -> list[FindingPhoto]:
    """All pictures in the order of the record: the first one is 照片1."""
    return [photo for line in lines if line.finding is not None for photo in line.finding.photos.all()]


def visit_data(visit: Visit, lines: Sequence[SheetLine]) -> VisitData:
    """The paper of a visit as it stands. ``lines``: its checklist."""
    names = the_county()
    numbers = {photo.pk: number for number, photo in enumerate(photos_of(lines), 1)}
    is_bureaus = visit_kinds.kind_of(visit.kind).is_bureaus
    return VisitData(
        issuer=names.bureau_name if is_bureaus else names.supervision_office_name,
        no=visit.no,
        record_no=visit.record_no,
        unit=visit.organisation.name,
        code=visit.organisation.code,
        kind="、".join(Visit.Kind(kind).label for kind in visit_kinds.kinds_of(visit)),
        times=_times(visit),
        people="、".join(_person(member) for member in visit.members.all()),
        basis=f"{visit.plan_name}（{visit.approval_no}）" if visit.approval_no else visit.off_plan_reason,
        lines=tuple(_line(line, numbers, is_blank=not visit.record_no) for line in lines),
        summary=visit.summary,
        remark=visit.unit_remark,
        is_confirmed=visit.state == Visit.State.CONFIRMED,
        refused=(
            f"单位拒绝确认，理由：{visit.refused_reason}。见证人：{visit.witness}。"
            if visit.refused_reason
            else ""
        ),
        unit_person=_confirmed_by_unit(visit),
        inspector=_confirmed_by_inspector(visit),
        as_of=clock.now(),
        on_paper=visit.signs_on_paper,
        stroke=" ".join(_path(line) for line in visit.stroke),
        stroke_box=_box([point for line in visit.stroke for point in line]),
    )


def _path(line: list[list[float]]) -> str:
    """M1 2L3 4: one line of a stroke. A dot is a line to itself, which round ends show."""
    (x, y), *rest = line
    return f"M{x} {y}" + "".join(f"L{a} {b}" for a, b in rest or [[x, y]])


def _box(points: list[list[float]]) -> str:
    """The box around all points with a margin: left, top, width, height."""
    if not points:
        return ""
    xs, ys = zip(*points, strict=True)
    return f"{min(xs) - 5} {min(ys) - 5} {max(xs) - min(xs) + 10} {max(ys) - min(ys) + 10}"


def _line(line: SheetLine, numbers: Mapping[int, int], *, is_blank: bool) -> Line:
    own = str(line.answer.get_value_display()) if line.answer and line.answer.value else NOTHING
    blank = Line(line.item.short_code, line.item.text, line.prohibition_kind, own)
    finding = line.finding
    if is_blank or finding is None or not line.is_seen:
        return blank
    return replace(
        blank,
        seen=str(finding.get_value_display()),
        is_problem=line.is_problem,
        fact=finding.text + ("\n须当场停止" if finding.at_once else ""),
        due=f"{finding.due_days}天" if finding.due_days else NOTHING,
        methods=finding.method_words,
        photos=_numbered([numbers[photo.pk] for photo in finding.photos.all()]),
    )


def _numbered(numbers: Sequence[int]) -> str:
    """照片3, 照片3—5: those of one item follow each other."""
    if not numbers:
        return ""
    return f"照片{numbers[0]}" + (f"—{numbers[-1]}" if len(numbers) > 1 else "")


def _person(member: VisitMember) -> str:
    return member.user.name + (f"（{member.certificate_no}）" if member.certificate_no else "")


def _times(visit: Visit) -> str:
    if visit.started_at is None:
        return ""
    began = timezone.localtime(visit.started_at)
    ended = f"至{timezone.localtime(visit.ended_at):%H:%M}" if visit.ended_at else ""
    return f"{cn_date(began)}{began:%H:%M}{ended}"


def _confirmed_by_unit(visit: Visit) -> str:
    post = f"（{visit.unit_person_post}）" if visit.unit_person_post else ""
    return f"网上确认人：{visit.unit_person}{post}" if visit.unit_person else ""


def _confirmed_by_inspector(visit: Visit) -> str:
    if visit.inspector_confirmed_by is None or visit.confirmed_at is None:
        return ""
    at = timezone.localtime(visit.confirmed_at)
    return f"网上确认人：{visit.inspector_confirmed_by.name}，{cn_date(at)}{at:%H:%M}"
