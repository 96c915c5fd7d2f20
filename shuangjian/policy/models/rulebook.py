"""The Thirty Rules in their versions: rules, documents, check items, figures, limits, proofs, charges."""

from __future__ import annotations

import re

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from shuangjian.accounts.models import Organisation
from shuangjian.journal.models import Versioned
from shuangjian.policy.models.prohibitions import Prohibition

FIRST_LOCAL_ORDINAL = 51  # of an item: 4-县1 is R04-51, so that no later national item meets it


def short_code(code: str) -> str:
    """R04-1 as people write it: 4-1; of the county's own items 4-县1."""
    rule, _, ordinal = code[1:].partition("-")
    number = int(ordinal)
    own = number - FIRST_LOCAL_ORDINAL + 1
    return f"{int(rule)}-县{own}" if own > 0 else f"{int(rule)}-{number}"


_CODE = re.compile(r"R(\d\d)(-\d+)?")


def words_of_code(code: str) -> str:
    """R04 as 第4条, R04-1 as 4-1; what is no such code stays as it is."""
    found = _CODE.fullmatch(code)
    if found is None:
        return code
    return short_code(code) if found[2] else f"第{int(found[1])}条"


_WRITTEN = re.compile(r"(\d{1,2})(?:-(县?)(\d{1,2}))?")


def code_of(written: str) -> str:
    """What people write as a code: 4 → R04, 4-1 → R04-1, 4-县1 → R04-51; empty where it is none of these."""
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        return ""
    rule, own, ordinal = found.groups()
    if ordinal is None:
        return f"R{int(rule):02d}"
    return f"R{int(rule):02d}-{int(ordinal) + (FIRST_LOCAL_ORDINAL - 1 if own else 0)}"


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
    # Of a version with the county's own additions: the shipped one that it was made from, and by which paper.
    base = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="made_from_it")
    document_no = models.CharField("文号", max_length=60, blank=True)

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
        """4-1, the way people write it; 4-县1 is the county's own."""
        return short_code(self.code)

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
    least_count = models.PositiveSmallIntegerField(default=1)  # different files or sentences
    # At the application a proof is about a day at most so many days ago; None: since the problem was found.
    fresh_days = models.PositiveSmallIntegerField(null=True, blank=True)
    ordinal = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["ordinal", "pk"]
        constraints = [
            models.CheckConstraint(name="a_proof_is_at_least_one", condition=models.Q(least_count__gt=0))
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def demand(self) -> str:
        """How many and how fresh, in brackets, where it is more than one of any day since the finding."""
        count = f"至少{self.least_count}份" if self.least_count > 1 else ""
        fresh = f"近{self.fresh_days}天的" if self.fresh_days is not None else ""
        said = "，".join(filter(None, (count, fresh)))
        return f"（{said}）" if said else ""


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
