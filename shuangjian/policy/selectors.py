"""What is in force: the rulebook, the term, the plan, the proofs that a close-out needs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from shuangjian import clock
from shuangjian.policy.models import (
    Guidance,
    Obligation,
    Phase,
    Plan,
    Prohibition,
    ProhibitionList,
    ProofRequirement,
    Rule,
    Rulebook,
    Rung,
    Term,
)


def _rulebooks_in_force() -> QuerySet[Rulebook]:
    return Rulebook.objects.filter(in_force_from__lte=clock.today()).order_by("-in_force_from", "-pk")


def current_rulebook() -> Rulebook | None:
    """The rulebook in force today; None before any was loaded."""
    return _rulebooks_in_force().first()


def rules_in_force() -> QuerySet[Rule]:
    """The rules of the rulebook in force today, in order; nothing is read before they are."""
    return Rule.objects.filter(rulebook__in=_rulebooks_in_force().values("pk")[:1]).order_by("number")


def rules_for(group: str) -> QuerySet[Rule]:
    """Those of one group."""
    return rules_in_force().filter(group=group)


def prohibitions_in_force(rule_code: str | None = None) -> QuerySet[Prohibition]:
    """The prohibitions of each list's version in force today, or those of one rule, national ones first."""
    newest = (
        ProhibitionList.objects.filter(in_force_from__lte=clock.today())
        .order_by("code", "-in_force_from", "-pk")
        .distinct("code")
        .values("pk")
    )
    rows = Prohibition.objects.filter(list__in=newest).order_by("list__in_force_from", "-kind", "code")
    return rows if rule_code is None else rows.filter(rule_code=rule_code)


def guidance_of(codes: Iterable[str]) -> dict[str, Guidance]:
    """What is said now of check items, by their codes; an item of which nothing is said is left out."""
    newest = Guidance.objects.filter(item_code__in=list(codes)).order_by("item_code", "-version")
    return {row.item_code: row for row in newest.distinct("item_code")}


def rungs() -> list[Rung]:
    """The ladder after a missed date, nearest rung first, of the plan that runs (or ran last)."""
    plan = current_plan()
    return list(plan.rungs.all()) if plan is not None else []


def term_on(day: date) -> Term | None:
    """The term that holds ``day``; in a vacation the one that comes next, else the last."""
    return (
        Term.objects.filter(last_on__gte=day).order_by("first_on").first()
        or Term.objects.order_by("-last_on").first()
    )


def current_term() -> Term | None:
    """The term of today, see ``term_on``."""
    return term_on(clock.today())


def current_plans() -> QuerySet[Plan]:
    """The plans that run today; two may (P21)."""
    today = clock.today()
    return Plan.objects.filter(stages__starts_on__lte=today, stages__ends_on__gte=today).distinct()


def current_plan() -> Plan | None:
    """The plan to show: the newest that runs today, else the newest of all; None before one was loaded."""
    return current_plans().first() or Plan.objects.first()


def proof_requirements_for(problem: Any, *, light: bool | None = None) -> list[ProofRequirement]:
    """The proofs that closing ``problem`` (severity, rule, light_track) calls for; none on light track.

    ``light`` says it instead of the problem: a light track that missed its date is one no longer (P8).
    """
    if problem.light_track if light is None else light:
        return []
    needs = ProofRequirement.objects.filter(severities__contains=[problem.severity])
    return list(needs.filter(Q(rule_codes=[]) | Q(rule_codes__contains=[problem.rule.code])))


def next_phase_date(today: date) -> tuple[date, str] | None:
    """The next date of the plan after ``today``, with what it is; None where nothing lies ahead."""
    obligation = Obligation.objects.filter(due_on__gt=today).order_by("due_on", "code").first()
    phase = Phase.objects.filter(starts_on__gt=today).order_by("starts_on", "code").first()
    found = []
    if obligation is not None and obligation.due_on is not None:
        found.append((obligation.due_on, f"{obligation.what}截止"))
    if phase is not None:
        found.append((phase.starts_on, f"“{phase.title}”开始"))
    return min(found, default=None)
