"""Granting roles, by two people: one administrator asks, another one grants or does not (三权分立).

What the system administrator asks for, a security administrator decides; what a security administrator asks
for, the system administrator or another security administrator. Nobody decides what he asked for, nor what
concerns himself. Taking a role back needs no second person (``workflows.end_post``). Source: reliability rule
16; decisions.md, "Roles".
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from django.db import transaction
from django.urls import reverse

from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import GrantRequest, Membership, Organisation, User
from shuangjian.accounts.permissions import deciders_of
from shuangjian.accounts.roles import ADMIN_ROLES, UNIT_KINDS_OF_ROLES, UNIT_ROLES, Role
from shuangjian.accounts.selectors import holders
from shuangjian.accounts.workflows import Change, changing
from shuangjian.journal import audit, outbox
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import NotAllowed, Refused

LONGEST_AHEAD = timedelta(days=60)  # how far ahead a post may be granted
State = GrantRequest.State

audit.name_actions(
    {
        "accounts.user.role_asked": "申请授予角色",
        "accounts.user.role_granted": "确认授予角色",
        "accounts.user.role_refused": "不同意授予角色",
        "accounts.user.role_withdrawn": "撤回授予申请",
    }
)


def fault_of_post(*, role: str, organisation: Organisation) -> str:
    """Why nobody can hold ``role`` on this unit; empty where somebody can."""
    label = Role(role).label
    if organisation.kind != UNIT_KINDS_OF_ROLES[role]:
        kind = Organisation.Kind(UNIT_KINDS_OF_ROLES[role]).label
        return f"{label}要设在{kind}上，“{organisation.name}”是{organisation.get_kind_display()}"
    if not organisation.is_active:
        return f"“{organisation.name}”{organisation.get_status_display()}，不能再设{label}"
    if role in UNIT_ROLES and organisation.filer is not None:
        filer = organisation.filer.name
        return f"“{organisation.name}”由“{filer}”代填，请把{label}设在“{filer}”"
    return ""


def fault_of_holder(user: User, role: str, organisation: Organisation) -> str:
    """Why this person cannot be given ``role`` on this unit; empty where he can. Lists prefetch his posts."""
    if not user.is_active:
        return "账号已经停用，请先由系统管理员恢复"
    held = list(user.memberships.all())
    open_posts = [post for post in held if post.to_on is None or post.to_on >= clock.today()]
    if role in ADMIN_ROLES and any(post.role in ADMIN_ROLES for post in held):
        return "三员互相不能兼任，也不能轮换：此人任过其中一员，请为三员另设账号"
    if role in ADMIN_ROLES and open_posts:
        return "三员不办业务：请先收回此人的其他角色，或为三员另设账号"
    if role not in ADMIN_ROLES and any(post.role in ADMIN_ROLES for post in open_posts):
        return "此人是三员之一，不能再有业务角色"
    if any(post.role == role and post.organisation_id == organisation.pk for post in open_posts):
        return "此人已经有这个角色"
    return ""


def fault_of_dates(from_on: date, to_on: date | None) -> str:
    """Why no post can run between these days; empty where one can."""
    if from_on > clock.today() + LONGEST_AHEAD:
        return f"开始日期最多提前{LONGEST_AHEAD.days}天"
    if to_on is not None and to_on < max(from_on, clock.today()):
        return "结束日期不能早于开始日期，也不能早于今天"
    return ""


def _check(user: User, role: str, organisation: Organisation) -> None:
    fault = fault_of_post(role=role, organisation=organisation) or fault_of_holder(user, role, organisation)
    if fault:
        raise Refused(fault)


def _facts(request: GrantRequest) -> dict[str, object]:
    facts = {"role": request.role, "organisation": request.organisation_id, "from": request.from_on}
    return facts | {"to": request.to_on} if request.to_on else facts


def in_words(request: GrantRequest) -> str:
    """城关小学，校长"""
    return f"{request.organisation.name}，{request.get_role_display()}"


def ask(
    *,
    user_id: int,
    actor: User,
    version: int | None,
    role: str,
    organisation: Organisation,
    title: str,
    from_on: date,
    to_on: date | None = None,
    lot: str = "",
) -> GrantRequest:
    """Ask for a role on a unit from a day on; an acting one (代理) ends by itself after ``to_on``.

    ``lot`` names what is asked for together: those who decide are told of it once. Raises Refused where
    role, unit, person or dates do not fit.
    """
    fault = fault_of_dates(from_on, to_on)
    if fault:
        raise Refused(fault)
    with changing(
        "role_asked", "accounts.ask_for_role", user_id=user_id, actor=actor, version=version
    ) as change:
        _check(change.user, role, organisation)
        same = change.user.grant_requests.open().filter(role=role, organisation=organisation)
        if same.exists():
            raise Refused("这个角色已经申请过，等另一位管理员确认")
        request = GrantRequest.objects.create(
            user=change.user,
            organisation=organisation,
            role=role,
            title=title,
            from_on=from_on,
            to_on=to_on,
            asked_by=actor,
            asked_as=acting_role(actor),
        )
        change.after = _facts(request)
        others = holders(*deciders_of(request)).exclude(pk__in=[actor.pk, change.user.pk])
        if lot:
            _tell(request, list(others), "请确认：用表格导入的人员的角色", key=f"grant:{lot}")
        else:
            _tell(request, list(others), f"请确认：{change.user.name}（{in_words(request)}）的角色")
    return request


@contextmanager
def _deciding(
    action: str, permission: str, *, request_id: int, actor: User, version: int | None
) -> Iterator[tuple[GrantRequest, Change]]:
    """Lock the person's account, then the request; the body decides, this saves with one audit entry."""
    with transaction.atomic():
        found = GrantRequest.objects.get(pk=request_id)
        user = User.objects.select_for_update().get(pk=found.user_id)
        request = (
            GrantRequest.objects.select_for_update(of=("self",))
            .select_related("organisation__filer", "asked_by", "decided_by")
            .get(pk=request_id)
        )
        check_version(request, version)
        if not actor.has_perm(permission, request):
            raise NotAllowed("授予角色由申请人以外的另一位管理员确认，本人不能办理自己的")
        if request.decided_by is not None:
            raise Refused(f"这项申请{request.get_state_display()}，由{request.decided_by.name}办理")
        change = Change(user)
        request.decided_by, request.decided_at = actor, clock.now()
        yield request, change
        request.version += 1
        request.save()
        user.version += 1
        user.save(update_fields=["version"])
        audit.record(
            action=f"accounts.user.{action}",
            subject=user,
            actor=actor,
            role=acting_role(actor),
            after={**_facts(request), "asked_by": request.asked_by_id},
            note=change.note,
        )


def confirm(*, request_id: int, actor: User, version: int | None) -> Membership:
    """Grant what was asked for. Raises Refused where it fits no longer."""
    with _deciding(
        "role_granted", "accounts.decide_role", request_id=request_id, actor=actor, version=version
    ) as (request, change):
        _check(change.user, request.role, request.organisation)
        if request.to_on is not None and request.to_on < clock.today():
            raise Refused("结束日期已过，请重新申请")
        post = Membership.objects.create(
            user=change.user,
            organisation=request.organisation,
            role=request.role,
            title=request.title,
            from_on=request.from_on,
            to_on=request.to_on,
        )
        request.state = State.GRANTED
        _tell(request, [request.asked_by], f"已授予：{change.user.name}（{in_words(request)}）")
        _tell(request, [change.user], f"已授予角色：{in_words(request)}", url=reverse("me"))
    return post


def refuse(*, request_id: int, actor: User, version: int | None, reason: str) -> GrantRequest:
    """Do not grant it, and say why."""
    with _deciding(
        "role_refused", "accounts.decide_role", request_id=request_id, actor=actor, version=version
    ) as (request, change):
        request.state, request.reason = State.REFUSED, reason
        change.note = reason
        _tell(request, [request.asked_by], f"未同意授予：{change.user.name}（{in_words(request)}）", reason)
    return request


def withdraw(*, request_id: int, actor: User, version: int | None) -> GrantRequest:
    """Take back what one asked for oneself."""
    with _deciding(
        "role_withdrawn", "accounts.withdraw_role", request_id=request_id, actor=actor, version=version
    ) as (request, _):
        request.state = State.WITHDRAWN
    return request


def _tell(
    request: GrantRequest, people: list[User], title: str, body: str = "", *, url: str = "", key: str = ""
) -> None:
    outbox.notify(
        recipients=people,
        kind="grant",
        title=title,
        body=body,
        url=url or reverse("grants"),
        dedupe_key=key or f"grant:{request.pk}:{request.state}:{url}",
        subject=request,
    )
