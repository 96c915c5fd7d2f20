"""延期: one request (or decision of staff) to move the date of a round of putting right. Only added."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from inspections.models.rectification import RectificationTask
from inspections.querysets import ExtensionQuerySet
from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.files.models import StoredFile


class Extension(models.Model):
    """Asked for by the unit and decided by staff, or made by staff at once. Written by workflows.extensions.

    The task's own date moves when it is granted; ``from_on`` keeps the one before. Decided, it never changes.
    """

    class State(models.TextChoices):
        ASKED = "asked", "待批复"
        GRANTED = "granted", "已同意"
        REFUSED = "refused", "不同意"
        WITHDRAWN = "withdrawn", "已撤回"

    class Ground(models.TextChoices):
        """The short list of reasons that count (workflow.md §3)."""

        FUNDS = "funds", "资金程序"
        WORKS = "works", "工程工期"
        VACATION = "vacation", "假期"
        APPROVAL = "approval", "外部审批"
        FORCE_MAJEURE = "force_majeure", "不可抗力"

    task = models.ForeignKey(RectificationTask, models.CASCADE, related_name="extensions")
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    from_on = models.DateField("原期限")
    to_on = models.DateField("延至")
    ground = models.CharField("延期原因", max_length=14, choices=Ground)
    words = models.CharField("具体理由", max_length=300)
    # P3: the head's own account, or the sealed page that somebody else of the unit uploads.
    sealed_page = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answer = models.CharField("批复意见", max_length=300, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_role = models.CharField(max_length=20, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_extension_waits_per_task", fields=["task"], condition=Q(state="asked")
            ),
            models.CheckConstraint(name="an_extension_goes_forward", condition=Q(to_on__gt=F("from_on"))),
            models.CheckConstraint(
                name="an_extension_is_decided_by_somebody",
                condition=Q(state="asked", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(state="asked") & Q(decided_at__isnull=False, decided_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="a_refused_extension_has_words", condition=~Q(state="refused") | ~Q(answer="")
            ),
        ]
        indexes = [models.Index(fields=["state", "asked_at"])]

    def __str__(self) -> str:
        return f"{self.task_id} 延至{self.to_on}"

    def settle(self, state: str, *, by: User, role: str, answer: str = "") -> None:
        """Decide it, or take it back, now; once."""
        self.state, self.answer = state, answer
        self.decided_by, self.decided_role, self.decided_at = by, role, clock.now()
        self.save()

    @property
    def is_direct(self) -> bool:
        """Made by staff without a request of the unit."""
        return self.state == self.State.GRANTED and self.decided_by_id == self.asked_by_id

    @property
    def days(self) -> int:
        """By how many calendar days it moves the date."""
        return (self.to_on - self.from_on).days
