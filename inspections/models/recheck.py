"""After the close-out: 回头看 on site, and the desk check of what units closed themselves (材料抽查)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from inspections.models.rectification import Decision, RectificationTask
from inspections.models.visit import Visit
from inspections.querysets import RecheckQuerySet
from shuangjian.accounts.models import Organisation
from shuangjian.journal.models import Versioned


class RecheckDraw(models.Model):
    """One draw: what was closed in a month, and which of it is looked at again. Never changed.

    Anybody can draw again: ``drawn`` is ``lots.draw_share(pool, share, seed)``.
    """

    class Kind(models.TextChoices):
        LOOK_BACK = "look_back", "回头看"
        DESK_CHECK = "desk_check", "材料抽查"

    kind = models.CharField(max_length=10, choices=Kind)
    month = models.DateField("销号月份")  # its first day
    share = models.PositiveSmallIntegerField("比例")  # per cent
    seed = models.CharField("随机种子", max_length=32)
    pool = models.JSONField(default=list)  # [close_no], in their order
    drawn = models.JSONField(default=list)  # [close_no]
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-month", "kind"]
        constraints = [models.UniqueConstraint(name="one_draw_a_month", fields=["kind", "month"])]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.get_kind_display()}"


class Recheck(Versioned):
    """One closed round that is looked at again, by another than who closed it: 巩固, or 反弹."""

    class State(models.TextChoices):
        PENDING = "pending", "待核查"
        KEPT = "kept", "巩固"
        RELAPSED = "relapsed", "反弹"
        NOT_FIXED = "not_fixed", "未改即销"  # a close-out that had no ground: counted apart

    task = models.ForeignKey(RectificationTask, models.PROTECT, related_name="rechecks")
    kind = models.CharField(max_length=10, choices=RecheckDraw.Kind)
    draw = models.ForeignKey(RecheckDraw, models.PROTECT, null=True, blank=True, related_name="rechecks")
    due_on = models.DateField("应于何日前完成")
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    method = models.CharField("方式", max_length=10, choices=Decision.Method, blank=True)
    words = models.CharField("情况", max_length=300, blank=True)
    visit = models.ForeignKey(Visit, models.PROTECT, null=True, blank=True, related_name="+")
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    done_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    objects = RecheckQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(name="one_recheck_of_a_kind", fields=["task", "kind"]),
            models.CheckConstraint(
                name="a_recheck_is_done_in_words_by_somebody",
                condition=Q(state="pending", done_at__isnull=True, done_by__isnull=True)
                | (~Q(state="pending") & ~Q(words="") & Q(done_at__isnull=False, done_by__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on"])]

    def __str__(self) -> str:
        return f"{self.task.close_no} {self.get_kind_display()}"

    @property
    def no(self) -> str:
        """The problem's number: journal entries are found under it."""
        return self.task.problem.no

    @property
    def organisation(self) -> Organisation:
        return self.task.problem.organisation
