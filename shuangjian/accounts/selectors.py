"""Who holds which role: the recipients of notices and the choices of forms."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet, Sum
from django.http import QueryDict
from django.utils import timezone

from shuangjian import clock
from shuangjian.accounts.list_filters import Reading
from shuangjian.accounts.models import (
    County,
    GrantRequest,
    GrantRequestQuerySet,
    Membership,
    Organisation,
    User,
)
from shuangjian.accounts.roles import ADMIN_ROLES, ANSWERING_ROLES, SIGNING_ROLES, Role
from shuangjian.journal.errors import Refused


def county() -> County | None:
    """The county's settings, or None before set-up."""
    return County.objects.first()


def the_county() -> County:
    """The county's settings, for what prints its names. Raises Refused before set-up."""
    row = county()
    if row is None:
        raise Refused("还没有建立县级单位，请先完成初始设置")
    return row


def holders(*roles: str) -> QuerySet[User]:
    """Active people who hold one of ``roles`` today, anywhere."""
    posts = Membership.objects.in_force(clock.today()).filter(role__in=roles)
    return User.objects.filter(is_active=True, memberships__in=posts).distinct()


def people_of(organisation: Organisation, roles: Iterable[str] = ANSWERING_ROLES) -> QuerySet[User]:
    """Active people who answer for a unit today: its own, or those of the unit that files for it."""
    posts = Membership.objects.in_force(clock.today()).filter(
        organisation_id=organisation.responsible_unit_id, role__in=list(roles)
    )
    return User.objects.filter(is_active=True, memberships__in=posts).distinct()


def heads_of(organisation: Organisation) -> QuerySet[User]:
    """Who signs for a unit today by an account of his own (校长, 机构负责人; of an office its staff)."""
    return people_of(organisation, SIGNING_ROLES)


def inspectors_of(organisation: Organisation) -> QuerySet[User]:
    """The area inspectors of the unit's supervision area today; none where it has no area."""
    if organisation.area_id is None:
        return User.objects.none()
    posts = Membership.objects.in_force(clock.today()).filter(
        organisation_id=organisation.area_id, role=Role.AREA_INSPECTOR
    )
    return User.objects.filter(is_active=True, memberships__in=posts).distinct()


def units_of_late(user: User) -> frozenset[int]:
    """Ids of the units to which the person belongs, or did within the county's independence period.

    He neither verifies nor closes there (decisions.md, "Verify and close are two moves by two people").
    """
    return units_of_late_by([user.pk]).get(user.pk, frozenset())


def units_of_late_by(user_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """``units_of_late`` of several people, in two queries; who never belonged to a unit is left out."""
    posts = list(
        Membership.objects.filter(user__in=list(user_ids), role__in=ANSWERING_ROLES).values_list(
            "user_id", "organisation_id", "to_on"
        )
    )
    if not posts:
        return {}
    since = _independence_since()
    found: dict[int, set[int]] = {}
    for user_id, unit_id, to_on in posts:
        if to_on is None or to_on >= since:
            found.setdefault(user_id, set()).add(unit_id)
    return {user_id: frozenset(units) for user_id, units in found.items()}


def _independence_since() -> date:
    """The first day whose posts still bind: the county's months before today."""
    settings_row = county()
    months = settings_row.independence_months if settings_row else 12
    today = clock.today()
    month = today.month - months % 12
    year = today.year - months // 12
    if month <= 0:
        month, year = month + 12, year - 1
    return today.replace(year=year, month=month, day=min(today.day, 28))


# --- Accounts -----------------------------------------------------------------


def accounts(*, words: str = "", role: str = "", state: str = "") -> QuerySet[User]:
    """Accounts by name, account or unit (names by pinyin too), each with ``current_posts``.

    ``state``: empty those that can be used, ``disabled``, ``all``.
    """
    current = Membership.objects.in_force(clock.today()).select_related("organisation").order_by("pk")
    found = User.objects.prefetch_related(Prefetch("memberships", current, to_attr="current_posts"))
    if state != "all":
        found = found.filter(is_active=state != "disabled")
    if role:
        found = found.filter(pk__in=current.filter(role=role).values("user"))
    if words:
        sounds = "".join(words.lower().split())
        units = Organisation.objects.filter(Q(name__icontains=words) | Q(pinyin_key__contains=sounds))
        found = found.filter(
            Q(name__icontains=words)
            | Q(pinyin_key__contains=sounds)
            | Q(username__icontains=words)
            | Q(pk__in=current.filter(organisation__in=units).values("user"))
        )
    return found.order_by("username")


def colleagues(user: User, words: str) -> QuerySet[Membership]:
    """Posts in force at the units that exist for ``user``, held by people of this name (or its pinyin)."""
    held = Membership.objects.in_force(clock.today()).exclude(role__in=ADMIN_ROLES)
    sounds = "".join(words.lower().split())
    named = Q(user__name__icontains=words) | Q(user__pinyin_key__contains=sounds)
    found = held.filter(named, user__is_active=True, organisation__in=Organisation.objects.visible_to(user))
    return found.select_related("user", "organisation").order_by("user__pinyin_key", "pk")


ACCOUNT_STATES = {"": "可登录", "disabled": "已停用", "all": "全部"}


def chosen_accounts(query: QueryDict) -> dict[str, str]:
    """What the address of the list of accounts asks for: ``words``, ``role``, ``state``."""
    words, role, state = (
        query.get(name, "").replace("\x00", "").strip()[:60] for name in ("q", "role", "state")
    )
    return {
        "words": words,
        "role": role if role in Role.values else "",
        "state": state if state in ACCOUNT_STATES else "",
    }


def read_accounts(user: User, query: QueryDict) -> Reading:
    """The list of accounts as its address asks for it; it is the administrators' alone."""
    chosen = chosen_accounts(query)
    told = [ACCOUNT_STATES[chosen["state"]], dict(Role.choices).get(chosen["role"], ""), chosen["words"]]
    return Reading(accounts(**chosen), said="；".join(filter(None, told)))


def posts_of(account: User) -> list[Membership]:
    """Every post the person ever held, those still running first."""
    today = clock.today()
    posts = account.memberships.select_related("organisation").order_by("-from_on", "pk")
    return sorted(posts, key=lambda post: post.to_on is not None and post.to_on < today)


def open_posts(account: User) -> list[Membership]:
    """The posts that are not over."""
    return list(account.memberships.not_over(clock.today()).select_related("organisation"))


def grant_requests(user: User) -> GrantRequestQuerySet:
    """What was asked for, newest first, with all that a line of it prints."""
    related = ("user", "organisation", "asked_by", "decided_by")
    return GrantRequest.objects.visible_to(user).select_related(*related)


def failed_addresses(account: User) -> int:
    """From how many addresses this name was tried with a wrong password lately."""
    failed = AccessAttempt.objects.filter(username=account.username, failures_since_start__gt=0)
    return int(failed.values("ip_address").distinct().count())


def locked_addresses(account: User) -> int:
    """From how many addresses the name cannot sign in now, because of too many failures."""
    since = timezone.now() - timedelta(hours=settings.AXES_COOLOFF_TIME)
    attempts = AccessAttempt.objects.filter(username=account.username, attempt_time__gt=since)
    failures = attempts.values("ip_address").annotate(failures=Sum("failures_since_start"))
    return int(failures.filter(failures__gte=settings.AXES_FAILURE_LIMIT).count())
