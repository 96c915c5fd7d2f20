"""How often somebody may fail to sign in: five times with one name from one address, and from one address
twenty times an hour under whatever names.

Only failures count, and only where a password was looked at: who is refused while he is shut out, with the
right password or a wrong one, makes the wait no longer. The rows are django-axes'. Source: reliability rules
17 and 18; decisions.md, "Sign-in".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from shuangjian import clock

PER_ADDRESS = timedelta(hours=1)
LOG_KEPT = timedelta(days=190)  # reliability rule 26


class FailureHandler(AxesDatabaseHandler):
    """django-axes' own, which knows of names at addresses, with the limit of the address beside it."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        if super().is_locked(request, credentials):
            return True
        return failures_from(request.axes_ip_address) >= settings.SIGN_IN_FAILURES_PER_ADDRESS  # type: ignore[attr-defined]

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any
    ) -> None:
        super().user_login_failed(sender, credentials, request, **kwargs)
        if request is not None and self.is_locked(request, credentials):
            request.axes_locked_out = True  # the answer to the last failure says so already
            request.axes_credentials = credentials

    def remove_out_of_limit_failure_logs(self, *, username: str, limit: int | None = None) -> int:
        """Nothing: axes would drop a name's newest rows, which are counted; rows leave by their age."""
        return 0


def _failures(address: str) -> QuerySet[AccessFailureLog]:
    """What failed from an address within the hour, newest first."""
    since = timezone.now() - PER_ADDRESS
    return AccessFailureLog.objects.filter(ip_address=address, attempt_time__gt=since).order_by(
        "-attempt_time"
    )


def failures_from(address: str) -> int:
    return _failures(address).count()


def tries_left(name: str, address: str) -> int:
    """How many more failures the name has at this address before either limit shuts it."""
    of_name = sum(failures for _, failures in _attempts(name, address))
    left = settings.AXES_FAILURE_LIMIT - of_name
    return max(0, min(left, settings.SIGN_IN_FAILURES_PER_ADDRESS - failures_from(address)))


@dataclass(frozen=True)
class Wait:
    """Until when nobody can sign in, and whether the whole address is shut or one name at it."""

    until: datetime
    whole_address: bool

    @property
    def minutes(self) -> int:
        """Full minutes to wait, at least one."""
        seconds = (self.until - timezone.now()).total_seconds()
        return max(1, -int(-seconds // 60))

    @property
    def opens_at(self) -> datetime:
        """``until`` by the county's clock: a demonstration lives on another day."""
        return clock.now() + (self.until - timezone.now())


def wait_of(name: str, address: str) -> Wait:
    """When the name can be tried again from this address; now, where nothing stands in the way."""
    of_name, of_address = _name_opens_at(name, address), _address_opens_at(address)
    return Wait(max(of_name, of_address), whole_address=of_address > timezone.now())


def _attempts(name: str, address: str) -> list[tuple[datetime, int]]:
    """(last time, failures) of each browser that tried the name from the address lately, oldest first."""
    since = timezone.now() - timedelta(hours=settings.AXES_COOLOFF_TIME)
    attempts = AccessAttempt.objects.filter(username=name, ip_address=address, attempt_time__gte=since)
    return list(attempts.order_by("attempt_time").values_list("attempt_time", "failures_since_start"))


def _name_opens_at(name: str, address: str) -> datetime:
    """When so many of the counted failures will have been forgotten that fewer than the limit are left."""
    attempts = _attempts(name, address)
    left = sum(failures for _, failures in attempts)
    opens = timezone.now()
    for at, failures in attempts:
        if left < settings.AXES_FAILURE_LIMIT:
            break
        left -= failures
        opens = at + timedelta(hours=settings.AXES_COOLOFF_TIME)
    return opens


def _address_opens_at(address: str) -> datetime:
    counted = settings.SIGN_IN_FAILURES_PER_ADDRESS
    decisive = _failures(address).values_list("attempt_time", flat=True)[counted - 1 : counted]
    return next((at + PER_ADDRESS for at in decisive), timezone.now())


def forget_old_rows() -> None:
    """Delete the log of signing in, right or wrong, once it need not be kept any longer."""
    rows: tuple[type[Model], ...] = (AccessFailureLog, AccessLog)
    for model in rows:
        model._default_manager.filter(attempt_time__lt=timezone.now() - LOG_KEPT).delete()
