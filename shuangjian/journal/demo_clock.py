"""Moving the demo county's day: forth to see what time brings, back with a warning, or to the machine's time.

In demo mode only. The day begins at half past nine, so that the next sweep falls into office hours; what is
due then is done by the sweeps as on any other day. Moving back undoes nothing: reminders that were sent stay
sent, steps that were opened stay open.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from math import ceil
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from shuangjian import clock
from shuangjian.journal import audit, doorbell
from shuangjian.journal.errors import Refused
from shuangjian.journal.models import DemoClock

OPENS_AT = time(9, 30)
FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)
NOW = "now"  # the machine's own time
NOT_HERE = "只有演示平台能改日期"
GOES_BACK = (
    "改回以前不会撤销已经办过的事：发出的提醒、开始和结束的步骤、登记的内容都留着，审计日志里的时间会倒退"
)
_AFTER = re.compile(r"\+([0-9]{1,5})")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

audit.name_actions({"journal.democlock.moved": "改演示日期"})
audit.name_nouns({"journal.democlock": "演示时钟"})


class Backwards(Refused):
    """The day wished for is past and nobody said that he knows what that means."""


def day_of(words: str) -> date | None:
    """What 「2021-12-31」, 「+7」 or 「now」 means today; None for the machine's time. Raises Refused."""
    if words == NOW:
        return None
    after = _AFTER.fullmatch(words)
    try:
        if after and int(after[1]):
            return clock.today() + timedelta(days=int(after[1]))
        if _DAY.fullmatch(words):
            return date.fromisoformat(words)
    except (ValueError, OverflowError):
        pass
    raise Refused(f"“{words[:40]}”不是日期，请写成2021-12-31、+7（过7天）或{NOW}（机器时间）")


def move(*, to: date | None, actor: Any, knows_what_stays: bool = False) -> date:
    """Let it be half past nine of the day ``to`` in the county, or the machine's time; returns the new day.

    Raises Refused outside demo mode and for a day that the portal does not know, Backwards where the new time
    is before the present one and ``knows_what_stays`` is not said. Rings for the sweeps after commit.
    """
    if not settings.DEMO_MODE:
        raise Refused(NOT_HERE)
    if to is not None and not FIRST <= to <= LAST:
        raise Refused(f"演示日期要在{FIRST.year}年到{LAST.year}年之间")
    with transaction.atomic():
        row = DemoClock.objects.select_for_update().order_by("pk").first()
        clock.forget()  # what another had set before the lock was ours
        before = clock.now()
        if row is None:
            row = DemoClock(as_of=before.date())
        target = timezone.now() if to is None else _opening(to)
        if target < before - timedelta(seconds=1) and not knows_what_stays:
            raise Backwards(GOES_BACK)
        row.shift_seconds = 0 if to is None else ceil((target - timezone.now()).total_seconds())
        row.save()
        clock.forget()
        after = clock.now()
        post = actor.main_post if actor is not None else None
        audit.record(
            action="journal.democlock.moved",
            subject=row,
            actor=actor,
            role=post.role if post else "",
            before={"on": before.date().isoformat()},
            after={"on": after.date().isoformat()},
        )
        transaction.on_commit(doorbell.ring_all_sweeps)
    return after.date()


def _opening(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, OPENS_AT))
