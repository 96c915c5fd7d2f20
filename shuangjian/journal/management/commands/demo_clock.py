"""Say or move the demo county's day; what the day brings is done by the next sweeps."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from shuangjian import clock
from shuangjian.dates import cn_date
from shuangjian.journal import demo_clock
from shuangjian.journal.errors import Refused


class Command(BaseCommand):
    help = (
        "For demo mode only. Without DAY it prints the day; DAY is 2021-12-31, +7, or now (machine's time)."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("day", nargs="?", metavar="DAY")
        parser.add_argument("--back", action="store_true", help="also to an earlier day; undoes nothing")

    def handle(self, *args: Any, day: str | None, back: bool, **options: Any) -> None:
        if not settings.DEMO_MODE:
            raise CommandError(demo_clock.NOT_HERE)
        before = clock.today()
        if day is None:
            self.stdout.write(f"演示日期：{cn_date(before)}")
            return
        try:
            after = demo_clock.move(to=demo_clock.day_of(day), actor=None, knows_what_stays=back)
        except demo_clock.Backwards as refused:
            raise CommandError(f"{refused}。仍要改请加 --back") from refused
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"演示日期：{cn_date(before)} → {cn_date(after)}")
        if after < before:
            self.stderr.write(demo_clock.GOES_BACK)
