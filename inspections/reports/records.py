"""What a term's records say of its units: what was answered, seen on site and registered, and each mark.

The one place where a mark is made; report and board both ask here. What was found on site outweighs what a
unit answered, item by item, and nothing unknown becomes 符合; a registered problem always shows in its rule's
mark. The number of queries doesn't depend on how many units or problems there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q

from inspections.models import Problem, RectificationTask, SelfCheck, Submission, Visit, VisitFinding
from inspections.models.visit import VisitMember
from inspections.reports.data import RuleLine
from shuangjian import clock
from shuangjian.accounts.models import Organisation
from shuangjian.policy import check_items
from shuangjian.policy.judging import conclusion
from shuangjian.policy.models import CheckItem, Rule, Rulebook, RuleCharge, Term
from shuangjian.policy.scope import UnitFacts, concerns, facts_of
from shuangjian.policy.selectors import current_rulebook

_MARK_OF = {"meets": "ok", "partly": "partial", "fails": "bad", "na": "out", "": "none"}
# How a mark is drawn and read out, on the board and in a unit's story.
MARK_GLYPHS = {"ok": "✓", "partial": "△", "bad": "✕", "none": "—"}
MARK_WORDS = {
    "ok": "符合",
    "partial": "部分符合",
    "bad": "不符合",
    "none": "未填未查",
    "out": "不由该单位负责",
}
_SITE_VALUE = {"meets": "meets", "problem": "fails", "na": "na"}


@dataclass(frozen=True)
class Book:
    """The rulebook by which the term was worked: its rules, and the items that units answer."""

    rules: tuple[RuleLine, ...]
    items: tuple[CheckItem, ...]

    @classmethod
    def of(cls, term: Term) -> Book:
        return cls.of_terms([term])[term.pk]

    @classmethod
    def of_terms(cls, terms: Iterable[Term]) -> dict[int, Book]:
        """Term -> its rulebook; a query for all terms and one for each rulebook."""
        keys = [term.pk for term in terms]
        worked_by = Rulebook.objects.filter(rounds__term__in=keys).order_by("rounds__pk")
        latest: dict[int, int | None] = dict(worked_by.values_list("rounds__term", "pk"))
        if any(key not in latest for key in keys):
            current = current_rulebook()
            latest = {key: current.pk if current is not None else None for key in keys} | latest
        books = {rulebook: cls._of_rulebook(rulebook) for rulebook in set(latest.values())}
        return {key: books[latest[key]] for key in keys}

    @classmethod
    def _of_rulebook(cls, rulebook: int | None) -> Book:
        if rulebook is None:
            return cls((), ())
        book = check_items.book_of(rulebook)
        return cls(
            tuple(RuleLine(rule.number, rule.title, rule.group) for rule in book.rules),
            tuple(item for item in book.items if item.rule.group != Rule.Group.FAMILY),
        )


@dataclass
class Records:
    """All that was answered, seen and registered at the units in one term."""

    book: Book
    term: Term
    unit_ids: list[int]
    answers: dict[int, dict[str, str]] = field(default_factory=dict)  # unit -> item code -> value
    visits: list[Visit] = field(default_factory=list)
    seen: dict[int, dict[str, str]] = field(default_factory=dict)
    registered: Any = None  # the problems of these units and this term, with all that a report says of them
    found_none: Any = None  # those that turned out to be none
    marks_alone: bool = False
    _asked: dict[UnitFacts, frozenset[int]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        term: Term,
        units: Iterable[Organisation],
        as_of: datetime,
        book: Book,
        *,
        whole_county: bool = False,
        marks_alone: bool = False,
    ) -> Records:
        """``whole_county`` takes the problems of the county's own offices in as well.

        ``marks_alone``: nothing else will be asked, so the problems are not read whole for it.
        """
        ids = [unit.pk for unit in units]
        records = cls(book, term, ids, marks_alone=marks_alone)
        submissions = _submitted(as_of, self_check__round__term=term, self_check__organisation__in=ids)
        for unit_id, values in submissions.values_list("self_check__organisation_id", "values"):
            records.answers.setdefault(unit_id, {}).update(values)
        records.visits = visits_held(term, as_of, organisation__in=ids)
        for visit, code, value in _findings_of(records.visits):
            records.seen.setdefault(visit.organisation_id, {})[code] = value
        of_units = Q() if whole_county else Q(organisation__in=ids)
        found = of_units & of_term(term, "found_on")
        records.registered = problems_at(as_of).filter(found)
        records.found_none = Problem.objects.filter(found, pk__in=withdrawn_at(as_of))
        return records

    @classmethod
    def over_terms(
        cls, unit: Organisation, terms: list[Term], shown: Collection[int], as_of: datetime
    ) -> dict[int, Records]:
        """Term -> what is recorded of one unit in it; ``shown``: the keys meant of all ``terms`` in order."""
        meant = [term for term in terms if term.pk in shown]
        if not meant:
            return {}
        books = Book.of_terms(meant)
        found = {term.pk: cls(books[term.pk], term, [unit.pk]) for term in meant}
        submissions = _submitted(
            as_of, self_check__round__term__in=list(found), self_check__organisation=unit
        )
        for term_id, values in submissions.values_list("self_check__round__term", "values"):
            found[term_id].answers.setdefault(unit.pk, {}).update(values)

        def own(row: Any, day: date) -> Records | None:
            if row.term_id is None and not terms[0].first_on <= day <= terms[-1].last_on:
                return None
            return found.get(term_at(terms, row.term_id, day))

        visits = [(visit, own(visit, visit.planned_on)) for visit in _confirmed(as_of, organisation=unit)]
        places = {visit.pk: records for visit, records in visits if records is not None}
        held = [visit for visit, _ in visits if visit.pk in places]
        for visit in held:
            places[visit.pk].visits.append(visit)
        for visit, code, value in _findings_of(held):
            places[visit.pk].seen.setdefault(unit.pk, {})[code] = value
        for problem in problems_at(as_of).filter(organisation=unit):
            if records := own(problem, problem.found_on):
                records.problems.append(problem)
        return found

    @cached_property
    def problems(self) -> list[Problem]:
        """What was registered, each with its ``rounds``, by number."""
        return list(self.registered) if self.registered is not None else []

    @cached_property
    def values_registered(self) -> dict[int, list[tuple[int, str]]]:
        """By unit (number of the rule, what the problem says of it): all that marks ask of problems."""
        rows: Iterable[tuple[int, int, str | None]]
        if self.marks_alone:
            brief = self.registered.prefetch_related(None).order_by()
            rows = brief.values_list("organisation", "rule__number", "source_answer__value")
        else:
            rows = ((one.organisation_id, one.rule.number, _answered(one)) for one in self.problems)
        found: dict[int, list[tuple[int, str]]] = {}
        for unit, number, answered in rows:
            found.setdefault(unit, []).append((number, "partly" if answered == "partly" else "fails"))
        return found

    @cached_property
    def withdrawn_nos(self) -> tuple[str, ...]:
        """The problems that were taken back, by number; a page that does not say so does not ask."""
        if self.found_none is None:
            return ()
        return tuple(self.found_none.order_by("no").values_list("no", flat=True))

    @property
    def withdrawn(self) -> int:
        """How many they are."""
        return len(self.withdrawn_nos)

    @cached_property
    def checks(self) -> list[SelfCheck]:
        """The units' self-checks of the term, newest round first."""
        rows = SelfCheck.objects.filter(round__term=self.term, organisation__in=self.unit_ids)
        return list(rows.exclude(state=SelfCheck.State.ENDED).order_by("-round__due_on", "-pk"))

    def submitted_checks(self, unit: Organisation) -> list[SelfCheck]:
        """The unit's self-checks of the term that were submitted and not sent back, newest round first."""
        done = (SelfCheck.State.SUBMITTED, SelfCheck.State.ACCEPTED)
        return [check for check in self.checks if check.organisation_id == unit.pk and check.state in done]

    @cached_property
    def inspectors(self) -> tuple[str, ...]:
        """Who went on the visits, by name; two of one name are two."""
        members = VisitMember.objects.filter(visit__in=self.visits).order_by("user__name", "user")
        return tuple(name for _, name in members.values_list("user", "user__name").distinct())

    @cached_property
    def problems_by_unit(self) -> dict[int, list[Problem]]:
        found: dict[int, list[Problem]] = {}
        for problem in self.problems:
            found.setdefault(problem.organisation_id, []).append(problem)
        return found

    def _asked_of(self, facts: UnitFacts) -> frozenset[int]:
        """The items that concern a unit with these facts, worked out once for all that have the same."""
        known = self._asked.get(facts)
        if known is None:
            known = frozenset(item.pk for item in self.book.items if concerns(item, facts))
            self._asked[facts] = known
        return known

    def marks(self, unit: Organisation) -> tuple[str, ...]:
        """The unit's mark under every rule of the book, in its order."""
        facts = facts_or_none(unit)
        known = {**self.answers.get(unit.pk, {}), **self.seen.get(unit.pk, {})}
        values: dict[int, list[str]] = {}
        asked = self._asked_of(facts) if facts is not None else frozenset()
        for item in self.book.items:
            if item.pk in asked or (unit.kind == Organisation.Kind.OFFICE and item.code in known):
                values.setdefault(item.rule.number, []).append(known.get(item.code, ""))
        for number, value in self.values_registered.get(unit.pk, ()):  # 部分符合 only where the unit said so
            values.setdefault(number, []).append(value)
        return tuple(
            _MARK_OF[conclusion(values[rule.number])] if rule.number in values else "out"
            for rule in self.book.rules
        )

    def marks_by_rule(self, unit: Organisation) -> dict[int, str]:
        """The same by the number of the rule."""
        return dict(zip((rule.number for rule in self.book.rules), self.marks(unit), strict=True))

    def rules_seen(self, unit: Organisation) -> frozenset[int]:
        """The rules of which at least one item was looked at on site in the term."""
        seen = self.seen.get(unit.pk, {})
        return frozenset(item.rule.number for item in self.book.items if item.code in seen)


def visits_held(term: Term, as_of: datetime, **condition: Any) -> list[Visit]:
    """The confirmed visits of the term, earliest first."""
    return _confirmed(as_of, of_term(term, "planned_on"), **condition)


def _confirmed(as_of: datetime, *conditions: Q, **condition: Any) -> list[Visit]:
    held = Visit.objects.filter(
        *conditions, state=Visit.State.CONFIRMED, confirmed_at__lte=as_of, **condition
    )
    return sorted(held, key=lambda visit: (visit_day(visit), visit.pk))


def _submitted(as_of: datetime, **condition: Any) -> Any:
    """What was submitted by then, the latest last."""
    rows = Submission.objects.filter(submitted_at__lte=as_of, **condition)
    return rows.order_by("self_check__round__due_on", "self_check", "ordinal")


def _findings_of(visits: list[Visit]) -> Iterator[tuple[Visit, str, str]]:
    """(visit, code of the item, value) of all that was looked at on ``visits``, in their order."""
    order = {visit.pk: place for place, visit in enumerate(visits)}
    findings = VisitFinding.objects.filter(visit__in=order).exclude(value="").order_by()
    rows = findings.values_list("visit", "item__code", "value")
    for visit_id, code, value in sorted(rows, key=lambda row: order[row[0]]):
        yield visits[order[visit_id]], code, _SITE_VALUE[value]


def visit_day(visit: Visit) -> date:
    """The day on which it began."""
    return clock.local_day(visit.started_at) if visit.started_at is not None else visit.planned_on


def units_of(term: Term) -> Any:
    """Schools and institutions that existed in the term, with what decides their scope."""
    return Organisation.objects.filter(
        Q(opened_on=None) | Q(opened_on__lte=term.last_on),
        Q(closed_on=None) | Q(closed_on__gte=term.first_on),
        kind__in=[Organisation.Kind.SCHOOL, Organisation.Kind.INSTITUTION],
    ).select_related("school", "institution")


def offices_of(term: Term) -> Any:
    """The county's offices that are charged with one of its own rules, or were asked in the term."""
    asked = SelfCheck.objects.filter(organisation=OuterRef("pk"), round__term=term)
    return (
        Organisation.objects.filter(kind=Organisation.Kind.OFFICE)
        .filter(Exists(asked) | Exists(RuleCharge.objects.filter(organisation=OuterRef("pk"))))
        .prefetch_related("charges", "exemptions")
        .order_by("pinyin_key", "pk")
    )


def of_term(term: Term, day_field: str, *, of: str = "") -> Q:
    """Rows of the term; those that name none belong to it by their day, a vacation to the term after it.

    ``of``: the way to the rows from what is filtered (``problem__``).
    """
    before = term_before(term)
    since = before.last_on + timedelta(days=1) if before is not None else term.first_on
    by_day = {f"{of}term": None, f"{of}{day_field}__range": (since, term.last_on)}
    return Q(**{f"{of}term": term}) | Q(**by_day)


def term_at(terms: Sequence[Term], term_id: int | None, day: date) -> int:
    """The key of the term that a row names, else that of its day among all ``terms`` in their order.

    A vacation belongs to the term after it, what is later than all of them to the last.
    """
    if term_id is not None:
        return term_id
    return next((term.pk for term in terms if term.last_on >= day), terms[-1].pk)


def in_their_order(terms: Iterable[Term]) -> list[Term]:
    """All terms from the earliest on, each knowing the one before it."""
    ordered = sorted(terms, key=lambda term: term.first_on)
    for before, term in zip([None, *ordered], ordered, strict=False):
        term.known_before = before  # type: ignore[attr-defined]
    return ordered


def term_before(term: Term) -> Term | None:
    """The term that ended last before this one began; read once for one ``term``."""
    if not hasattr(term, "known_before"):
        term.known_before = Term.objects.filter(last_on__lt=term.first_on).order_by("-last_on").first()  # type: ignore[attr-defined]
    before: Term | None = term.known_before  # type: ignore[attr-defined]
    return before


def problems_at(as_of: datetime) -> Any:
    """The problems registered by then, each with its ``rounds``, by number."""
    rounds = RectificationTask.objects.filter(created_at__lte=as_of).order_by("ordinal")
    return (
        Problem.objects.filter(registered_at__lte=as_of)
        .exclude(pk__in=withdrawn_at(as_of))
        .exclude(pk__in=past_problems())
        .select_related("organisation", "rule", "prohibition", "source_answer")
        .prefetch_related(Prefetch("tasks", rounds, to_attr="rounds"))
        .order_by("no")
    )


def withdrawn_at(as_of: datetime) -> Any:
    """Ids of the problems that turned out to be none: neither found nor put right (workflow.md §3)."""
    withdrawn = RectificationTask.objects.filter(
        state=RectificationTask.State.WITHDRAWN, closed_at__lte=as_of
    )
    return withdrawn.values("problem")


def past_problems() -> Any:
    """Ids of the problems of 历史台账 that were put right before the portal: no work that it counts.

    Found again they count: their last round is the portal's own.
    """
    rounds = RectificationTask.objects.latest_rounds()
    return rounds.filter(state=RectificationTask.State.PAST).values("problem")


def carried_into(term: Term, as_of: datetime, units: Iterable[Organisation] | None = None) -> list[Problem]:
    """Problems of earlier terms that were still open when this one began, of the county or of ``units``."""
    before = problems_at(as_of).filter(found_on__lt=term.first_on).exclude(of_term(term, "found_on"))
    if units is not None:
        before = before.filter(organisation__in=units)
    return [
        problem
        for problem in before
        if problem.rounds
        and (
            problem.rounds[-1].closed_at is None
            or clock.local_day(problem.rounds[-1].closed_at) >= term.first_on
        )
    ]


def facts_or_none(unit: Organisation) -> UnitFacts | None:
    """What decides scope; None for what is no unit and no office, or a unit whose own entry is missing."""
    if unit.kind == Organisation.Kind.OFFICE:
        return facts_of(unit)
    own = getattr(unit, unit.kind, None) if unit.is_unit else None
    return own.facts() if own is not None else None


def _answered(problem: Problem) -> str | None:
    """What the unit's own answer was, where the problem came from one."""
    return problem.source_answer.value if problem.source_answer is not None else None
