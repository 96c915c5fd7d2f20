"""Build the invented county 云溪县, through the portal's own workflows."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inspections.demo import build, bulk
from shuangjian.journal.errors import Refused


class Command(BaseCommand):
    help = (
        "For demo mode and an empty database only. Prints counts; accounts go to VAR_DIR/demo-accounts.csv."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--as-of",
            type=date.fromisoformat,
            default=build.AS_OF,
            metavar="DATE",
            help=f"the county's date when its clock begins to run, default {build.AS_OF}",
        )

        parser.add_argument("--seed", type=int, default=build.SEED, help="what is drawn by lot, default 1")
        size = parser.add_mutually_exclusive_group()
        size.add_argument("--small", action="store_true", help="only the dozen units of docs/walkthrough.md")
        size.add_argument("--empty", action="store_true", help="no unit: the three administrators alone")
        size.add_argument(
            "--size",
            choices=bulk.SIZES,
            help="the small one and rows in bulk, not through the workflows, for measurements alone: "
            + "，".join(f"{name} {units} units" for name, units in bulk.SIZES.items()),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        as_of = options["as_of"]
        try:
            counts = self._build(**options)
        except (build.CannotBuild, Refused) as error:
            raise CommandError(str(error)) from error
        words = "，".join(f"{noun}{count}" for noun, count in counts.items())
        self.stdout.write(f"云溪县（{as_of}）：{words}，用时{time.monotonic() - began:.1f}秒")
        self.stdout.write(f"演示账号：{build.accounts_file()}")

    def _build(
        self, *, as_of: date, seed: int, small: bool, empty: bool, size: str | None, **options: Any
    ) -> dict[str, int]:
        if empty:
            return build.build_empty(as_of)
        if size is not None:
            return bulk.fill(size, as_of, seed=seed)
        return build.build(as_of, seed=seed, is_whole=not small)
