"""上报 in the demo county: both usual tables in use, what fell due sent, one corrected, one being filled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from inspections.demo.place import Place
from inspections.demo.story import Story
from inspections.models import UpwardReturn
from inspections.workflows import return_templates, returns, shipped_returns
from inspections.workflows.returns import Entry
from shuangjian import clock
from shuangjian.policy import calendar

BEGUN = 38  # days before the county's date
SENT_BEFORE = timedelta(days=6)  # its date, on a working day
CORRECTED = 17
# What the portal keeps no records of, by the statistic's code.
KEYED = {"BY04": 2, "CF01": 0, "ZJ01": 286_500, "ZJ02": 100, "JB01": 4, "JB02": 3}
WHY = "本期开展专项督导，集中核查登记"


def stories(place: Place) -> Iterator[Story]:
    for story in (put_in_place, sent_in_time, corrected):
        yield story(place)


def put_in_place(place: Place) -> Story:
    """The tables that come with the portal, looked over and put to use."""
    yield place.ago(BEGUN, "10:20")
    office = place.people["zhuanban"]
    for template in shipped_returns.ship(actor=office):
        return_templates.publish(template_id=template.pk, actor=office, version=None, starts_on=clock.today())


def sent_in_time(place: Place) -> Story:
    """Day by day what comes due is filled in, checked and sent."""
    for days in range(BEGUN - 1, 0, -1):
        yield place.ago(days, "15:40")
        if calendar.is_working_day(clock.today()):
            soon = clock.today() + SENT_BEFORE
            for row in UpwardReturn.objects.filter(state="filling", due_on__lte=soon).order_by("pk"):
                _send(place, row)


def corrected(place: Place) -> Story:
    """One advertisement more than was told at first: a second return that names the first."""
    yield place.ago(CORRECTED, "09:50")
    first = UpwardReturn.objects.filter(state="sent").order_by("pk").first()
    if first is None:
        return
    new = returns.correct(
        return_id=first.pk,
        actor=place.people["zhuanban"],
        version=None,
        reason="市场监管局补报1条违规广告",
    )
    _send(place, new, more=1)


def _send(place: Place, row: UpwardReturn, more: int = 0) -> None:
    """Filled in by the task force, checked by 督导室, sent by the leader; ``more`` advertisements."""
    office = place.people["zhuanban"]
    lines = list(row.lines.select_related("statistic"))
    counted = {line.statistic.code: line.value for line in lines}
    entries = {}
    for line in lines:
        line.value = _given(line.statistic.code, counted)
        if line.statistic.code == "BY04":
            line.value += more
        entries[line.pk] = Entry(line.value, explanation=WHY if line.is_questioned else "")
    returns.fill(return_id=row.pk, actor=office, version=None, entries=entries)
    returns.submit(return_id=row.pk, actor=office, version=None, is_zero=True)
    returns.check(return_id=row.pk, actor=place.people["dudao"], version=None, words="与台账、通报一致。")
    returns.send(return_id=row.pk, actor=place.people["lingdao"], version=None)


def _given(code: str, counted: dict[str, Decimal | None]) -> Decimal:
    """A figure as it was counted; all schools have service, six pupils of seven take part."""
    if code in KEYED:
        return Decimal(KEYED[code])
    if code == "XX03":
        return counted["XX01"] or Decimal(0)
    if code == "XX04":
        return (counted["XX02"] or Decimal(0)) * 6 // 7
    return counted[code] or Decimal(0)
