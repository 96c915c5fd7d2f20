"""Printouts (打印件): a file made for a person by a job, from what was frozen when he ordered it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.files.models import StoredFile
from shuangjian.journal.models import Job


class PrintoutQuerySet(models.QuerySet["Printout"]):
    def visible_to(self, user: Any) -> PrintoutQuerySet:
        """One's own, while what it is about exists for one: who left a unit loses what he printed."""
        if not user.is_authenticated:
            return self.none()
        about = Q(organisation__in=Organisation.objects.visible_to(user))
        if user.sees_county:
            about |= Q(organisation__isnull=True)
        return self.filter(about, ordered_by=user)


class Printout(models.Model):
    """One order of a paper (2026-Y0001). Written once by ``workflows.printouts``; its job adds the file.

    ``data`` is what stands on the paper: made again from it, the file has the same bytes. ``organisation`` is
    the unit that the paper is about, empty where it is about the county.
    """

    class Kind(models.TextChoices):
        LEDGER = "ledger", "问题整改台账"
        BRIEF = "brief", "一页纸"
        CHECK = "check", "自查表"
        VISIT = "visit", "现场检查"
        CASE = "case", "问题案卷"
        PERIOD = "period", "通报和简报"
        RESULTS = "results", "督导结果公示"
        MODELS = "models", "典型案例公示"
        LETTER = "letter", "致家长的一封信"
        PLACARD = "placard", "宣传海报"
        ARCHIVE = "archive", "归档案卷"
        RETURN = "return", "上报表"
        POSTER = "poster", "家长问卷海报"
        TABLE = "table", "条目情况表"

    no = models.CharField("编号", max_length=20, unique=True)
    kind = models.CharField("种类", max_length=10, choices=Kind)
    title = models.CharField("标题", max_length=200)
    parameters = models.JSONField(default=dict)  # what was asked for; the rights to it are judged again
    data = models.JSONField()
    digest = models.CharField(max_length=64)  # of kind, parameters, layout and data but the time it was taken
    template_version = models.CharField(max_length=12)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="printouts"
    )
    back = models.TextField(blank=True)  # the address of the page from which it was ordered
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField(default=clock.now)
    job = models.OneToOneField(Job, models.SET_NULL, null=True, blank=True, related_name="printout")
    stored_file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")

    objects = PrintoutQuerySet.as_manager()

    class Meta:
        verbose_name = "打印件"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["ordered_by", "-id"])]

    def __str__(self) -> str:
        return self.no

    def get_absolute_url(self) -> str:
        return reverse("printout", args=[self.no])

    @property
    def check_code(self) -> str:
        """校验码 on each page: the same words and figures have the same one. 2B60-8E17."""
        return f"{self.digest[:4]}-{self.digest[4:8]}".upper()
