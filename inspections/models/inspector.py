"""What an inspector states of himself: his cards (督学证, 行政执法证), and where a relative of his works."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from inspections.querysets import OwnQuerySet
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.journal.models import Versioned


class InspectorCard(Versioned):
    """One card of one person; its number stands on the record of every visit whose kind asks for it (P9)."""

    class Kind(models.TextChoices):
        SUPERVISOR = "supervisor", "督学证"
        ENFORCEMENT = "enforcement", "行政执法证"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="inspector_cards")
    kind = models.CharField("证件", max_length=12, choices=Kind)
    number = models.CharField("证号", max_length=30)
    valid_until = models.DateField("有效期至", null=True, blank=True)

    objects = OwnQuerySet.as_manager()

    class Meta:
        ordering = ["kind"]
        constraints = [models.UniqueConstraint(name="one_card_of_a_kind", fields=["user", "kind"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}{self.number}"


class DeclaredRelative(Versioned):
    """An inspector's own statement that a relative works at a unit: he does not go there (回避).

    The relative is not named. Never edited, only ended.
    """

    class Relation(models.TextChoices):
        SPOUSE = "spouse", "配偶"
        PARENT = "parent", "父母"
        CHILD = "child", "子女"
        SIBLING = "sibling", "兄弟姐妹"
        OTHER = "other", "其他近亲属"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="declared_relatives")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="单位")
    relation = models.CharField("关系", max_length=8, choices=Relation)
    declared_at = models.DateTimeField("申报时间", default=clock.now)
    ended_on = models.DateField("终止日期", null=True, blank=True)

    objects = OwnQuerySet.as_manager()

    class Meta:
        ordering = ["ended_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="a_relative_is_declared_once",
                fields=["user", "organisation", "relation"],
                condition=Q(ended_on__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.get_relation_display()} {self.organisation_id}"
