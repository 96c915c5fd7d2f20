"""A list that somebody took along as a table."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from shuangjian import clock
from shuangjian.files.models import StoredFile
from shuangjian.journal.models import Job


class ExportQuerySet(models.QuerySet["Export"]):
    def visible_to(self, user: Any) -> ExportQuerySet:
        """One's own, as long as one has the list: who left loses also what he took along."""
        from inspections.exports.lists import LISTINGS

        if not user.is_authenticated:
            return self.none()
        keys = [one.key for one in LISTINGS.values() if user.has_role(*one.roles)]
        return self.filter(ordered_by=user, listing__in=keys)


class Export(models.Model):
    """An order for a list as its page's address (``query``) shows it. Only job and file are added later."""

    class Format(models.TextChoices):
        XLSX = "xlsx", "Excel工作簿（xlsx）"
        CSV = "csv", "文本表格（csv）"

    listing = models.CharField(max_length=20)  # key of a listing
    query = models.TextField(blank=True)
    words = models.CharField("筛选条件", max_length=500)
    format = models.CharField("格式", max_length=4, choices=Format)
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField(default=clock.now)
    job = models.OneToOneField(Job, models.SET_NULL, null=True, blank=True, related_name="+")
    stored_file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"导出{self.pk}"
