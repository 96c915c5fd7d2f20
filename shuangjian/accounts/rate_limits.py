"""How often something may be done from one address without signing in: counted in the database.

No Redis is asked, so the limits hold without it. An address is never stored: a row's key is a digest of it
under the portal's secret, another one for each slot of time, and rows go when their slot is over. A limit
slows one address down; nobody elsewhere notices it. Source: reliability rules 8 and 18; decision 0106.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from shuangjian.accounts.access import client_address
from shuangjian.accounts.models import RateCount


@dataclass(frozen=True)
class Rate:
    """At most ``most`` in each slot of ``per``; slots begin on the clock, not with the first try."""

    name: str
    most: int
    per: timedelta


def wait_for(request: HttpRequest, rate: Rate, about: str = "") -> int:
    """Count one try from the request's address (about one thing) and say how many seconds to wait; 0: go on.

    Counted by itself, not in the transaction of what is done: a row that is written there says nothing here.
    """
    now, seconds = timezone.now().timestamp(), int(rate.per.total_seconds())
    slot = int(now // seconds)
    ends_at = (slot + 1) * seconds
    words = "|".join((rate.name, about, str(slot), client_address(request)))
    token = salted_hmac("shuangjian.accounts.rate_limits", words, algorithm="sha256").hexdigest()[:32]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {RateCount._meta.db_table} AS known (token, count, ends_at) VALUES (%s, 1, %s)"  # noqa: S608
            " ON CONFLICT (token) DO UPDATE SET count = known.count + 1 RETURNING count",
            [token, datetime.fromtimestamp(ends_at, tz=UTC)],
        )
        count = cursor.fetchone()[0]
    return 0 if count <= rate.most else max(1, round(ends_at - now))


def forget() -> None:
    """Delete what was counted in slots that are over."""
    RateCount.objects.filter(ends_at__lt=timezone.now()).delete()
