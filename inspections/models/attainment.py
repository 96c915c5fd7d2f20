"""达标情况: how far each unit meets the rules of a term, as it was counted last."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.querysets import UnitOwnedQuerySet
from shuangjian.policy.models import Term


class Attainment(models.Model):
    """One unit in one term: its conclusion, and how each rule that concerns it stands.

    Derived from answers, visits and problems, never typed in: written by ``workflows.attainment`` alone, and
    of a term that is over not written again. What is open is that of the time of counting.
    """

    class Conclusion(models.TextChoices):
        """Defined in ``conclusions.DEFINITION`` (practice.md P29)."""

        MET = "met", "达标"
        NEARLY = "nearly", "基本达标"
        UNMET = "unmet", "未达标"
        UNKNOWN = "unknown", "没有查清"

    class Mark(models.TextChoices):
        """How one rule stands; 符合 told apart by what proves it."""

        PROVEN = "proven", "到校查实符合"
        SAID = "said", "自报符合"
        PARTIAL = "partial", "部分符合"
        BAD = "bad", "不符合"
        NONE = "none", "未填未查"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="attainments")
    term = models.ForeignKey(Term, models.PROTECT, related_name="+")
    conclusion = models.CharField("结论", max_length=8, choices=Conclusion)
    marks = models.JSONField(default=dict)  # {"4": Mark}: the rules that concern the unit, by number
    proven = models.PositiveSmallIntegerField("到校查实符合", default=0)
    said = models.PositiveSmallIntegerField("自报符合", default=0)
    short = models.PositiveSmallIntegerField("部分符合和不符合", default=0)
    unknown = models.PositiveSmallIntegerField("未填未查", default=0)
    open_problems = models.PositiveSmallIntegerField("未销号问题", default=0)
    last_due_on = models.DateField("未销号问题最晚期限", null=True, blank=True)

    objects = UnitOwnedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="one_attainment_per_unit_and_term", fields=["term", "organisation"])
        ]
        indexes = [
            models.Index(fields=["term", "conclusion"], name="attainment_by_conclusion"),
            GinIndex(fields=["marks"], name="attainment_by_mark"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}/{self.term_id} {self.conclusion}"

    @property
    def met(self) -> int:
        return self.proven + self.said

    @property
    def concerned(self) -> int:
        """How many rules are the unit's."""
        return len(self.marks)


class AttainmentCount(models.Model):
    """When the units of a term were counted, and how far the trail went then: later entries say what changed.

    ``is_final``: counted as at the end of the term, which was over; nothing of it is counted again.
    """

    term = models.OneToOneField(Term, models.PROTECT, related_name="+", primary_key=True)
    counted_at = models.DateTimeField("数据截至", default=clock.now)
    through_seq = models.BigIntegerField(default=0)
    is_final = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.term_id} {self.counted_at:%Y-%m-%d %H:%M}"
