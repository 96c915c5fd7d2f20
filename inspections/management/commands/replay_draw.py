"""Draw a double random draw again: by its number, or from the published file without asking the database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inspections import lots
from inspections.models import VisitDraw
from inspections.workflows import draws


class Command(BaseCommand):
    help = "按公布的名单和种子重抽一次，与登记的结果核对"
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("no", nargs="?", help="抽取编号，例如 2026-D0001")
        parser.add_argument("--inputs", help="从平台下载的名单文件，给了就不查数据库")

    def handle(self, *args: Any, no: str | None = None, inputs: str | None = None, **options: Any) -> None:
        if bool(no) == bool(inputs):
            raise CommandError("请给抽取编号，或用--inputs给名单文件")
        frozen, seed, again = _from_file(str(inputs)) if inputs else _from_database(str(no))
        print(f"名单校验码　{again.hash}")
        print(f"种子　　　　{seed or '还没有抽取'}")
        names = {unit["code"]: unit["name"] for unit in frozen["units"]}
        people = {person["key"]: person["name"] for person in frozen["inspectors"]}
        for at, drawn in enumerate(again.drawn, start=1):
            team = "、".join(people.get(key, str(key)) for key in drawn["team"]) or "没有配齐"
            print(f"{at}\t{drawn['unit']}\t{names.get(drawn['unit'], '')}\t{team}")
        if not again.agrees:
            raise CommandError("；".join(again.faults))
        print("与登记的一致" if seed else "名单与公布的校验码一致，还没有抽取")


def _from_database(no: str) -> tuple[Any, str, lots.Replay]:
    row = VisitDraw.objects.filter(no=no, is_elsewhere=False).first()
    if row is None:
        raise CommandError(f"没有在本平台抽取的{no}")
    return row.frozen, row.seed, draws.replay(row)


def _from_file(path: str) -> tuple[Any, str, lots.Replay]:
    try:
        given = json.loads(Path(path).read_text(encoding="utf-8"))
        frozen, seed, published = given["frozen"], given["seed"], given["list_hash"]
        again = lots.replay(
            frozen, seed=seed, list_hash=published, recorded=given["drawn"], witnessed_hash=published
        )
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise CommandError(f"读不了名单文件{path}：{fault}") from fault
    return frozen, seed, again
