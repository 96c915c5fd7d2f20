"""岗位交接: what stands in one person's name passes to who follows on the post; both confirm the 交接书."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import OFFICE_ROLES, UNIT_ROLES, Role
from shuangjian.journal.models import Versioned


class HandoverQuerySet(models.QuerySet["Handover"]):
    def visible_to(self, user: Any) -> HandoverQuerySet:
        """The county's offices see all, units their own, everybody those that he gives, takes or opened."""
        if not user.is_authenticated:
            return self.none()
        if user.has_role(*OFFICE_ROLES):
            return self
        mine = Q(giver=user) | Q(taker=user) | Q(opened_by=user)
        return self.filter(mine | Q(organisation__in=user.unit_ids(UNIT_ROLES)))

    def waiting_for(self, user: Any) -> HandoverQuerySet:
        """The open ones that still want this person's word."""
        to_give = Q(giver=user, given_at__isnull=True)
        to_take = Q(taker=user, taken_at__isnull=True)
        return self.filter(to_give | to_take, state=Handover.State.OPEN)


class Handover(Versioned):
    """One post that one person leaves to another (2026-J0001).

    Opened by who leaves, by his unit, or by the county's offices; ends when both have confirmed, or is
    cancelled. The list is live until then; what passed over is kept in ``items``.
    """

    class State(models.TextChoices):
        OPEN = "open", "待双方确认"
        DONE = "done", "已交接"
        CANCELLED = "cancelled", "已取消"

    no = models.CharField("编号", max_length=20, unique=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    giver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="移交人"
    )
    taker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="接手人"
    )
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="单位")
    role = models.CharField("岗位", max_length=20, choices=Role)
    last_on = models.DateField("离岗日期")
    words = models.CharField("交接说明", max_length=500, blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    given_at = models.DateTimeField("移交人确认时间", null=True, blank=True)
    # Another than the giver where he can no longer sign in.
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    taken_at = models.DateTimeField("接手人确认时间", null=True, blank=True)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(name="nobody_hands_over_to_himself", condition=~Q(giver=F("taker"))),
            models.CheckConstraint(
                name="a_handover_is_done_when_both_confirmed",
                condition=~Q(state="done")
                | Q(given_at__isnull=False, given_by__isnull=False, taken_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_open_handover_of_a_post",
                fields=["giver", "organisation", "role"],
                condition=Q(state="open"),
            ),
        ]

    def __str__(self) -> str:
        return self.no

    def get_absolute_url(self) -> str:
        return reverse("handover", args=[self.no])


class HandoverItem(models.Model):
    """One line of the 交接书 as it was when both had confirmed. Never changed."""

    class Kind(models.TextChoices):
        VISIT = "visit", "督导"
        CASE = "case", "督办的问题"
        AUTHORITY = "authority", "授权督学销号"
        WAITING = "waiting", "岗位待办"

    handover = models.ForeignKey(Handover, models.CASCADE, related_name="items")
    kind = models.CharField(max_length=10, choices=Kind)
    no = models.CharField("编号", max_length=80)
    words = models.CharField("事项", max_length=500)
    outcome = models.CharField("去向", max_length=120)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.no}"
