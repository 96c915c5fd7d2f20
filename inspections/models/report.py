"""Supervision reports (督导报告) of a term, for the county or for one unit, from draft to signed file."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from inspections.querysets import ReportQuerySet
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.files.models import StoredFile
from shuangjian.journal.models import Versioned
from shuangjian.policy.models import Term


class SupervisionReport(Versioned):
    """One report (2026-R0003). Drafted by 督导室, signed by 分管领导; a correction is a new version of it."""

    class Kind(models.TextChoices):
        COUNTY = "county", "全县督导报告"
        UNIT = "unit", "单位督导报告"

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        REVIEW = "review", "待审签"
        ISSUING = "issuing", "签发中"
        ISSUED = "issued", "已签发"
        CORRECTED = "corrected", "已更正"
        WITHDRAWN = "withdrawn", "已撤回"
        DISCARDED = "discarded", "已作废"

    no = models.CharField("编号", max_length=20, unique=True)
    kind = models.CharField("种类", max_length=8, choices=Kind)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="reports")
    term = models.ForeignKey(Term, models.PROTECT, related_name="reports")
    report_version = models.PositiveSmallIntegerField("版次", default=1)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="corrected_by", verbose_name="更正的报告"
    )
    title = models.CharField("标题", max_length=120)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    as_of = models.DateTimeField("数据截至")
    data = models.JSONField()  # the frozen figures (inspections.reports.data), never recomputed after signing
    sections = models.JSONField(default=dict)  # section key -> text written by the office
    # section key -> {version, by, at}: who wrote it last; each is saved by itself (reports/sections.py)
    section_marks = models.JSONField(default=dict)
    # slot -> {version, text}: the standing texts in force when the figures were taken (standing.py)
    standing = models.JSONField(default=dict)
    return_words = models.CharField("退回意见", max_length=300, blank=True)
    document_year = models.PositiveSmallIntegerField(null=True, blank=True)
    document_number = models.PositiveIntegerField("发文序号", null=True, blank=True)
    document_no = models.CharField("发文字号", max_length=40, blank=True)
    signed_on = models.DateField("签发日期", null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    draft_file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    final_file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    final_sha256 = models.CharField(max_length=64, blank=True)
    template_version = models.CharField(max_length=20, blank=True)
    withdrawn_reason = models.CharField("撤回原因", max_length=200, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-no"]
        constraints = [
            models.UniqueConstraint(
                name="document_numbers",
                fields=["document_year", "document_number"],
                condition=Q(document_number__isnull=False),
            ),
            models.CheckConstraint(
                name="a_signed_report_has_number_and_date",
                condition=Q(
                    state__in=["draft", "review", "discarded"],
                    document_number__isnull=True,
                    signed_on__isnull=True,
                )
                | (
                    ~Q(state__in=["draft", "review", "discarded"])
                    & Q(document_number__isnull=False, signed_on__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="an_issued_report_has_its_file",
                condition=~Q(state="issued") | (Q(final_file__isnull=False) & ~Q(final_sha256="")),
            ),
            models.UniqueConstraint(
                name="one_report_version", fields=["kind", "organisation", "term", "report_version"]
            ),
        ]

    def __str__(self) -> str:
        return self.no
