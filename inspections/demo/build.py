"""Building the demo county: units and people, then all that happened up to its date, in the order of time."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from math import ceil
from pathlib import Path
from random import Random

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from inspections.demo import (
    bulletins,
    burden,
    case_papers,
    cases,
    complaints,
    county_rules,
    draws,
    duties,
    last_term,
    leads,
    ledger_views,
    model_cases,
    overview,
    papers,
    parents,
    people,
    printouts,
    questions,
    registers,
    reports,
    returns,
    self_checks,
    visits,
)
from inspections.demo.place import SINCE, Account, Place
from inspections.demo.story import Story, tell
from inspections.demo.wide import story as wide
from inspections.models import Paper, Problem, SelfCheck, SupervisionReport, Visit
from inspections.workflows import deadlines, rechecks, surveys
from inspections.workflows import returns as upward
from shuangjian import clock
from shuangjian.accounts import workflows
from shuangjian.accounts.models import Organisation, User
from shuangjian.accounts.views import landing_page
from shuangjian.journal import audit
from shuangjian.journal.demo_clock import OPENS_AT
from shuangjian.journal.models import AuditEntry, DemoClock, Notification
from shuangjian.policy import calendar
from shuangjian.policy.selectors import current_rulebook
from shuangjian.policy.workflows import phases

AS_OF = date(2026, 11, 16)
SEED = 1
LONG_AGO, LATELY = 210, 21  # days before the county's date: where the sweeps begin, and where they are daily
UNREAD_DAYS = 3  # younger notices are still unread


class CannotBuild(Exception):
    """The county isn't built here; the message says why, in words for people."""


def build(as_of: date = AS_OF, *, seed: int = SEED, is_whole: bool = True) -> dict[str, int]:
    """Build the county as it is on the morning of ``as_of``, all in one transaction; returns counts by noun.

    Without ``is_whole`` only the dozen units of the walkthrough: quicker, for tests.
    The same date and seed give the same rows, but for what is the installation's own: password, salts and
    the hashes over them. Writes the accounts to ``accounts_file()``. Raises CannotBuild.
    """
    password = _own_password()
    with _nobody_yet():
        place = Place(as_of=as_of, password=make_password(password), seed=seed)
        with calendar.loaded(), clock.at(place.opens):
            if current_rulebook() is None:
                raise CannotBuild("还没有导入减负三十条，请先运行manage.py load_policy")
            people.build(place)
            tell(_stories(place, is_whole=is_whole))
            _settle(place)
            _write_accounts(place.accounts, password)
        _start_clock(place)
        return _counts()


def build_empty(as_of: date = AS_OF) -> dict[str, int]:
    """An installation as it is opened in earnest, with its three administrators alone, on the county's date.

    What is left to do the portal itself says to the first who signs in. Raises CannotBuild.
    """
    password = _own_password()
    with _nobody_yet():
        place = Place(as_of=as_of, password=make_password(password))
        with clock.at(place.opens):
            opened = workflows.open_county(name="云溪县", doc_code="云教督")
            User.objects.update(
                is_demo=True,
                password=place.password,
                must_change_password=False,
                initial_password_until=None,
                created_at=place.opens,
            )
            _write_accounts([Account(user.name, user) for user, _ in opened], password)
        _start_clock(place)
        return _counts()


@contextmanager
def _nobody_yet() -> Iterator[None]:
    """One transaction in a demo installation that has no people."""
    if not settings.DEMO_MODE:
        raise CannotBuild("演示县只在演示模式下建立，请设DEMO_MODE=true")
    with transaction.atomic():
        with connection.cursor() as cursor:  # a report is set meanwhile, however slow the machine is
            cursor.execute(
                "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0"
            )
        if User.objects.exists():
            raise CannotBuild("数据库里已有人员，不再建演示县；要重建请先清空（script/server --fresh）")
        with audit.alone():
            yield
    clock.forget()


def _stories(place: Place, *, is_whole: bool) -> Iterator[Story]:
    if is_whole:
        yield from wide.stories(place)
    yield from last_term.stories(place)
    yield from self_checks.stories(place)
    yield from cases.stories(place)
    yield from visits.stories(place)
    yield from draws.stories(place)
    yield from county_rules.stories(place)
    yield from bulletins.stories(place)
    yield from leads.stories(place)
    yield from complaints.stories(place)
    yield from duties.stories(place)
    yield from reports.stories(place)
    yield from papers.stories(place)
    yield from case_papers.stories(place)
    yield from returns.stories(place)
    yield from registers.stories(place)
    yield from questions.stories(place)
    yield from printouts.stories(place)
    yield from ledger_views.stories(place)
    yield from burden.stories(place)
    yield from model_cases.stories(place)
    yield from parents.stories(place)
    yield from overview.stories(place)
    yield _sweeps(place)


def _sweeps(place: Place) -> Story:
    """What beat would have done: weekly at first, every working day of late; each reminder goes out once."""
    seeds = Random(place.as_of.toordinal())  # noqa: S311 (of draws that are the same in every build)
    days = [*range(LONG_AGO, LATELY, -7), *range(LATELY, -1, -1)]
    for instant in dict.fromkeys(place.ago(day, "08:35") for day in days):
        yield instant
        phases.sweep()
        upward.sweep()
        deadlines.sweep()
        surveys.sweep()
        rechecks.sweep(lambda: f"{seeds.getrandbits(128):032x}")


def _settle(place: Place) -> None:
    """What was told some days ago was read; what was dated by the machine's time gets the county's."""
    read_by = place.ago(UNREAD_DAYS, "18:00")
    Notification.objects.filter(created_at__lt=read_by).update(read_at=F("created_at") + timedelta(hours=3))
    User.objects.update(created_at=timezone.make_aware(datetime.combine(SINCE, OPENS_AT)))


def _own_password() -> str:
    """One for all accounts of this installation: whoever tries the portal signs in as many people in turn.

    Made from the installation's secret, so that the printed list fits an earlier dump that is restored too.
    """
    number = int.from_bytes(salted_hmac("inspections.demo", "password").digest(), "big") % 10**8
    return f"yunxi-{number // 10**4:04}-{number % 10**4:04}"


def _start_clock(place: Place) -> None:
    """From now on it is the morning of the county's date, and time goes on."""
    shift = place.opens - timezone.now()
    DemoClock.objects.create(as_of=place.as_of, shift_seconds=ceil(shift.total_seconds()))


def _counts() -> dict[str, int]:
    return {
        "单位": Organisation.objects.units().count(),
        "人员": User.objects.count(),
        "自查": SelfCheck.objects.count(),
        "问题": Problem.objects.count(),
        "督导": Visit.objects.count(),
        "报告": SupervisionReport.objects.count(),
        "公文": Paper.objects.count(),
        "留痕": AuditEntry.objects.count(),
        "通知": Notification.objects.count(),
    }


# --- Accounts -----------------------------------------------------------------
def accounts_file() -> Path:
    """Where the accounts of this installation are printed, for whoever started it."""
    return Path(settings.VAR_DIR) / "demo-accounts.csv"


def _write_accounts(accounts: list[Account], password: str) -> None:
    """Readable by its owner alone; plain UTF-8, since programs read it too."""
    path = accounts_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["role", "username", "password", "lands_on"])
        writer.writerows([one.role, one.user.username, password, landing_page(one.user)] for one in accounts)
