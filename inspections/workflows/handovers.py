"""岗位交接: opened with its list, confirmed by both, then everything in the giver's name passes at once.

Source: practice.md P15 (whoever holds the post on the day acts) and P17 (accounts of people, not of posts).
"""

from __future__ import annotations

from datetime import date

from django.db import transaction

from inspections import named_duties, notices
from inspections.handover_list import HandoverList, list_of
from inspections.models import Handover, HandoverItem, RectificationTask, Visit
from inspections.workflows import oversight
from shuangjian import clock
from shuangjian.accounts import workflows as accounts
from shuangjian.accounts.machine import Machine, Transition, acting_role
from shuangjian.accounts.models import Membership, User
from shuangjian.accounts.roles import ADMIN_ROLES
from shuangjian.dates import cn_short
from shuangjian.journal import audit, numbers, outbox
from shuangjian.journal.errors import NotAllowed, Refused

S = Handover.State
_OPEN = frozenset({S.OPEN})

TRANSITIONS = {
    "give": Transition(label="确认移交", source=_OPEN, target=None, permission="inspections.give_handover"),
    "take": Transition(label="确认接手", source=_OPEN, target=None, permission="inspections.take_handover"),
    "cancel": Transition(
        label="取消交接", source=_OPEN, target=S.CANCELLED, permission="inspections.cancel_handover"
    ),
}
MACHINE: Machine[Handover] = Machine(Handover, "inspections.handover", TRANSITIONS)
audit.name_actions({"inspections.handover.opened": "发起岗位交接"})


def open_handover(*, post: Membership, actor: User, taker: User, last_on: date, words: str = "") -> Handover:
    """Begin to hand ``post`` over; giver and taker are told. Raises Refused, NotAllowed."""
    if not actor.has_perm("inspections.open_handover", post):
        raise NotAllowed("岗位交接由本人、本单位或县级双减专班、督导室发起")
    if post.role in ADMIN_ROLES:
        raise Refused("系统管理员、安全管理员、审计员名下没有业务事项，由安全管理员收回角色")
    if taker.pk == post.user_id:
        raise Refused("接手人不能是移交人本人")
    today = clock.today()
    if last_on < today and (post.to_on is None or post.to_on >= today):
        raise Refused("离岗日期不能早于今天")
    with transaction.atomic():
        giver = User.objects.select_for_update(no_key=True).get(pk=post.user_id)
        same = Handover.objects.filter(
            giver=giver, organisation=post.organisation, role=post.role, state=S.OPEN
        )
        if standing := same.first():
            raise Refused(f"这个岗位已经在交接，编号{standing.no}")
        row = Handover.objects.create(
            no=f"{today.year}-J{numbers.take('handover', today.year):04d}",
            giver=giver,
            taker=taker,
            organisation=post.organisation,
            role=post.role,
            last_on=last_on,
            words=words,
            opened_by=actor,
            opened_at=clock.now(),
        )
        audit.record(
            action="inspections.handover.opened",
            subject=row,
            actor=actor,
            organisation=row.organisation,
            role=acting_role(actor),
            after={"giver": giver.pk, "taker": taker.pk, "role": row.role, "last_on": last_on},
            note=words,
        )
        title = f"请确认岗位交接{row.no}：{row.organisation.name}{row.get_role_display()}"
        _tell(row, [giver, taker], title, actor)
    return row


def give(*, handover_id: int, actor: User, version: int | None, reason: str = "") -> Handover:
    """The giver confirms; where he can no longer sign in, whoever may open it does, with the reason."""
    with MACHINE.moving("give", row_id=handover_id, actor=actor, version=version) as step:
        row = step.row
        if row.given_at is not None:
            raise Refused("移交人已经确认")
        if actor.pk != row.giver_id and not reason:
            raise Refused("请写明代为确认的理由")
        row.given_at, row.given_by, step.note = clock.now(), actor, reason
        step.after["moved"] = _complete_if_both(row, actor)
    return row


def take(*, handover_id: int, actor: User, version: int | None) -> Handover:
    """The taker confirms that he has read the list."""
    with MACHINE.moving("take", row_id=handover_id, actor=actor, version=version) as step:
        row = step.row
        if row.taken_at is not None:
            raise Refused("接手人已经确认")
        row.taken_at = clock.now()
        step.after["moved"] = _complete_if_both(row, actor)
    return row


def cancel(*, handover_id: int, actor: User, version: int | None, reason: str) -> Handover:
    """Nothing passes over; both are told why."""
    with MACHINE.moving("cancel", row_id=handover_id, actor=actor, version=version) as step:
        step.note = reason
        _tell(step.row, [step.row.giver, step.row.taker], f"岗位交接{step.row.no}已取消", actor, reason)
    return step.row


def _complete_if_both(row: Handover, actor: User) -> int:
    """Once both have confirmed: pass everything on, end the post; how many lines passed."""
    if row.given_at is None or row.taken_at is None:
        return 0
    held = row.taker.memberships.in_force(clock.today()).filter(organisation=row.organisation, role=row.role)
    if not held.exists():
        raise Refused(
            f"{row.taker.name}还没有{row.organisation.name}“{row.get_role_display()}”的角色，"
            "请安全管理员授予后再确认"
        )
    found = list_of(row)
    if found.faults:
        raise Refused("；".join(found.faults))
    _pass_on(row, actor)
    _keep(row, found)
    accounts.leave_post(
        user_id=row.giver_id,
        organisation=row.organisation,
        role=row.role,
        last_on=row.last_on,
        actor=actor,
        note=row.no,
    )
    row.state = S.DONE
    _tell(row, [row.giver, row.taker], f"岗位交接{row.no}已完成", actor)
    return len(found.lines)


def _pass_on(row: Handover, actor: User) -> None:
    visits = named_duties.visits_of(row.giver, row.organisation, row.role)
    for visit in visits.select_for_update(of=("self",)).order_by("pk"):
        theirs = {member.user_id: member for member in visit.members.all()}
        old, new = theirs[row.giver_id], theirs.get(row.taker_id)
        stays = visit.state != Visit.State.PLANNED  # what he saw on site is signed by him
        if new is None:
            new = visit.members.create(user=row.taker, is_lead=False)
        new.is_lead = new.is_lead or old.is_lead
        if stays:
            old.is_lead = False
            old.save(update_fields=["is_lead"])
        else:
            old.delete()
        new.save(update_fields=["is_lead"])
        visit.version += 1
        visit.save(update_fields=["version"])
    cases = named_duties.cases_of(row.giver, row.organisation, row.role)
    for task in cases.select_for_update(of=("self",)).order_by("pk"):
        taker = None if oversight.why_not(task, row.taker) else row.taker
        RectificationTask.objects.filter(pk=task.pk).update(overseer=taker)
        task.overseer = taker
        notices.overseer_changed(task, row.giver)
    for held in named_duties.authorities_of(row.giver, row.organisation, row.role):
        held.until_on = max(held.from_on, min(row.last_on, held.until_on))
        held.save(update_fields=["until_on"])


def _keep(row: Handover, found: HandoverList) -> None:
    HandoverItem.objects.bulk_create(
        HandoverItem(handover=row, kind=line.kind, no=line.no, words=line.words[:500], outcome=line.outcome)
        for line in found.lines
    )


def _tell(row: Handover, people: list[User], title: str, actor: User, body: str = "") -> None:
    outbox.notify(
        recipients=[person for person in people if person.pk != actor.pk and person.is_active],
        kind="handover",
        title=title,
        body=body or f"离岗日期{cn_short(row.last_on)}",
        url=row.get_absolute_url(),
        dedupe_key=f"handover:{row.pk}:{title}",
        subject=row,
    )
