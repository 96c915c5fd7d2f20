"""激活条: accounts that nobody has used yet, their one-time codes on paper, and the first password.

A code is the account's initial password (P17): stored as a hash only, good for fourteen days, spent by the
first password. Printing again makes the earlier slip void. Whoever has a password of his own is reset face to
face instead (``workflows.reset_password``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from shuangjian.accounts import selectors, workflows
from shuangjian.accounts.forms import SLIP_EXPIRED
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import Membership, User
from shuangjian.accounts.roles import Role
from shuangjian.journal import audit
from shuangjian.journal.errors import NotAllowed, Refused

MOST = 40  # at once: each code is hashed slowly on purpose

audit.name_actions(
    {"accounts.user.slip_printed": "打印激活条", "accounts.user.activated": "激活账号，设定密码"}
)


@dataclass(frozen=True)
class Slip:
    """One printed slip: whose it is, and the code that is shown this once."""

    user: User
    code: str
    posts: list[Membership]


def waiting() -> QuerySet[User]:
    """Accounts that can be used and never were, each with ``current_posts``, by their names."""
    return selectors.accounts().filter(is_demo=False, must_change_password=True)


def print_slips(*, actor: User, usernames: Sequence[str]) -> list[Slip]:
    """New codes for these accounts, in the order of their names; earlier slips are void from now on.

    Raises NotAllowed, Refused (none or too many chosen, one that is in use by now or is not his to keep).
    """
    if not actor.has_role(Role.SYSTEM_ADMIN):
        raise NotAllowed("激活条由系统管理员打印")
    if not usernames:
        raise Refused("请至少选择一个账号")
    if len(set(usernames)) > MOST:
        raise Refused(f"一次最多打印{MOST}张，请分几次打印")
    with transaction.atomic():
        chosen = waiting().filter(username__in=usernames).order_by("pk").select_for_update(of=("self",))
        slips = [_hand_out(user, actor) for user in chosen]
        missing = set(usernames) - {slip.user.username for slip in slips}
        if missing:
            raise Refused(f"账号“{min(missing)}”已经启用、停用或不存在，请刷新后重新选择")
    return sorted(slips, key=lambda slip: slip.user.username)


def _hand_out(user: User, actor: User) -> Slip:
    if not actor.has_perm("accounts.keep_account", user):
        raise Refused(f"“{user.username}”是三员账号，系统管理员不能打印激活条，请在服务器上重新发放")
    code = workflows.hand_out_password(user)
    user.version += 1
    user.save()
    audit.record(
        action="accounts.user.slip_printed",
        subject=user,
        actor=actor,
        role=acting_role(actor),
        after={"valid_until": user.initial_password_until},
    )
    return Slip(user, code, user.current_posts)  # type: ignore[attr-defined]


def activate(*, user_id: int, password: str) -> User:
    """Set the first password of an account whose code was right; the code is spent.

    Raises Refused where somebody was faster with the same slip, or its days are over.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user_id)
        if not user.must_change_password or not user.is_active:
            raise Refused("这个账号已经启用，请直接登录；不是本人启用的，请马上告知系统管理员")
        if user.slip_has_expired:
            raise Refused(SLIP_EXPIRED)
        user.set_password(password)
        user.must_change_password, user.initial_password_until = False, None
        user.version += 1
        user.save()
        audit.record(action="accounts.user.activated", subject=user, actor=user, role=acting_role(user))
    return user
