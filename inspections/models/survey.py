"""家长问卷: a window of a term, the code of each school, and what parents answered as daily counts.

Nothing here says who answered, from where or at what time: a row of ``SurveyCount`` is a school, a day, a
stage and numbers. Source: practice.md P25 and P26; docs/decisions/0104.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.accounts.querysets import UnitOwnedQuerySet
from shuangjian.journal.models import Versioned
from shuangjian.policy.models import Term

MONDAY = 0


class Survey(Versioned):
    """The window of one term. Drafted by the task force; fixed once it is opened; a sweep ends it.

    ``plan_name`` and ``approval_no`` as of a round (P2): without them only the leader opens it.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "未开放"
        OPEN = "open", "已开放"
        ENDED = "ended", "已结束"

    term = models.OneToOneField(Term, models.PROTECT, related_name="survey", verbose_name="学期")
    opens_on = models.DateField("开始日期")
    closes_on = models.DateField("截止日期")
    asks_goals = models.BooleanField("加问负担变化和满意度（选答）", default=False)  # P24: G1, G2
    plan_name = models.CharField("计划名称", max_length=80, blank=True)
    approval_no = models.CharField("批准文号", max_length=60, blank=True)
    off_plan_reason = models.CharField("计划外发起理由", max_length=200, blank=True)
    state = models.CharField("状态", max_length=8, choices=State, default=State.DRAFT)
    opened_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    published_on = models.DateField(null=True, blank=True)  # the last fixed day on which results were renewed

    class Meta:
        ordering = ["-opens_on"]
        constraints = [
            models.CheckConstraint(name="survey_dates_in_order", condition=Q(closes_on__gt=F("opens_on"))),
            models.CheckConstraint(
                name="opened_survey_has_time",
                condition=Q(state="draft", opened_at__isnull=True)
                | (~Q(state="draft") & Q(opened_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.term.short_title}家长问卷"

    @property
    def code(self) -> str:
        """2026-autumn: journal entries are found under it."""
        return self.term.code

    @property
    def is_on_plan(self) -> bool:
        return bool(self.plan_name and self.approval_no)

    @property
    def takes_answers(self) -> bool:
        return self.state == self.State.OPEN and self.opens_on <= clock.today() <= self.closes_on

    @property
    def steps(self) -> list[date]:
        """The only days on which results may change: each Monday of the window, and the day after it."""
        days = (self.closes_on - self.opens_on).days
        inside = (self.opens_on + timedelta(days=n) for n in range(1, days + 1))
        return [day for day in inside if day.weekday() == MONDAY] + [self.closes_on + timedelta(days=1)]


class SurveyUnitQuerySet(UnitOwnedQuerySet):
    unit = "school"


class SurveyUnit(models.Model):
    """A school that the window asks, frozen when it opens, and the group with which its results are given.

    ``group`` is the school itself; of one with few pupils its 中心校, or the largest of its township (P26).
    """

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="units")
    school = models.ForeignKey(Organisation, models.PROTECT, related_name="surveys")
    group = models.ForeignKey(Organisation, models.PROTECT, related_name="+")

    objects = SurveyUnitQuerySet.as_manager()

    class Meta:
        ordering = ["school__pinyin_key"]
        constraints = [models.UniqueConstraint(name="one_survey_of_a_school", fields=["survey", "school"])]

    def __str__(self) -> str:
        return self.school.name


class SurveyCode(Versioned):
    """What stands in a school's QR code. One is in use; an old one answers that it is no more."""

    school = models.ForeignKey(Organisation, models.PROTECT, related_name="survey_codes")
    text = models.CharField(max_length=12, unique=True)
    made_on = models.DateField(default=clock.today)
    retired_on = models.DateField(null=True, blank=True)
    reason = models.CharField("更换原因", max_length=100, blank=True)

    objects = SurveyUnitQuerySet.as_manager()

    class Meta:
        ordering = ["school__pinyin_key"]
        constraints = [
            models.UniqueConstraint(
                name="one_code_in_use", fields=["school"], condition=Q(retired_on__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def code(self) -> str:
        """The school's: journal entries are found under it."""
        return self.school.code


class SurveyCount(models.Model):
    """The sheets of one school, day and stage: how many, and per question how many gave which answer.

    One row, so that neither row numbers nor the order of rows tell which answers came together.
    """

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="counts")
    school = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    day = models.DateField()
    stage = models.CharField(max_length=8)
    sheets = models.PositiveIntegerField(default=0)
    answers = models.JSONField(default=dict)  # {question: {answer: number}}

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(name="one_count_a_day", fields=["survey", "school", "day", "stage"])
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.day}"


class SurveyResult(models.Model):
    """The published answers to one question in one group: the only thing that anybody is ever shown.

    Written by ``workflows.surveys.publish`` alone, by its rule of tens.
    """

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="results")
    group = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    question = models.CharField(max_length=8)
    n = models.PositiveIntegerField()  # who answered; 不想回答 isn't among them
    answers = models.JSONField(default=dict)  # {answer: number}
    published_on = models.DateField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="one_result_a_question", fields=["survey", "group", "question"]),
            models.CheckConstraint(name="result_of_ten_at_least", condition=Q(n__gte=10)),
        ]

    def __str__(self) -> str:
        return f"{self.group_id} {self.question}"


class SurveySheet(models.Model):
    """The random number of a form that was handed in, so that it counts once; erased when the window ends."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="sheets")
    digest = models.CharField(max_length=32, unique=True)

    def __str__(self) -> str:
        return self.digest
