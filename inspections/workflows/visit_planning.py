"""Planning visits to many units at once, and joining a second visit to one that is still to come.

The county chooses units, kind and days; people come from the unit's area first, whoever has least to do next,
nobody where he keeps away. Days are working days, at schools days with lessons. Source: issue "Planning the
visits"; practice.md P2, P9, P20.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from inspections import notices, recusal, visit_kinds, visit_limits
from inspections.models import JoinedPurpose, Visit, VisitBatch, VisitDraw, VisitMember
from inspections.querysets import ANNOUNCED_KINDS
from inspections.workflows import visits
from shuangjian import clock
from shuangjian.accounts.machine import acting_role
from shuangjian.accounts.models import Membership, Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.accounts.selectors import holders
from shuangjian.journal import audit
from shuangjian.journal.errors import NotAllowed, Refused, WrongState
from shuangjian.policy import calendar
from shuangjian.policy.models import Term
from shuangjian.policy.school_days import Lessons
from shuangjian.policy.selectors import term_on

INSPECTORS = (Role.AREA_INSPECTOR, Role.TEAM_INSPECTOR, Role.SUPERVISION_OFFICE)
MOST_UNITS = 200  # of one go: what a person can look through on one page
MOST_DAYS = 150  # a term

audit.name_actions(
    {
        "inspections.visit.joined": "合并督导",
        "inspections.batch.planned": "批量安排督导",
    }
)


# --- Joining ------------------------------------------------------------------


def join(
    *,
    visit_id: int,
    kind: str,
    inspectors: Sequence[User],
    actor: User,
    version: int | None,
    plan_name: str = "",
    approval_no: str = "",
    off_plan_reason: str = "",
    draw: VisitDraw | None = None,
) -> Visit:
    """Make a second visit to the unit together with one that is still to come (联合督导).

    Team, cards and papers are from now on those of both kinds. A kind that is announced in writing leads.
    Raises StaleRow, WrongState, Refused, NotAllowed.
    """
    visits.check_permission(actor, plan_name, approval_no, off_plan_reason)
    with transaction.atomic():
        visit = visits.locked(visit_id, version)
        if visit.state != Visit.State.PLANNED:
            raise WrongState("督导已经开始或取消，不能再合并，请另行安排")
        if kind in visit_kinds.kinds_of(visit):
            raise Refused(f"督导{visit.no}已经是{Visit.Kind(kind).label}，不用再合并")
        known = [member.user for member in visit.members.select_related("user")]
        team = list(dict.fromkeys([*known, *inspectors]))
        visits.check_team(visit.organisation, kind, team)
        new = [person for person in team if person not in known]
        VisitMember.objects.bulk_create(VisitMember(visit=visit, user=person) for person in new)
        purpose = {
            "kind": kind,
            "plan_name": plan_name,
            "approval_no": approval_no,
            "off_plan_reason": off_plan_reason,
            "draw": draw,
        }
        leads = kind in ANNOUNCED_KINDS and visit.kind not in ANNOUNCED_KINDS
        if leads:
            purpose = _change_places(visit, purpose)
        JoinedPurpose.objects.create(visit=visit, joined_by=actor, **purpose)
        visit.version += 1
        visit.save()
        audit.record(
            action="inspections.visit.joined",
            subject=visit,
            actor=actor,
            organisation=visit.organisation,
            role=acting_role(actor),
            after={"kind": kind, "members": [person.pk for person in new]},
        )
        # Who is new is told of the visit; the unit where it becomes an announced one.
        notices.visit_planned(visit, new)
    return visit


def _change_places(visit: Visit, purpose: dict[str, Any]) -> dict[str, Any]:
    before = {name: getattr(visit, name) for name in purpose}
    for name, value in purpose.items():
        setattr(visit, name, value)
    return before


# --- Proposing ----------------------------------------------------------------


@dataclass(frozen=True)
class Order:
    """What the planner asked for: units in their order, kind, days, permission; a draw with its teams."""

    units: Sequence[Organisation]
    kind: str
    first: date
    last: date
    plan_name: str
    approval_no: str
    off_plan_reason: str = ""
    over_budget_reason: str = ""  # of the leader: also units that have had their most of the term
    draw: VisitDraw | None = None
    teams: Mapping[int, Sequence[User]] | None = None  # of a draw: unit → its drawn team


def order_of(row: VisitDraw) -> Order:
    """What a draw asks for: its units in the order of drawing, each with its team."""
    codes = [drawn["unit"] for drawn in row.drawn]
    units = {unit.code: unit for unit in Organisation.objects.filter(code__in=codes)}
    keys = {key for drawn in row.drawn for key in drawn["team"]}
    people = {user.pk: user for user in User.objects.filter(pk__in=keys)}
    return Order(
        units=[units[code] for code in codes if code in units],
        kind=row.kind,
        first=max(row.from_on, clock.today()),  # planned late, it still begins with days to come
        last=row.until_on,
        plan_name=row.plan_name,
        approval_no=row.approval_no,
        draw=row,
        teams={
            units[drawn["unit"]].pk: [people[key] for key in drawn["team"] if key in people]
            for drawn in row.drawn
            if drawn["unit"] in units
        },
    )


@dataclass(frozen=True)
class Proposal:
    """One unit: who goes when, or why nobody. ``near``: visits in the same days that this could join."""

    unit: Organisation
    team: list[User]
    on: date | None
    refusal: str = ""
    near: list[Visit] = field(default_factory=list)


def propose(order: Order) -> list[Proposal]:
    """One proposal a unit, in the given order; the same rows and the same order give the same proposals."""
    if len(order.units) > MOST_UNITS:
        raise Refused(f"一次最多安排{MOST_UNITS}个单位，现在选了{len(order.units)}个，请分几次安排")
    if order.first < clock.today():
        raise Refused("最早日期不能早于今天")
    if order.last < order.first:
        raise Refused("最晚日期不能早于最早日期")
    if (order.last - order.first).days > MOST_DAYS:
        raise Refused(f"起止日期最多相隔{MOST_DAYS}天")
    return _Planner(order).proposals()


class _Planner:
    """Reads once what the whole order needs, then deals out people and days unit by unit."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.size = visit_kinds.kind_of(order.kind).least
        with calendar.loaded():
            span = range((order.last - order.first).days + 1)
            days = [order.first + timedelta(days=at) for at in span]
            self.days = [day for day in days if calendar.is_working_day(day)]
        lessons = Lessons.known()
        self.school_days = [day for day in self.days if not lessons.are_off(day)]
        self.people = self._people()
        self.barred = recusal.barred_units(self.people)
        self.areas = self._areas()
        self.near = visit_limits.joinable(order.units, order.first, order.last)
        self.most = visit_limits.most_per_term()
        self.terms: dict[date, Term | None] = {}
        self.counts: dict[Term | None, dict[int, int]] = {}
        self.planned = self._already_planned()
        self.load: Counter[int] = Counter()  # visits of a person in all these days
        self.day_load: Counter[tuple[int, date]] = Counter()
        self.total: Counter[date] = Counter()
        self._read_load()

    def _people(self) -> list[User]:
        if self.order.teams is not None:
            return list(dict.fromkeys(one for team in self.order.teams.values() for one in team))
        return list(holders(*INSPECTORS).order_by("pk"))

    def _areas(self) -> dict[int, set[int]]:
        """By area the ids of its inspectors."""
        found: dict[int, set[int]] = {}
        posts = Membership.objects.in_force(clock.today()).filter(role=Role.AREA_INSPECTOR)
        for area, user in posts.values_list("organisation_id", "user_id"):
            found.setdefault(area, set()).add(user)
        return found

    def _already_planned(self) -> dict[int, str]:
        """Units of the draw that were planned from it before: their visit's number."""
        if self.order.draw is None:
            return {}
        own = Visit.objects.filter(draw=self.order.draw) | Visit.objects.filter(joined__draw=self.order.draw)
        return dict(own.exclude(state=Visit.State.CANCELLED).values_list("organisation_id", "no"))

    def _read_load(self) -> None:
        rows = VisitMember.objects.filter(
            user__in=self.people,
            visit__state=Visit.State.PLANNED,
            visit__planned_on__range=(self.order.first, self.order.last),
        )
        for user, day in rows.values_list("user_id", "visit__planned_on"):
            self._note(user, day)

    def _note(self, user: int, day: date) -> None:
        self.load[user] += 1
        self.day_load[user, day] += 1

    def proposals(self) -> list[Proposal]:
        return [self._of(unit) for unit in self.order.units]

    def _of(self, unit: Organisation) -> Proposal:
        if unit.pk in self.planned:
            return Proposal(unit, [], None, f"本次抽取已安排督导{self.planned[unit.pk]}")
        if not unit.is_active:
            return Proposal(unit, [], None, "单位已停办或合并")
        team, refusal = self._team(unit)
        day = None if refusal else self._day(unit, team)
        if not refusal and day is None:
            refusal = "这些天里没有有课的工作日" if unit.kind == unit.Kind.SCHOOL else "这些天里没有工作日"
        if refusal or day is None:
            return Proposal(unit, team, None, refusal)
        near = [visit for visit in self.near.get(unit.pk, []) if self.order.kind != visit.kind]
        full = self._full(unit, day)
        if not full:
            for person in team:
                self._note(person.pk, day)
            self.total[day] += 1
        return Proposal(unit, team, day, full, near)

    def _team(self, unit: Organisation) -> tuple[list[User], str]:
        if self.order.teams is not None:
            team = list(self.order.teams.get(unit.pk, []))
            words = next(filter(None, (recusal.why_not(one, unit, self.barred) for one in team)), "")
            return team, words or ("" if team else "没有抽到足够的督导人员，请单独安排")
        own = self.areas.get(unit.area_id or 0, set())
        free = [one for one in self.people if unit.pk not in self.barred[one.pk]]
        free.sort(key=lambda one: (one.pk not in own, self.load[one.pk], one.pk))
        if len(free) < self.size:
            return [], f"可以去的督导人员不足{self.size}名（应当回避的除外）"
        return free[: self.size], ""

    def _day(self, unit: Organisation, team: Sequence[User]) -> date | None:
        """The day on which the team, then everybody, has least to do; the earliest of several."""
        days = self.school_days if unit.kind == unit.Kind.SCHOOL else self.days
        return min(
            days,
            key=lambda day: (max(self.day_load[one.pk, day] for one in team), self.total[day], day),
            default=None,
        )

    def _full(self, unit: Organisation, day: date) -> str:
        if self.order.over_budget_reason or not visit_kinds.kind_of(self.order.kind).counts:
            return ""
        if day not in self.terms:
            self.terms[day] = term_on(day)
        term = self.terms[day]
        if term not in self.counts:
            self.counts[term] = visit_limits.counted_visits(self.order.units, term)
        return visit_limits.full_words(self.counts[term].get(unit.pk, 0), self.most)


# --- Planning -----------------------------------------------------------------


def plan_many(order: Order, *, actor: User, joins: Collection[str] = ()) -> VisitBatch:
    """Carry the proposals out, each by itself: one unit's refusal leaves the others' visits standing.

    ``joins``: numbers of visits that were offered and shall be joined. Raises Refused, NotAllowed for what
    concerns the whole order.
    """
    visits.check_permission(actor, order.plan_name, order.approval_no, order.off_plan_reason)
    if order.over_budget_reason and not actor.has_role(Role.LEADER):
        raise NotAllowed("超过本学期入校上限的督导，只能由分管领导安排")
    if order.draw is not None and order.draw.state != VisitDraw.State.DRAWN:
        raise WrongState("还没有抽取，不能安排督导")
    with transaction.atomic():
        rows = [_carry_out(proposal, order, actor, joins) for proposal in propose(order)]
        batch = VisitBatch.objects.create(draw=order.draw, kind=order.kind, rows=rows, made_by=actor)
        audit.record(
            action="inspections.batch.planned",
            subject=batch,
            actor=actor,
            organisation=Organisation.objects.filter(kind=Organisation.Kind.COUNTY).first(),
            role=acting_role(actor),
            after={"kind": order.kind, "visits": [row["visit"] for row in rows if row["visit"]]},
        )
    return batch


def _carry_out(proposal: Proposal, order: Order, actor: User, joins: Collection[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"unit": proposal.unit.code, "name": proposal.unit.name, "visit": "", "words": ""}
    joined = next((visit for visit in proposal.near if visit.no in joins), None)
    row["joined"] = joined is not None
    if proposal.refusal and joined is None:
        return row | {"words": proposal.refusal}
    common: dict[str, Any] = {
        "kind": order.kind,
        "inspectors": proposal.team,
        "actor": actor,
        "plan_name": order.plan_name,
        "approval_no": order.approval_no,
        "off_plan_reason": order.off_plan_reason,
        "draw": order.draw,
    }
    own: dict[str, Any] = {
        "organisation": proposal.unit,
        "planned_on": proposal.on,
        "over_budget_reason": order.over_budget_reason,
    }
    try:
        with transaction.atomic():
            if joined is not None:
                visit = join(visit_id=joined.pk, version=None, **common)
            else:
                visit = visits.plan(**own, **common)
    except (Refused, NotAllowed, WrongState) as refused:
        return row | {"words": str(refused)}
    return row | {"visit": visit.no}
