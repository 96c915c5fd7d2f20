"""Give the web role what it needs and no more: rows of all tables, only INSERT and SELECT on the trail."""

from __future__ import annotations

from typing import Any

import environ
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from psycopg import sql

APPEND_ONLY = ("journal_auditentry",)


class Command(BaseCommand):
    help = "Run with the owner's DATABASE_URL after migrate; grants to the role named by --role. Idempotent."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--role", default=environ.Env().str("WEB_DATABASE_ROLE", default="portal_web"))

    def handle(self, *args: Any, role: str, **options: Any) -> None:
        connection.ensure_connection()
        raw = connection.connection
        if raw.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
            raise CommandError(f"数据库里没有角色{role}，请先建立")
        name = sql.Identifier(role)
        for statement in (
            "GRANT USAGE ON SCHEMA public TO {}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {}",
        ):
            raw.execute(sql.SQL(statement).format(name))
        for table in APPEND_ONLY:
            raw.execute(
                sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(sql.Identifier(table), name)
            )
        self.stdout.write(f"已授权：{role}（{settings.DATABASES['default']['NAME']}）")
