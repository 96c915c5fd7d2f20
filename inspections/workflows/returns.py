"""上报表 on its way: made per period, filled in, checked by another, sent by the leader, frozen.

填报中 → 待审核 → 待批准 → 已上报 (→ 已更正). Who fills in, who checks and who sends are three people. What
was sent stays; a correction is a new row that names it. Sources: practice.md P23; workflow.md §8.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, Prefetch, QuerySet

from inspections import notices
from inspections.models import BoundCell, ReturnLine, ReturnTemplate, Statistic, UpwardReturn
from inspections.reports.periods import Period, PeriodFigures, ended_periods, period_of
from inspections.returns.due_days import due_day
from inspections.returns.filling import workbook_of
from inspections.returns.queries import QUERIES
from shuangjian import clock
from shuangjian.accounts.machine import Machine, Transition, acting_role
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import OFFICE_ROLES, Role
from shuangjian.accounts.selectors import holders
from shuangjian.dates import cn_short
from shuangjian.files import services as files
from shuangjian.files.models import StoredFile
from shuangjian.journal import audit, numbers
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import Refused
from shuangjian.policy import calendar

S = UpwardReturn.State
CORRECTION_DAYS = 3  # working days in which a correction goes up [d]


def _move(label: str, source: Iterable[str], target: str | None, right: str) -> Transition:
    permission = f"inspections.{right}_return"
    return Transition(label=label, source=frozenset(source), target=target, permission=permission)


TRANSITIONS = {
    "fill": _move("填写", {S.FILLING}, None, "fill"),
    "refresh": _move("重新取数", {S.FILLING}, None, "fill"),
    "submit": _move("送审核", {S.FILLING}, S.REVIEW, "fill"),
    "check": _move("审核通过", {S.REVIEW}, S.APPROVAL, "check"),
    "return": _move("退回修改", {S.REVIEW, S.APPROVAL}, S.FILLING, "send_back"),
    "send": _move("批准上报", {S.APPROVAL}, S.SENT, "send"),
    "attach-scan": _move("上传盖章扫描件", UpwardReturn.FROZEN, None, "fill"),
    "correct": _move("更正", {S.SENT}, None, "fill"),
    "discard": _move("作废更正", {S.FILLING}, S.DISCARDED, "discard"),
}
MACHINE: Machine[UpwardReturn] = Machine(UpwardReturn, "inspections.return", TRANSITIONS)
audit.name_actions(
    {
        "inspections.return.made": "建立上报表",
        "inspections.return.superseded": "由更正的上报表代替",
    }
)


@dataclass(frozen=True)
class Entry:
    """What a person wrote of one figure."""

    value: Decimal | None
    reason: str = ""
    explanation: str = ""


def whole() -> QuerySet[UpwardReturn]:
    """Returns with all that is written into their workbook."""
    lines = ReturnLine.objects.select_related("statistic")
    cells = BoundCell.objects.all()
    return UpwardReturn.objects.select_related(
        "template__stored_file", "organisation", "corrects"
    ).prefetch_related(Prefetch("lines", lines), Prefetch("template__cells", cells))


# --- Made per period ----------------------------------------------------------------------------------------
def sweep() -> int:
    """Make what is due of every table in use; returns how many. Safe twice and in parallel."""
    in_use = ReturnTemplate.objects.filter(state=ReturnTemplate.State.IN_USE)
    return sum(make_due(template) for template in in_use.order_by("pk"))


def make_due(template: ReturnTemplate) -> int:
    """A return of every period that has ended since the table is in use and has none yet."""
    today, made = clock.today(), 0
    known = set(UpwardReturn.objects.filter(code=template.code).values_list("period_first", flat=True))
    assert template.starts_on is not None  # noqa: S101  (of a table in use, by database constraint)
    for period in ended_periods(template.span, template.starts_on, today):
        if period.first not in known:
            made += _make(template.pk, period)
    return made


def _make(template_id: int, period: Period) -> bool:
    with transaction.atomic():
        template = ReturnTemplate.objects.select_for_update().get(pk=template_id)
        standing = UpwardReturn.objects.filter(code=template.code, period_first=period.first)
        if template.state != ReturnTemplate.State.IN_USE or standing.exists():
            return False
        row = _create(template, period, due_on=due_day(template, period))
        _take(row, period, _asked(template))
        audit.record(
            action="inspections.return.made",
            subject=row,
            actor=None,
            organisation=row.organisation,
            after={"state": row.state, "due_on": row.due_on},
        )
        title = f"请填报{row.title}，{cn_short(row.due_on)}前上报"
        notices.tell(holders(Role.TASK_FORCE), "return.made", row, row.get_absolute_url(), title)
    return True


def _create(template: ReturnTemplate, period: Period, **fields: object) -> UpwardReturn:
    year = clock.today().year
    return UpwardReturn.objects.create(
        no=f"{year}-B{numbers.take('return', year):04d}",
        template=template,
        code=template.code,
        organisation=Organisation.objects.get(kind=Organisation.Kind.COUNTY),
        period_first=period.first,
        period_last=period.last,
        period_words=period.words,
        figures_on=period.last,
        taken_at=clock.now(),
        **fields,
    )


def _asked(template: ReturnTemplate) -> list[Statistic]:
    """The figures that the table asks for, each once, in the order of its cells."""
    cells = template.cells.filter(statistic__isnull=False).select_related("statistic")
    return list(dict.fromkeys(cell.statistic for cell in cells if cell.statistic is not None))


def _take(row: UpwardReturn, period: Period, statistics: list[Statistic]) -> None:
    """Count what the portal counts; what it does not is left to be keyed in."""
    figures, before = PeriodFigures.of(period), _last_time(row)
    lines = []
    for ordinal, statistic in enumerate(statistics, start=1):
        taken = _counted(statistic, figures)
        lines.append(
            ReturnLine(
                upward_return=row,
                ordinal=ordinal,
                statistic=statistic,
                taken=taken,
                value=taken,
                before=before.get(statistic.pk),
            )
        )
    ReturnLine.objects.bulk_create(lines)


def _counted(statistic: Statistic, figures: PeriodFigures) -> Decimal | None:
    found = QUERIES[statistic.query].take(figures) if statistic.query else None
    return None if found is None else Decimal(found)


def _last_time(row: UpwardReturn) -> dict[int, Decimal | None]:
    """The figures that were sent of the last period before."""
    last = UpwardReturn.objects.filter(code=row.code, state=S.SENT, period_first__lt=row.period_first)
    earlier = last.order_by("-period_first").first()
    return dict(earlier.lines.values_list("statistic_id", "value")) if earlier is not None else {}


# --- Filled in ----------------------------------------------------------------------------------------------
def fill(*, return_id: int, actor: User, version: int | None, entries: Mapping[int, Entry]) -> UpwardReturn:
    """Write figures, reasons and explanations, by the line's id. A figure that was counted changes only with
    its reason. Raises Refused."""
    with MACHINE.moving("fill", row_id=return_id, actor=actor, version=version) as step:
        changed = []
        for line in step.row.lines.select_related("statistic"):
            entry = entries.get(line.pk)
            if entry is None:
                continue
            if line.value != entry.value:
                changed.append(line.statistic.code)
            line.value, line.explanation = entry.value, entry.explanation
            line.reason = entry.reason if line.is_changed else ""
            if line.is_changed and not line.reason:
                raise Refused(f"{line.statistic.name}和自动取数不同，请写明改动理由")
            line.save(update_fields=["value", "reason", "explanation"])
        step.after["changed"] = changed
    return step.row


def refresh(*, return_id: int, actor: User, version: int | None) -> UpwardReturn:
    """Count again. A count that was changed by hand stays so with its reason, unless it now says the same;
    what was keyed in because nothing could be counted gives way to the count."""
    with MACHINE.moving("refresh", row_id=return_id, actor=actor, version=version) as step:
        row = step.row
        figures, before = PeriodFigures.of(period_of(row.template.span, row.period_first)), _last_time(row)
        changed = []
        for line in row.lines.select_related("statistic"):
            by_hand, was = line.is_changed, line.taken
            line.taken = _counted(line.statistic, figures)
            line.before = before.get(line.statistic_id)
            if line.statistic.query and not by_hand:
                line.value = line.taken
            if not line.is_changed:
                line.reason = ""
            if line.taken != was:
                changed.append(line.statistic.code)
            line.save()
        row.taken_at = clock.now()
        step.after["changed"] = changed
    return row


def left_to_do(row: UpwardReturn) -> list[str]:
    """What keeps a return from going on, in words: figures missing, changes that nobody has explained."""
    lines = list(row.lines.all())
    found = []
    missing = [line.statistic.name for line in lines if line.value is None]
    if missing:
        found.append(f"还有{len(missing)}项没有填：{'、'.join(missing)}。没有发生的填0")
    bare = [line.statistic.name for line in lines if line.is_questioned and not line.explanation]
    if bare:
        found.append(f"还有{len(bare)}项比上期变化超过20%，没有说明：{'、'.join(bare)}")
    return found


def is_all_zero(row: UpwardReturn) -> bool:
    return all(line.value == 0 for line in row.lines.all())


def submit(*, return_id: int, actor: User, version: int | None, is_zero: bool = False) -> UpwardReturn:
    """送审核. ``is_zero``: the person says that noughts alone are no omission (零报告). Raises Refused."""
    with MACHINE.moving("submit", row_id=return_id, actor=actor, version=version, queryset=whole()) as step:
        row = step.row
        left = left_to_do(row)
        if left:
            raise Refused("；".join(left))
        row.is_zero = is_all_zero(row)
        if row.is_zero and not is_zero:
            raise Refused("各项都是0，请勾选“零报告”，说明不是漏填")
        row.submitted_by, row.checked_by, row.return_words = actor, None, ""
        step.after["is_zero"] = row.is_zero
        others = holders(*OFFICE_ROLES).exclude(pk=actor.pk)
        _tell(row, others, f"请审核上报表{row.no}：{row.title}，{cn_short(row.due_on)}前上报")
    return row


# --- Checked, sent ------------------------------------------------------------------------------------------
def check(*, return_id: int, actor: User, version: int | None, words: str = "") -> UpwardReturn:
    """Another than who filled it in has checked it; the leader is told."""
    with MACHINE.moving("check", row_id=return_id, actor=actor, version=version) as step:
        row, step.note = step.row, words
        row.checked_by = actor
        _tell(row, holders(Role.LEADER), f"请批准上报表{row.no}：{row.title}，{cn_short(row.due_on)}前上报")
    return row


def send_back(*, return_id: int, actor: User, version: int | None, words: str) -> UpwardReturn:
    """Whoever checks or sends gives it back with his words."""
    with MACHINE.moving("return", row_id=return_id, actor=actor, version=version) as step:
        row = step.row
        row.return_words = step.note = words
        row.checked_by = None
        _tell(row, holders(Role.TASK_FORCE), f"上报表{row.no}退回修改", words)
    return row


def send(*, return_id: int, actor: User, version: int | None) -> UpwardReturn:
    """批准上报: the workbook is filled and stored, figures and file are frozen; what it corrects is 已更正.

    The file is made before the row is locked, which then must be as it was. Raises StaleRow, Rejected.
    """
    seen = whole().get(pk=return_id)
    check_version(seen, version)
    MACHINE.check("send", seen, actor)
    content = workbook_of(seen)
    with MACHINE.moving("send", row_id=return_id, actor=actor, version=seen.version) as step:
        row = step.row
        stored = files.store_generated(
            data=content, name=f"{row.no}{row.template.name}.xlsx", content_type=files.XLSX
        )
        row.workbook, row.workbook_sha256 = stored, stored.sha256
        row.sent_by, row.sent_at = actor, clock.now()
        step.after["sha256"] = stored.sha256
        if row.corrects_id is not None:
            _supersede(row.corrects_id, row)
        _tell(row, holders(*OFFICE_ROLES), f"上报表{row.no}已批准，请打印盖章并报{row.template.demanded_by}")
    return row


def _supersede(return_id: int, by: UpwardReturn) -> None:
    old = UpwardReturn.objects.select_for_update().get(pk=return_id)
    old.state = S.CORRECTED
    old.version += 1
    old.save(update_fields=["state", "version"])
    audit.record(
        action="inspections.return.superseded",
        subject=old,
        actor=None,
        organisation=old.organisation,
        before={"state": S.SENT},
        after={"state": old.state, "corrected_by": by.no},
    )


def attach_scan(*, return_id: int, actor: User, version: int | None, scan: StoredFile) -> UpwardReturn:
    """Keep the sealed page beside the file (P3): its hash joins the record, it replaces nothing."""
    with MACHINE.moving("attach-scan", row_id=return_id, actor=actor, version=version) as step:
        if step.row.scan is not None:
            step.before["scan"] = step.row.scan.sha256
        step.row.scan = scan
        step.after["scan"] = scan.sha256
    return step.row


# --- Corrected ----------------------------------------------------------------------------------------------
def correct(*, return_id: int, actor: User, version: int | None, reason: str) -> UpwardReturn:
    """Begin a correction: a new return of the same period with the figures that were sent. Raises Refused."""
    with MACHINE.moving("correct", row_id=return_id, actor=actor, version=version, queryset=whole()) as step:
        old = step.row
        same = UpwardReturn.objects.filter(code=old.code, period_first=old.period_first)
        if standing := same.filter(state__in=UpwardReturn.OPEN).first():
            raise Refused(f"这一期的更正已在办理，编号{standing.no}")
        new = _create(
            old.template,
            Period(old.template.span, old.period_words, old.period_first, old.period_last),
            due_on=calendar.add_working_days(clock.today(), CORRECTION_DAYS).on,
            ordinal=(same.aggregate(last=Max("ordinal"))["last"] or 0) + 1,
            corrects=old,
            correction_reason=reason,
        )
        for line in old.lines.all():
            line.pk, line.upward_return = None, new
            line.save(force_insert=True)
        step.after["corrected_by"] = new.no
        step.note = reason
        audit.record(
            action="inspections.return.made",
            subject=new,
            actor=actor,
            organisation=new.organisation,
            role=acting_role(actor),
            after={"state": new.state, "due_on": new.due_on, "corrects": old.no},
        )
    return new


def discard(*, return_id: int, actor: User, version: int | None, reason: str) -> UpwardReturn:
    """Give up a correction: what was sent stands. A period's own return is never left out (零报告)."""
    with MACHINE.moving("discard", row_id=return_id, actor=actor, version=version) as step:
        step.note = reason
    return step.row


def _tell(row: UpwardReturn, people: Iterable[User], title: str, body: str = "") -> None:
    notices.tell(people, "return", row, row.get_absolute_url(), title, body)
