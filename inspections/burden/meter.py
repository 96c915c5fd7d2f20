"""What was asked of units month by month: each thing with its inputs, what of them was known, and its basis.

Read from what was asked itself, in a fixed number of queries however many units there are. A thing counts
in the month of its date: a self-check, a record, a round of putting right in that of its deadline, a
register of a term in the first of the term, a standing one in that in which it was first stated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import takewhile
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, F, Func, IntegerField, Min, OuterRef, Q
from django.urls import reverse

from inspections.burden import asking
from inspections.models import Answer, RectificationTask, SelfCheck, Visit
from inspections.querysets import UNCOUNTED_STATES
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.policy.check_items import items_of
from shuangjian.policy.models import CheckItem, Duty, Obligation, ProofRequirement, Term
from shuangjian.policy.scope import UnitFacts, facts_of
from shuangjian.policy.selectors import term_on
from shuangjian.registers.models import Entry
from shuangjian.registers.records import WITH_FACTS

# A visit that is still to come may be unannounced: until it has begun it stands on no page of a unit's.
BEGUN = (Visit.State.ONGOING, Visit.State.SUMMING_UP, Visit.State.CONFIRMED)


class Source(StrEnum):
    """What asks; the value is how pages name it."""

    ROUND = "自查"
    REGISTER = "登记档案"
    DUTY = "方案任务"
    TASK = "问题整改"
    VISIT = "督导"


@dataclass(frozen=True)
class Ask:
    """One thing asked of one unit in one month. ``known``: inputs that were already answered elsewhere.

    ``on_plan``: None where no yearly list is asked for; ``basis`` then says by what it is asked.
    """

    unit: int
    month: date  # its first day
    source: Source
    title: str
    page: tuple[str, str | int]  # route and argument; of a register its key, the unit's code comes first
    basis: str
    on_plan: bool | None = None
    inputs: int = 0
    known: int = 0
    files: int = 0  # photos or other files that are demanded

    def url(self, code: str) -> str:
        """The page of what was asked, of the unit with ``code``."""
        route, argument = self.page
        return reverse(route, args=[code, argument] if self.source is Source.REGISTER else [argument])


@dataclass(frozen=True)
class Load:
    """What was asked of a unit in a month altogether."""

    asks: Sequence[Ask] = ()

    @property
    def inputs(self) -> int:
        return sum(one.inputs for one in self.asks)

    @property
    def known(self) -> int:
        return sum(one.known for one in self.asks)

    @property
    def files(self) -> int:
        return sum(one.files for one in self.asks)

    @property
    def off_plan(self) -> int:
        """How many things of it stand on no yearly list."""
        return sum(one.on_plan is False for one in self.asks)


def month_of(day: date) -> date:
    return day.replace(day=1)


def month_after(month: date) -> date:
    return month_of(month + timedelta(days=31))


def month_before(month: date) -> date:
    return month_of(month - timedelta(days=1))


def with_facts(units: Any) -> Any:
    """A queryset of units with what the meter reads of them."""
    return units.select_related(*WITH_FACTS).prefetch_related("exemptions")


def read(units: Iterable[Organisation], first: date, last: date) -> dict[tuple[int, date], Load]:
    """By unit and month the load of the months from ``first`` to ``last`` (both inclusive).

    Units come ``with_facts``; what nothing was asked of in a month has no entry.
    """
    facts = {unit.pk: facts_of(unit) for unit in units if hasattr(unit, unit.kind)}
    terms = _Terms()
    found: dict[tuple[int, date], list[Ask]] = {}
    span = (month_of(first), month_after(last) - timedelta(days=1))
    for read_source in (_registers, _checks, _duties, _tasks, _visits):
        for ask in read_source(facts, span, terms):
            found.setdefault((ask.unit, ask.month), []).append(ask)
    return {key: Load(asks) for key, asks in found.items()}


Facts = Mapping[int, UnitFacts]
Span = tuple[date, date]


class _Terms:
    """The terms, and in which of them registers were kept: the present one, and where something is stated."""

    def __init__(self) -> None:
        stated = Entry.objects.filter(term=OuterRef("pk"))
        self.current = term_on(clock.today())
        self.all = list(Term.objects.annotate(is_stated=Exists(stated)))
        self._kept = {one.pk for one in self.all if one.is_stated or one == self.current}

    def keep_registers(self, term_id: int) -> bool:
        return term_id in self._kept

    def beginning_in(self, span: Span) -> list[Term]:
        return [one for one in self.all if span[0] <= one.first_on <= span[1]]


# --- Self-checks --------------------------------------------------------------
@dataclass(frozen=True)
class Earlier:
    """What one round asked of one unit."""

    round: int
    title: str
    codes: frozenset[str]


def asked_by_rounds(units: Iterable[int], terms: Iterable[int]) -> dict[tuple[int, int], list[Earlier]]:
    """By unit and term what each published round asked, the first one first; one query."""
    rows = (
        SelfCheck.objects.filter(organisation__in=list(units), round__term__in=list(terms))
        .exclude(state=SelfCheck.State.ENDED)
        .annotate(codes=ArrayAgg("answers__item__code"))
        .order_by("round__published_at", "round")
    )
    found: dict[tuple[int, int], list[Earlier]] = {}
    for unit, term, key, title, codes in rows.values_list(
        "organisation", "round__term", "round", "round__title", "codes"
    ):
        found.setdefault((unit, term), []).append(Earlier(key, title, frozenset(codes)))
    return found


def _codes_before(round_id: int, asked: Iterable[Earlier]) -> set[str]:
    """What the rounds that were published before one of them asked."""
    earlier = takewhile(lambda one: one.round != round_id, asked)
    return set().union(*(one.codes for one in earlier))


def _checks(facts: Facts, span: Span, terms: _Terms) -> Iterator[Ask]:
    problems = Q(answers__value__in=[Answer.Value.PARTLY, Answer.Value.FAILS])
    rows = (
        SelfCheck.objects.filter(organisation__in=facts, due_on__range=span)
        .exclude(state=SelfCheck.State.ENDED)
        .select_related("round")
        .annotate(items=ArrayAgg("answers__item", order_by="answers__item"))
        .annotate(described=Count("answers", filter=problems))
        .order_by("due_on", "pk")
    )
    checks = list(rows)
    asked = asked_by_rounds(facts, {one.round.term_id for one in checks})
    count = _ItemCounter()
    for check in checks:
        unit_facts, round_ = facts[check.organisation_id], check.round
        items = count.items(round_.rulebook_id, check.items)
        known: set[str] = set()
        if terms.keep_registers(round_.term_id):
            known |= asking.answered_by_registers(unit_facts).keys()
        known |= _codes_before(round_.pk, asked.get((check.organisation_id, round_.term_id), []))
        yield Ask(
            unit=check.organisation_id,
            month=month_of(check.due_on),
            source=Source.ROUND,
            title=round_.title,
            page=("check", check.no),
            basis=f"{round_.plan_name}，{round_.approval_no}"
            if round_.is_on_plan
            else round_.off_plan_reason,
            on_plan=round_.is_on_plan,
            inputs=count.inputs(items, unit_facts, check.due_on) + check.described,
            known=count.inputs([one for one in items if one.code in known], unit_facts, check.due_on),
            files=sum(one.evidence_required for one in items),
        )


class _ItemCounter:
    """Counts the inputs of items once for all units of the same facts."""

    def __init__(self) -> None:
        self._items: dict[int, dict[int, CheckItem]] = {}
        self._inputs: dict[tuple[int, UnitFacts, date], int] = {}

    def items(self, rulebook: int, keys: Iterable[int]) -> list[CheckItem]:
        known = self._items.setdefault(rulebook, {one.pk: one for one in items_of(rulebook)})
        return [known[key] for key in keys if key in known]

    def inputs(self, items: Iterable[CheckItem], facts: UnitFacts, on: date) -> int:
        total = 0
        for item in items:
            key = (item.pk, facts, on)
            if key not in self._inputs:
                self._inputs[key] = asking.inputs_of_item(item, facts, on)
            total += self._inputs[key]
        return total


# --- Registers ----------------------------------------------------------------
def _registers(facts: Facts, span: Span, terms: _Terms) -> Iterator[Ask]:
    """Of a term that is over only what was stated in it: what nobody asked for then was no burden."""
    current, begin = terms.current, terms.beginning_in(span)
    rows = (
        Entry.objects.filter(Q(term__in=begin) | Q(term=None), organisation__in=facts)
        .annotate(first_at=Min("versions__written_at"))
        .annotate(rows=Func(F("lines"), function="jsonb_array_length", output_field=IntegerField()))
        .values_list("organisation", "register", "term", "rows", "first_at")
    )
    stated: dict[tuple[int, str, int | None], tuple[int, date]] = {
        (unit, key, term): (count, clock.local_day(at)) for unit, key, term, count, at in rows
    }
    for unit, unit_facts in facts.items():
        for register in asking.registers_kept_by(unit_facts):
            for term in [None] if register.is_standing else begin:
                of = term or current
                found = stated.get((unit, register.key, term.pk if term else None))
                if of is None or (found is None and of != current):
                    continue
                count, first_day = found or (1, of.first_on)
                day = of.first_on if term else first_day
                if span[0] <= day <= span[1]:
                    yield Ask(
                        unit=unit,
                        month=month_of(day),
                        source=Source.REGISTER,
                        title=register.title,
                        page=("unit-register", register.key),
                        basis="有变化时更新" if register.is_standing else "每学期一次",
                        inputs=asking.inputs_of_register(register, unit_facts, count),
                    )


# --- The plan, putting right, visits ------------------------------------------
def _duties(facts: Facts, span: Span, terms: _Terms) -> Iterator[Ask]:
    rows = (
        Duty.objects.owed()
        .filter(organisation__in=facts, due_on__range=span)
        .filter(obligation__fulfilled_by=Obligation.Fulfilled.RECORD)
        .select_related("obligation__phase__stage__plan", "term")
        .order_by("due_on", "pk")
    )
    for duty in rows:
        phase = duty.obligation.phase
        yield Ask(
            unit=duty.organisation_id,
            month=month_of(duty.due_on),
            source=Source.DUTY,
            title=duty.what,
            page=("duty", duty.pk),
            basis=f"{phase.stage.plan.title}，{phase.title}",
            on_plan=True,
            inputs=asking.RECORD_INPUTS,
        )


def _tasks(facts: Facts, span: Span, terms: _Terms) -> Iterator[Ask]:
    needs = list(ProofRequirement.objects.filter(is_required=True))
    in_force = Q(measures__plan_version=F("plan_version"))
    rows = (
        RectificationTask.objects.exclude(state__in=UNCOUNTED_STATES)
        .filter(problem__organisation__in=facts, due_on__range=span)
        .select_related("problem__rule")
        .annotate(planned=Count("measures", filter=in_force))
        .order_by("due_on", "pk")
    )
    for task in rows:
        yield Ask(
            unit=task.problem.organisation_id,
            month=month_of(task.due_on),
            source=Source.TASK,
            title=f"{task.problem.no}第{task.ordinal}次整改",
            page=("problem", task.problem.no),
            basis=f"{task.problem.origin_told}发现的问题",
            inputs=asking.inputs_of_task(task, task.planned, needs),
        )


def _visits(facts: Facts, span: Span, terms: _Terms) -> Iterator[Ask]:
    rows = Visit.objects.filter(organisation__in=facts, planned_on__range=span, state__in=BEGUN)
    for visit in rows.order_by("planned_on", "pk"):
        on_plan = bool(visit.plan_name and visit.approval_no)
        yield Ask(
            unit=visit.organisation_id,
            month=month_of(visit.planned_on),
            source=Source.VISIT,
            title=f"{visit.no}{visit.get_kind_display()}",
            page=("visit", visit.no),
            basis=f"{visit.plan_name}，{visit.approval_no}" if on_plan else visit.off_plan_reason,
            on_plan=on_plan,
        )
