"""What carries a person's name, and so does not follow his post by itself: who leaves hands it over.

Most of the work belongs to a post: whoever holds it has it on his desk. Three things carry a name: the visits
in which somebody is named, the problems that he keeps an eye on (督办), and his authority to close.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from inspections.models import CloseAuthority, RectificationTask, Visit, VisitMember
from shuangjian import clock
from shuangjian.accounts.models import Membership, Organisation, User
from shuangjian.accounts.roles import Role

OPEN_VISITS = (Visit.State.PLANNED, Visit.State.ONGOING, Visit.State.SUMMING_UP)


def visits_of(giver: User, organisation: Organisation, role: str) -> QuerySet[Visit]:
    """Open visits in which the giver is named on this post."""
    rows = Visit.objects.filter(members__user=giver, state__in=OPEN_VISITS).select_related("organisation")
    if role == Role.AREA_INSPECTOR:
        rows = rows.filter(organisation__area=organisation)
    return rows.order_by("planned_on", "no")


def cases_of(giver: User, organisation: Organisation, role: str) -> QuerySet[RectificationTask]:
    """Open rounds of rectification that the giver keeps an eye on by this post."""
    rows = RectificationTask.objects.open().filter(overseer=giver)
    if role == Role.AREA_INSPECTOR:
        rows = rows.filter(problem__organisation__area=organisation)
    return rows.select_related("problem__organisation", "problem__rule").order_by("due_on", "pk")


def authorities_of(giver: User, organisation: Organisation, role: str) -> QuerySet[CloseAuthority]:
    """His authorities to close that outlast today; they are his own and pass to nobody."""
    if role != Role.AREA_INSPECTOR:
        return CloseAuthority.objects.none()
    return giver.close_authorities.filter(area=organisation, until_on__gte=clock.today())


def left_behind() -> QuerySet[User]:
    """People without a post today who are still named where nobody else can go on: 无人接手的事项.

    A visit counts where none of its team holds a post any more, a case where its overseer holds none.
    """
    in_post = Membership.objects.in_force(clock.today()).filter(user__is_active=True)
    able = VisitMember.objects.filter(visit=OuterRef("visit"), user__in=in_post.values("user"))
    stranded = VisitMember.objects.filter(~Exists(able), user=OuterRef("pk"), visit__state__in=OPEN_VISITS)
    cases = RectificationTask.objects.open().filter(overseer=OuterRef("pk"))
    nobody = ~Q(pk__in=in_post.values("user"))
    return User.objects.filter(nobody, Exists(stranded) | Exists(cases)).order_by("username")


def posts_to_hand_over(giver: User) -> list[Membership]:
    """Posts whose work can pass on: those held today, and ended ones on which something is left."""
    held = giver.memberships.select_related("organisation").order_by("-from_on", "pk")
    today = clock.today()
    found = []
    for post in held:
        running = post.to_on is None or post.to_on >= today
        left = (visits_of, cases_of)
        if running or any(of(giver, post.organisation, post.role).exists() for of in left):
            found.append(post)
    return found
