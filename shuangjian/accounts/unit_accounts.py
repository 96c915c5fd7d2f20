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
from shuangjian.accounts import grants, workflows
from shuangjian.accounts.models import GrantRequest, Headship, Membership, Organisation, User
from shuangjian.accounts.roles import UNIT_HEADS, Role
from shuangjian.accounts.slips import MOST  # as many at once as slips are printed at once
from shuangjian.journal.errors import NotAllowed, Refused

# Of a unit with accounts of its own: who keeps it, who heads it.
ROLES: dict[str, tuple[Role, Role]] = {
    Organisation.Kind.SCHOOL: (Role.SCHOOL_ADMIN, Role.HEAD),
    Organisation.Kind.INSTITUTION: (Role.INSTITUTION_ADMIN, Role.MANAGER),
}
_LETTERS = {Organisation.Kind.SCHOOL: "x", Organisation.Kind.INSTITUTION: "j"}
_OTHERS = "k"  # of the county, its offices and areas


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
    held = filled_posts()
    taken = set(User.objects.values_list("username", flat=True))
    found: list[Opening] = []
    nameless = 0
    for unit in units:
        own, lacks = _of_unit(unit, held, taken)
        found += own
        nameless += lacks
    return found, nameless


def filled_posts() -> set[tuple[int, str]]:
    """(unit, role) of what somebody holds, or is asked for. Two queries."""
    held = set(Membership.objects.not_over(clock.today()).values_list("organisation_id", "role"))
    return held | set(GrantRequest.objects.open().values_list("organisation_id", "role"))


def _of_unit(unit: Organisation, held: set[tuple[int, str]], taken: set[str]) -> tuple[list[Opening], bool]:
    clerk_role, head_role = ROLES[unit.kind]
    today = clock.today()
    heads = [one for one in unit.headships.all() if one.to_on is None or one.to_on >= today]
    head = heads[-1] if heads else None
    wants_clerk = (unit.pk, clerk_role) not in held
    wants_head = (unit.pk, head_role) not in held
    lacks = (wants_clerk and not unit.contact_name) or (wants_head and head is None)
    found = []
    is_both = wants_clerk and wants_head and head is not None and head.name == unit.contact_name
    if is_both and head is not None:  # one person, one account
        roles: tuple[Role, ...] = (clerk_role, head_role)
        found.append(Opening(unit, head.name, roles, username_for(unit, roles, taken), head.post))
        return found, lacks
    if wants_clerk and unit.contact_name:
        username = username_for(unit, (clerk_role,), taken)
        found.append(Opening(unit, unit.contact_name, (clerk_role,), username))
    if wants_head and head is not None:
        username = username_for(unit, (head_role,), taken)
        found.append(Opening(unit, head.name, (head_role,), username, head.post))
    return found, lacks


def username_for(unit: Organisation, roles: Collection[str], taken: set[str]) -> str:
    """The account of somebody with these roles on the unit: its code, with a number where somebody has it.

    Who heads the unit and nothing else has -fzr behind it. The name is ``taken`` from now on.
    """
    name = _LETTERS.get(Organisation.Kind(unit.kind), _OTHERS) + unit.code.lower()
    if set(roles) <= UNIT_HEADS:
        name += "-fzr"
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
    user = workflows.open_unused(actor=actor, username=opening.username, name=opening.name)
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
