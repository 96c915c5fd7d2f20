"""Self-check rounds (自查批次) and what each unit answers in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from inspections.querysets import AnswerEvidenceQuerySet, SelfCheckQuerySet
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.files.models import StoredFile
from shuangjian.journal.models import Versioned
from shuangjian.policy.models import CheckItem, Indicator, Obligation, Rule, Rulebook, Term


class Round(Versioned):
    """One self-check round for a term and kinds of unit. Created by the task force; fixed once published.

    ``plan_name`` and ``approval_no`` are the entry on the county's yearly list of inspections and forms (P2);
    without them only the leader publishes, with a reason. So it is with one that asks more of a unit than the
    month's budget allows (``burden.launching``): its ``over_budget_reason`` makes it the leader's.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "未发布"
        PUBLISHED = "published", "已发布"
        CLOSED = "closed", "已结束"

    title = models.CharField("批次名称", max_length=60)
    term = models.ForeignKey(Term, models.PROTECT, related_name="rounds", verbose_name="学期")
    rulebook = models.ForeignKey(Rulebook, models.PROTECT, related_name="rounds")
    obligation = models.ForeignKey(
        Obligation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="rounds",
        verbose_name="对应的方案任务",
    )
    unit_kinds = ArrayField(models.CharField(max_length=12), verbose_name="填报单位")
    plan_name = models.CharField("计划名称", max_length=80, blank=True)
    approval_no = models.CharField("批准文号", max_length=60, blank=True)
    off_plan_reason = models.CharField("计划外发起理由", max_length=200, blank=True)
    over_budget_reason = models.CharField("超预算发起理由", max_length=200, blank=True)
    due_on = models.DateField("截止日期")
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["-due_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="round_published_has_time",
                condition=Q(state="draft", published_at__isnull=True)
                | (~Q(state="draft") & Q(published_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_on_plan(self) -> bool:
        """计划内: it names its entry on the yearly list (P2)."""
        return bool(self.plan_name and self.approval_no)

    @property
    def is_the_leaders(self) -> bool:
        """Off the yearly list, or beyond the budget by its own word: nobody else publishes it."""
        return not self.is_on_plan or bool(self.over_budget_reason)


class SelfCheck(Versioned):
    """One unit's self-check in one round. Made at publication, numbered then (2026-C0031)."""

    class State(models.TextChoices):
        NOT_STARTED = "not_started", "未开始"
        FILLING = "filling", "填写中"
        CONFIRMING = "confirming", "待负责人确认"
        SUBMITTED = "submitted", "已提交"
        RETURNED = "returned", "退回修改"
        ACCEPTED = "accepted", "已确认"
        ENDED = "ended", "已终止"  # the unit was closed or merged before it had submitted

    OPEN_STATES = (State.NOT_STARTED, State.FILLING, State.CONFIRMING, State.RETURNED)
    EDITABLE_STATES = (State.NOT_STARTED, State.FILLING, State.RETURNED)

    no = models.CharField("编号", max_length=20, unique=True)
    round = models.ForeignKey(Round, models.PROTECT, related_name="checks")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="checks")
    state = models.CharField("状态", max_length=12, choices=State, default=State.NOT_STARTED)
    due_on = models.DateField("截止日期")
    confirmation = models.CharField(
        "确认方式",
        max_length=8,
        choices=[("online", "网上确认"), ("paper", "打印盖章后上传扫描件")],
        default="online",
    )
    scan = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_name = models.CharField("确认人", max_length=30, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    submission_count = models.PositiveSmallIntegerField(default=0)
    # 代填: who types in the unit's signed paper, or typed in what was submitted last; ``scan`` is the paper.
    keyed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    keyed_in_at = models.DateTimeField(null=True, blank=True)

    objects = SelfCheckQuerySet.as_manager()

    class Meta:
        ordering = ["-due_on", "no"]
        constraints = [
            models.UniqueConstraint(name="one_check_per_unit_and_round", fields=["round", "organisation"]),
            models.CheckConstraint(
                name="check_submitted_has_time",
                condition=~Q(state__in=["submitted", "accepted"]) | Q(submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="check_accepted_has_time",
                condition=Q(state="accepted", accepted_at__isnull=False)
                | (~Q(state="accepted") & Q(accepted_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="check_keyed_in_has_paper",
                condition=Q(keyed_in_by__isnull=True, keyed_in_at__isnull=True)
                | Q(keyed_in_by__isnull=False, keyed_in_at__isnull=False, scan__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on"])]

    def __str__(self) -> str:
        return self.no

    @property
    def is_open(self) -> bool:
        """Not submitted yet, or returned."""
        return self.state in self.OPEN_STATES

    @property
    def is_editable(self) -> bool:
        """May the unit change answers? Of a returned check only the named rules (``check_sheet``)."""
        return self.state in self.EDITABLE_STATES

    @property
    def is_being_keyed_in(self) -> bool:
        """Does staff type in the unit's paper at present? Then nobody else changes it."""
        return self.keyed_in_by_id is not None and self.is_open


class Answer(Versioned):
    """The answer to one check item in scope; made at publication, ``value`` empty until answered."""

    class Value(models.TextChoices):
        MEETS = "meets", "符合"
        PARTLY = "partly", "部分符合"
        FAILS = "fails", "不符合"
        NOT_APPLICABLE = "na", "不适用"

    self_check = models.ForeignKey(SelfCheck, models.CASCADE, related_name="answers")
    item = models.ForeignKey(CheckItem, models.PROTECT, related_name="+")
    value = models.CharField("结论", max_length=8, choices=Value, blank=True)
    problem_text = models.CharField("存在的问题", max_length=200, blank=True)
    reason = models.CharField("不适用的理由", max_length=200, blank=True)
    measure_text = models.CharField("整改措施", max_length=200, blank=True)
    person = models.CharField("责任人", max_length=30, blank=True)
    fix_on = models.DateField("完成时限", null=True, blank=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    updated_at = models.DateTimeField(null=True, blank=True)
    is_keyed_in = models.BooleanField("代填", default=False)  # by ``updated_by``, from the unit's paper

    class Meta:
        ordering = ["item__rule__number", "item__ordinal"]
        constraints = [models.UniqueConstraint(name="one_answer_per_item", fields=["self_check", "item"])]

    def __str__(self) -> str:
        return f"{self.self_check_id}/{self.item_id}"

    @property
    def is_problem(self) -> bool:
        return self.value in (self.Value.PARTLY, self.Value.FAILS)


class Figure(models.Model):
    """What the unit states for an indicator of an item: for one grade, or for all (``grade`` null)."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="figures")
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+")
    grade = models.PositiveSmallIntegerField("年级", null=True, blank=True)
    value = models.CharField(
        "数值", max_length=10
    )  # a number, or a clock time "20:30"; judged by policy.judging

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_figure_per_indicator_and_grade",
                fields=["answer", "indicator", "grade"],
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return self.value


class AnswerEvidence(models.Model):
    """A file offered as proof of an answer; optional unless the item says otherwise (P1)."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="evidence")
    stored_file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    objects = AnswerEvidenceQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.answer_id}:{self.stored_file_id}"


class Submission(models.Model):
    """What was submitted each time, frozen: old and new are laid side by side from here. Never changed."""

    self_check = models.ForeignKey(SelfCheck, models.CASCADE, related_name="submissions")
    ordinal = models.PositiveSmallIntegerField()
    submitted_at = models.DateTimeField()
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    keyed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )  # 代填
    answers = models.JSONField()  # {item code: {value, problem_text, reason, person, fix_on, figures, files}}
    # {item code: value} of the same: what counts and tables read, a tenth of it. ``aggregates`` proves it.
    values = models.JSONField(editable=False)

    class Meta:
        ordering = ["ordinal"]
        constraints = [models.UniqueConstraint(name="submission_ordinals", fields=["self_check", "ordinal"])]

    def __str__(self) -> str:
        return f"{self.self_check_id}#{self.ordinal}"


def values_of(answers: Mapping[str, Any]) -> dict[str, str]:
    """What a submission's frozen answers say of each item, for ``Submission.values``."""
    return {code: answer.get("value", "") for code, answer in answers.items()}


class ReturnNote(models.Model):
    """The reviewer's words on one rule of a returned self-check; only named rules open again."""

    self_check = models.ForeignKey(SelfCheck, models.CASCADE, related_name="return_notes")
    ordinal = models.PositiveSmallIntegerField()  # the submission it speaks of
    rule = models.ForeignKey(Rule, models.PROTECT, related_name="+")
    words = models.CharField("退回意见", max_length=300)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_note_per_rule_and_submission", fields=["self_check", "ordinal", "rule"]
            )
        ]

    def __str__(self) -> str:
        return self.words
