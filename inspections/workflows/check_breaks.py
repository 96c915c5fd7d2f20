"""Self-checks of schools that fall due in a break which was entered after their round was published (P20)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from inspections import notices_of_checks as notices
from inspections.models import Round, SelfCheck
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.roles import Role
from shuangjian.journal import audit
from shuangjian.policy.workflows import term_effects

audit.name_actions(
    {
        "inspections.check.date_moved": "放假停课，自查期限顺延",
        "inspections.round.date_moved": "放假停课，截止日期顺延",
    }
)


def register() -> None:
    """Tell the terms what of this app falls due; when the app is ready."""
    term_effects.cover(_checks_due)


@dataclass(frozen=True)
class _ChecksDue:
    """The open self-checks of schools of one round on one date."""

    round: Round
    due_on: date
    checks: list[int]

    @property
    def what(self) -> str:
        return f"自查批次“{self.round.title}”"

    @property
    def school_count(self) -> int:
        return len(self.checks)

    @property
    def url(self) -> str:
        return reverse("round", args=[self.round.pk])

    def move(self, to_on: date, actor: User) -> None:
        """The checks' own dates, and the round's where it is the same one."""
        before, after = {"due_on": str(self.due_on)}, {"due_on": str(to_on)}
        round_ = Round.objects.select_for_update().get(pk=self.round.pk)
        if round_.due_on == self.due_on:
            round_.due_on = to_on
            round_.version += 1
            round_.save(update_fields=["due_on", "version"])
            audit.record(
                action="inspections.round.date_moved",
                subject=round_,
                actor=actor,
                role=Role.TASK_FORCE,
                before=before,
                after=after,
            )
        rows = SelfCheck.objects.open().filter(pk__in=self.checks, due_on=self.due_on)
        rows = rows.select_related("organisation", "round").select_for_update(of=("self",))
        for check in rows.order_by("pk"):
            check.due_on = to_on
            check.version += 1
            check.save(update_fields=["due_on", "version"])
            audit.record(
                action="inspections.check.date_moved",
                subject=check,
                actor=actor,
                organisation=check.organisation,
                role=Role.TASK_FORCE,
                before=before,
                after=after,
            )
            notices.date_moved(check, self.due_on)


def _checks_due(covers: term_effects.Covers) -> list[term_effects.Touched]:
    open_ones = SelfCheck.objects.open().filter(organisation__kind=Organisation.Kind.SCHOOL)
    ahead = open_ones.filter(round__state=Round.State.PUBLISHED, due_on__gte=clock.today())
    found: dict[tuple[int, date], list[int]] = defaultdict(list)
    for pk, round_id, due_on in ahead.order_by("pk").values_list("pk", "round_id", "due_on"):
        if covers(due_on):
            found[round_id, due_on].append(pk)
    rounds = Round.objects.in_bulk(round_id for round_id, _ in found)
    return [_ChecksDue(rounds[key], due_on, checks) for (key, due_on), checks in found.items()]
