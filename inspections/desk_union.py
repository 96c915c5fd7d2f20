"""What waits for a person seldom, noun by noun, in one query: every page that shows it pays once for all.

Suggestions, rechecks, transfers to a department, 线索点, what the county owes by the plan, self-checks off
the yearly list that the leader alone may publish, accountability (its moves, what a unit promised, appeals),
公文, 上报表, 典型案例, 公开, 填报答疑, 岗位交接, people who left without one, and what machines found or
left to be confirmed (``desk_found``). What waits for a decision of the queue, and a unit's own duties, are
read with their tasks in ``desk``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import Case, Count, DateField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, TruncDate
from django.urls import reverse

from inspections import desk_found, named_duties
from inspections.desk_columns import columns
from inspections.models import (
    Complaint,
    Disclosure,
    Handover,
    ModelCase,
    ModelObjection,
    Paper,
    Question,
    Recheck,
    Round,
    Sanction,
    SanctionAppeal,
    SanctionCommitment,
    Suggestion,
    Transfer,
    UnitInquiry,
    UpwardReturn,
)
from inspections.workflows.model_cases import FEWEST_READERS
from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import (
    ANSWERING_ROLES,
    BUSINESS_ROLES,
    COUNTY_ROLES,
    OFFICE_ROLES,
    UNIT_ROLES,
    Role,
)
from shuangjian.policy.models import Duty, Obligation
from tutoring.models import Lead

CONFIRM_HANDOVER = "确认岗位交接"
RECHECK_SOON = timedelta(days=30)  # a look-back shows this long before its day


class Waiting(NamedTuple):
    """One row: what to do, the number (or step) and whose, by when, about what, where."""

    what: str
    no: str
    name: str
    due_on: date | None
    text: str
    url: str


def waiting_for(user: User, most: int) -> list[list[Waiting]]:
    """What is this person's, noun by noun: the earliest of each, ``most`` and one more at most."""
    parts = [part(user)[: most + 1] for roles, part in _PARTS if user.has_role(*roles)]
    if not parts:
        return []
    first, *others = parts
    found: dict[str, list[Waiting]] = {}
    for noun, *row in first.union(*others, all=True) if others else first:
        found.setdefault(noun, []).append(_row(noun, *row))
    # A union promises no order, and the last of a noun may be cut.
    return [
        sorted(rows, key=lambda row: (row.due_on is None, row.due_on or date.max)) for rows in found.values()
    ]


def _row(noun: str, pk: int, no: str, name: str, due_on: date | None, text: str, state: str) -> Waiting:
    what, address = _WORDS[noun, state] if (noun, state) in _WORDS else _WORDS[noun, ""]
    argument: Any = pk if address in _BY_KEY else no
    url = reverse(address) if address in _LISTS else reverse(address, args=[argument])
    return Waiting(what, no, name, due_on, text, url)


_BY_KEY = ("recheck", "duty", "round", "sync-conflict", "sync-refused", "import")
_LISTS = ("grants",)  # decided where they stand
_WORDS = {
    ("suggestion", ""): ("答复意见建议", "suggestion"),
    ("recheck", "look_back"): ("回头看", "recheck"),
    ("recheck", "desk_check"): ("材料抽查", "recheck"),
    ("transfer", "sent"): ("接收移交", "problem"),
    ("transfer", "accepted"): ("反馈办理结果", "problem"),
    ("lead", "pending"): ("核实线索点", "lead"),
    ("lead", "verified"): ("移交线索点", "lead"),
    ("lead", "replied"): ("看部门回复后办结", "lead"),
    ("lead", "handed_over"): ("回复线索点办理结果", "lead"),
    ("duty", ""): ("办理并登记", "duty"),
    ("round", ""): ("发布计划外自查", "round"),
    ("round", "over_budget"): ("发布超预算自查", "round"),
    ("sanction", "instructed"): ("编号用印并通知单位", "sanction"),
    ("sanction", "notified"): ("登记办理情况", "sanction"),
    ("sanction", "handled"): ("办结", "sanction"),
    ("disclosure", ""): ("决定是否公开", "disclosure"),
    ("model", "draft"): ("写完并提交典型案例", "model-case"),
    ("model", "submitted"): ("初审典型案例", "model-case"),
    ("model", "waiting"): ("答复公示期内的反映", "model-case"),
    ("model", "reading"): ("决定典型案例是否公示", "model-case"),
    ("model", "notice"): ("决定典型案例是否公布", "model-case"),
    ("model", "proposed"): ("决定典型案例是否撤下", "model-case"),
    ("commitment", ""): ("落实承诺", "sanction"),
    ("paper", "draft"): ("写完并送签公文", "paper"),
    ("paper", "returned"): ("按退回意见修改公文", "paper"),
    ("paper", "review"): ("签发公文", "paper"),
    ("paper", "on_paper"): ("送达公文", "paper"),
    ("paper", "online"): ("签收公文", "paper"),
    ("return", "filling"): ("填报上报表", "return"),
    ("return", "returned"): ("按退回意见修改上报表", "return"),
    ("return", "review"): ("审核上报表", "return"),
    ("return", "approval"): ("批准上报表", "return"),
    ("handover", ""): (CONFIRM_HANDOVER, "handover"),
    ("question", ""): ("答复填报疑问", "question"),
    ("left", ""): ("办理岗位交接", "handover-of"),
    ("doubt", ""): ("核实数据疑点", "doubt"),
    ("draw", ""): ("公开抽取", "draw"),
    ("import", ""): ("核对后确认导入", "import"),
    ("grant", ""): ("确认角色申请", "grants"),
    ("conflict", ""): ("选定检查结果", "sync-conflict"),
    ("refused", ""): ("处理未能写入的内容", "sync-refused"),
    ("complaint", "received"): ("受理反映", "complaint"),
    ("complaint", "accepted"): ("答复反映", "complaint"),
    ("complaint", "paused"): ("暂停的反映恢复计时", "complaint"),
    ("complaint", "reverifying"): ("重新核实反映", "complaint"),
    ("inquiry", ""): ("说明情况", "inquiry"),
    ("appeal", "review"): ("答复复核", "sanction"),
    ("appeal", "complaint"): ("答复申诉", "sanction"),
}


def _suggestions(user: User) -> QuerySet[Any]:
    rows = Suggestion.objects.visible_to(user).waiting().exclude(author=user)
    return columns(
        rows,
        "suggestion",
        no=F("no"),
        name=F("author__name"),
        due=F("due_on"),
        text=F("text"),
        state=Value(""),
    )


def _of_problem(rows: QuerySet[Any], noun: str, *, due: str, state: str) -> QuerySet[Any]:
    problem = "task__problem"
    return columns(
        rows,
        noun,
        no=F(f"{problem}__no"),
        name=F(f"{problem}__organisation__name"),
        due=F(due),
        text=F(f"{problem}__fact"),
        state=F(state),
    )


def _rechecks(user: User) -> QuerySet[Any]:
    """What comes up soon, but what the person closed himself; on paper the task force alone reads it."""
    rows = Recheck.objects.visible_to(user).waiting().exclude(task__closed_by=user)
    if not user.has_role(Role.TASK_FORCE):
        rows = rows.filter(kind="look_back")
    soon = rows.filter(due_on__lte=clock.today() + RECHECK_SOON)
    return _of_problem(soon, "recheck", due="due_on", state="kind")


def _transfers(user: User) -> QuerySet[Any]:
    """What was handed over to the person's department (P10)."""
    departments = user.unit_ids([Role.PARTNER])
    standing = Transfer.objects.filter(department__in=departments, state__in=["sent", "accepted"])
    return _of_problem(standing, "transfer", due="report_by", state="state")


def _leads(user: User) -> QuerySet[Any]:
    """线索点 whose next move is the person's: to check, hand over, answer for a department, close."""
    named = Q(address__startswith=F("township__name"))
    return columns(
        Lead.objects.waiting_for(user),
        "lead",
        no=F("no"),
        name=Case(When(named, then=F("address")), default=Concat("township__name", "address")),
        due=None,
        text=F("noticed"),
        state=Case(When(replied_on__isnull=False, then=Value("replied")), default=F("state")),
    )


def _duties(user: User) -> QuerySet[Any]:
    """What the county owes by the plan and the person marks as done."""
    is_supervision = Q(obligation__who__contains=[Obligation.Who.SUPERVISION])
    mine = Q(pk__in=[])
    if user.has_role(Role.SUPERVISION_OFFICE):
        mine |= is_supervision
    if user.has_role(Role.TASK_FORCE):
        mine |= ~is_supervision
    rows = Duty.objects.open_for_filing(clock.today()).filter(
        mine,
        obligation__fulfilled_by=Obligation.Fulfilled.WORDS,
        done_on__isnull=True,
        ended_on__isnull=True,
    )
    in_term = Concat("obligation__what", Value("（"), "term__title", Value("）"))
    return columns(
        rows,
        "duty",
        no=F("obligation__phase__title"),
        name=F("organisation__name"),
        due=Coalesce("reopened_until", "due_on"),
        text=Case(When(term__isnull=True, then=F("obligation__what")), default=in_term),
        state=Value(""),
    )


def _rounds(user: User) -> QuerySet[Any]:
    """Self-checks off the yearly list or beyond the budget, with the reason written down: nobody else may
    publish them (P2)."""
    off_plan = (Q(plan_name="") | Q(approval_no="")) & ~Q(off_plan_reason="")
    on_plan = ~Q(plan_name="") & ~Q(approval_no="")
    over_budget = on_plan & ~Q(over_budget_reason="")
    return columns(
        Round.objects.filter(off_plan | over_budget, state=Round.State.DRAFT),
        "round",
        no=F("title"),
        name=F("created_by__name"),
        due=None,
        text=Case(When(off_plan, then=F("off_plan_reason")), default=F("over_budget_reason")),
        state=Case(When(off_plan, then=Value("")), default=Value("over_budget")),
    )


def _sanctions(user: User) -> QuerySet[Any]:
    """What the leader instructed and the office carries out, till every commitment was kept."""
    left = SanctionCommitment.objects.filter(sanction=OuterRef("pk"), done_on__isnull=True)
    rows = Sanction.objects.filter(~Exists(left), state__in=Sanction.RUNNING)
    held = When(state=Sanction.State.NOTIFIED, then=TruncDate("meeting_at"))
    return columns(
        rows,
        "sanction",
        no=F("no"),
        name=F("organisation__name"),
        due=Case(held, default=Cast(Value(None), DateField())),
        text=F("facts"),
        state=F("state"),
    )


def _commitments(user: User) -> QuerySet[Any]:
    """What the person's unit committed itself to."""
    units = user.unit_ids(ANSWERING_ROLES)
    own = Q(sanction__organisation__in=units) | Q(sanction__organisation__filer__in=units)
    left = SanctionCommitment.objects.filter(
        own, sanction__state=Sanction.State.HANDLED, done_on__isnull=True
    )
    return _of_sanction(left, "commitment", text="text", state=Value(""))


def _appeals(user: User) -> QuerySet[Any]:
    """Appeals that wait for another than who decided."""
    rows = SanctionAppeal.objects.filter(result=SanctionAppeal.Result.WAITING)
    rows = rows.exclude(sanction__state=Sanction.State.REVOKED).exclude(sanction__instructed_by=user)
    return _of_sanction(rows, "appeal", text="words", state=F("way"))


def _of_sanction(rows: QuerySet[Any], noun: str, *, text: str, state: Any) -> QuerySet[Any]:
    return columns(
        rows,
        noun,
        no=F("sanction__no"),
        name=F("sanction__organisation__name"),
        due=F("due_on"),
        text=F(text),
        state=state,
    )


def _papers(user: User) -> QuerySet[Any]:
    """公文 to write, to sign (not by who wrote them), to serve by hand, to sign for."""
    out = Q(state=Paper.State.ISSUED, served_on__isnull=True)
    mine = Q(pk__in=[])
    if user.has_role(*OFFICE_ROLES):
        served = ~Q(kind__in=Paper.RECORDS)  # nobody serves a record
        mine |= Q(state=Paper.State.DRAFT) | (out & Q(delivery=Paper.Delivery.ON_PAPER) & served)
    if user.has_role(Role.LEADER):
        others = ~Q(created_by=user) & (Q(submitted_by__isnull=True) | ~Q(submitted_by=user))
        mine |= Q(state=Paper.State.REVIEW) & others
    units = user.unit_ids(UNIT_ROLES)
    own = Q(organisation__in=units) | Q(organisation__filer__in=units)
    department = Q(organisation__in=user.unit_ids([Role.PARTNER]), kind__in=Paper.LETTERS)
    mine |= out & Q(delivery=Paper.Delivery.ONLINE) & (own | department)
    before_the_leader = When(state=Paper.State.REVIEW, then=Value(clock.today(), output_field=DateField()))
    step = Case(
        When(Q(state=Paper.State.DRAFT) & ~Q(return_words=""), then=Value("returned")),
        When(state=Paper.State.ISSUED, then=F("delivery")),
        default=F("state"),
    )
    return columns(
        Paper.objects.filter(mine),
        "paper",
        no=F("no"),
        name=F("organisation__name"),
        due=Case(before_the_leader, default=Cast(Value(None), DateField())),
        text=F("title"),
        state=step,
    )


def _questions(user: User) -> QuerySet[Any]:
    """What units asked about an item and nobody has answered."""
    return columns(
        Question.objects.waiting(),
        "question",
        no=F("no"),
        name=F("item_code"),
        due=None,
        text=F("text"),
        state=Value(""),
    )


def _returns(user: User) -> QuerySet[Any]:
    """上报表 to fill in, to check (not by who filled it in), to send (by neither of the two)."""
    state = UpwardReturn.State
    mine = Q(pk__in=[])
    if user.has_role(Role.TASK_FORCE):
        mine |= Q(state=state.FILLING)
    if user.has_role(*OFFICE_ROLES):
        mine |= Q(state=state.REVIEW) & ~Q(submitted_by=user)
    if user.has_role(Role.LEADER):
        mine |= Q(state=state.APPROVAL) & ~Q(submitted_by=user) & ~Q(checked_by=user)
    returned = When(Q(state=state.FILLING) & ~Q(return_words=""), then=Value("returned"))
    return columns(
        UpwardReturn.objects.filter(mine),
        "return",
        no=F("no"),
        name=F("template__demanded_by"),
        due=F("due_on"),
        text=Concat("template__name", Value("（"), "period_words", Value("）")),
        state=Case(returned, default=F("state")),
    )


def _models(user: User) -> QuerySet[Any]:
    """Cases whose next move is the person's: to write, admit or answer for, to decide on. What only a reader
    could do is no duty of his."""
    waiting = ModelObjection.objects.filter(case=OuterRef("pk"), state=ModelObjection.State.WAITING)
    state, mine = ModelCase.State, Q(pk__in=[])
    if user.has_role(*OFFICE_ROLES):
        others = ~Q(nominated_by=user)
        mine |= (Q(state=state.SUBMITTED) & others) | (Exists(waiting) & others)
    if user.has_role(Role.LEADER):
        read = Q(state=state.READING, readers__gte=FEWEST_READERS)
        is_over = Q(state=state.NOTICE, notice_until__lt=clock.today()) & ~Exists(waiting)
        mine |= read | is_over | (~Q(proposed_words="") & Q(state__in=[state.NOTICE, state.PUBLISHED]))
    mine |= Q(state=state.DRAFT, nominated_by=user)
    has_waiting = When(Exists(waiting), then=Value("waiting"))
    return columns(
        ModelCase.objects.annotate(readers=Count("readings")).filter(mine),
        "model",
        no=F("no"),
        name=F("organisation__name"),
        due=None,
        text=F("title"),
        state=Case(When(~Q(proposed_words=""), then=Value("proposed")), has_waiting, default=F("state")),
    )


def _disclosures(user: User) -> QuerySet[Any]:
    """What the leader may decide to make public: the unit was heard, or its days are over."""
    heard = Q(heard_until=None) | Q(heard_until__lt=clock.today()) | ~Q(statement="")
    rows = Disclosure.objects.filter(heard, state=Disclosure.State.PROPOSED).exclude(proposed_by=user)
    return columns(
        rows,
        "disclosure",
        no=F("no"),
        name=F("name"),
        due=None,
        text=F("facts"),
        state=Value(""),
    )


def _handovers(user: User) -> QuerySet[Any]:
    """A post that the person gives or takes, until he has confirmed."""
    return columns(
        Handover.objects.waiting_for(user),
        "handover",
        no=F("no"),
        name=F("organisation__name"),
        due=F("last_on"),
        text=Concat("giver__name", Value("移交给"), "taker__name"),
        state=Value(""),
    )


def _left_behind(user: User) -> QuerySet[Any]:
    """People who left, with something still in their name that nobody can go on with."""
    return columns(
        named_duties.left_behind(),
        "left",
        no=F("username"),
        name=F("name"),
        due=None,
        text=Value("已经离岗，名下还有督导或督办的问题"),
        state=Value(""),
    )


def _complaints(user: User) -> QuerySet[Any]:
    """The person's own matters; of nobody's yet the task force's."""
    mine = Q(officer=user)
    if user.has_role(Role.TASK_FORCE):
        mine |= Q(officer=None)
    return columns(
        Complaint.objects.visible_to(user).running().filter(mine),
        "complaint",
        no=F("no"),
        name=Coalesce("organisation__name", Value("")),
        due=F("due_on"),
        text=Value(""),
        state=F("state"),
    )


def _inquiries(user: User) -> QuerySet[Any]:
    """What the person's unit is asked to look into."""
    rows = UnitInquiry.objects.filter(state="asked", organisation__in=user.unit_ids(UNIT_ROLES))
    return columns(
        rows,
        "inquiry",
        no=F("no"),
        name=F("organisation__name"),
        due=F("due_on"),
        text=F("words"),
        state=Value(""),
    )


_PARTS: list[tuple[frozenset[str], Callable[[User], QuerySet[Any]]]] = [
    (frozenset({Role.TASK_FORCE}), _suggestions),
    (OFFICE_ROLES | {Role.AREA_INSPECTOR}, _rechecks),
    (frozenset({Role.PARTNER}), _transfers),
    (OFFICE_ROLES | {Role.AREA_INSPECTOR, Role.PARTNER}, _leads),
    (OFFICE_ROLES, _duties),
    (frozenset({Role.LEADER}), _rounds),
    (OFFICE_ROLES, _sanctions),
    (ANSWERING_ROLES, _commitments),
    (frozenset({Role.SUPERVISION_OFFICE, Role.LEADER}), _appeals),
    (COUNTY_ROLES | UNIT_ROLES | {Role.PARTNER}, _papers),
    (OFFICE_ROLES, _questions),
    (COUNTY_ROLES, _returns),
    (COUNTY_ROLES | UNIT_ROLES | {Role.AREA_INSPECTOR}, _models),
    (frozenset({Role.TASK_FORCE, Role.OFFICE_STAFF}), _complaints),
    (UNIT_ROLES, _inquiries),
    (frozenset({Role.LEADER}), _disclosures),
    (BUSINESS_ROLES, _handovers),
    (frozenset({Role.TASK_FORCE}), _left_behind),
    *desk_found.PARTS,
]
