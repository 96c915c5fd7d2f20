"""How far the plan is carried out: by obligation how many units owe it, did it, did it late, are missing.

Every number is that of the list behind it, for whoever looks (``visible_to``).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse

from inspections.filters.duties import standings
from shuangjian.accounts.models import User
from shuangjian.policy.models import Duty, Plan


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """Of one obligation. ``total`` leaves out what ended with its unit."""

    obligation_id: int
    total: int
    done: int
    late: int
    missing: int

    @property
    def is_whole(self) -> bool:
        return self.done == self.total

    def url(self, tab: str) -> str:
        return f"{reverse('duties')}?obligation={self.obligation_id}&tab={tab}"

    @property
    def done_url(self) -> str:
        return self.url("done")

    @property
    def late_url(self) -> str:
        return self.url("late")

    @property
    def missing_url(self) -> str:
        return self.url("missing")

    @property
    def total_url(self) -> str:
        return self.url("all")


def coverage_of(plan: Plan, user: User) -> dict[int, Coverage]:
    """By obligation of the plan, where anything is owed by units that exist for ``user``. One query."""
    rows = Duty.objects.visible_to(user).owed().standing().filter(obligation__phase__stage__plan=plan)
    counts = {key: Count("pk", filter=condition) for key, (_, condition) in standings().items() if condition}
    found = rows.order_by().values("obligation_id").annotate(total=Count("pk"), **counts)
    return {
        row["obligation_id"]: Coverage(
            obligation_id=row["obligation_id"],
            total=row["total"],
            done=row["done"],
            late=row["late"],
            missing=row["missing"],
        )
        for row in found
    }
