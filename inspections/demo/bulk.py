"""A county or a whole province in bulk, for measurements: rows of eight terms beside the small demo county.

Not through the workflows: no audit entries, notices, files or jobs stand behind these rows, so a page about
one of them tells no story. They keep the database's constraints and what the counts rest on: what was
submitted is what was answered, and each answer that is not 符合 is a problem with its round. Everything
follows from numbers, nothing is drawn: the same size, date and seed give the same rows.
"""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils import timezone

from inspections.demo import build
from inspections.demo import bulk_statements as statements
from inspections.models import Answer, Problem, RectificationTask, Round, SelfCheck, Submission, Visit
from shuangjian import clock
from shuangjian.accounts.models import Organisation, User
from shuangjian.policy import check_items
from shuangjian.policy.models import SchoolYear, Term
from shuangjian.policy.scope import UnitFacts, concerns
from shuangjian.policy.selectors import current_rulebook, term_on

SIZES = {"county": 300, "province": 12_000}  # units, those of the small county among them
TERMS = 8
VARIANTS = 50  # ways in which the units of one kind answer
PARTLY, FAILS = 19, 6  # of a hundred answers; with these 12,000 units have a million problems
OPEN_OF_OLD = 2  # of a hundred problems of earlier terms
VISIT_EVERY = 2  # a unit is visited every so many terms

_OFFLINE = frozenset({"offline"})
# What a unit answers follows from its kind.
_KINDS: tuple[tuple[str, str, UnitFacts], ...] = (
    ("school", "primary", UnitFacts(kind="school", grades=frozenset(range(1, 7)))),
    ("school", "junior", UnitFacts(kind="school", grades=frozenset(range(7, 10)))),
    ("school", "nine_year", UnitFacts(kind="school", grades=frozenset(range(1, 10)))),
    ("institution", "academic", UnitFacts(kind="institution", category="academic", modes=_OFFLINE)),
)
_KIND_OF = (2, 2, 2, 2, 2, 0, 0, 1, 1, 3)  # by the last digit of a unit's number
_FACT = "现场与要求不一致"
PASSWORD = "measured-only"  # noqa: S105  (of rows that stand in a throwaway database)


def fill(size: str | int, as_of: date = build.AS_OF, *, seed: int = build.SEED) -> dict[str, int]:
    """Build the small county, then units up to ``size`` (a name of SIZES or so many) with all their terms.

    Returns counts by noun. Raises ``build.CannotBuild`` as the county does. Commits term by term.
    """
    build.build(as_of, seed=seed, is_whole=False)
    with clock.at(timezone.make_aware(datetime.combine(as_of, time(8)))), connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
        units = SIZES[size] if isinstance(size, str) else size
        _Bulk(cursor, as_of, seed).make(units - Organisation.objects.units().count())
        cursor.execute("ANALYZE")
        cursor.execute("RESET statement_timeout; RESET idle_in_transaction_session_timeout")
    nouns: dict[str, Any] = {
        "单位": Organisation.objects.units(),
        "自查": SelfCheck.objects,
        "答案": Answer.objects,
    }
    nouns |= {"提交": Submission.objects, "问题": Problem.objects, "整改": RectificationTask.objects}
    return {noun: rows.count() for noun, rows in (nouns | {"督导": Visit.objects}).items()}


class _Bulk:
    """The statements, in the order in which they are run."""

    def __init__(self, cursor: Any, as_of: date, seed: int) -> None:
        self.cursor = cursor
        self.as_of, self.seed = as_of, seed
        self.staff = User.objects.get(username="zhuanban").pk
        book = current_rulebook()
        assert book is not None  # noqa: S101  (the small county was built by it)
        self.rulebook = book.pk

    def make(self, many: int) -> None:
        with transaction.atomic():
            self._units(many)
            self._people()
            self._ways_to_answer()
        for ordinal, term in enumerate(_terms(self.as_of)):
            with transaction.atomic():
                self.run("SET CONSTRAINTS ALL IMMEDIATE")  # else millions of checks wait for the commit
                self._term(ordinal, term)

    def run(self, statement: str, **values: Any) -> None:
        self.cursor.execute(
            statement,
            {
                "seed": self.seed,
                "staff": self.staff,
                "rulebook": self.rulebook,
                "as_of": self.as_of,
                "variants": VARIANTS,
                **values,
            },
        )

    def _units(self, many: int) -> None:
        """Numbered schools and institutions, in the areas and townships of the small county in turn."""
        self.run(
            statements.UNITS,
            many=many,
            kinds=list(_KIND_OF),
            since=build.SINCE,
        )
        for number, (noun, word, facts) in enumerate(_KINDS):
            statement = statements.SCHOOLS if noun == "school" else statements.INSTITUTIONS
            self.run(statement, word=word, grades=sorted(facts.grades), number=number)

    def _people(self) -> None:
        """One person a unit, d1, d2 and so on, with the password of the measurements."""
        self.run(statements.PEOPLE, password=make_password(PASSWORD), at=clock.now())
        self.run(statements.POSTS, since=build.SINCE)

    def _ways_to_answer(self) -> None:
        """For each kind of unit and each of its variants the answers, as rows and as they are frozen."""
        self.run(statements.WAYS)
        for kind, (_, _, facts) in enumerate(_KINDS):
            asked = [item for item in check_items.items_of(self.rulebook) if concerns(item, facts)]
            for variant in range(VARIANTS):
                way = [(item, _value(kind, variant, place)) for place, item in enumerate(asked)]
                self.cursor.executemany(
                    "INSERT INTO bulk_answer VALUES (%s, %s, %s, %s)",
                    [(kind, variant, item.pk, value) for item, value in way],
                )
                frozen = json.dumps({item.code: _frozen(value) for item, value in way})
                said = json.dumps({item.code: value for item, value in way})
                self.cursor.execute(
                    "INSERT INTO bulk_frozen VALUES (%s, %s, %s, %s)", [kind, variant, frozen, said]
                )
        self.run("ANALYZE bulk_unit")
        self.run("ANALYZE bulk_answer")

    def _term(self, ordinal: int, term: Term) -> None:
        """One term: its round, every unit's self-check with what came of it, every second unit's visit."""
        asked_on = term.first_on + timedelta(days=20)
        is_now = term.last_on >= self.as_of
        made = Round.objects.create(
            title=f"{term.short_title}全省自查",
            term=term,
            rulebook_id=self.rulebook,
            unit_kinds=["school", "institution"],
            due_on=asked_on + timedelta(days=20),
            state="published",
            published_at=_at(asked_on),
            published_by_id=self.staff,
            created_by_id=self.staff,
        )
        facts = {
            "round": made.pk,
            "term": term.pk,
            "ordinal": ordinal,
            "year": term.first_on.year,
            "due_on": made.due_on,
            "found_on": made.due_on - timedelta(days=5),
            "at": _at(made.due_on - timedelta(days=5)),
            "later": _at(made.due_on + timedelta(days=25)),
            "open_of": 90 if is_now else OPEN_OF_OLD,
            "fact": _FACT,
        }
        for statement in statements.OF_A_TERM:
            self.run(statement, **facts, every=VISIT_EVERY)


def _terms(as_of: date) -> list[Term]:
    """The county's last terms up to the date's own, those before the loaded ones made; earliest first."""
    here = term_on(as_of)
    assert here is not None  # noqa: S101  (the small county has it)
    year, found = here.school_year.start_year, []
    for back in range(TERMS // 2 + 1):
        own, _ = SchoolYear.objects.get_or_create(start_year=year - back)
        for season, first, last in (
            ("autumn", date(year - back, 9, 1), date(year - back + 1, 1, 20)),
            ("spring", date(year - back + 1, 2, 20), date(year - back + 1, 7, 5)),
        ):
            code = f"{first.year}-{season}"
            title = f"{first.year}年{'秋' if season == 'autumn' else '春'}季学期"
            facts = {"school_year": own, "title": title, "first_on": first, "last_on": last}
            found.append(Term.objects.get_or_create(code=code, defaults=facts)[0])
    before = [term for term in found if term.first_on <= here.first_on]
    return sorted(before, key=lambda term: term.first_on)[-TERMS:]


def _at(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(10)))


def _value(kind: int, variant: int, place: int) -> str:
    """As even as a lot, and always the same."""
    drawn = (kind * 7919 + variant * 104_729 + place * 15_485_863) % 1009 % 100
    return "partly" if drawn < PARTLY else "fails" if drawn < PARTLY + FAILS else "meets"


def _frozen(value: str) -> dict[str, Any]:
    """An answer as a submission keeps it."""
    said = {} if value == "meets" else {"problem_text": _FACT, "person": "负责人", "measure_text": "立即整改"}
    return {"value": value, "figures": [], "files": [], **said}
