"""导入: one uploaded workbook on its way from the dry run to what it is about, a row per subject."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from inspections.querysets import ImportQuerySet
from shuangjian.accounts.models import Organisation
from shuangjian.files.models import StoredFile
from shuangjian.journal.models import Versioned


class Import(Versioned):
    """One workbook. Uploaded, looked through by a job, confirmed once by who uploaded it, done by a job.

    ``what`` names its kind. ``sheets`` holds the cells as they were read until the import is over, ``plan``
    what the dry run found (``Plan.as_kept``); the file itself stays.
    """

    class State(models.TextChoices):
        CHECKING = "checking", "核对中"
        CHECKED = "checked", "待确认"
        RUNNING = "running", "导入中"
        DONE = "done", "已导入"
        DROPPED = "dropped", "已放弃"

    what = models.CharField(max_length=40)
    stored_file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    sheets = models.JSONField(default=list)
    plan = models.JSONField(default=dict)
    state = models.CharField("状态", max_length=8, choices=State, default=State.CHECKING)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="import_confirmed_has_time",
                condition=Q(state__in=["running", "done"], confirmed_at__isnull=False)
                | Q(state__in=["checking", "checked", "dropped"], confirmed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="import_done_has_time",
                condition=Q(state="done", finished_at__isnull=False)
                | (~Q(state="done") & Q(finished_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"导入{self.pk}"


class ImportRow(models.Model):
    """What a confirmed import does to one subject, and what became of it. Done at most once, whoever tries.

    ``key`` tells the subject from the others of the file; ``digest`` what the person saw and confirmed.
    """

    class Action(models.TextChoices):
        CREATE = "create", "新增"
        CHANGE = "change", "修改"

    class State(models.TextChoices):
        WAITING = "waiting", "等待"
        DONE = "done", "已办"
        REFUSED = "refused", "没有办成"

    batch = models.ForeignKey(Import, models.CASCADE, related_name="rows")
    ordinal = models.PositiveSmallIntegerField()
    sheet = models.CharField(max_length=31)
    number = models.PositiveIntegerField("行")
    key = models.CharField("代码", max_length=40)
    name = models.CharField("名称", max_length=60)
    action = models.CharField(max_length=6, choices=Action)
    digest = models.CharField(max_length=32)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    words = models.CharField("原因", max_length=300, blank=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["ordinal"]
        constraints = [
            models.UniqueConstraint(name="one_row_per_subject_and_import", fields=["batch", "key"]),
            models.CheckConstraint(
                name="import_row_done_has_unit",
                condition=~Q(state="done") | Q(organisation__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.key}"
