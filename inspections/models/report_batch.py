"""全部单位报告: the reports of every unit on a term, made by one job into one archive."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from inspections.models.report import SupervisionReport
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.files.models import StoredFile
from shuangjian.journal.models import Job
from shuangjian.policy.models import Term


class ReportBatchQuerySet(models.QuerySet["ReportBatch"]):
    def visible_to(self, user: Any) -> ReportBatchQuerySet:
        """The county's staff: what is in it are drafts."""
        return self if user.is_authenticated and user.sees_county else self.none()


class ReportBatch(models.Model):
    """An order for all unit reports of a term; which units it is about is frozen with it.

    Written once by ``workflows.report_batch``; only the rows' results and the archive are added later.
    """

    term = models.ForeignKey(Term, models.PROTECT, related_name="report_batches")
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField(default=clock.now)
    job = models.OneToOneField(Job, models.SET_NULL, null=True, blank=True, related_name="report_batch")
    archive = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")

    objects = ReportBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.term.short_title}全部单位报告 {self.pk}"


class ReportBatchRowQuerySet(models.QuerySet["ReportBatchRow"]):
    def visible_to(self, user: Any) -> ReportBatchRowQuerySet:
        """As the order it belongs to."""
        return self.filter(batch__in=ReportBatch.objects.visible_to(user))


class ReportBatchRow(models.Model):
    """One unit of an order and what became of it; the result is written with the report's own file."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "未办"
        FAILED = "failed", "未成功"
        DONE = "done", "成功"

    batch = models.ForeignKey(ReportBatch, models.CASCADE, related_name="rows")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    report = models.ForeignKey(SupervisionReport, models.PROTECT, null=True, blank=True, related_name="+")
    is_new = models.BooleanField(default=False)  # drafted by this order, not found there
    stored_file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField("结果", max_length=8, choices=Outcome, default=Outcome.WAITING)
    reason = models.CharField("原因", max_length=300, blank=True)

    objects = ReportBatchRowQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="one_row_a_unit_of_a_batch", fields=["batch", "organisation"]),
            models.CheckConstraint(
                name="a_failed_row_says_why", condition=~Q(outcome="failed") | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="a_done_row_has_its_file",
                condition=~Q(outcome="done") | Q(report__isnull=False, stored_file__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.get_outcome_display()}"
