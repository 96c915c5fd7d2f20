"""The calendar's versions: taken from the library, entered from the notice, changed by the county's own days.

Each change is the next edition of its year with reason, actor and audit entry; older ones stay readable.
Dates that were counted provisionally are counted again as soon as a year is there (workflows.counting).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from importlib.metadata import version as version_of
from typing import Any

from chinese_calendar import constants
from django.db import transaction

from shuangjian import clock
from shuangjian.accounts.models import User
from shuangjian.accounts.roles import Role
from shuangjian.journal import audit, locks
from shuangjian.journal.conflict import StaleRow
from shuangjian.journal.errors import NotAllowed, Refused
from shuangjian.journal.locks import Lock
from shuangjian.policy import notice_text
from shuangjian.policy.models import CalendarEdition
from shuangjian.policy.workflows import counting

KEEPERS = frozenset({Role.TASK_FORCE})
FIRST_YEAR = 2021  # 双减 began in it: no matter of the county is older
AHEAD = 2  # years after this one that can be entered
LONGEST_SPAN = 60  # days of one entry; more is a slip of the month
LIBRARY = "chinesecalendar"
ENTERED = "县里按通知录入"

_FESTIVALS = {
    constants.Holiday.new_years_day.value: "元旦",
    constants.Holiday.spring_festival.value: "春节",
    constants.Holiday.tomb_sweeping_day.value: "清明节",
    constants.Holiday.labour_day.value: "劳动节",
    constants.Holiday.dragon_boat_festival.value: "端午节",
    constants.Holiday.national_day.value: "国庆节",
    constants.Holiday.mid_autumn_festival.value: "中秋节",
}
Day = dict[str, Any]

audit.name_actions({"policy.calendar.loaded": "装入工作日历", "policy.calendar.changed": "修改工作日历"})
audit.name_nouns({"policy.calendaredition": "工作日历"})


@dataclass(frozen=True, kw_only=True)
class Span:
    """Days of one year, from first to last."""

    first_on: date
    last_on: date

    def __iter__(self) -> Any:
        return (self.first_on + timedelta(days=at) for at in range((self.last_on - self.first_on).days + 1))


def years() -> range:
    """The years that have a page: those the calendar holds and the next ones, which may be entered."""
    return range(FIRST_YEAR, clock.today().year + AHEAD + 1)


def in_force(year: int) -> CalendarEdition | None:
    """The newest edition of a year; None before there is any."""
    return CalendarEdition.objects.filter(year=year).order_by("-ordinal").first()


# --- By the library -----------------------------------------------------------------------------------
def load_library(documents: dict[int, str]) -> tuple[int, list[str]]:
    """Bring each year that the library knows up to it; returns how many editions were made, and in words
    where the county's own entry of a year differs: that one stays.

    A second run makes none. Runs in the caller's transaction.
    """
    locks.hold(Lock.CALENDAR)
    is_first = not CalendarEdition.objects.exists()
    source, made, remarks = f"节假日数据{version_of(LIBRARY)}版", 0, []  # read on the page
    for year, national in sorted(_library_years().items()):
        edition, document = in_force(year), documents.get(year, "")
        if edition is not None and edition.is_entered:
            other = sum(edition.national.get(on) != national.get(on) for on in {*edition.national, *national})
            if _working(edition.national) != _working(national):
                remarks.append(f"{year}年由县里按通知录入，与{source}有{other}天不同，没有改动")
            continue
        if (
            edition is not None
            and edition.is_complete
            and (edition.national, edition.document) == (national, document)
        ):
            continue
        new = _next(edition, year, reason="按国家放假安排装入")
        new.national, new.is_complete, new.source, new.document = national, True, source, document
        _save(new, edition, actor=None, action=None if is_first else "loaded")
        made += 1
    return made, remarks


def _library_years() -> dict[int, dict[str, Day]]:
    """{year: {ISO date: day}} of what chinesecalendar knows, from FIRST_YEAR on."""
    found: dict[int, dict[str, Day]] = {}
    for table, works in ((constants.holidays, False), (constants.workdays, True)):
        for on, name in table.items():
            if on.year >= FIRST_YEAR:
                words = _FESTIVALS.get(name, "放假")
                day = {"works": works, "name": f"{words}调休" if works else words}
                found.setdefault(on.year, {})[on.isoformat()] = day
    return {year: dict(sorted(days.items())) for year, days in found.items()}


def _working(days: dict[str, Day]) -> dict[str, bool]:
    """What counts of days: a day off on a Saturday says nothing that its weekday does not."""
    return {
        on: day["works"] for on, day in days.items() if day["works"] != (date.fromisoformat(on).weekday() < 5)
    }


# --- By the county ------------------------------------------------------------------------------------
def enter_year(
    *, year: int, document: str, text: str, reason: str, actor: User, version: int | None
) -> CalendarEdition:
    """Enter a whole year from the notice's words. Raises NotAllowed, StaleRow, Refused."""
    _require_keeper(actor)
    national = notice_text.read(text, year)
    with transaction.atomic():
        old = _newest(year, version)
        if old is not None and old.is_complete and (old.national, old.document) == (national, document):
            raise Refused("与现在的安排没有不同，没有保存")
        new = _next(old, year, reason=reason)
        new.national, new.is_complete, new.is_entered = national, True, True
        new.source, new.document = ENTERED, document
        _save(new, old, actor=actor, action="changed")
    return new


def set_local_days(
    *, span: Span, works: bool | None, name: str, reason: str, actor: User, version: int | None
) -> CalendarEdition:
    """The county's own days: resting, worked, or (``works`` None) as the country has them again.

    Dates that were counted before stay as they were told; what is counted from now on follows. Raises
    NotAllowed, StaleRow, Refused.
    """
    _require_keeper(actor)
    year = span.first_on.year
    if span.last_on.year != year:
        raise Refused("起止日期要在同一年，跨年的请分两次登记")
    if span.last_on < span.first_on:
        raise Refused("结束日期不能早于开始日期")
    if (span.last_on - span.first_on).days >= LONGEST_SPAN:
        raise Refused(f"一次最多登记{LONGEST_SPAN}天，请核对日期")
    with transaction.atomic():
        old = _newest(year, version)
        local = dict(old.local) if old is not None else {}
        for day in span:
            if works is None:
                local.pop(day.isoformat(), None)
            else:
                local[day.isoformat()] = {"works": works, "name": name}
        local = dict(sorted(local.items()))
        if local == (old.local if old is not None else {}):
            raise Refused("与现在的日历没有不同，没有保存")
        new = _next(old, year, reason=reason)
        new.local = local
        _save(new, old, actor=actor, action="changed")
    return new


def _require_keeper(actor: User) -> None:
    if not actor.has_role(*KEEPERS):
        raise NotAllowed("工作日历由双减专班录入和修改")


def _newest(year: int, version: int | None) -> CalendarEdition | None:
    """The edition in force, as the person saw it. Raises StaleRow, Refused for a year out of reach."""
    if year not in years():
        raise Refused(f"日历只收{years().start}年至{years().stop - 1}年，请核对日期")
    locks.hold(Lock.CALENDAR)
    newest = in_force(year)
    if version is not None and version != (newest.ordinal if newest is not None else 0):
        raise StaleRow(newest or CalendarEdition(year=year))  # type: ignore[arg-type]
    return newest


def _next(old: CalendarEdition | None, year: int, *, reason: str) -> CalendarEdition:
    """The edition after ``old`` with everything that it says."""
    kept = ("national", "local", "is_complete", "is_entered", "source", "document")
    return CalendarEdition(
        year=year,
        ordinal=old.ordinal + 1 if old is not None else 1,
        reason=reason,
        **({name: getattr(old, name) for name in kept} if old is not None else {"is_complete": False}),
    )


def _save(
    new: CalendarEdition, old: CalendarEdition | None, *, actor: User | None, action: str | None
) -> None:
    """Write the edition; the first loading of an empty portal is its set-up and no change (no ``action``)."""
    new.made_by, new.made_at = actor, clock.now()
    new.save(force_insert=True)
    if new.is_complete and not (old is not None and old.is_complete):
        counting.ask_for_recount(new)
    if action is not None:
        audit.record(
            action=f"policy.calendar.{action}",
            subject=new,
            actor=actor,
            role=Role.TASK_FORCE if actor is not None else "",
            before=_facts(old) if old is not None else None,
            after=_facts(new) | {"changed": _changed(old, new)},
            note=new.reason,
        )


def _facts(edition: CalendarEdition) -> dict[str, Any]:
    return {"edition": edition.code, "complete": edition.is_complete, "local": len(edition.local)}


def _changed(old: CalendarEdition | None, new: CalendarEdition) -> list[str]:
    """The days that are worked or not worked otherwise than before, as ISO dates."""
    before, after = _working(old.days if old is not None else {}), _working(new.days)
    return sorted(on for on in before.keys() | after.keys() if before.get(on) != after.get(on))
