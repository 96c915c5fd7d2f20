"""The days that the county works by: the calendar in its versions, school years, terms, counted dates."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q

from shuangjian.accounts.models import User
from shuangjian.journal.models import Versioned


class CalendarEdition(models.Model):
    """One version of the days of a year that are not what their weekday says. Never rewritten: a change is
    the next version, the highest ``ordinal`` of a year is the one in force.

    ``national`` and ``local`` hold {ISO date: {"works": bool, "name": words}}; the county's own day comes
    before the national one. Without the whole year's arrangement (``is_complete``) what is counted into the
    year is provisional.
    """

    year = models.PositiveSmallIntegerField()
    ordinal = models.PositiveSmallIntegerField()
    national = models.JSONField(default=dict)  # 放假、调休 by the State Council's notice
    local = models.JSONField(default=dict)  # the county's own: a closure, a typhoon day, a day made up for
    is_complete = models.BooleanField()
    is_entered = models.BooleanField(default=False)  # typed in by the county: the library never replaces it
    source = models.CharField(max_length=60, blank=True)  # where ``national`` was taken from
    document = models.CharField(max_length=60, blank=True)  # 国办发明电〔2025〕7号
    reason = models.CharField(max_length=200)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")  # None: loaded
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-year", "-ordinal"]
        constraints = [
            models.UniqueConstraint(name="one_edition_a_number", fields=["year", "ordinal"]),
            models.CheckConstraint(
                name="complete_year_names_its_source", condition=Q(is_complete=False) | ~Q(source="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年第{self.ordinal}版"

    @property
    def code(self) -> str:
        """2027-2: year and version, as journal entries name it."""
        return f"{self.year}-{self.ordinal}"

    @property
    def version(self) -> int:
        """What a form has to have seen: the number of the edition in force."""
        return self.ordinal

    @property
    def days(self) -> dict[str, dict[str, Any]]:
        """What is in force, by ISO date."""
        return {**self.national, **self.local}


class SchoolYear(models.Model):
    """A school year (学年), named by the calendar year it begins in."""

    start_year = models.PositiveSmallIntegerField(unique=True)

    class Meta:
        ordering = ["start_year"]

    def __str__(self) -> str:
        return f"{self.start_year}—{self.start_year + 1}学年"


class Term(Versioned):
    """A school term with its first and last day of lessons (校历)."""

    school_year = models.ForeignKey(SchoolYear, models.PROTECT, related_name="terms")
    code = models.CharField(max_length=16, unique=True)  # 2026-autumn
    title = models.CharField(max_length=60)
    first_on = models.DateField()
    last_on = models.DateField()

    class Meta:
        ordering = ["first_on"]
        constraints = [
            models.CheckConstraint(name="term_dates_in_order", condition=Q(last_on__gt=models.F("first_on")))
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def short_title(self) -> str:
        """2026年秋季学期 (autumn), 2027年春季学期 (spring)."""
        year, season = self.code.split("-")
        return f"{year}年{'秋' if season == 'autumn' else '春'}季学期"


class TermPeriod(models.Model):
    """Days of a term unlike the others: a week of examinations, or a break without lessons (P20)."""

    class Kind(models.TextChoices):
        EXAMS = "exams", "考试周"
        SPRING = "spring", "春假"
        AUTUMN = "autumn", "秋假"
        FARMING = "farming", "农忙假"
        EXAM_SITE = "exam_site", "中考占用考点"
        CLOSURE = "closure", "停课"

    term = models.ForeignKey(Term, models.CASCADE, related_name="periods")
    kind = models.CharField(max_length=10, choices=Kind)
    first_on = models.DateField()
    last_on = models.DateField()
    reason = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["first_on"]
        constraints = [
            models.CheckConstraint(
                name="period_dates_in_order", condition=Q(last_on__gte=models.F("first_on"))
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def is_break(self) -> bool:
        """No lessons: nothing that a school owes may fall due in it."""
        return self.kind != self.Kind.EXAMS


class CountedDate(models.Model):
    """How a date that stands in another row was counted in working days: its own arithmetic, written once.

    The page shows it without counting again, so that a later change of the calendar never tells another
    story. ``is_provisional`` and not ``recounted_at``: it waits for the days of a year. ``in_lessons`` and
    not ``recounted_at``: a change of the terms counts it again.
    """

    subject_type = models.CharField(max_length=60)  # inspections.rectificationtask
    subject_id = models.PositiveBigIntegerField()
    field = models.CharField(max_length=30)  # the column that holds the date
    start_on = models.DateField()
    days = models.PositiveSmallIntegerField()  # working days after ``start_on``
    swapped = models.PositiveSmallIntegerField()  # Saturdays and Sundays among them that are worked
    in_lessons = models.BooleanField(default=False)  # counted on days with pupils alone (P20)
    paused = models.PositiveSmallIntegerField(default=0)  # working days passed over: no pupils were there
    counted_on = models.DateField()  # the day that the count gives
    on = models.DateField()  # the day that was written: another limit may come before it
    is_provisional = models.BooleanField()
    recounted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_count_a_field", fields=["subject_type", "subject_id", "field"])
        ]
        indexes = [
            models.Index(
                name="counts_that_wait",
                fields=["counted_on"],
                condition=Q(is_provisional=True, recounted_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject_type}:{self.subject_id}.{self.field}"

    @property
    def decides(self) -> bool:
        """Is the day that was written the counted one, not an earlier limit?"""
        return self.on == self.counted_on

    def stands_for(self, day: date | None) -> bool:
        """Does ``day``, as the column has it now, rest on this count?"""
        return day == self.on and self.decides
