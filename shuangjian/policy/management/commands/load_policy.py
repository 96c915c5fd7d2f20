"""Load the policy data files of the project into the database."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from shuangjian.policy.workflows import loading


class Command(BaseCommand):
    help = "Idempotent: a second run changes nothing. --dry-run checks and counts without writing."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--dry-run", action="store_true", help="check and count, write nothing")
        parser.add_argument(
            "--start-year", type=int, help="year 0 of the plan; default: the plan already loaded"
        )

    def handle(self, *args: Any, dry_run: bool, start_year: int | None, **options: Any) -> None:
        try:
            with transaction.atomic():
                done = loading.load(start_year=start_year)
                if dry_run:
                    transaction.set_rollback(True)
        except loading.BadData as error:
            raise CommandError(str(error)) from error
        for remark in done.remarks:
            self.stdout.write(remark)
        words = "，".join(f"{kind}{count}" for kind, count in done.counts.items()) or "没有变化"
        self.stdout.write(("试运行，没有写入：" if dry_run else "已导入：") + words)
