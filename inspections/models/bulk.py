"""One thing done to many problems at once (批量办理), with the result of each."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from inspections.models.rectification import RectificationTask
from shuangjian import clock
from shuangjian.files.models import StoredFile
from shuangjian.journal.models import Job


class BulkRunQuerySet(models.QuerySet["BulkRun"]):
    def visible_to(self, user: Any) -> BulkRunQuerySet:
        """One's own, as long as one belongs to the county's staff: who left loses also what he exported."""
        return self.filter(ordered_by=user) if user.is_authenticated and user.sees_county else self.none()


class BulkRun(models.Model):
    """An order of a person over the rows that he selected in the ledger; its job carries it out.

    Written once by ``workflows.bulk``; only the rows' results and the exported file are added later.
    """

    class Kind(models.TextChoices):
        REMIND = "remind", "提醒"
        REASSIGN = "reassign", "改督办人"
        EXTEND = "extend", "延期"
        CLOSE = "close", "同意销号"
        EXPORT = "export", "导出"

    kind = models.CharField("办理", max_length=10, choices=Kind)
    words = models.CharField("筛选条件", max_length=500)
    query = models.TextField(blank=True)  # the ledger's address with its selection; an export is read from it
    arguments = models.JSONField(default=dict)
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField(default=clock.now)
    job = models.OneToOneField(Job, models.SET_NULL, null=True, blank=True, related_name="bulk_run")
    stored_file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")

    objects = BulkRunQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class BulkRow(models.Model):
    """One problem of an order and what became of it; the result is written with the change itself."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "未办"
        SKIPPED = "skipped", "未成功"
        DONE = "done", "成功"

    run = models.ForeignKey(BulkRun, models.CASCADE, related_name="rows")
    task = models.ForeignKey(RectificationTask, models.PROTECT, related_name="+")
    outcome = models.CharField("结果", max_length=8, choices=Outcome, default=Outcome.WAITING)
    reason = models.CharField("原因", max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="one_result_per_problem", fields=["run", "task"]),
            models.CheckConstraint(
                name="a_skipped_row_says_why", condition=~models.Q(outcome="skipped") | ~models.Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.get_outcome_display()}"
