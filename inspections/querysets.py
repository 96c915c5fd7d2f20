"""Which rows of supervision exist for a person: the unit's scope, and what each noun adds or takes away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q

from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.querysets import UnitOwnedQuerySet, add_scope, sees_every_unit
from shuangjian.accounts.roles import (
    ANSWERING_ROLES,
    BUSINESS_ROLES,
    COUNTY_ROLES,
    INSPECTOR_ROLES,
    SUPERVISION_ROLES,
    UNIT_ROLES,
    Role,
)

if TYPE_CHECKING:
    from shuangjian.accounts.models import User


@add_scope
def units_of_named_visits(user: User) -> Q | None:
    """A team inspector sees the units of the visits he is named in, and no others (decisions.md, Roles)."""
    if not user.has_role(Role.TEAM_INSPECTOR, Role.AREA_INSPECTOR):
        return None
    return Q(
        pk__in=_named_visits(user).values("organisation")
    )  # no join: a unit visited twice is still one row


def _named_visits(user: User) -> models.QuerySet[Any]:
    from inspections.models import Visit

    return Visit.objects.filter(members__user=user).exclude(state=Visit.State.CANCELLED)


class SelfCheckQuerySet(UnitOwnedQuerySet):
    def open(self) -> SelfCheckQuerySet:
        from inspections.models import SelfCheck

        return self.filter(state__in=SelfCheck.OPEN_STATES)

    def overdue(self) -> SelfCheckQuerySet:
        """Not submitted although the date has passed."""
        return self.open().filter(due_on__lt=clock.today())


class AnswerEvidenceQuerySet(UnitOwnedQuerySet):
    unit = "answer__self_check__organisation"


class BulletinQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> BulletinQuerySet:
        """County roles see all; others what was published to a unit that exists for them, never drafts."""
        if not user.is_authenticated:
            return self.none()
        if user.roles & COUNTY_ROLES:
            return self
        from inspections.models import BulletinRecipient

        units = Organisation.objects.visible_to(user)
        reached = BulletinRecipient.objects.filter(bulletin=models.OuterRef("pk"), organisation__in=units)
        return self.exclude(state="draft").filter(models.Exists(reached))


class BulletinFileQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> BulletinFileQuerySet:
        """Whoever sees the bulletin; of a recalled one the county's staff alone."""
        from inspections.models import Bulletin

        seen = self.filter(bulletin__in=Bulletin.objects.visible_to(user))
        if user.is_authenticated and user.sees_county:
            return seen
        return seen.exclude(bulletin__state="recalled")


class ImportQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> ImportQuerySet:
        """One's own as long as one could import anything; what an office imports is the whole office's."""
        if not user.is_authenticated:
            return self.none()
        if user.has_role(Role.TASK_FORCE):
            return self.filter(Q(uploaded_by=user) | Q(what__in=["units", "old-ledger"]))
        if user.has_role(Role.SYSTEM_ADMIN):
            return self.filter(what="people")
        return self.filter(uploaded_by=user) if user.has_role(*UNIT_ROLES) else self.none()


class HandedOverQuerySet(UnitOwnedQuerySet):
    """Records of a problem: the unit's scope, and what was handed over to a 部门联络员's department."""

    transfers = "tasks__transfers"

    def visible_to(self, user: Any) -> Self:
        if sees_every_unit(user) or not user.is_authenticated or not user.has_role(Role.PARTNER):
            return super().visible_to(user)
        departments = user.unit_ids([Role.PARTNER])
        standing = {
            f"{self.transfers}__department__in": departments,
            f"{self.transfers}__state__in": ["sent", "contested", "accepted", "reported"],  # not taken back
        }
        handed_over = self.model._default_manager.filter(**standing)
        seen = Q(**{f"{self.unit}__in": Organisation.objects.visible_to(user)})
        return self.filter(seen | Q(pk__in=handed_over.values("pk")))


class ProblemQuerySet(HandedOverQuerySet):
    pass


# A round of putting right is over: closed (here, or before the portal), or withdrawn: there was no problem.
PUT_RIGHT_STATES = ("closed", "past")
ENDED_STATES = (*PUT_RIGHT_STATES, "withdrawn")
# What counts neither as found nor as put right in the portal's work.
UNCOUNTED_STATES = ("past", "withdrawn")
# Open, and the next step is nobody's in the county: parked until its review, handed over, asked of above.
RESTING_STATES = ("parked", "transferred", "superior")


def is_open() -> Q:
    """Condition on a round of putting right: not over yet."""
    return ~Q(state__in=ENDED_STATES)


def is_running() -> Q:
    """Condition on a round: open, and somebody of the county or the unit must keep its date."""
    return ~Q(state__in=ENDED_STATES + RESTING_STATES)


class TaskQuerySet(HandedOverQuerySet):
    unit = "problem__organisation"
    transfers = "problem__tasks__transfers"

    def latest_rounds(self) -> TaskQuerySet:
        """The last round of every problem: one row a problem."""
        later = self.model._default_manager.filter(
            problem=models.OuterRef("problem"), ordinal__gt=models.OuterRef("ordinal")
        )
        return self.filter(~models.Exists(later))

    def open(self) -> TaskQuerySet:
        return self.filter(is_open())

    def overdue(self) -> TaskQuerySet:
        """Open although the date has passed. Overdue is computed, never a state; what rests is not."""
        return self.filter(is_running(), due_on__lt=clock.today())


class EvidenceQuerySet(HandedOverQuerySet):
    unit = "task__problem__organisation"
    transfers = "task__problem__tasks__transfers"


class ExtensionQuerySet(HandedOverQuerySet):
    unit = "task__problem__organisation"
    transfers = "task__problem__tasks__transfers"


class OfTaskQuerySet(HandedOverQuerySet):
    """Objections and transfers: whoever sees the problem."""

    unit = "task__problem__organisation"
    transfers = "task__problem__tasks__transfers"


class RecheckQuerySet(UnitOwnedQuerySet):
    unit = "task__problem__organisation"

    def waiting(self) -> RecheckQuerySet:
        return self.filter(state="pending")

    def visible_to(self, user: Any) -> RecheckQuerySet:
        """The county's people and inspectors; the unit only results: a look-back comes unannounced."""
        seen = super().visible_to(user)
        if user.is_authenticated and user.roles & (COUNTY_ROLES | {Role.AREA_INSPECTOR}):
            return seen
        return seen.exclude(state="pending")


class SanctionQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> SanctionQuerySet:
        """County roles see all; who answers for a unit its own, once its paper is issued."""
        if not user.is_authenticated:
            return self.none()
        if user.roles & COUNTY_ROLES:
            return self
        units = user.unit_ids(ANSWERING_ROLES)
        own = Q(organisation__in=units) | Q(organisation__filer__in=units)
        return self.filter(own, issued_on__isnull=False)


# Kinds of visit of which the unit is told beforehand, in writing (P9).
ANNOUNCED_KINDS = ("special", "comprehensive")


class VisitQuerySet(UnitOwnedQuerySet):
    def visible_to(self, user: Any) -> VisitQuerySet:
        """County roles see all; inspectors their own and their area's; a unit its own once it has begun."""
        if not user.is_authenticated:
            return self.none()
        if user.roles & COUNTY_ROLES:
            return self
        visible = Organisation.objects.visible_to(user)
        mine = Q(pk__in=_named_visits(user).values("pk"))
        area = Q(organisation__area__in=user.unit_ids([Role.AREA_INSPECTOR]))
        # An unannounced visit must not show in the unit's own lists before it has begun.
        # A special or comprehensive supervision is announced in writing (P9).
        begun = Q(state__in=["ongoing", "summing_up", "confirmed"]) | Q(
            state="planned", kind__in=ANNOUNCED_KINDS
        )
        own = begun & Q(organisation__in=visible)
        if user.has_role(Role.TEAM_INSPECTOR) and not user.has_role(Role.AREA_INSPECTOR):
            own = Q(pk__in=[])
        return self.filter(mine | area | own)


class VisitInsideQuerySet(models.QuerySet):
    """What is prepared for a visit: county roles, its inspectors and the area's; never the unit."""

    def visible_to(self, user: Any) -> VisitInsideQuerySet:
        if not user.is_authenticated or not user.has_role(*COUNTY_ROLES, *INSPECTOR_ROLES):
            return self.none()
        from inspections.models import Visit

        return self.filter(visit__in=Visit.objects.visible_to(user))


class VisitDrawQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> VisitDrawQuerySet:
        """Everybody with a post in the work: that a draw is public is what it is for."""
        return self if user.is_authenticated and user.has_role(*BUSINESS_ROLES) else self.none()


class CountyAloneQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> CountyAloneQuerySet:
        """The county's staff alone."""
        return self if user.is_authenticated and user.sees_county else self.none()


class OwnQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> OwnQuerySet:
        """What a person states of himself is his alone."""
        return self.filter(user=user) if user.is_authenticated else self.none()


class SyncOperationQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> SyncOperationQuerySet:
        """What one's own phones sent; the supervision office sees what came from all."""
        if not user.is_authenticated or not user.has_role(*INSPECTOR_ROLES, Role.SUPERVISION_OFFICE):
            return self.none()
        return self if user.has_role(Role.SUPERVISION_OFFICE) else self.filter(device__user=user)

    def unhandled(self) -> SyncOperationQuerySet:
        """Refused, and nobody has said what was done about it."""
        return self.filter(status="refused", handled_at__isnull=True)


class FieldConflictQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> FieldConflictQuerySet:
        """The members of the visit, and the supervision office: who may choose."""
        if not user.is_authenticated or not user.has_role(*INSPECTOR_ROLES, Role.SUPERVISION_OFFICE):
            return self.none()
        if user.has_role(Role.SUPERVISION_OFFICE):
            return self
        return self.filter(visit__in=_named_visits(user))

    def open(self) -> FieldConflictQuerySet:
        return self.filter(settled_at__isnull=True)


class FindingPhotoQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> FindingPhotoQuerySet:
        from inspections.models import Visit

        return self.filter(finding__visit__in=Visit.objects.visible_to(user))


class PaperQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> PaperQuerySet:
        """County roles see all; a unit, its area's inspectors, a department what went out to it.

        Withdrawn or not: they have the sheet in hand.
        """
        if not user.is_authenticated:
            return self.none()
        if user.roles & COUNTY_ROLES:
            return self
        units = user.unit_ids(UNIT_ROLES)
        own = Q(organisation__in=units) | Q(organisation__filer__in=units)
        area = Q(organisation__area__in=user.unit_ids([Role.AREA_INSPECTOR]))
        letter = Q(organisation__in=user.unit_ids([Role.PARTNER]), kind__in=["transfer", "consult"])
        sent = Q(state__in=["issued", "withdrawn"]) & (own | area | letter)
        return self.filter(sent)


class ReportQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> ReportQuerySet:
        """County roles see all reports; units see their own signed ones and the signed county report."""
        if not user.is_authenticated:
            return self.none()
        if user.roles & COUNTY_ROLES:
            return self
        if not user.roles & SUPERVISION_ROLES:
            return self.none()
        visible = Organisation.objects.visible_to(user)
        return self.filter(Q(kind="county") | Q(organisation__in=visible), state__in=["issued", "corrected"])
