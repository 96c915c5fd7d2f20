"""The way back in for an administrator who forgot his password: on the server, on record."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shuangjian.accounts import workflows
from shuangjian.journal.errors import Refused


class Command(BaseCommand):
    help = "在服务器上为一个账号重置初始密码，并解除登录锁定（记入审计日志）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="账号")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        try:
            user, password = workflows.reissue(username=username)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        print(f"{user.name}\t{user.username}\t{password}")
        print(f"{workflows.SLIP_DAYS}天内首次登录有效，登录后须改密码。")
