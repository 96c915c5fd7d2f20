"""Supervision reports (督导报告) of a term, for the county or for one unit, from draft to signed file."""

from __future__ import annotations

from typing import Any

from django.db import models

from inspections.models.signing import SignedDocument, signing_constraints
from inspections.querysets import ReportQuerySet
from shuangjian.accounts.models import Organisation
from shuangjian.policy.models import Term


class SupervisionReport(SignedDocument):
    """One report (2026-R0003). Drafted by 督导室, signed by 分管领导; a correction is a new version of it."""

    class Kind(models.TextChoices):
        COUNTY = "county", "全县督导报告"
        UNIT = "unit", "单位督导报告"

    kind = models.CharField("种类", max_length=8, choices=Kind)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="reports")
    term = models.ForeignKey(Term, models.PROTECT, related_name="reports")
    report_version = models.PositiveSmallIntegerField("版次", default=1)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="corrected_by", verbose_name="更正的报告"
    )
    # section key -> {version, by, at}: who wrote it last; each is saved by itself (reports/sections.py)
    section_marks = models.JSONField(default=dict)
    # slot -> {version, text}: the standing texts in force when the figures were taken (standing.py)
    standing = models.JSONField(default=dict)

    objects = ReportQuerySet.as_manager()

    class Meta(SignedDocument.Meta):
        constraints = [
            *signing_constraints("report"),
            models.UniqueConstraint(
                name="one_report_version", fields=["kind", "organisation", "term", "report_version"]
            ),
        ]

    @property
    def content(self) -> list[Any]:
        return [*super().content, self.standing]
