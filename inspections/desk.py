"""待办: what each person has to do next, one list from every noun, most urgent first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from inspections import desk_union, review_queue
from inspections.models import (
    Decision,
    Objection,
    Problem,
    RectificationTask,
    SelfCheck,
    SupervisionReport,
    Transfer,
    Visit,
)
from inspections.permissions import one_page
from shuangjian import clock
from shuangjian.accounts.models import County, Organisation, User
from shuangjian.accounts.roles import (
    ANSWERING_ROLES,
    COUNTY_ROLES,
    OFFICE_ROLES,
    SIGNING_ROLES,
    UNIT_CLERKS,
    UNIT_ROLES,
    Role,
)
from shuangjian.accounts.selectors import county
from shuangjian.journal import audit, deliveries
from shuangjian.journal.models import AuditEntry
from shuangjian.policy import calendar
from shuangjian.policy.models import Duty, Obligation
from shuangjian.policy.selectors import current_term
from shuangjian.policy.workflows import counting
from shuangjian.registers import records
from shuangjian.registers.selectors import filled_by_unit

MOST_ROWS = 50  # of one source; the rest is behind the full lists


@dataclass(frozen=True)
class DeskRow:
    """One thing to do: the verb and what, whose, what it is about, by when, where."""

    what: str
    about: str
    due_on: date | None
    url: str
    detail: str = ""
    counted: str = ""  # how ``due_on`` was counted in working days


@dataclass(frozen=True)
class DeskGroup:
    """Rows of one urgency: 已逾期, 今天, 7天内 or 其他."""

    title: str
    rows: list[DeskRow]
    is_late: bool = False


@dataclass(frozen=True)
class DoneLine:
    """Something the person did today: when, what, with which case."""

    at: datetime
    what: str
    no: str


@dataclass(frozen=True)
class Desk:
    """A person's desk. ``is_cut``: a source had more than is shown."""

    groups: list[DeskGroup]
    is_cut: bool
    done: list[DoneLine] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(len(group.rows) for group in self.groups)


def desk_of(user: User, settings_row: County | None = None) -> Desk:
    """Everything the person has to do, grouped by urgency, earliest date first; empty groups are left out."""
    today = clock.today()
    is_cut = False
    rows: list[DeskRow] = []
    settings_row = settings_row or county() or County()
    with calendar.loaded(), one_page():
        for found in _found(user, settings_row):
            is_cut = is_cut or len(found) > MOST_ROWS
            rows += found[:MOST_ROWS]
    rows.sort(key=lambda row: (row.due_on is None, row.due_on or today, row.about))
    soon = today + timedelta(days=7)
    groups = [
        DeskGroup("已逾期", [row for row in rows if row.due_on and row.due_on < today], is_late=True),
        DeskGroup("今天", [row for row in rows if row.due_on == today]),
        DeskGroup("7天内", [row for row in rows if row.due_on and today < row.due_on <= soon]),
        DeskGroup("其他", [row for row in rows if row.due_on is None or row.due_on > soon]),
    ]
    return Desk([group for group in groups if group.rows], is_cut, _done_today(user))


def _found(user: User, settings_row: County) -> Iterator[list[DeskRow]]:
    """What each source has for the person, by date; each is cut for itself."""
    for roles, source in _SOURCES:
        if user.has_role(*roles):
            yield list(source(user, settings_row))
    for rows in desk_union.waiting_for(user, MOST_ROWS):
        yield [DeskRow(row.what, f"{row.no} {row.name}", row.due_on, row.url, row.text) for row in rows]


def _done_today(user: User) -> list[DoneLine]:
    """What the person did today, newest first, from the journal; saving a form as one goes is left out."""
    midnight = timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    entries = AuditEntry.objects.filter(
        at__gte=midnight, actor_id=user.pk, action__in=[action for action, _ in audit.known_actions()]
    ).exclude(action__in=_AS_ONE_GOES)
    return [
        DoneLine(entry.at, audit.words_of(entry.action), entry.subject_no)
        for entry in entries.order_by("-seq")[:20]
        if entry.action.startswith(("inspections.", "tutoring.lead.", "policy.duty."))
    ]


_AS_ONE_GOES = (
    "inspections.visit.finding_saved",
    "inspections.visit.photos_added",
    "inspections.check.saved",
)


# --- What units have to do --------------------------------------------------------


def _own(user: User, roles: frozenset[str], prefix: str = "") -> Q:
    ids = user.unit_ids(roles)
    return Q(**{f"{prefix}organisation__in": ids}) | Q(**{f"{prefix}organisation__filer__in": ids})


def _task_row(what: str, task: RectificationTask, due_on: date | None, counted: str = "") -> DeskRow:
    problem = task.problem
    about = f"{problem.no} {problem.organisation.name} 第{problem.rule.number}条"
    return DeskRow(what, about, due_on, reverse("problem", args=[problem.no]), problem.fact, counted)


def _tasks(user: User) -> QuerySet[RectificationTask]:
    visible = RectificationTask.objects.visible_to(user)
    return visible.select_related("problem__organisation", "problem__rule", "problem__prohibition").order_by(
        "due_on", "pk"
    )


def _check_rows(user: User, settings_row: County) -> Iterator[DeskRow]:
    own = SelfCheck.objects.filter(
        _own(user, ANSWERING_ROLES), keyed_in_by=None
    )  # while it is 代填 nothing to do
    checks = own.open().select_related("round", "organisation")
    is_head = user.has_role(*SIGNING_ROLES)
    words = {
        SelfCheck.State.NOT_STARTED: "填写自查",
        SelfCheck.State.FILLING: "继续填写自查",
        SelfCheck.State.CONFIRMING: "确认自查" if is_head else "待负责人确认自查",
        SelfCheck.State.RETURNED: "按退回意见修改自查",
    }
    found = list(checks.order_by("due_on", "pk")[: MOST_ROWS + 1])
    returned = [(check.pk, check.due_on) for check in found if check.state == SelfCheck.State.RETURNED]
    counted = counting.words_for(SelfCheck, "due_on", returned) if returned else {}
    for check in found:
        about = f"{check.no} {check.organisation.name}"
        url = reverse("check", args=[check.no])
        what = words[SelfCheck.State(check.state)]
        yield DeskRow(what, about, check.due_on, url, check.round.title, counted.get(check.pk, ""))


def _filing_rows(user: User, settings_row: County) -> Iterator[DeskRow]:
    """Records of studying and publicity that are missing, while their step takes filings."""
    missing = Duty.objects.open_for_filing(clock.today()).filter(
        _own(user, UNIT_ROLES), obligation__fulfilled_by=Obligation.Fulfilled.RECORD, done_on__isnull=True
    )
    yield from _duty_rows("填报记录", missing)


def _duty_rows(what: str, rows: QuerySet[Duty]) -> Iterator[DeskRow]:
    owed = rows.filter(ended_on__isnull=True).select_related("obligation__phase", "organisation", "term")
    for duty in owed.order_by("due_on", "pk")[: MOST_ROWS + 1]:
        about = f"{duty.obligation.phase.title} {duty.organisation.name}"
        due_on = duty.reopened_until or duty.due_on
        yield DeskRow(what, about, due_on, reverse("duty", args=[duty.pk]), duty.what)


def _register_rows(user: User, settings_row: County) -> Iterator[DeskRow]:
    """Registers of the present term that a unit of the person's has not filled in; one row a unit."""
    term = current_term()
    if term is None:
        return
    ids = user.unit_ids(UNIT_CLERKS)
    units = Organisation.objects.active().units().filter(Q(pk__in=ids) | Q(filer__in=ids))
    units = units.select_related(*records.WITH_FACTS).order_by("pinyin_key")[: MOST_ROWS + 1]
    for unit, done in filled_by_unit(units, term):
        if not done.is_complete:
            url = reverse("unit-registers", args=[unit.code])
            left = f"还有{done.total - done.done}项没有填"
            yield DeskRow("填写登记档案", f"{term.short_title} {unit.name}", None, url, left)


def _rectifying_rows(user: User, settings_row: County) -> Iterator[DeskRow]:
    mine = _tasks(user).filter(_own(user, ANSWERING_ROLES, "problem__"), state__in=["planning", "rectifying"])
    is_head = user.has_role(*SIGNING_ROLES)
    tasks = list(mine[: MOST_ROWS + 1])
    plans = [(task.pk, task.plan_due_on) for task in tasks if task.state == "planning"]
    counted = counting.words_for(RectificationTask, "plan_due_on", plans) if plans else {}
    for task in tasks:
        if task.state == "planning":
            yield _task_row("提交整改计划", task, task.plan_due_on, counted.get(task.pk, ""))
        elif task.is_light:
            yield _task_row("改正后确认销号" if is_head else "改正并补充佐证", task, task.due_on)
        else:
            yield _task_row("整改并申请销号", task, task.due_on)


# --- What the county's people have to do --------------------------------------------


def _queue_rows(user: User, settings_row: County) -> Iterator[DeskRow]:
    """What waits for the person's decision (审核), each row on the page of the case itself."""
    for row in review_queue.with_subjects(review_queue.waiting_for(user, settings_row)[: MOST_ROWS + 1]):
        if row.kind == "check":
            about, url = f"{row.no} {row.unit.name}", reverse("check", args=[row.no])
            yield DeskRow(row.what, about, row.due_on, url, row.subject.round.title, row.counted)
        else:
            yield _task_row(row.what, row.subject, row.due_on, row.counted)


def _visit_rows(user: User, settings_row: County) -> Iterator[DeskRow]:
    words = {"planned": "到现场督导", "ongoing": "继续督导", "summing_up": "双方确认现场检查记录"}
    visits = Visit.objects.filter(members__user=user, state__in=list(words)).select_related("organisation")
    for visit in visits.order_by("planned_on", "no")[: MOST_ROWS + 1]:
        about = f"{visit.no} {visit.organisation.name}"
        url = reverse("visit", args=[visit.no])
        is_printed = visit.state == Visit.State.SUMMING_UP and visit.signs_on_paper
        what = "上传手签的现场检查记录" if is_printed else words[visit.state]
        yield DeskRow(what, about, visit.planned_on, url, visit.get_kind_display())


def _reports(user: User) -> QuerySet[SupervisionReport]:
    """Without their figures and texts: a whole report each, of which a row says the title."""
    return SupervisionReport.objects.visible_to(user).defer("data", "sections")


def _draft_rows(user: User, settings_row: County) -> Iterator[DeskRow]:
    for report in _reports(user).filter(state="draft")[: MOST_ROWS + 1]:
        what = "按退回意见修改报告" if report.return_words else "写完并送签报告"
        yield DeskRow(what, report.no, None, reverse("report", args=[report.no]), report.title)


def _signing_rows(user: User, settings_row: County) -> Iterator[DeskRow]:
    for report in _reports(user).filter(state="review")[: MOST_ROWS + 1]:
        if user.has_perm("inspections.sign_report", report):
            url = reverse("report", args=[report.no])
            yield DeskRow("签发报告", report.no, clock.today(), url, report.title)


def _detour_rows(user: User, settings_row: County) -> Iterator[DeskRow]:
    """What rests or is contested and waits for this person's word; one query for all of it."""
    of_task = {"task": OuterRef("pk")}
    words = Decision.objects.filter(kind__in=Decision.OF_CLOSING_ABOVE, **of_task).order_by("-pk")
    tasks = _tasks(user).annotate(
        is_objected=Exists(Objection.objects.filter(state=Objection.State.ASKED, **of_task)),
        is_contested=Exists(Transfer.objects.filter(state=Transfer.State.CONTESTED, **of_task)),
        last_word=Subquery(words.values("kind")[:1]),
    )
    mine = Q(is_objected=True) & ~Q(problem__found_by=user)
    if user.has_role(*OFFICE_ROLES):
        mine |= Q(is_contested=True)
    if user.has_role(Role.TASK_FORCE):
        verified = Q(state="verified", problem__origin=Problem.Origin.SUPERIOR)
        mine |= Q(state__in=["parked", "superior"])
        mine |= verified & ~Q(last_word=Decision.Kind.SUPERIOR_AGREED)
        mine |= verified & Q(last_word=None)
    for task in tasks.filter(mine)[: MOST_ROWS + 1]:
        if task.is_objected:
            yield _task_row("答复异议", task, task.plan_due_on)
        elif task.is_contested:
            yield _task_row("决定是否维持移交", task, None)
        elif task.state == task.State.PARKED:
            yield _task_row("复核挂账", task, task.review_on)
        elif task.state == task.State.AWAITING_SUPERIOR:
            yield _task_row("登记上级答复", task, None)
        else:
            yield _task_row("报请上级同意销号", task, None)


def _failing_rows(user: User, settings_row: County) -> Iterator[DeskRow]:
    """Addresses that nothing reaches; the system administrator mends them."""
    for row in deliveries.failing()[: MOST_ROWS + 1]:
        url = reverse("job", args=[row.job_id])
        yield DeskRow("通知发不出去", deliveries.where_of(row), None, url, row.job.error if row.job else "")


_Source = Callable[[User, County], Iterator[DeskRow]]
_SOURCES: list[tuple[frozenset[str], _Source]] = [
    (ANSWERING_ROLES, _check_rows),
    (ANSWERING_ROLES, _rectifying_rows),
    (UNIT_ROLES, _filing_rows),
    (UNIT_CLERKS, _register_rows),
    (review_queue.DECIDERS, _queue_rows),
    (frozenset({Role.AREA_INSPECTOR, Role.TEAM_INSPECTOR}), _visit_rows),
    (frozenset({Role.SUPERVISION_OFFICE}), _draft_rows),
    (frozenset({Role.LEADER}), _signing_rows),
    (COUNTY_ROLES, _detour_rows),
    (frozenset({Role.TASK_FORCE}), _failing_rows),
]
