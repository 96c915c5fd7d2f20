"""Dates counted in working days, kept with their arithmetic, and counted again when a year's days come in, or
when the terms change that a count pauses by.

Whoever writes such a date into a row calls ``keep`` in the same transaction, and registers (``adopt_by``) how
a date that was counted again enters the row: on the locked row, only while it still waits for it, with audit
entry and notice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from django.db import models, transaction
from django.db.models import QuerySet
from django.urls import reverse

from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import Role
from shuangjian.accounts.selectors import holders
from shuangjian.journal import jobs, outbox
from shuangjian.policy import calendar
from shuangjian.policy.calendar import Computed
from shuangjian.policy.models import CalendarEdition, CountedDate, Term
from shuangjian.policy.school_days import Lessons

RECOUNT = "policy.recount"

# The count as it was kept and as it is now; gives the date written into the row, None where none waits.
Adopt = Callable[[CountedDate, Computed], "date | None"]
_ADOPTERS: dict[tuple[str, str], Adopt] = {}


def adopt_by(model: type[models.Model], field: str, adopt: Adopt) -> None:
    """Let an app say how a date that was counted again enters its row."""
    _ADOPTERS[model._meta.label_lower, field] = adopt


# --- Keeping ------------------------------------------------------------------------------------------
def keep(subject: models.Model, field: str, computed: Computed, *, on: date | None = None) -> None:
    """Write how the date in ``subject.field`` was counted, instead of an earlier count of it.

    ``on``: what was written into the row where another limit came before the count. A provisional count is
    told to the task force, once a year.
    """
    CountedDate.objects.update_or_create(
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        field=field,
        defaults={
            "start_on": computed.start_on,
            "days": computed.days,
            "swapped": computed.swapped,
            "in_lessons": computed.in_lessons,
            "paused": computed.paused,
            "counted_on": computed.on,
            "on": on or computed.on,
            "is_provisional": computed.is_provisional,
            "recounted_at": None,
        },
    )
    tell_of_missing_years(computed)


def tell_of_missing_years(computed: Computed) -> None:
    """Ask the task force, once for each year, for the days that a count lacked."""
    for year in computed.missing_years:
        outbox.notify(
            recipients=holders(Role.TASK_FORCE),
            kind="calendar.missing",
            title=f"{year}年的放假安排还没有录入，按工作日计算的期限暂定",
            body="国务院办公厅公布后请录入，暂定的期限会重算并通知有关单位",
            url=reverse("calendar-year", args=[year]),
            dedupe_key=f"calendar.missing:{year}",
        )
    if computed.past_terms:
        last = Term.objects.order_by("first_on").last()
        outbox.notify(
            recipients=holders(Role.TASK_FORCE),
            kind="terms.missing",
            title=f"{last.short_title if last else '学期'}以后的学期还没有录入，按上课日计算的期限暂定",
            body="请按校历录入下一学年，暂定的期限会重算并通知有关单位",
            url=reverse("terms"),
            dedupe_key=f"terms.missing:{last.code if last else ''}",
        )


def words_of(subject: models.Model, field: str) -> str:
    """How the date in ``subject.field`` was counted; empty where it was not, or another limit decided."""
    words = words_for(type(subject), field, [(subject.pk, getattr(subject, field))])
    return words.get(subject.pk, "")


def words_for(
    model: type[models.Model], field: str, dates: Iterable[tuple[int, date | None]]
) -> dict[int, str]:
    """Key of a row → how its date was counted, for those whose date rests on the count; one query."""
    wanted = dict(dates)
    rows = CountedDate.objects.filter(
        subject_type=model._meta.label_lower, field=field, subject_id__in=list(wanted)
    )
    return {row.subject_id: calendar.explain(row) for row in rows if row.stands_for(wanted[row.subject_id])}


# --- Counting again -----------------------------------------------------------------------------------
def waiting() -> QuerySet[CountedDate]:
    """Provisional counts that nobody has counted again yet, earliest date first."""
    rows = CountedDate.objects.filter(is_provisional=True, recounted_at__isnull=True)
    return rows.order_by("counted_on", "pk")


def pausing() -> QuerySet[CountedDate]:
    """Counts on days with pupils whose date lies ahead: they follow the terms."""
    rows = CountedDate.objects.filter(in_lessons=True, recounted_at__isnull=True)
    return rows.filter(counted_on__gte=clock.today()).order_by("counted_on", "pk")


def outdated() -> list[CountedDate]:
    """What is to be counted again: it waited for a year that is there now, or pauses by other days."""
    rows = list((waiting() | pausing()).order_by("counted_on", "pk"))
    lessons = Lessons.known() if any(row.in_lessons for row in rows) else None
    return [row for row in rows if _says_otherwise(row, _again(row, lessons))]


def _says_otherwise(counted: CountedDate, computed: Computed) -> bool:
    if counted.in_lessons and computed.on != counted.counted_on:
        return True
    return counted.is_provisional and not computed.is_provisional


def provisional(model: type[models.Model]) -> frozenset[int]:
    """Keys of the rows of a model with a date that waits for a year; one query."""
    rows = waiting().filter(subject_type=model._meta.label_lower)
    return frozenset(rows.values_list("subject_id", flat=True))


def ask_for_recount(edition: CalendarEdition) -> None:
    """A year is there now: count again what waited for it, in the background."""
    if not waiting().filter(counted_on__year__gte=edition.year).exists():
        return
    jobs.enqueue(
        kind=RECOUNT,
        key=f"{RECOUNT}:{edition.code}",
        payload={"year": edition.year},
        owner=edition.made_by,
        title=f"按{edition.year}年的放假安排重算暂定的期限",
        url=reverse("calendar-year", args=[edition.year]),
    )


def ask_for_pauses(term: Term, owner: User) -> None:
    """The terms are others now: count again what pauses by them, in the background."""
    if not outdated():
        return
    jobs.enqueue(
        kind=RECOUNT,
        key=f"{RECOUNT}:{term.code}:{term.version}",
        payload={"term": term.code},
        owner=owner,
        title=f"按{term.short_title}的校历重算停计的期限",
        url=reverse("terms"),
    )


def sweep() -> bool:
    """Ask again where something waits for a year that is there: it was counted beside the year's entry."""
    with calendar.loaded(), transaction.atomic():
        late = next(iter(outdated()), None)
        if late is None:
            return False
        jobs.enqueue(
            kind=RECOUNT,
            key=f"{RECOUNT}:count:{late.pk}",
            payload={"year": late.counted_on.year},
            title="按公布的放假安排重算暂定的期限",
            url=reverse("calendar"),
        )
    return True


def _again(counted: CountedDate, lessons: Lessons | None = None) -> Computed:
    if counted.in_lessons:
        return (lessons or Lessons.known()).add(counted.start_on, counted.days)
    return calendar.add_working_days(counted.start_on, counted.days)


def recount(counted_id: int) -> bool:
    """Count one date again that says otherwise now; returns whether the date in its row is another one.

    A count that still lacks a year waits on; one that pauses goes on following the terms.
    """
    with transaction.atomic():
        rows = (waiting() | pausing()).select_for_update()
        counted = rows.filter(pk=counted_id).first()
        if counted is None:
            return False  # an attempt before this one did it
        computed = _again(counted)
        if not _says_otherwise(counted, computed):
            return False
        adopt = _ADOPTERS[counted.subject_type, counted.field]
        before = counted.on
        on = adopt(counted, computed)
        counted.recounted_at = None if on is not None and counted.in_lessons else clock.now()
        if on is not None:
            counted.is_provisional = computed.is_provisional
            counted.counted_on, counted.swapped, counted.on = computed.on, computed.swapped, on
            counted.paused = computed.paused
        counted.save()
    return on is not None and on != before
