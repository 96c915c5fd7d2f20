"""What reports and papers (公文) have in common: written, signed, numbered, frozen, set, issued."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from shuangjian import clock
from shuangjian.files.models import StoredFile
from shuangjian.journal.models import Versioned

_UNSIGNED = ["draft", "review", "discarded"]


class SignedDocument(Versioned):
    """A document that the leader signs. Moved by workflows.signing alone; each noun adds whom it concerns.

    From the signature on its number, date, figures and texts stay as they are; a sealed scan may join them.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        REVIEW = "review", "待审签"
        ISSUING = "issuing", "签发中"
        ISSUED = "issued", "已签发"
        CORRECTED = "corrected", "已更正"
        WITHDRAWN = "withdrawn", "已撤回"
        DISCARDED = "discarded", "已作废"

    no = models.CharField("编号", max_length=20, unique=True)
    title = models.CharField("标题", max_length=120)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    as_of = models.DateTimeField("数据截至")
    data = models.JSONField()  # what was read from the records, never recomputed after signing
    sections = models.JSONField(default=dict)  # section key -> text written by the office
    return_words = models.CharField("退回意见", max_length=300, blank=True)
    document_code = models.CharField("发文代字", max_length=20, blank=True)
    document_year = models.PositiveSmallIntegerField(null=True, blank=True)
    document_number = models.PositiveIntegerField("发文序号", null=True, blank=True)
    document_no = models.CharField("发文字号", max_length=40, blank=True)
    check_code = models.CharField("验证码", max_length=9, blank=True, db_index=True)
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
    scan = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="盖章扫描件"
    )
    withdrawn_reason = models.CharField("撤回原因", max_length=200, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        abstract = True
        ordering = ["-no"]

    def __str__(self) -> str:
        return self.no

    @property
    def content(self) -> list[Any]:
        """What it says besides number and date, as plain JSON: the check code is made of it."""
        return [self.data, self.sections]

    @property
    def is_record(self) -> bool:
        """Is it signed by hand on both sides, and not by the leader?"""
        return False

    @property
    def state_label(self) -> str:
        """A record is made, where others are signed."""
        made = {self.State.ISSUING: "生成中", self.State.ISSUED: "已生成"} if self.is_record else {}
        return made.get(self.State(self.state), self.get_state_display())

    @property
    def is_signed(self) -> bool:
        return self.signed_on is not None


def signing_constraints(noun: str, unnumbered: Q | None = None) -> list[models.BaseConstraint]:
    """What the database keeps of every signed document; ``noun`` makes the names its own.

    ``unnumbered``: the rows that are dated like the others, without a number of the office.
    """
    numbered = Q(document_number__isnull=False, signed_on__isnull=False)
    if unnumbered is not None:
        bare = unnumbered & ~Q(document_no="") & Q(document_number__isnull=True, signed_on__isnull=False)
        numbered = (~unnumbered & numbered) | bare
    return [
        models.UniqueConstraint(
            name=f"{noun}_document_numbers",
            fields=["document_code", "document_year", "document_number"],
            condition=Q(document_number__isnull=False),
        ),
        models.CheckConstraint(
            name=f"a_signed_{noun}_has_number_and_date",
            condition=Q(state__in=_UNSIGNED, document_number__isnull=True, signed_on__isnull=True)
            | (~Q(state__in=_UNSIGNED) & numbered),
        ),
        models.CheckConstraint(
            name=f"an_issued_{noun}_has_its_file",
            condition=~Q(state="issued") | (Q(final_file__isnull=False) & ~Q(final_sha256="")),
        ),
    ]
