"""Daily dumps of the portal's own database, the last seven kept, and the way back from one."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from script.lib.console import Stop, run, say, step
from script.lib.places import Places
from script.lib.postgres import DATABASE, OWNER, Postgres

KEPT = 7
_DAILY = re.compile(r"portal-\d{4}-\d{2}-\d{2}\.dump")
_MAGIC = b"PGDMP"  # how pg_dump's own format begins


class Backup:
    """The dumps of one database in var/backup/."""

    def __init__(self, postgres: Postgres) -> None:
        self.postgres = postgres
        self.folder = postgres.places.var / "backup"
        self.log = postgres.places.log / "backup.log"

    def daily(self) -> Path | None:
        """Write today's dump unless it is there; remove all but the newest seven."""
        file = self.folder / f"portal-{datetime.now().astimezone():%Y-%m-%d}.dump"
        if file.exists():
            return None
        self._dump(file)
        dumps = sorted(found for found in self.folder.iterdir() if _DAILY.fullmatch(found.name))
        for old in dumps[:-KEPT]:
            old.unlink()
        return file

    def _dump(self, file: Path) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        part = file.with_suffix(".part")
        self._run(
            "pg_dump", "--format=custom", f"--file={part}", self.postgres.dsn(OWNER), failure="备份失败"
        )
        part.rename(file)

    def restore(self, file: Path) -> None:
        """Put a dump in the database's place; what was there is dumped first and only then given up."""
        self.check(file)
        before = self.folder / f"before-restore-{_now()}.dump"
        step(f"先备份现有数据：{before}")
        self._dump(before)
        step(f"恢复{file}")
        new, old = f"{DATABASE}_new", f"{DATABASE}_old"
        self.postgres.psql(
            f"DROP DATABASE IF EXISTS {new};\n"
            f"DROP DATABASE IF EXISTS {old};\n"
            f"CREATE DATABASE {new} OWNER {OWNER};"
        )
        target = f"--dbname={self.postgres.dsn(OWNER, new)}"
        self._run(
            "pg_restore",
            "--no-owner",
            "--exit-on-error",
            target,
            str(file),
            failure=f"{file}恢复不了，现有数据没有动",
        )
        self.postgres.psql(
            f"ALTER DATABASE {DATABASE} RENAME TO {old};\n"
            f"ALTER DATABASE {new} RENAME TO {DATABASE};\n"
            f"DROP DATABASE {old};"
        )
        set_checkpoints_aside(self.postgres.places)

    @staticmethod
    def check(file: Path) -> None:
        """Refuse what is no dump before anything is stopped or changed for it."""
        try:
            with file.open("rb") as opened:
                begins = opened.read(len(_MAGIC))
        except (FileNotFoundError, IsADirectoryError):
            raise Stop(f"找不到备份文件{file}") from None
        if begins != _MAGIC:
            raise Stop(f"{file}不是script/server写的备份")

    def _run(self, program: str, *arguments: str, failure: str) -> None:
        where = self.postgres.programs / program
        run([where, *arguments], failure=failure, log=self.log, cwd=self.postgres.places.root)


def set_checkpoints_aside(places: Places) -> None:
    """Keep the checkpoints of a database that was given up; another one's trail would not fit them."""
    checkpoints = places.var / "audit" / "checkpoints.jsonl"
    if checkpoints.exists():
        kept = places.var / "backup" / f"checkpoints-{_now()}.jsonl"
        kept.parent.mkdir(mode=0o700, exist_ok=True)
        checkpoints.rename(kept)
        say(f"  原审计日志的校验点留在{kept}")


def _now() -> str:
    return f"{datetime.now().astimezone():%Y-%m-%d-%H%M%S}"
