"""What the county adds to the Thirty Rules, and whom it leaves out of one of them."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.journal.models import Versioned
from shuangjian.policy.models.rulebook import Rule, short_code


class LocalState(models.TextChoices):
    """How far an addition is. In force or dropped it is by a published version alone."""

    DRAFT = "draft", "拟增加"
    IN_FORCE = "in_force", "在用"
    DROPPING = "dropping", "拟取消"
    DROPPED = "dropped", "已取消"


class LocalRule(Versioned):
    """A rule of the county's own after the thirty (R31 …), asked of schools, institutions or offices."""

    GROUPS = [(group.value, group.label) for group in Rule.Group if group != Rule.Group.FAMILY]

    number = models.PositiveSmallIntegerField("条号", unique=True)
    group = models.CharField("由谁落实", max_length=12, choices=GROUPS)
    title = models.CharField("名称", max_length=60)
    requirement = models.CharField("要求", max_length=500)
    source_text = models.CharField("依据", max_length=160)
    state = models.CharField("状态", max_length=10, choices=LocalState, default=LocalState.DRAFT)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"第{self.number}条 {self.title}"

    @property
    def code(self) -> str:
        return f"R{self.number:02d}"


class LocalItem(Versioned):
    """A check item of the county's own under one of the thirty, or under a rule of its own."""

    rule_code = models.CharField("条目", max_length=6)
    ordinal = models.PositiveSmallIntegerField()
    text = models.CharField("检查项", max_length=200)
    evidence = models.CharField("看什么", max_length=200)
    stages = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    categories = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    modes = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    evidence_required = models.BooleanField("必须有佐证", default=False)
    state = models.CharField("状态", max_length=10, choices=LocalState, default=LocalState.DRAFT)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["rule_code", "ordinal"]
        constraints = [
            models.UniqueConstraint(name="one_local_item_ordinal", fields=["rule_code", "ordinal"])
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        return f"{self.rule_code}-{self.ordinal}"

    @property
    def short_code(self) -> str:
        return short_code(self.code)


class Exemption(Versioned):
    """The county's word that a rule or an item does not concern a unit (不在适用范围): it is not asked.

    Not the unit's 不适用, which is an answer. Holds for rounds and visits that begin while it is in force.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="exemptions", verbose_name="单位"
    )
    code = models.CharField("条目或检查项", max_length=10)
    reason = models.CharField("理由", max_length=200)
    document_no = models.CharField("文号", max_length=60)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = [F("ended_at").desc(nulls_first=True), "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_standing_exemption", fields=["organisation", "code"], condition=Q(ended_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.code}"
