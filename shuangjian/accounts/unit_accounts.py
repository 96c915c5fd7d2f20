"""为单位开账号: accounts for the people whom the register names and who have none yet, many at once.

The system administrator opens them and asks for their roles in one go; another administrator grants these
(``grants``). An account so opened has no password at all until its slip is printed (``slips``).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Prefetch

from shuangjian import clock
from shuangjian.accounts import grants
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import GrantRequest, Headship, Membership, Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.accounts.slips import MOST  # as many at once as slips are printed at once
from shuangjian.journal import audit
from shuangjian.journal.errors import NotAllowed, Refused

_ROLES: dict[str, tuple[Role, Role]] = {
    Organisation.Kind.SCHOOL: (Role.SCHOOL_ADMIN, Role.HEAD),
    Organisation.Kind.INSTITUTION: (Role.INSTITUTION_ADMIN, Role.MANAGER),
}
_LETTERS = {Organisation.Kind.SCHOOL: "x", Organisation.Kind.INSTITUTION: "j"}


@dataclass(frozen=True)
class Opening:
    """One account that could be opened: whose, on which unit, with which roles, under which name."""

    unit: Organisation
    name: str
    roles: tuple[Role, ...]
    username: str
    title: str = ""

    @property
    def roles_in_words(self) -> str:
        return "、".join(role.label for role in self.roles)


def openings() -> tuple[list[Opening], int]:
    """(what could be opened, by unit; how many units lack the name of a contact or a head). Four queries."""
    today = clock.today()
    begun = Headship.objects.filter(from_on__lte=today).order_by("from_on")
    units = list(
        Organisation.objects.units()
        .active()
        .filter(filer=None)
        .prefetch_related(Prefetch("headships", begun))
        .order_by("kind", "pinyin_key", "pk")
    )
    held = set(Membership.objects.not_over(today).values_list("organisation_id", "role"))
    held |= set(GrantRequest.objects.open().values_list("organisation_id", "role"))
    taken = set(User.objects.values_list("username", flat=True))
    found: list[Opening] = []
    nameless = 0
    for unit in units:
        own, lacks = _of_unit(unit, held, taken)
        found += own
        nameless += lacks
    return found, nameless


def _of_unit(unit: Organisation, held: set[tuple[int, str]], taken: set[str]) -> tuple[list[Opening], bool]:
    clerk_role, head_role = _ROLES[unit.kind]
    today = clock.today()
    heads = [one for one in unit.headships.all() if one.to_on is None or one.to_on >= today]
    head = heads[-1] if heads else None
    wants_clerk = (unit.pk, clerk_role) not in held
    wants_head = (unit.pk, head_role) not in held
    lacks = (wants_clerk and not unit.contact_name) or (wants_head and head is None)
    base = _LETTERS[Organisation.Kind(unit.kind)] + unit.code.lower()
    found = []
    is_both = wants_clerk and wants_head and head is not None and head.name == unit.contact_name
    if is_both and head is not None:  # one person, one account
        roles: tuple[Role, ...] = (clerk_role, head_role)
        found.append(Opening(unit, head.name, roles, _free(base, taken), head.post))
        return found, lacks
    if wants_clerk and unit.contact_name:
        found.append(Opening(unit, unit.contact_name, (clerk_role,), _free(base, taken)))
    if wants_head and head is not None:
        found.append(Opening(unit, head.name, (head_role,), _free(f"{base}-fzr", taken), head.post))
    return found, lacks


def _free(name: str, taken: set[str]) -> str:
    """The name, or with a number where somebody has it."""
    free = next(one for one in (name, *(f"{name}-{at}" for at in range(2, 1000))) if one not in taken)
    taken.add(free)
    return free


def open_accounts(*, actor: User, usernames: Collection[str]) -> list[User]:
    """Open the chosen ones of ``openings`` and ask for their roles, all or none.

    Raises NotAllowed, Refused (none or too many chosen, one that is no longer to be opened).
    """
    if not actor.has_role(Role.SYSTEM_ADMIN):
        raise NotAllowed("账号由系统管理员新建")
    if not usernames:
        raise Refused("请至少选择一个账号")
    if len(usernames) > MOST:
        raise Refused(f"一次最多开{MOST}个账号，请分几次办理")
    with transaction.atomic():
        offered = {one.username: one for one in openings()[0]}
        gone = sorted(set(usernames) - set(offered))
        if gone:
            raise Refused(f"账号“{gone[0][:40]}”已经开过，或单位的登记变了，请刷新后重新选择")
        return [_open(offered[username], actor) for username in sorted(set(usernames))]


def _open(opening: Opening, actor: User) -> User:
    user = User(username=opening.username, name=opening.name, must_change_password=True)
    user.set_unusable_password()
    user.save(force_insert=True)
    audit.record(
        action="accounts.user.created", subject=user, actor=actor, role=acting_role(actor), note=opening.name
    )
    for role in opening.roles:
        grants.ask(
            user_id=user.pk,
            actor=actor,
            version=None,
            role=role,
            organisation=opening.unit,
            title=opening.title,
            from_on=clock.today(),
        )
    return user
