"""A double random draw (双随机): which units are visited by whom, so that anybody can draw again."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from inspections.querysets import VisitDrawQuerySet
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.roles import COUNTY_ROLES
from shuangjian.files.models import StoredFile
from shuangjian.journal.models import Versioned


class VisitDraw(Versioned):
    """One draw (2026-D0001): its frozen lists, the seed that was announced before it was known, the result.

    ``frozen`` and ``list_hash`` are written once, at the announcement; ``seed``, ``drawn`` at the drawing.
    A draw made on another platform has its document instead (``is_elsewhere``) and no seed.
    """

    class Kind(models.TextChoices):
        """Kinds of Visit.Kind that are drawn, by the same words."""

        RANDOM = "random", "双随机抽查"
        ENFORCEMENT = "enforcement", "执法检查"

    class State(models.TextChoices):
        ANNOUNCED = "announced", "已公布，待抽取"
        DRAWN = "drawn", "已抽取"
        CANCELLED = "cancelled", "已取消"

    no = models.CharField("编号", max_length=20, unique=True)
    title = models.CharField("名称", max_length=80)
    kind = models.CharField("督导类别", max_length=14, choices=Kind)
    state = models.CharField("状态", max_length=10, choices=State, default=State.ANNOUNCED)
    plan_name = models.CharField("计划名称", max_length=80)
    approval_no = models.CharField("批准文号", max_length=60)
    from_on = models.DateField("最早到校日期")
    until_on = models.DateField("最晚到校日期")
    frozen = models.JSONField(default=dict)  # inspections.lots.Frozen, word for word what was hashed
    list_hash = models.CharField("名单校验码", max_length=64, blank=True)
    seed_source = models.CharField("种子来源", max_length=120, blank=True)
    draws_at = models.DateTimeField("抽取时间", null=True, blank=True)
    seed = models.CharField("种子", max_length=80, blank=True)
    witness = models.CharField("监督人", max_length=30, blank=True)
    # [{"unit": code, "team": [key of a person]}], in the order of drawing; an empty team: nobody could go
    drawn = models.JSONField(default=list)
    is_elsewhere = models.BooleanField("在其他平台抽取", default=False)
    platform = models.CharField("抽取平台", max_length=60, blank=True)
    document_no = models.CharField("文件编号", max_length=60, blank=True)
    document = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    announced_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    announced_at = models.DateTimeField(default=clock.now)
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    drawn_at = models.DateTimeField("抽取于", null=True)  # entered at, where it was drawn elsewhere
    drawn_on = models.DateField("抽取日期", null=True)  # of a draw made elsewhere, by its document

    objects = VisitDrawQuerySet.as_manager()

    class Meta:
        ordering = ["-announced_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="a_draw_has_a_seed_or_a_document",
                condition=~Q(state="drawn")
                | (Q(is_elsewhere=False) & ~Q(seed="") & ~Q(list_hash="") & Q(drawn_at__isnull=False))
                | Q(is_elsewhere=True, document__isnull=False, drawn_at__isnull=False),
            ),
            models.CheckConstraint(
                name="a_draw_here_says_its_source_beforehand",
                condition=Q(is_elsewhere=True)
                | (~Q(seed_source="") & ~Q(list_hash="") & Q(draws_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="a_draws_days_in_order", condition=Q(until_on__gte=models.F("from_on"))
            ),
        ]

    def __str__(self) -> str:
        return self.no

    @property
    def organisation(self) -> Organisation | None:
        """The county, whose draw it is."""
        return Organisation.objects.filter(kind=Organisation.Kind.COUNTY).first()

    def get_absolute_url(self) -> str:
        return reverse("draw", args=[self.no])

    @property
    def is_published(self) -> bool:
        """May everybody read lists, seed and result? Not before the last day of its visits is over.

        They come unannounced; until then the units know time, source and hash, which bind the county.
        """
        return self.state != self.State.CANCELLED and clock.today() > self.until_on

    def shows_all_to(self, user: Any) -> bool:
        """The county's staff at once, everybody else when it is published."""
        return self.is_published or user.has_role(*COUNTY_ROLES)
