"""What is made ready for a visit: its papers, what to look into, purposes joined to it, plans of many."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from inspections.models.draw import VisitDraw
from inspections.models.visit import Visit
from inspections.querysets import CountyAloneQuerySet, VisitInsideQuerySet
from shuangjian import clock
from shuangjian.files.models import StoredFile
from shuangjian.policy.models import CheckItem


class VisitDocument(models.Model):
    """A paper of a visit by its number, with its scan where there is one; what a kind needs: visit_kinds."""

    class Kind(models.TextChoices):
        NOTICE = "notice", "督导通知书"
        SELF_REPORT = "self_report", "单位自评报告"
        OPINION = "opinion", "征求公众意见的记录"
        SOURCE = "source", "举报登记或交办单"
        DRAW_LIST = "draw_list", "抽查名单"
        OTHER = "other", "其他"

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="documents")
    kind = models.CharField("材料", max_length=12, choices=Kind)
    number = models.CharField("文号或编号", max_length=60, blank=True)
    dated_on = models.DateField("日期", null=True, blank=True)
    stored_file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=clock.now)

    objects = VisitInsideQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "pk"]
        constraints = [
            models.CheckConstraint(
                name="a_paper_has_a_number_or_a_scan",
                condition=~Q(number="") | Q(stored_file__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.get_kind_display()}"


class VisitNote(models.Model):
    """What to look into, written before or on the visit by those who prepare it. Only added."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="notes")
    item = models.ForeignKey(CheckItem, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.CharField("要查的事", max_length=200)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=clock.now)

    objects = VisitInsideQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.item_id}"


class JoinedPurpose(models.Model):
    """A second visit to the unit in the same days that is made together with this one (联合督导)."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="joined")
    kind = models.CharField("督导类别", max_length=14, choices=Visit.Kind)
    plan_name = models.CharField("计划名称", max_length=80, blank=True)
    approval_no = models.CharField("批准文号", max_length=60, blank=True)
    off_plan_reason = models.CharField("计划外理由", max_length=200, blank=True)
    draw = models.ForeignKey(VisitDraw, models.PROTECT, null=True, blank=True, related_name="joined")
    joined_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    joined_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.get_kind_display()}"


class VisitBatch(models.Model):
    """Visits to many units planned in one go, with what became of each. Never changed.

    ``rows``: [{"unit": code, "name": str, "visit": number or "", "joined": bool, "words": why not}].
    """

    draw = models.ForeignKey(VisitDraw, models.PROTECT, null=True, blank=True, related_name="batches")
    kind = models.CharField("督导类别", max_length=14, choices=Visit.Kind)
    rows = models.JSONField(default=list)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)

    objects = CountyAloneQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def done(self) -> int:
        return sum(bool(row["visit"]) for row in self.rows)

    @property
    def refused(self) -> int:
        return len(self.rows) - self.done
