"""Where a case leaves its straight way: the unit objects (异议), or another department must act (移交)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from inspections.models.rectification import RectificationTask
from inspections.querysets import OfTaskQuerySet
from shuangjian.accounts.models import Organisation
from shuangjian.files.models import StoredFile


class Objection(models.Model):
    """异议: the unit says that it isn't so. One a round; answered by another than the finder."""

    class State(models.TextChoices):
        ASKED = "asked", "待答复"
        REJECTED = "rejected", "维持原认定"
        UPHELD = "upheld", "异议成立"

    task = models.ForeignKey(RectificationTask, models.CASCADE, related_name="objections")
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    words = models.CharField("异议和理由", max_length=500)
    stored_file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answer = models.CharField("答复", max_length=500, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = OfTaskQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="one_objection_a_round", fields=["task"]),
            models.CheckConstraint(
                name="an_objection_is_answered_in_words_by_somebody",
                condition=Q(state="asked", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(state="asked") & ~Q(answer="") & Q(decided_at__isnull=False, decided_by__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.get_state_display()}"


class Transfer(models.Model):
    """移交 with 移交函 and 回执 (P10): the department accepts, or contests once; then the county decides.

    Its answers come by its own account, or are keyed in from its paper with the scan (``keyed_in``).
    """

    class State(models.TextChoices):
        SENT = "sent", "待接收"
        CONTESTED = "contested", "部门不予接收"
        ACCEPTED = "accepted", "部门办理中"
        REPORTED = "reported", "已反馈结果"
        TAKEN_BACK = "taken_back", "已收回"

    # The department has it, or is to say whether it takes it.
    STANDING = (State.SENT, State.CONTESTED, State.ACCEPTED)

    task = models.ForeignKey(RectificationTask, models.CASCADE, related_name="transfers")
    department = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.SENT)
    letter_no = models.CharField("移交函文号", max_length=60)
    reason = models.CharField("移交理由", max_length=300)
    report_by = models.DateField("请于何日前反馈")
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    contest_words = models.CharField("不予接收的理由", max_length=300, blank=True)
    insist_words = models.CharField("维持移交的理由", max_length=300, blank=True)
    receipt_no = models.CharField("回执文号", max_length=60, blank=True)
    receipt = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField("办理结果", max_length=500, blank=True)
    result_no = models.CharField("结果文号", max_length=60, blank=True)
    result_file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    reported_at = models.DateTimeField(null=True, blank=True)
    is_keyed_in = models.BooleanField(default=False)  # an answer was typed in from the department's paper

    objects = OfTaskQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_transfer_stands_per_task",
                fields=["task"],
                condition=Q(state__in=["sent", "contested", "accepted"]),
            ),
            models.CheckConstraint(
                name="a_contested_transfer_has_words", condition=~Q(state="contested") | ~Q(contest_words="")
            ),
            models.CheckConstraint(
                name="a_reported_transfer_has_its_result",
                condition=~Q(state="reported") | (~Q(result="") & Q(reported_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.letter_no
