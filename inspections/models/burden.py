"""填报预算: how many inputs a unit may be asked for in a month, by kind of unit, in versions."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from shuangjian.accounts.models import Organisation


class BurdenBudget(models.Model):
    """One version of the budget. Never rewritten: a change is the next one, the highest is in force.

    Before the first there is no budget. Made by ``workflows.budgets`` alone. How often a unit is visited in
    a term is a setting of the county (``visits_per_term``).
    """

    version = models.PositiveSmallIntegerField("版次", unique=True)
    school_inputs = models.PositiveSmallIntegerField("每所学校每月填报（项）")
    institution_inputs = models.PositiveSmallIntegerField("每家机构每月填报（项）")
    reason = models.CharField("依据或理由", max_length=200)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.CheckConstraint(
                name="a_budget_allows_something",
                condition=models.Q(version__gte=1, school_inputs__gte=1, institution_inputs__gte=1),
            )
        ]

    def __str__(self) -> str:
        return f"第{self.version}版"

    def inputs_of(self, kind: str) -> int | None:
        """The most inputs a month of a unit of this kind; None for an office, which has no budget."""
        most = {
            Organisation.Kind.SCHOOL.value: self.school_inputs,
            Organisation.Kind.INSTITUTION.value: self.institution_inputs,
        }
        return most.get(kind)
