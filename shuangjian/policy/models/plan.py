"""The county's plan (实施方案): stages, steps, obligations, and the ladder after a missed date."""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from shuangjian.journal.models import Versioned


class Plan(models.Model):
    """The county's plan (实施方案) with its dates resolved for the year it starts."""

    version = models.CharField(max_length=20)
    start_year = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    goals = models.JSONField(default=list)  # [{code, text, by, within_years, note}], ``by`` an ISO date
    missed_rules = models.JSONField(default=list)  # [words] how a missed duty is kept on record
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["-start_year", "-pk"]
        constraints = [models.UniqueConstraint(name="one_plan_a_year", fields=["version", "start_year"])]

    def __str__(self) -> str:
        return self.title


class Rung(models.Model):
    """One rung of the ladder after a missed date: how many working days after it, who hears, in which way."""

    class Audience(models.TextChoices):
        UNIT = "unit", "单位填报人和负责人"
        HEADS = "heads", "单位负责人"
        TASK_FORCE = "task_force", "双减专班"
        LEADER = "leader", "分管领导"
        SUPERVISION = "supervision", "县政府教育督导机构"

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="rungs")
    after = models.PositiveSmallIntegerField()  # working days
    audience = models.CharField(max_length=12, choices=Audience)
    how = models.CharField(max_length=60)

    class Meta:
        ordering = ["after"]
        constraints = [models.UniqueConstraint(name="one_rung_a_day", fields=["plan", "after"])]

    def __str__(self) -> str:
        return f"{self.after}个工作日：{self.get_audience_display()}"


class Stage(models.Model):
    """One of the two stages (阶段) of a plan."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="stages")
    code = models.CharField(max_length=6)
    title = models.CharField(max_length=40)
    starts_on = models.DateField()
    ends_on = models.DateField()

    class Meta:
        ordering = ["starts_on"]
        constraints = [models.UniqueConstraint(name="one_stage_code", fields=["plan", "code"])]

    def __str__(self) -> str:
        return self.title


class Phase(Versioned):
    """One of the six steps (步骤). Opened and closed by the daily sweep, each once.

    Its dates and those of its obligations are changed by workflows.plan_dates alone.
    """

    class State(models.TextChoices):
        AHEAD = "ahead", "未开始"
        OPEN = "open", "进行中"
        CLOSED = "closed", "已结束"

    stage = models.ForeignKey(Stage, models.CASCADE, related_name="phases")
    code = models.CharField(max_length=6)
    title = models.CharField(max_length=40)
    starts_on = models.DateField()
    ends_on = models.DateField()
    campaign = models.CharField(max_length=60, blank=True)  # the name it goes by in public
    actors = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    forms = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    deliverables = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    done_when = models.TextField(blank=True)
    when_missed = models.TextField(blank=True)
    caution = models.TextField(blank=True)
    note = models.TextField(blank=True)
    ladder_ceiling = models.PositiveSmallIntegerField(
        default=20
    )  # working days; how far a missed date climbs
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["starts_on", "code"]
        constraints = [
            models.UniqueConstraint(name="one_phase_code", fields=["stage", "code"]),
            models.CheckConstraint(
                name="phase_dates_in_order", condition=Q(ends_on__gte=models.F("starts_on"))
            ),
            models.CheckConstraint(
                name="phase_closed_after_opening",
                condition=Q(closed_at__isnull=True) | Q(opened_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def state_on(self, day: date) -> State:
        """Computed from the dates; ``opened_at`` and ``closed_at`` say when the sweep told people."""
        if day < self.starts_on:
            return self.State.AHEAD
        return self.State.OPEN if day <= self.ends_on else self.State.CLOSED


class Obligation(models.Model):
    """What somebody owes in a step: who, what, by when, what proves it.

    ``printed_due_on`` is the plan's own date where ``due_on`` moved from a rest day to the next working day,
    as it does for what an outsider must file. One instance per term where ``repeats`` says so (P21).
    """

    class Who(models.TextChoices):
        BUREAU = "bureau", "教育局"
        SCHOOL = "school", "学校"
        INSTITUTION = "institution", "校外培训机构"
        PARENT = "parent", "家长"
        INSPECTOR = "inspector", "检查组和责任督学"
        SUPERVISION = "government_supervision", "县政府教育督导机构"

    class Repeats(models.TextChoices):
        ONCE = "once", "一次"
        TERM = "term", "每学期"

    class Fulfilled(models.TextChoices):
        """What fulfils a unit's duty (data/duties.yaml). Empty: nothing is owed by one day, each case has
        its own date."""

        RECORD = "record", "单位填报记录"
        WORDS = "words", "登记办结的文件"
        ROUND = "round", "发布自查"
        CHECK = "check", "提交自查"
        VISIT = "visit", "完成现场检查"
        TERM_VISITS = "term_visits", "一学期完成2次经常性督导"
        MODELS = "models", "公布典型案例"
        SURVEY = "survey", "开放家长问卷"

    phase = models.ForeignKey(Phase, models.CASCADE, related_name="obligations")
    code = models.CharField(max_length=8)
    who = ArrayField(models.CharField(max_length=24, choices=Who))
    what = models.CharField(max_length=200)
    due_on = models.DateField(null=True, blank=True)
    printed_due_on = models.DateField(null=True, blank=True)
    repeats = models.CharField(max_length=8, choices=Repeats, default=Repeats.ONCE)
    due_rule = models.CharField(max_length=80, blank=True)
    proof = models.CharField(max_length=120, blank=True)
    source_is_plan = models.BooleanField(default=False)  # read in the plan; else the portal's proposal
    basis = models.CharField(max_length=40, blank=True)  # another document it comes from
    fulfilled_by = models.CharField(max_length=12, choices=Fulfilled, blank=True)
    # In which ways it can be done, offered to whoever files a record.
    record_forms = ArrayField(models.CharField(max_length=20), default=list, blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(name="one_obligation_code", fields=["phase", "code"])]

    def __str__(self) -> str:
        return self.what

    @property
    def who_words(self) -> str:
        return "、".join(self.Who(one).label for one in self.who)
