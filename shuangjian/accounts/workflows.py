"""Accounts, posts and the county's own names: every change with its right, its version and its audit entry.

The system administrator opens and closes accounts; what they may do is granted by two people (``grants``). An
initial password leaves here once, for the slip that is handed over in person (P17); it is stored nowhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from axes.models import AccessAttempt
from django.db import IntegrityError, transaction

from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import County, Membership, Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.accounts.units import ChangeLog
from shuangjian.journal import audit
from shuangjian.journal.conflict import check_version
from shuangjian.journal.errors import NotAllowed, Refused

SLIP_DAYS = 14  # P17: how long an initial password is good for
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another one in print

audit.name_actions(
    {
        "accounts.user.signed_in": "登录",
        "accounts.user.signed_out": "退出登录",
        "accounts.user.password_changed": "修改密码",
        "accounts.user.created": "新建账号",
        "accounts.user.edited": "修改账号",
        "accounts.user.mail_chosen": "设定邮箱",
        "accounts.user.disabled": "停用账号",
        "accounts.user.enabled": "恢复账号",
        "accounts.user.password_reset": "重置密码",
        "accounts.user.unlocked": "解除登录锁定",
        "accounts.user.post_chosen": "换岗位办理",
        "accounts.user.post_ended": "收回角色",
        "accounts.county.opened": "开通平台",
        "accounts.county.changed": "修改县级设置",
    }
)


def make_password() -> str:
    """Twelve letters and digits in groups of four: about 59 bits, easy to copy from paper."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


# --- Accounts -----------------------------------------------------------------


@dataclass
class Change:
    """A change of one account under way: the locked row and what the audit entry will say."""

    user: User
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    note: str = ""


@contextmanager
def changing(
    action: str, permission: str, *, user_id: int, actor: User, version: int | None
) -> Iterator[Change]:
    """Lock the account; the body changes it, this saves it under its next version with one audit entry."""
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user_id)
        check_version(user, version)
        if not actor.has_perm(permission, user):
            raise NotAllowed(_refusal(permission, user, actor))
        change = Change(user)
        yield change
        user.version += 1
        user.save()
        audit.record(
            action=f"accounts.user.{action}",
            subject=user,
            actor=actor,
            role=acting_role(actor),
            before=change.before,
            after=change.after,
            note=change.note,
        )


def _refusal(permission: str, user: User, actor: User) -> str:
    if user.pk == actor.pk:
        return "不能办理自己的账号，请由另一位管理员办理"
    if permission == "accounts.keep_account" and user.is_administrator:
        return "这是三员账号，系统管理员不能停用，也不能重置密码"
    return "您的角色不能办理此项"


def hand_out_password(user: User) -> str:
    """Give ``user`` (unsaved) an initial password for its slip; returns it, the only time it is known."""
    password = make_password()
    user.set_password(password)
    user.must_change_password = True
    user.initial_password_until = clock.now() + timedelta(days=SLIP_DAYS)
    return password


def create_account(*, actor: User, username: str, name: str, phone: str = "") -> tuple[User, str]:
    """Open an account without a post; returns it and its password. Raises Refused for a taken name."""
    user = User(username=username, name=name, phone=phone)
    password = hand_out_password(user)
    _open(user, actor)
    return user, password


def open_unused(*, actor: User, username: str, name: str, phone: str = "") -> User:
    """Open an account that has no password at all until its slip is printed (``slips``), without a post.

    Raises NotAllowed, and Refused for a taken name.
    """
    user = User(username=username, name=name, phone=phone, must_change_password=True)
    user.set_unusable_password()
    _open(user, actor)
    return user


def _open(user: User, actor: User) -> None:
    if not actor.has_role(Role.SYSTEM_ADMIN):
        raise NotAllowed("账号由系统管理员新建")
    with transaction.atomic():
        try:
            with transaction.atomic():
                user.save(force_insert=True)
        except IntegrityError as error:
            raise Refused(f"账号“{user.username}”已经有人使用，请换一个") from error
        audit.record(
            action="accounts.user.created", subject=user, actor=actor, role=acting_role(actor), note=user.name
        )


def edit_account(*, user_id: int, actor: User, version: int | None, name: str, phone: str) -> User:
    """Change what the account says of its person."""
    with changing("edited", "accounts.edit_account", user_id=user_id, actor=actor, version=version) as change:
        log = ChangeLog()
        log.apply(change.user, {"name": name, "phone": phone})
        change.note = "\n".join(log.lines)
    return change.user


def choose_mail(*, user_id: int, actor: User, version: int | None, mail: str, wants_mail: bool) -> User:
    """Say where one's own mail goes, and whether the digest of the day goes there."""
    with changing(
        "mail_chosen", "accounts.own_account", user_id=user_id, actor=actor, version=version
    ) as change:
        log = ChangeLog()
        log.apply(change.user, {"mail": mail, "wants_mail": wants_mail})
        change.before, change.after, change.note = log.before, log.after, "\n".join(log.lines)
    return change.user


def disable(*, user_id: int, actor: User, version: int | None) -> User:
    """Stop an account: whoever is signed in with it is out at his next request. Posts and history stay."""
    with changing(
        "disabled", "accounts.keep_account", user_id=user_id, actor=actor, version=version
    ) as change:
        if not change.user.is_active:
            raise Refused("账号已经停用")
        change.user.is_active = False
        change.before, change.after = {"active": True}, {"active": False}
    return change.user


def enable(*, user_id: int, actor: User, version: int | None) -> User:
    """Let a stopped account be used again, with the posts that it still has."""
    with changing(
        "enabled", "accounts.keep_account", user_id=user_id, actor=actor, version=version
    ) as change:
        if change.user.is_active:
            raise Refused("账号没有停用，不用恢复")
        change.user.is_active = True
        change.before, change.after = {"active": False}, {"active": True}
    return change.user


def reset_password(*, user_id: int, actor: User, version: int | None) -> tuple[User, str]:
    """Give a new initial password, face to face; every session of the person ends."""
    with changing(
        "password_reset", "accounts.keep_account", user_id=user_id, actor=actor, version=version
    ) as change:
        if not change.user.is_active:
            raise Refused("账号已经停用，请先恢复")
        password = hand_out_password(change.user)
        change.after = {"valid_until": change.user.initial_password_until}
    return change.user, password


def unlock(*, user_id: int, actor: User, version: int | None) -> User:
    """Forget the failed attempts at this name, so that its person need not wait."""
    with changing(
        "unlocked", "accounts.unlock_account", user_id=user_id, actor=actor, version=version
    ) as change:
        forgotten, _ = AccessAttempt.objects.filter(username=change.user.username).delete()
        if not forgotten:
            raise Refused("这个账号没有输错密码的记录，不用解除")
        change.before = {"addresses": forgotten}
    return change.user


# --- Posts --------------------------------------------------------------------


def end_post(
    *, user_id: int, actor: User, version: int | None, membership_id: int, at_once: bool
) -> Membership:
    """Take a role back: at once (from the next request on) or after today. The row stays with its dates.

    A post that began today or later and is taken back at once never lasted a day: its row goes.
    """
    with changing("post_ended", "accounts.end_post", user_id=user_id, actor=actor, version=version) as change:
        today = clock.today()
        post = change.user.memberships.filter(pk=membership_id).first()
        if post is None or (post.to_on is not None and post.to_on < today):
            raise Refused("这个角色已经收回")
        change.before = {"role": post.role, "organisation": post.organisation_id, "from": post.from_on}
        last = today - timedelta(days=1) if at_once else today
        if post.from_on > last:
            post.delete()
        else:
            post.to_on = last
            post.save(update_fields=["to_on"])
        change.after = {"to": last}
    return post


def leave_post(
    *, user_id: int, organisation: Organisation, role: str, last_on: date, actor: User, note: str
) -> None:
    """End a post by its handover: the caller asked for the right and says by which paper (``note``).

    A post that is over keeps its date.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user_id)
        posts = user.memberships.not_over(clock.today()).filter(organisation=organisation, role=role)
        for post in posts:
            before = {"role": role, "organisation": organisation.pk, "from": post.from_on}
            post.to_on = max(last_on, post.from_on)
            post.save(update_fields=["to_on"])
            user.version += 1
            user.save(update_fields=["version"])
            audit.record(
                action="accounts.user.post_ended",
                subject=user,
                actor=actor,
                role=acting_role(actor),
                before=before,
                after={"to": post.to_on},
                note=note,
            )


# --- The county ---------------------------------------------------------------


def change_county(*, actor: User, version: int | None, values: Mapping[str, Any]) -> bool:
    """Write the county's names and periods; did anything change? Raises StaleRow, NotAllowed."""
    with transaction.atomic():
        county = County.objects.select_for_update().get(pk=1)
        check_version(county, version)
        if not actor.has_perm("accounts.change_county", county):
            raise NotAllowed("县级设置由系统管理员修改")
        log = ChangeLog()
        log.apply(county, values)
        if not log:
            return False
        county.version += 1
        county.save()
        audit.record(
            action="accounts.county.changed",
            subject=county,
            actor=actor,
            role=acting_role(actor),
            before=log.before,
            after=log.after,
            note="\n".join(log.lines),
        )
        return True


ADMINISTRATORS = (
    ("xitong", "系统管理员", Role.SYSTEM_ADMIN),
    ("anquan", "安全管理员", Role.SECURITY_ADMIN),
    ("shenji", "审计员", Role.AUDITOR),
)


def open_county(*, name: str, doc_code: str) -> list[tuple[User, str]]:
    """Begin an installation: county, root unit and the three administrators with their initial passwords.

    Run once, on the server. Raises Refused where there is a county already.
    """
    with transaction.atomic():
        if County.objects.exists() or Organisation.objects.filter(kind=Organisation.Kind.COUNTY).exists():
            raise Refused("已经开通过，不能再开通一次")
        county = County.objects.create(
            pk=1,
            name=name,
            portal_name=f"{name}双减工作平台",
            bureau_name=f"{name}教育局",
            government_name=f"{name}人民政府",
            supervision_office_name=f"{name}人民政府教育督导委员会办公室",
            doc_code=doc_code,
        )
        root = Organisation.objects.create(kind=Organisation.Kind.COUNTY, code="COUNTY", name=name)
        opened = []
        for username, label, role in ADMINISTRATORS:
            user = User(username=username, name=label)
            password = hand_out_password(user)
            user.save()
            Membership.objects.create(user=user, organisation=root, role=role, from_on=clock.today())
            opened.append((user, password))
        audit.record(action="accounts.county.opened", subject=county, actor=None)
        return opened


def reissue(*, username: str) -> tuple[User, str]:
    """A new initial password for an account, given on the server: the way back in for an administrator."""
    with transaction.atomic():
        user = User.objects.select_for_update().filter(username=username, is_active=True).first()
        if user is None:
            raise Refused(f"没有可登录的账号“{username}”")
        password = hand_out_password(user)
        user.version += 1
        user.save()
        AccessAttempt.objects.filter(username=username).delete()
        audit.record(
            action="accounts.user.password_reset",
            subject=user,
            actor=None,
            after={"valid_until": user.initial_password_until},
        )
        return user, password
