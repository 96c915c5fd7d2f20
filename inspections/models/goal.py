"""Goals of the plan as numbers (practice.md P24): frozen at the end of each term, and as they stand now."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from inspections.querysets import CountyAloneQuerySet
from shuangjian.policy.models import Term


class GoalSnapshot(models.Model):
    """One measure of one term as at the term's end, with the rows it was counted from. Only added.

    The database refuses to change or remove a row. What was recorded too late gives the next ``version``
    beside it, with its reason. ``count`` is empty where nothing could be counted.
    """

    term = models.ForeignKey(Term, models.PROTECT, related_name="+")
    measure = models.CharField(max_length=20)  # key of inspections.goals.measures
    version = models.PositiveSmallIntegerField("版本", default=1)
    as_of = models.DateTimeField("取数时间")
    count = models.PositiveIntegerField("数值", null=True, blank=True)
    base = models.PositiveIntegerField("基数", null=True, blank=True)  # of a share
    rows = models.JSONField(default=list)  # [[name, words, address, is counted]]
    reason = models.CharField("更正的理由", max_length=300, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField("固定时间")

    objects = CountyAloneQuerySet.as_manager()

    class Meta:
        ordering = ["term__first_on", "measure", "version"]
        constraints = [
            models.UniqueConstraint(
                name="one_snapshot_per_term_measure_version", fields=["term", "measure", "version"]
            ),
            models.CheckConstraint(
                name="snapshot_is_corrected_with_a_reason",
                condition=Q(version=1, reason="", made_by__isnull=True)
                | (Q(version__gt=1, made_by__isnull=False) & ~Q(reason="")),
            ),
            models.CheckConstraint(
                name="snapshot_counts_within_its_base",
                condition=Q(count__isnull=True, base__isnull=True)
                | Q(count__isnull=False, base__isnull=True)
                | Q(count__lte=F("base")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.term.code} {self.measure} v{self.version}"

    @property
    def no(self) -> str:
        """Under which entries of the journal are found."""
        return f"{self.term.code}-{self.measure}"[:40]


class GoalFigure(models.Model):
    """One measure of the term under way as it was counted last; taken away when the term is frozen."""

    term = models.ForeignKey(Term, models.PROTECT, related_name="+")
    measure = models.CharField(max_length=20, unique=True)
    counted_at = models.DateTimeField("数据截至")
    count = models.PositiveIntegerField("数值", null=True, blank=True)
    base = models.PositiveIntegerField("基数", null=True, blank=True)
    rows = models.JSONField(default=list)  # as those of a snapshot

    objects = CountyAloneQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.measure} {self.counted_at:%Y-%m-%d %H:%M}"
