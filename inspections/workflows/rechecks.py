"""After the close-out: 回头看 on site 60 days later, and the desk check of what units closed themselves.

All red lines, relapses and 20 % of the rest are looked at again on site; 10 % of what a head closed on the
light track is read again on paper. Red lines are named at once; the others are drawn once a month with a
recorded seed, so that anybody can draw again. A result never rewrites the close-out: 反弹 opens the next
round under the same number.

Source: workflow.md §3 (Look back, Relapse) and §12 (60 calendar days); practice.md P7, P8.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from django.db import transaction

from inspections import lots, notices
from inspections.models import Decision, Recheck, RecheckDraw, RectificationTask, Visit
from inspections.workflows import problems
from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import Organisation, User
from shuangjian.journal import audit
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import NotAllowed, Refused, WrongState

LOOK_BACK_AFTER_DAYS = 60  # calendar days after the close-out
DESK_CHECK_AFTER_DAYS = 30
SHARES = {RecheckDraw.Kind.LOOK_BACK: 20, RecheckDraw.Kind.DESK_CHECK: 10}  # per cent, rounded up

K, S = RecheckDraw.Kind, Recheck.State

audit.name_actions(
    {
        "inspections.recheck.drawn": "抽取回头看",
        "inspections.recheck.kept": "回头看：巩固",
        "inspections.recheck.relapsed": "回头看：反弹",
        "inspections.recheck.not_fixed": "抽查：未改即销",
    }
)


def after_closing(task: RectificationTask) -> None:
    """In the transaction of the close-out: what is always looked at again is named at once."""
    if task.problem.is_red_line or task.ordinal > 1:
        _name(task, K.LOOK_BACK, None)


def _name(task: RectificationTask, kind: str, draw: RecheckDraw | None) -> Recheck:
    if task.closed_at is None:
        raise WrongState("没有销号的问题不用回头看")
    days = LOOK_BACK_AFTER_DAYS if kind == K.LOOK_BACK else DESK_CHECK_AFTER_DAYS
    row, _ = Recheck.objects.get_or_create(
        task=task,
        kind=kind,
        defaults={
            "draw": draw,
            "due_on": clock.local_day(task.closed_at) + timedelta(days=days),
            "created_at": clock.now(),
        },
    )
    return row


# --- The draw ---------------------------------------------------------------------------------------------


def sweep(seed: Callable[[], str] = lots.new_seed) -> int:
    """Draw for every month that is over and was not drawn yet; returns how many draws were made.

    Begins with the first month that closed anything; late by months it draws each, twice it draws once.
    """
    first = (
        RectificationTask.objects.filter(state=RectificationTask.State.CLOSED)
        .order_by("closed_at")
        .values_list("closed_at", flat=True)
        .first()
    )
    if first is None:
        return 0
    made, month, this_month = 0, clock.local_day(first).replace(day=1), clock.today().replace(day=1)
    done = set(RecheckDraw.objects.values_list("kind", "month"))
    while month < this_month:
        for kind in K:
            if (kind.value, month) not in done:
                made += _draw(kind, month, seed())
        month = _next(month)
    return made


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _draw(kind: RecheckDraw.Kind, month: date, seed: str) -> bool:
    """One draw once: of several sweeps the unique month lets one through."""
    with transaction.atomic():
        pool = {task.close_no: task for task in _pool(kind, month)}
        row, is_new = RecheckDraw.objects.get_or_create(
            kind=kind,
            month=month,
            defaults={
                "share": SHARES[kind],
                "seed": seed,
                "pool": list(pool),
                "drawn": lots.draw_share(list(pool), SHARES[kind], seed),
                "made_at": clock.now(),
            },
        )
        if not is_new:
            return False
        for close_no in row.drawn:
            _name(pool[close_no], kind, row)
        audit.record(
            action="inspections.recheck.drawn",
            subject=row,
            actor=None,
            organisation=Organisation.objects.filter(kind=Organisation.Kind.COUNTY).first(),
            after={"kind": kind.value, "month": str(month), "seed": row.seed, "drawn": row.drawn},
        )
    return True


def _pool(kind: RecheckDraw.Kind, month: date) -> list[RectificationTask]:
    """What was closed in the month and is not looked at again anyway, by its close-out number."""
    closed = RectificationTask.objects.filter(
        state=RectificationTask.State.CLOSED,
        closed_at__date__gte=month,
        closed_at__date__lt=_next(month),
        rechecks__isnull=True,
    ).select_related("problem__organisation")
    # Who closed without anybody's verifying is the unit's head on the light track (P8).
    light = closed.filter(verified_by__isnull=(kind == K.DESK_CHECK))
    return list(light.order_by("close_no"))


# --- The result -------------------------------------------------------------------------------------------


def keep(
    *, recheck_id: int, actor: User, version: int | None, method: str, words: str, visit: Visit | None = None
) -> Recheck:
    """巩固: it is still put right, seen by another than who closed it."""
    with transaction.atomic():
        row = _locked(recheck_id, actor, version)
        _finish(row, S.KEPT, actor, method, words, visit)
    return row


def find_relapsed(
    *,
    recheck_id: int,
    actor: User,
    version: int | None,
    method: str,
    words: str,
    due_on: date,
    was_fixed: bool = True,
    visit: Visit | None = None,
) -> Recheck:
    """反弹, or never put right (未改即销): the same number goes into its next round, one level up."""
    with transaction.atomic():
        row = _locked(recheck_id, actor, version)
        _finish(row, S.RELAPSED if was_fixed else S.NOT_FIXED, actor, method, words, visit)
        problems.relapse(problem=row.task.problem, fact=words, found_by=actor, due_on=due_on)
    return row


def _locked(recheck_id: int, actor: User, version: int | None) -> Recheck:
    rows = Recheck.objects.select_related("task__problem__organisation", "task__problem__prohibition")
    row = rows.select_for_update(of=("self",)).get(pk=recheck_id)
    check_version(row, version)
    if row.state != S.PENDING:
        raise WrongState(f"已经登记为“{row.get_state_display()}”")
    if not actor.has_perm("inspections.do_recheck", row):
        raise NotAllowed("您不能对此项回头看，销号和核查的人应当回避")
    return row


def _finish(row: Recheck, state: str, actor: User, method: str, words: str, visit: Visit | None) -> None:
    if not words.strip():
        raise Refused("请写明看到的情况")
    if method not in Decision.Method.values:
        raise Refused("请选择现场核查或材料核查")
    if row.kind == K.LOOK_BACK and method != Decision.Method.ON_SITE:
        raise Refused("回头看要到现场")
    row.state, row.method, row.words, row.visit = state, method, words.strip(), visit
    row.done_by, row.done_at = actor, clock.now()
    row.version += 1
    row.save()
    audit.record(
        action=f"inspections.recheck.{state}",
        subject=row,
        actor=actor,
        organisation=row.organisation,
        role=acting_role(actor),
        before={"state": S.PENDING.value},
        after={"state": state, "method": method},
        note=row.words,
    )
    notices.rechecked(row)
