"""Accountability of a unit (约谈、通报、建议问责): the case, what it committed itself to, its appeals."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from inspections.models.problem import Problem
from inspections.querysets import SanctionQuerySet
from shuangjian.accounts.models import Organisation
from shuangjian.journal.models import Versioned


class Sanction(Versioned):
    """One case, opened by the leader's 批示 and carried out by the office. What he said is never edited.

    The paper's issuer and the offices of appeal are written down when it is issued and stay as they were.
    """

    class Kind(models.TextChoices):
        TALK = "talk", "约谈"
        CIRCULAR = "circular", "通报"
        PROPOSAL = "proposal", "建议问责"

    class State(models.TextChoices):
        INSTRUCTED = "instructed", "已批示"
        NOTIFIED = "notified", "已通知或印发"
        HANDLED = "handled", "已办理"
        CLOSED = "closed", "已办结"
        REVOKED = "revoked", "已撤销"

    class Ground(models.TextChoices):
        LATE_TWICE = "late_twice", "两次逾期"
        FALSE_REPORT = "false_report", "虚假整改"
        RED_LINE = "red_line", "触碰红线"
        COMPLAINTS = "complaints", "集中举报"
        OTHER = "other", "其他"

    RUNNING = (State.INSTRUCTED, State.NOTIFIED, State.HANDLED)

    no = models.CharField("编号", max_length=20, unique=True)
    kind = models.CharField("方式", max_length=10, choices=Kind)
    state = models.CharField("状态", max_length=10, choices=State, default=State.INSTRUCTED)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="sanctions")
    problem = models.ForeignKey(Problem, models.PROTECT, null=True, blank=True, related_name="sanctions")
    ground = models.CharField("事由", max_length=12, choices=Ground)
    facts = models.CharField("事实", max_length=500)
    instruction = models.CharField("批示", max_length=300)
    instructed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    instructed_at = models.DateTimeField()
    # --- The paper, as the office issued it
    heard = models.CharField("听取单位陈述的情况", max_length=500, blank=True)  # of a talk: the talk itself
    issuer = models.CharField("发文机关", max_length=60, blank=True)
    document_no = models.CharField("发文字号", max_length=60, blank=True)
    issued_on = models.DateField("印发日期", null=True, blank=True)
    meeting_at = models.DateTimeField("约谈时间", null=True, blank=True)
    place = models.CharField("约谈地点", max_length=120, blank=True)
    review_office = models.CharField("受理复核的机关", max_length=60, blank=True)
    review_address = models.CharField("复核地址", max_length=120, blank=True)
    complaint_office = models.CharField("受理申诉的机关", max_length=60, blank=True)
    complaint_address = models.CharField("申诉地址", max_length=120, blank=True)
    # --- What became of it
    attendance = models.TextField("参加人员", max_length=500, blank=True)  # one a line
    outcome = models.CharField("办理情况", max_length=1000, blank=True)
    handled_on = models.DateField("办理日期", null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    revoke_words = models.CharField("撤销的理由", max_length=500, blank=True)

    objects = SanctionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_running_sanction_of_a_kind",
                fields=["problem", "kind"],
                condition=Q(state__in=["instructed", "notified", "handled"]),
            ),
            models.UniqueConstraint(
                name="a_paper_has_its_own_number", fields=["document_no"], condition=~Q(document_no="")
            ),
            models.CheckConstraint(
                name="an_issued_sanction_has_its_paper",
                condition=Q(state="instructed", issued_on__isnull=True)
                | Q(state="revoked")
                | (Q(issued_on__isnull=False) & ~Q(document_no="") & ~Q(issuer="")),
            ),
            models.CheckConstraint(
                name="a_talk_has_its_time_and_place",
                condition=~Q(kind="talk", issued_on__isnull=False)
                | (Q(meeting_at__isnull=False) & ~Q(place="")),
            ),
            models.CheckConstraint(
                name="a_handled_sanction_says_how",
                condition=~Q(state__in=["handled", "closed"])
                | (~Q(outcome="") & Q(handled_on__isnull=False)),
            ),
            models.CheckConstraint(
                name="a_revoked_sanction_says_why", condition=~Q(state="revoked") | ~Q(revoke_words="")
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"])]

    def __str__(self) -> str:
        return self.no

    def get_absolute_url(self) -> str:
        return reverse("sanction", args=[self.no])

    @property
    def is_decision(self) -> bool:
        """Does it decide anything of the unit? A proposal asks another body to."""
        return self.kind != self.Kind.PROPOSAL

    @property
    def paper_title(self) -> str:
        return {"talk": "约谈通知书", "circular": "情况通报", "proposal": "问责建议书"}[self.kind]

    @property
    def state_label(self) -> str:
        """「已通知」 of a talk, 「已印发」 of a paper."""
        if self.state == self.State.NOTIFIED:
            return "已通知" if self.kind == self.Kind.TALK else "已印发"
        return self.get_state_display()


class SanctionCommitment(models.Model):
    """承诺: what the unit said it would do, who does it, by when. Done once, with words."""

    sanction = models.ForeignKey(Sanction, models.CASCADE, related_name="commitments")
    text = models.CharField("承诺事项", max_length=200)
    person = models.CharField("责任人", max_length=40)
    due_on = models.DateField("完成时限")
    done_on = models.DateField(null=True, blank=True)
    done_words = models.CharField("完成情况", max_length=300, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="a_kept_commitment_says_how",
                condition=Q(done_on__isnull=True, done_words="", done_by__isnull=True)
                | (Q(done_on__isnull=False, done_by__isnull=False) & ~Q(done_words="")),
            ),
        ]

    def __str__(self) -> str:
        return self.text


class SanctionAppeal(models.Model):
    """One way of appeal that the unit took (P12): 复核 or 申诉, each once; answered by another."""

    class Way(models.TextChoices):
        REVIEW = "review", "复核"
        COMPLAINT = "complaint", "申诉"

    class Result(models.TextChoices):
        WAITING = "waiting", "待答复"
        UPHELD = "upheld", "维持原决定"
        GRANTED = "granted", "撤销原决定"

    sanction = models.ForeignKey(Sanction, models.CASCADE, related_name="appeals")
    way = models.CharField("途径", max_length=10, choices=Way)
    asked_on = models.DateField("提出日期")
    words = models.CharField("请求和理由", max_length=500)
    due_on = models.DateField("答复期限")
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    is_keyed_in = models.BooleanField(default=False)  # typed in from the unit's paper
    result = models.CharField("结果", max_length=10, choices=Result, default=Result.WAITING)
    answer = models.CharField("答复", max_length=500, blank=True)
    answer_no = models.CharField("答复文号", max_length=60, blank=True)
    answered_on = models.DateField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="each_way_of_appeal_once", fields=["sanction", "way"]),
            models.CheckConstraint(
                name="an_appeal_is_answered_in_words_by_somebody",
                condition=Q(result="waiting", answered_on__isnull=True, answered_by__isnull=True)
                | (
                    ~Q(result="waiting")
                    & ~Q(answer="")
                    & Q(answered_on__isnull=False, answered_by__isnull=False)
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sanction_id} {self.get_way_display()}"

    @property
    def is_waiting(self) -> bool:
        return self.result == self.Result.WAITING
