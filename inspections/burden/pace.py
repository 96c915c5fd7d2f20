"""How long one input takes: measured over the whole county from the moments at which answers were saved.

Never per person or unit: what is read is one median of all pauses between two saves of one self-check, each
shared among what was saved after it. Source: practice.md P1 (no online time of anybody).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import connection

from inspections.models import Answer
from shuangjian import clock

DEFAULT_SECONDS = 20
LEAST_PAUSES = 200  # fewer say nothing about the county
LONGEST_PAUSE = timedelta(minutes=10)  # a longer one was spent on something else
MEASURED_OVER = timedelta(days=400)  # two terms and the vacations between them

_MEDIAN = """
    WITH saves AS (
        SELECT self_check_id, updated_at, count(*) AS inputs FROM {answers}
        WHERE updated_at >= %s AND NOT is_keyed_in GROUP BY self_check_id, updated_at
    ), pauses AS (
        SELECT inputs, extract(epoch FROM updated_at - lag(updated_at) OVER (
            PARTITION BY self_check_id ORDER BY updated_at)) AS seconds FROM saves
    )
    SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds / inputs)
    FROM pauses WHERE seconds <= %s
"""


@dataclass(frozen=True)
class Pace:
    """Seconds an input; ``pauses``: of how many it is the median, 0 where it is the default."""

    seconds: int
    pauses: int = 0

    def minutes(self, inputs: int) -> int:
        """Whole minutes, begun ones counted."""
        return ceil(inputs * self.seconds / 60)

    @property
    def words(self) -> str:
        """How it comes about, for the page."""
        if not self.pauses:
            return f"保存记录不足{LEAST_PAUSES}次，暂按每项{DEFAULT_SECONDS}秒估算"
        return f"每项{self.seconds}秒，全县{self.pauses}次相邻保存的间隔的中位数，不按人、不按单位统计"


def measured(now: datetime | None = None) -> Pace:
    """The county's pace as its saves say; the default before there are enough. One query."""
    since = (now or clock.now()) - MEASURED_OVER
    with connection.cursor() as cursor:
        cursor.execute(_MEDIAN.format(answers=Answer._meta.db_table), [since, LONGEST_PAUSE.total_seconds()])
        pauses, seconds = cursor.fetchone()
    return Pace(max(1, round(seconds)), pauses) if pauses >= LEAST_PAUSES else Pace(DEFAULT_SECONDS)
