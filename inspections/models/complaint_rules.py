"""What the county decides of 举报和反映: limits, who handles what, what is to be erased."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from inspections.models.complaint import READS_ALL, Complaint
from shuangjian.accounts.models import Organisation
from shuangjian.journal.models import Versioned


class ComplaintLimits(models.Model):
    """One version of the county's limits. Never rewritten: the highest version is in force.

    ``days``: for each kind the working days for acceptance, answer and extension, as
    {"inquiry": [1, 3, 2]}. Before the first version those of ``complaints.limits`` hold.
    """

    version = models.PositiveSmallIntegerField("版次", unique=True)
    days = models.JSONField()
    reason = models.CharField("依据或理由", max_length=200)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-version"]

    def __str__(self) -> str:
        return f"第{self.version}版"


class ComplaintRoute(Versioned):
    """Which officer gets the matters of a kind and a place; the narrowest route counts."""

    kind = models.CharField("类别", max_length=12, choices=Complaint.Kind, blank=True)  # empty: all
    township = models.ForeignKey(
        Organisation, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="乡镇"
    )
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="经办人"
    )

    class Meta:
        ordering = ["kind", "township__pinyin_key", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_route_per_kind_and_place", fields=["kind", "township"], nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display() or '全部类别'}，{self.township or '全县'}"


class ErasureQuerySet(models.QuerySet["ComplaintErasure"]):
    def visible_to(self, user: object) -> ErasureQuerySet:
        reads = getattr(user, "is_authenticated", False) and user.has_role(*READS_ALL)  # type: ignore[attr-defined]
        return self if reads else self.none()


class ComplaintErasure(Versioned):
    """到期清除: words, contacts and materials of what ended long ago, under two people's hands (P22)."""

    class State(models.TextChoices):
        ASKED = "asked", "待复核"
        DONE = "done", "已清除"
        DROPPED = "dropped", "不清除"

    no = models.CharField("编号", max_length=20, unique=True)
    state = models.CharField("状态", max_length=8, choices=State, default=State.ASKED)
    ended_before = models.DateField("办结早于")
    complaints = models.ManyToManyField(Complaint, related_name="erasures")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="erasure_is_decided_by_another_person",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
            )
        ]

    def __str__(self) -> str:
        return self.no

    @property
    def organisation(self) -> None:
        """No unit: for the journal."""
