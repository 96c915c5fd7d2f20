"""Begin an installation without demo data: the county and its three administrators."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shuangjian.accounts import workflows
from shuangjian.journal.errors import Refused


class Command(BaseCommand):
    help = "开通一个县：建立县级设置和三员账号，打印初始密码（只打印这一次）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="县名，例如 云溪县")
        parser.add_argument("--doc-code", default="教督", help="督导办发文代字，例如 云教督")

    def handle(self, *args: Any, name: str, doc_code: str, **options: Any) -> None:
        try:
            opened = workflows.open_county(name=name, doc_code=doc_code)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        for user, password in opened:
            print(f"{user.name}\t{user.username}\t{password}")
        print(f"{workflows.SLIP_DAYS}天内首次登录有效，登录后须改密码。其余名称由系统管理员在“设置”里修改。")
