"""What the county's work is measured by: rulebook, limits, prohibitions, plan, terms, working days.

Changes by document, not by daily work: rows are loaded from reviewed data files (``load_policy``); a version
that is in use is never rewritten.
"""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from shuangjian.accounts.models import Organisation
from shuangjian.journal.models import Versioned
from shuangjian.policy.models_calendar import CalendarEdition, CountedDate, SchoolYear, Term, TermPeriod
from shuangjian.policy.models_duties import Duty, DutyRecord

__all__ = [
    "CalendarEdition",
    "CheckItem",
    "CountedDate",
    "Duty",
    "DutyRecord",
    "Indicator",
    "Limit",
    "Obligation",
    "Phase",
    "Plan",
    "Prohibition",
    "ProhibitionList",
    "ProofRequirement",
    "Rule",
    "RuleCharge",
    "Rulebook",
    "Rung",
    "SchoolYear",
    "Source",
    "Stage",
    "Term",
    "TermPeriod",
]


class Rulebook(models.Model):
    """One version of the Thirty Rules as this county works with them."""

    version = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=120)
    in_force_from = models.DateField()
    answer_rules = models.JSONField(default=list)  # [words] how an item is answered
    # [{code, title, count, self_check_by, cross_check_by, inspected_by, note}]
    groups = models.JSONField(default=list)
    roles = models.JSONField(default=dict)  # {school: 学校管理员填，校长签}
    digest = models.CharField(max_length=64)  # of the data files it was loaded from

    class Meta:
        ordering = ["-in_force_from", "-pk"]

    def __str__(self) -> str:
        return self.version


class Source(models.Model):
    """A document that a rule or a limit rests on; ``verified``: it, or a report of it, was read."""

    rulebook = models.ForeignKey(Rulebook, models.CASCADE, related_name="sources")
    code = models.CharField(max_length=12)
    title = models.CharField(max_length=160)
    number = models.CharField(max_length=120, blank=True)
    dated = models.CharField(max_length=60, blank=True)  # as printed: a day, a month or a year, with a remark
    in_force_from = models.DateField(null=True, blank=True)  # the first day on which it surely holds
    verified = models.BooleanField(default=False)
    confidence = models.CharField(max_length=10, blank=True)  # high or medium, for what was not read
    note = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="one_source_code", fields=["rulebook", "code"])]

    def __str__(self) -> str:
        return f"{self.title}（{self.number}）" if self.number else self.title


class Rule(models.Model):
    """One of the thirty (R01–R30): what it demands and who answers."""

    class Group(models.TextChoices):
        SCHOOL = "school", "规范学校办学行为"
        INSTITUTION = "institution", "严格校外培训机构管理"
        FAMILY = "family", "家庭履行教育监护责任"
        GOVERNMENT = "government", "强化政府管理监督"

    rulebook = models.ForeignKey(Rulebook, models.CASCADE, related_name="rules")
    code = models.CharField(max_length=6)
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=60)
    group = models.CharField(max_length=12, choices=Group)
    requirement = models.TextField()
    source_text = models.CharField(max_length=160)
    also = models.JSONField(default=list)  # [{src, use}] further documents
    verified = models.BooleanField(default=False)
    verified_note = models.TextField(blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(name="one_rule_number", fields=["rulebook", "number"])]

    def __str__(self) -> str:
        return f"第{self.number}条 {self.title}"


class ProhibitionList(models.Model):
    """One version of a list of 严禁 and 不得: the national one, the county's own, a yearly negative list.

    A version stays in force until the next one of the same ``code``; it is never rewritten once used.
    """

    code = models.CharField(max_length=20)  # national-2018, county-plan
    version = models.CharField(max_length=20)
    title = models.CharField(max_length=120)
    in_force_from = models.DateField()
    severity_levels = models.JSONField(default=dict)  # {critical: {title, ladder}}
    handling = models.JSONField(default=list)  # [words] what always follows a breach
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["code", "-in_force_from", "-pk"]
        constraints = [models.UniqueConstraint(name="one_list_version", fields=["code", "version"])]

    def __str__(self) -> str:
        return self.title


class Prohibition(models.Model):
    """One forbidden behaviour. ``severity`` critical alone makes it a red line (红线), whatever its verb."""

    class Severity(models.TextChoices):
        CRITICAL = "critical", "红线"
        MAJOR = "major", "禁止"

    list = models.ForeignKey(ProhibitionList, models.CASCADE, related_name="prohibitions")
    code = models.CharField(max_length=6)
    kind = models.CharField(max_length=4)  # 严禁, 不得, 不能: the wording of the source
    rule_code = models.CharField(max_length=6)
    phrase = models.CharField(max_length=120)
    applies_to = ArrayField(models.CharField(max_length=12))
    severity = models.CharField(max_length=10, choices=Severity)
    verified = models.BooleanField(default=False)
    read_in = models.CharField(max_length=120, blank=True)  # where the wording was read
    basis = models.CharField(max_length=120, blank=True)  # the other document it rests on while it was not
    basis_verified = models.BooleanField(default=False)
    consequence = models.CharField(max_length=120, blank=True)
    limit_value = models.CharField(max_length=10, blank=True)  # 20:30, where the words hold a figure
    same_as = models.CharField(max_length=6, blank=True)  # the code of the same behaviour in another list
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(name="one_prohibition_code", fields=["list", "code"])]

    def __str__(self) -> str:
        return f"{self.kind}{self.phrase}"

    @property
    def is_red_line(self) -> bool:
        return self.severity == self.Severity.CRITICAL


class CheckItemQuerySet(models.QuerySet["CheckItem"]):
    def askable(self) -> CheckItemQuerySet:
        """Items of the rulebook in force that schools or institutions answer."""
        from shuangjian.policy.selectors import current_rulebook

        return self.filter(
            rule__rulebook=current_rulebook(), rule__group__in=["school", "institution"]
        ).order_by("rule__number", "ordinal")


class CheckItem(models.Model):
    """One thing to check under a rule (R04-1). The scope fields say which units it concerns (P16)."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="items")
    code = models.CharField(max_length=10)
    ordinal = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=200)
    evidence = models.CharField(max_length=200)
    answered_by = ArrayField(models.CharField(max_length=12))
    # Whom it concerns; an empty list means everybody. Stages stand for grades, which differ by 学制.
    stages = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    categories = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    modes = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    local_plan = models.CharField(max_length=40, blank=True)  # the part of the county's plan that adds to it
    evidence_required = models.BooleanField(default=False)
    prohibitions = models.ManyToManyField(Prohibition, related_name="items", blank=True)

    objects = CheckItemQuerySet.as_manager()

    class Meta:
        ordering = ["rule__number", "ordinal"]
        constraints = [models.UniqueConstraint(name="one_item_ordinal", fields=["rule", "ordinal"])]

    def __str__(self) -> str:
        return self.code

    @property
    def short_code(self) -> str:
        """4-1, the way people write it."""
        return f"{int(self.code[1:3])}-{self.ordinal}"

    @cached_property
    def kinds(self) -> list[str]:
        """严禁, 不得 …: the words of the prohibitions that the item touches, each once."""
        found = {prohibition.kind for prohibition in self.prohibitions.all()}
        return [kind for kind in ("严禁", "不得", "不能") if kind in found]

    @cached_property
    def asked_figures(self) -> list[Indicator]:
        """The figures that it asks for, in order."""
        return list(self.indicators.all())

    def gravest_prohibition(self) -> Prohibition | None:
        """The prohibition that a breach of this item touches, a critical one before a major one, or None."""
        return min(
            self.prohibitions.all(), key=lambda one: (one.severity != "critical", one.code), default=None
        )


class Indicator(models.Model):
    """A figure that an item asks for: homework minutes, examinations a term, the end of lessons."""

    class ValueKind(models.TextChoices):
        NUMBER = "number", "数"
        CLOCK = "clock", "时刻"

    item = models.ForeignKey(CheckItem, models.CASCADE, related_name="indicators")
    name = models.CharField(max_length=30)
    unit = models.CharField(max_length=12)
    value_kind = models.CharField(max_length=8, choices=ValueKind, default=ValueKind.NUMBER)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(name="one_indicator_name", fields=["item", "name"])]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def all_limits(self) -> list[Limit]:
        """Its limits of all times, in order."""
        return list(self.limits.all())

    @property
    def spoken_unit(self) -> str:
        """The unit after a number: 分钟/天, 3个月."""
        return "个月" if self.unit == "月" else self.unit


class Limit(models.Model):
    """A limit (限值) of an indicator with its document and the time it is in force.

    A finding is judged by the limit of its date; a superseded limit stays for the facts of its time.
    """

    class Op(models.TextChoices):
        AT_MOST = "<=", "不超过"
        AT_LEAST = ">=", "不少于"
        EXACTLY = "=", "应为"

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="limits")
    op = models.CharField(max_length=2, choices=Op)
    value = models.CharField(max_length=10)  # a number, or a clock time HH:MM
    stage_label = models.CharField(max_length=30)  # whom it concerns, as people read it
    stages = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    categories = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    modes = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    # RESTRICT, not PROTECT: a rulebook goes with all its sources and limits, a source alone never does.
    source = models.ForeignKey(Source, models.RESTRICT, related_name="limits")
    in_force = models.BooleanField(default=True)
    in_force_from = models.DateField(null=True, blank=True)
    in_force_to = models.DateField(null=True, blank=True)
    verified = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="limit_dates_in_order",
                condition=Q(in_force_to__isnull=True)
                | Q(in_force_from__isnull=True)
                | Q(in_force_to__gte=models.F("in_force_from")),
            ),
            models.CheckConstraint(
                name="superseded_limit_has_an_end", condition=Q(in_force=True) | Q(in_force_to__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        """不超过60分钟/天, 不晚于20:30, 不早于08:20, 应为0次/学期."""
        if self.indicator.value_kind == Indicator.ValueKind.CLOCK:
            return {"<=": "不晚于", ">=": "不早于", "=": "应为"}[self.op] + self.value
        return f"{self.get_op_display()}{self.value}{self.indicator.spoken_unit}"


class ProofRequirement(models.Model):
    """One proof that a close-out needs (workflow.md §3 and §12), by severity, or for one rule."""

    code = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=40)
    text = models.CharField(max_length=160)
    severities = ArrayField(models.CharField(max_length=10))
    rule_codes = ArrayField(models.CharField(max_length=6), default=list, blank=True)  # empty: every rule
    is_required = models.BooleanField(default=True)
    ordinal = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["ordinal", "pk"]

    def __str__(self) -> str:
        return self.title


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


class RuleCharge(Versioned):
    """Which office of the county answers one of its own nine rules (牵头科室).

    The task force says so; a self-check is opened for the office that is charged on the day of publication.
    """

    rule_code = models.CharField(max_length=6, unique=True)
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="charges",
        limit_choices_to={"kind": Organisation.Kind.OFFICE},
    )

    def __str__(self) -> str:
        return self.rule_code

    @property
    def code(self) -> str:
        """The rule's code: journal entries are found under it."""
        return self.rule_code
