"""上报: the figures, the upper offices' own workbooks, and what is filled in of them per period (P23)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.dates import cn_date
from shuangjian.files.models import StoredFile
from shuangjian.journal.models import Versioned

QUESTIONED_ABOVE = Decimal("0.2")  # of the figure of last time: a larger change is explained (P23)


class CountyQuerySet(models.QuerySet[Any]):
    """What belongs to the county's staff as a whole, and to nobody else."""

    def visible_to(self, user: Any) -> Self:
        return self if user.is_authenticated and user.sees_county else self.none()


class Statistic(Versioned):
    """上报指标: one figure of the tables that go up, defined once.

    What it means never changes: another definition is another statistic under a code of its own. ``query``
    names the function that counts it (inspections.returns.queries); without one it is keyed in by hand from
    ``source``.
    """

    code = models.CharField("指标代码", max_length=12, unique=True)
    name = models.CharField("指标名称", max_length=60)
    measure = models.CharField("计量单位", max_length=12)
    definition = models.CharField("口径", max_length=300)
    query = models.CharField("取数方式", max_length=40, blank=True)
    source = models.CharField("数据来源", max_length=120, blank=True)
    since_on = models.DateField("启用日期")
    ended_on = models.DateField("停用日期", null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = CountyQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="a_figure_keyed_in_names_its_source", condition=~Q(query="") | ~Q(source="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("statistic", args=[self.code])


class ReturnTemplate(Versioned):
    """A table that an office above demands: its own workbook with the cells that are filled, in versions.

    ``sheets`` are the cells as ``files.read_workbook`` gave them at the upload, for drawing the table.
    ``due_after``: calendar days after the period's last one.
    """

    class Span(models.TextChoices):
        HALF_MONTH = "half_month", "半月"
        MONTH = "month", "月"
        TERM = "term", "学期"

    class State(models.TextChoices):
        DRAFT = "draft", "绑定中"
        IN_USE = "in_use", "在用"
        ENDED = "ended", "已停用"
        DISCARDED = "discarded", "已作废"

    code = models.CharField("表号", max_length=20)
    ordinal = models.PositiveSmallIntegerField("版本", default=1)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    name = models.CharField("表名", max_length=60)
    demanded_by = models.CharField("布置单位", max_length=60)
    document_no = models.CharField("依据文号", max_length=60, blank=True)
    span = models.CharField("报告期", max_length=10, choices=Span)
    due_after = models.PositiveSmallIntegerField("期后几日内上报")
    starts_on = models.DateField("从哪一期起", null=True, blank=True)
    stored_file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    sheets = models.JSONField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = CountyQuerySet.as_manager()

    class Meta:
        ordering = ["code", "-ordinal"]
        constraints = [
            models.UniqueConstraint(name="one_version_of_a_table", fields=["code", "ordinal"]),
            models.UniqueConstraint(
                name="one_version_of_a_table_in_use", fields=["code"], condition=Q(state="in_use")
            ),
            models.UniqueConstraint(name="one_draft_of_a_table", fields=["code"], condition=Q(state="draft")),
            models.CheckConstraint(
                name="a_table_in_use_has_its_first_day",
                condition=~Q(state="in_use") | Q(starts_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}（第{self.ordinal}版）"

    def get_absolute_url(self) -> str:
        return reverse("return-template", args=[self.pk])

    @property
    def organisation(self) -> None:
        """No unit's, for the journal."""
        return

    @property
    def due_words(self) -> str:
        return f"每{self.get_span_display()}，期后{self.due_after}日内"


class BoundCell(models.Model):
    """One cell that is filled in: by a figure, or by a word that each copy of the table has of its own."""

    class Word(models.TextChoices):
        UNIT = "unit", "填报单位"
        PERIOD = "period", "报告期"
        FIGURES_ON = "figures_on", "数据截至日期"

    template = models.ForeignKey(ReturnTemplate, models.CASCADE, related_name="cells")
    sheet = models.PositiveSmallIntegerField()  # which of ``template.sheets``, from 0
    cell = models.CharField(max_length=6)  # C5
    statistic = models.ForeignKey(Statistic, models.PROTECT, null=True, blank=True, related_name="cells")
    word = models.CharField(max_length=10, choices=Word, blank=True)

    class Meta:
        ordering = ["sheet", "pk"]
        constraints = [
            models.UniqueConstraint(name="a_cell_is_bound_once", fields=["template", "sheet", "cell"]),
            models.CheckConstraint(
                name="a_cell_holds_a_figure_or_a_word",
                condition=Q(statistic__isnull=False, word="") | (Q(statistic__isnull=True) & ~Q(word="")),
            ),
        ]

    def __str__(self) -> str:
        return self.cell


class UpwardReturn(Versioned):
    """上报表: one table of one period (2026-B0001). Moved by workflows.returns alone.

    From 已上报 on its figures and its workbook stay as they are; a correction is a new row that names it.
    """

    class State(models.TextChoices):
        FILLING = "filling", "填报中"
        REVIEW = "review", "待审核"
        APPROVAL = "approval", "待批准"
        SENT = "sent", "已上报"
        CORRECTED = "corrected", "已更正"
        DISCARDED = "discarded", "已作废"

    OPEN = (State.FILLING, State.REVIEW, State.APPROVAL)
    FROZEN = (State.SENT, State.CORRECTED)

    no = models.CharField("编号", max_length=20, unique=True)
    template = models.ForeignKey(ReturnTemplate, models.PROTECT, related_name="returns")
    code = models.CharField("表号", max_length=20)  # the template's, whatever its version
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    state = models.CharField("状态", max_length=10, choices=State, default=State.FILLING)
    period_first = models.DateField()
    period_last = models.DateField()
    period_words = models.CharField("报告期", max_length=40)
    ordinal = models.PositiveSmallIntegerField("第几次上报", default=1)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, related_name="corrections")
    correction_reason = models.CharField("更正原因", max_length=200, blank=True)
    due_on = models.DateField("上报期限")
    figures_on = models.DateField("数据截至")
    taken_at = models.DateTimeField("取数时间")
    return_words = models.CharField("退回意见", max_length=300, blank=True)
    is_zero = models.BooleanField("零报告", default=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="填表人"
    )
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="审核人"
    )
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="批准人"
    )
    sent_at = models.DateTimeField("上报时间", null=True)
    workbook = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    workbook_sha256 = models.CharField(max_length=64, blank=True)
    scan = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, related_name="+", verbose_name="盖章扫描件"
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = CountyQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_return_of_a_period", fields=["code", "period_first", "ordinal"]
            ),
            models.UniqueConstraint(
                name="one_open_return_of_a_period",
                fields=["code", "period_first"],
                condition=Q(state__in=["filling", "review", "approval"]),
            ),
            models.UniqueConstraint(
                name="one_standing_return_of_a_period",
                fields=["code", "period_first"],
                condition=Q(state="sent"),
            ),
            models.CheckConstraint(
                name="a_sent_return_has_its_people_and_file",
                condition=~Q(state__in=["sent", "corrected"])
                | (
                    Q(submitted_by__isnull=False, checked_by__isnull=False)
                    & Q(sent_by__isnull=False, sent_at__isnull=False, workbook__isnull=False)
                    & ~Q(workbook_sha256="")
                ),
            ),
            models.CheckConstraint(
                name="a_correction_says_why", condition=Q(corrects__isnull=True) | ~Q(correction_reason="")
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on"])]

    def __str__(self) -> str:
        return self.no

    def get_absolute_url(self) -> str:
        return reverse("return", args=[self.no])

    @property
    def title(self) -> str:
        """双减工作月报表（2026年10月）"""
        return f"{self.template.name}（{self.period_words}）"

    @property
    def figures_words(self) -> str:
        return cn_date(self.figures_on)


class ReturnLine(models.Model):
    """One figure of a return: as it was taken, as it stands, as it was last time."""

    upward_return = models.ForeignKey(UpwardReturn, models.CASCADE, related_name="lines")
    ordinal = models.PositiveSmallIntegerField()
    statistic = models.ForeignKey(Statistic, models.PROTECT, related_name="+")
    taken = models.DecimalField("自动取数", max_digits=14, decimal_places=2, null=True)
    value = models.DecimalField("本期", max_digits=14, decimal_places=2, null=True)
    before = models.DecimalField("上期", max_digits=14, decimal_places=2, null=True)
    reason = models.CharField("改动理由", max_length=200, blank=True)
    explanation = models.CharField("变化说明", max_length=200, blank=True)

    class Meta:
        ordering = ["ordinal"]
        constraints = [
            models.UniqueConstraint(name="a_figure_once_a_return", fields=["upward_return", "statistic"]),
            models.CheckConstraint(
                name="a_figure_changed_by_hand_says_why",
                condition=Q(taken__isnull=True) | Q(value=models.F("taken")) | ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.statistic_id}: {self.value}"

    @property
    def is_changed(self) -> bool:
        """By hand, away from what was counted."""
        return self.taken is not None and self.value != self.taken

    @property
    def taken_words(self) -> str:
        return plain_number(self.taken)

    @property
    def value_words(self) -> str:
        return plain_number(self.value)

    @property
    def before_words(self) -> str:
        return plain_number(self.before)

    @property
    def is_questioned(self) -> bool:
        """Does it differ from last time by more than a fifth?"""
        return needs_explaining(self.value, self.before)


def needs_explaining(value: Decimal | None, before: Decimal | None) -> bool:
    """Whether a figure has changed by more than a fifth of last time's; from nought any change is one."""
    if value is None or before is None:
        return False
    return abs(value - before) > QUESTIONED_ABOVE * abs(before)


def plain_number(value: Decimal | None) -> str:
    """12, 93.3, 1500000.5; 「—」 where there is none."""
    if value is None:
        return "—"
    whole = value == value.to_integral_value()
    return str(int(value)) if whole else f"{value.normalize():f}"
